"""What the chart mounts into the API: secrets, made anew."""

import base64
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


def secret_files(folder: Path) -> dict[str, Path]:
    """Token key and key-encryption key in files, by the settings that name them."""
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "token.pem").write_bytes(pem)
    (folder / "kek").write_text(base64.b64encode(secrets.token_bytes(32)).decode())
    return {"token_key_file": folder / "token.pem", "key_encryption_key_file": folder / "kek"}
