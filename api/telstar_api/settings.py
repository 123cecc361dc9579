"""What the API is told by its environment: variables with the prefix `TELSTAR_API_`."""

import base64
import binascii
from functools import cached_property
from pathlib import Path
from typing import Literal, Self, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from pydantic import DirectoryPath, FilePath, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

AnySettings = TypeVar("AnySettings", bound="DatabaseSettings")
PREFIX = "TELSTAR_API_"
POSTGRES_SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")
KEY_BYTES = 32
FEWEST_DISTINCT_BYTES = 12
SHORTEST_WEBHOOK_SECRET = 24


class SettingsError(Exception):
    """The environment does not say what is needed; the message names each variable and what to do."""


class DatabaseSettings(BaseSettings):
    """What the commands that only touch the database need."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore")

    database_url: str

    @field_validator("database_url")
    @classmethod
    def _psycopg(cls, url: str) -> str:
        scheme, _, rest = url.partition("://")
        if scheme not in POSTGRES_SCHEMES or not rest:
            raise ValueError("must look like postgresql://user:password@host/name")
        return f"postgresql+psycopg://{rest}"


class Settings(DatabaseSettings):
    """What `telstar-api serve` needs. Missing or weak secrets are refused here, before anything listens."""

    token_key_file: FilePath
    verifying_keys_path: DirectoryPath | None = None
    key_encryption_key_file: FilePath
    segments_path: Path = Path("/segments")
    tls_cert_file: FilePath | None = None
    tls_key_file: FilePath | None = None
    territory_header: str | None = None
    operator_account: str = "system:serviceaccount:telstar:telstar-operator"
    billing: Literal["none", "demo", "stripe"] = "none"
    stripe_webhook_secret_file: FilePath | None = None
    public_port: int = 8000
    internal_port: int = 8443

    @model_validator(mode="after")
    def _complete(self) -> Self:
        _ = self.token_key, self.verifying_keys, self.key_encryption_key
        if (self.tls_cert_file is None) != (self.tls_key_file is None):
            raise ValueError("TLS_CERT_FILE and TLS_KEY_FILE belong together: give both or neither")
        if (self.billing == "stripe") != (self.stripe_webhook_secret is not None):
            raise ValueError(
                "BILLING=stripe and STRIPE_WEBHOOK_SECRET_FILE belong together: give both or neither"
            )
        return self

    @cached_property
    def token_key(self) -> Ed25519PrivateKey:
        """The key that signs access tokens."""
        try:
            key = load_pem_private_key(self.token_key_file.read_bytes(), password=None)
        except (ValueError, TypeError) as error:
            raise ValueError("TOKEN_KEY_FILE must hold an unencrypted PEM private key") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError("TOKEN_KEY_FILE must hold an Ed25519 key: openssl genpkey -algorithm ed25519")
        return key

    @cached_property
    def verifying_keys(self) -> list[Ed25519PublicKey]:
        """Keys that verify access tokens besides: former ones and the next, one a .pem file."""
        if self.verifying_keys_path is None:
            return []
        return [_public_key(file) for file in sorted(self.verifying_keys_path.glob("*.pem"))]

    @cached_property
    def key_encryption_key(self) -> bytes:
        """The 32 bytes that wrap channel keys at rest."""
        try:
            key = base64.b64decode(self.key_encryption_key_file.read_text().strip(), validate=True)
        except (binascii.Error, UnicodeDecodeError) as error:
            raise ValueError("KEY_ENCRYPTION_KEY_FILE must hold base64") from error
        if len(key) != KEY_BYTES:
            raise ValueError(f"KEY_ENCRYPTION_KEY_FILE must hold {KEY_BYTES} bytes: openssl rand -base64 32")
        if len(set(key)) < FEWEST_DISTINCT_BYTES:
            raise ValueError("KEY_ENCRYPTION_KEY_FILE does not look random: openssl rand -base64 32")
        return key

    @cached_property
    def stripe_webhook_secret(self) -> str | None:
        """What Stripe signs its webhooks with; None: they are off."""
        if self.stripe_webhook_secret_file is None:
            return None
        secret = self.stripe_webhook_secret_file.read_text(errors="replace").strip()
        if not (secret.startswith("whsec_") and len(secret) >= SHORTEST_WEBHOOK_SECRET):
            raise ValueError("STRIPE_WEBHOOK_SECRET_FILE must hold the endpoint's signing secret: whsec_…")
        return secret


def _public_key(file: Path) -> Ed25519PublicKey:
    pem = file.read_bytes()
    try:
        key = (
            load_pem_private_key(pem, None).public_key()
            if b"PRIVATE KEY" in pem
            else load_pem_public_key(pem)
        )
    except (ValueError, TypeError) as error:
        raise ValueError(f"{file.name} in VERIFYING_KEYS_PATH must hold an Ed25519 key in PEM") from error
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError(f"{file.name} in VERIFYING_KEYS_PATH must hold an Ed25519 key")
    return key


def load(kind: type[AnySettings]) -> AnySettings:
    """The settings the environment gives, or SettingsError with one line for each variable at fault."""
    try:
        return kind()
    except ValidationError as error:
        lines = [f"{_variable(detail['loc'])}{detail['msg']}" for detail in error.errors()]
        raise SettingsError("\n".join(lines)) from None


def _variable(location: tuple[int | str, ...]) -> str:
    return "".join(f"{PREFIX}{str(part).upper()}: " for part in location)
