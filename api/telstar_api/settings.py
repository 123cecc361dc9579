"""What the API is told by its environment: variables with the prefix `TELSTAR_API_`."""

import base64
import binascii
import ipaddress
from functools import cached_property
from pathlib import Path
from typing import Literal, Self, TypeVar
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from pydantic import (
    DirectoryPath,
    FilePath,
    NonNegativeInt,
    PositiveInt,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from telstar_api.mail.smtp import SmtpServer
from telstar_api.oidc.provider import Registration

AnySettings = TypeVar("AnySettings", bound="DatabaseSettings")
PREFIX = "TELSTAR_API_"
POSTGRES_SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")
KEY_BYTES = 32
FEWEST_DISTINCT_BYTES = 12
SHORTEST_WEBHOOK_SECRET = 24
LOOPBACK = ("127.0.0.1", "::1", "localhost")


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
    verifying_keys_path: DirectoryPath | None = None
    key_uses_days: PositiveInt = 90
    segments_path: Path = Path("/segments")
    tls_cert_file: FilePath | None = None
    tls_key_file: FilePath | None = None
    territory_header: str | None = None
    operator_account: str = "system:serviceaccount:telstar:telstar-operator"
    public_url: str = "http://127.0.0.1:8080"
    trusted_proxies: str = ""
    smtp_url: SecretStr | None = None
    mail_from: str = "Telstar <telstar@localhost>"
    demo: bool = False
    billing: Literal["none", "demo", "stripe"] = "none"
    stripe_webhook_secret_file: FilePath | None = None
    oidc_issuer: str | None = None
    oidc_client_id: str | None = None
    oidc_client_secret_file: FilePath | None = None
    oidc_redirect: str | None = None
    warm_facts: NonNegativeInt = 10_000
    public_port: int = 8000
    internal_port: int = 8443

    @field_validator("public_url")
    @classmethod
    def _page(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("must be the page's address, such as https://tv.example.com")
        return url.rstrip("/")

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, names: str) -> str:
        for name in filter(None, names.split(",")):
            try:
                ipaddress.ip_network(name.strip())
            except ValueError:
                raise ValueError(f"names {name}: give addresses or networks such as 10.0.0.0/8") from None
        return names

    @field_validator("smtp_url")
    @classmethod
    def _smtp(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None:
            SmtpServer.at(url.get_secret_value())
        return url

    @model_validator(mode="after")
    def _complete(self) -> Self:
        _ = self.token_key, self.verifying_keys, self.oidc, self.stripe_webhook_secret
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
    def oidc(self) -> Registration | None:
        """How the identity provider knows this API; None where there is none."""
        if self.oidc_issuer is None:
            return None
        if self.oidc_client_id is None:
            raise ValueError("OIDC_ISSUER needs OIDC_CLIENT_ID as well")
        issuer = urlsplit(self.oidc_issuer)
        if issuer.scheme != "https" and issuer.hostname not in LOOPBACK:
            raise ValueError("OIDC_ISSUER must be an https:// address: else anybody could answer")
        file = self.oidc_client_secret_file
        return Registration(
            issuer=self.oidc_issuer,
            client_id=self.oidc_client_id,
            client_secret=file.read_text().strip() if file else None,
            redirect=self.oidc_redirect or f"{self.public_url}/sign-in/return",
        )

    @cached_property
    def stripe_webhook_secret(self) -> str | None:
        """What Stripe signs its webhooks with; None: they are off."""
        if self.stripe_webhook_secret_file is None:
            return None
        secret = self.stripe_webhook_secret_file.read_text(errors="replace").strip()
        if not (secret.startswith("whsec_") and len(secret) >= SHORTEST_WEBHOOK_SECRET):
            raise ValueError("STRIPE_WEBHOOK_SECRET_FILE must hold the endpoint's signing secret: whsec_…")
        return secret


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
