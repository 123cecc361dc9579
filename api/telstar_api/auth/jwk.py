"""Public keys as JSON Web Keys (RFC 7517), of the one kind in use: Ed25519 (RFC 8037 §2)."""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import BaseModel, Field


class Jwk(BaseModel):
    """One public key."""

    kty: Literal["OKP"] = "OKP"
    crv: Literal["Ed25519"] = "Ed25519"
    use: Literal["sig"] = "sig"
    alg: Literal["EdDSA"] = "EdDSA"
    kid: str = Field(description="the key's thumbprint (RFC 7638)")
    x: str = Field(description="32 bytes, base64url")


class JwkSet(BaseModel):
    """The keys that access tokens may be signed with (RFC 7517 §5)."""

    keys: list[Jwk]


def key_set(public_keys: Mapping[str, Ed25519PublicKey]) -> JwkSet:
    """All keys that verify, by their key ids."""
    return JwkSet(keys=[Jwk(kid=kid, x=_x(key)) for kid, key in public_keys.items()])


def thumbprint(key: Ed25519PublicKey) -> str:
    """The key's id: SHA-256 over its required members in order (RFC 7638 §3), base64url."""
    members = {"crv": "Ed25519", "kty": "OKP", "x": _x(key)}
    canonical = json.dumps(members, separators=(",", ":"), sort_keys=True)
    return _base64url(hashlib.sha256(canonical.encode()).digest())


def _x(key: Ed25519PublicKey) -> str:
    return _base64url(key.public_bytes_raw())


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
