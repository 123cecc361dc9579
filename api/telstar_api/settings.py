"""What the API is told by its environment: variables with the prefix `TELSTAR_API_`."""

import base64
import binascii
from functools import cached_property
from pathlib import Path
from typing import Self, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import DirectoryPath, FilePath, PositiveInt, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

AnySettings = TypeVar("AnySettings", bound="DatabaseSettings")
PREFIX = "TELSTAR_API_"
POSTGRES_SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")
KEY_BYTES = 32
FEWEST_DISTINCT_BYTES = 12


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


class KeySettings(DatabaseSettings):
    """What opens stored content keys. Key-encryption keys are read, and weak ones refused, at the start."""

    key_encryption_key_file: FilePath
    former_key_encryption_keys_path: DirectoryPath | None = None

    @model_validator(mode="after")
    def _key_encryption_keys(self) -> Self:
        _ = self.key_encryption_key, self.former_key_encryption_keys
        return self

    @cached_property
    def key_encryption_key(self) -> bytes:
        """The 32 bytes that wrap channel keys at rest."""
        return _key_encryption_key(self.key_encryption_key_file, "KEY_ENCRYPTION_KEY_FILE")

    @cached_property
    def former_key_encryption_keys(self) -> tuple[bytes, ...]:
        """More of them that open what they once wrapped; by file name. Hidden files are Kubernetes' own."""
        if self.former_key_encryption_keys_path is None:
            return ()
        files = sorted(self.former_key_encryption_keys_path.iterdir())
        return tuple(
            _key_encryption_key(file, f"FORMER_KEY_ENCRYPTION_KEYS_PATH: {file.name}")
            for file in files
            if file.is_file() and not file.name.startswith(".")
        )


class Settings(KeySettings):
    """What `telstar-api serve` needs. Missing or weak secrets are refused here, before anything listens."""

    token_key_file: FilePath
    key_uses_days: PositiveInt = 90
    segments_path: Path = Path("/segments")
    tls_cert_file: FilePath | None = None
    tls_key_file: FilePath | None = None
    territory_header: str | None = None
    operator_account: str = "system:serviceaccount:telstar:telstar-operator"
    public_port: int = 8000
    internal_port: int = 8443

    @model_validator(mode="after")
    def _complete(self) -> Self:
        _ = self.token_key
        if (self.tls_cert_file is None) != (self.tls_key_file is None):
            raise ValueError("TLS_CERT_FILE and TLS_KEY_FILE belong together: give both or neither")
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


def _key_encryption_key(file: Path, name: str) -> bytes:
    try:
        key = base64.b64decode(file.read_text().strip(), validate=True)
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ValueError(f"{name} must hold base64") from error
    if len(key) != KEY_BYTES:
        raise ValueError(f"{name} must hold {KEY_BYTES} bytes: openssl rand -base64 32")
    if len(set(key)) < FEWEST_DISTINCT_BYTES:
        raise ValueError(f"{name} does not look random: openssl rand -base64 32")
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
