"""Channel keys: made here, read here, shown nowhere."""

import hashlib
import re
import secrets
import uuid
from base64 import b64decode
from binascii import Error
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from telstar_operator.plan.facts import KeySecret
from telstar_operator.resources import Manifest

HEX = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class ChannelKey:
    """A key id and an AES-128 key, 32 lower-case hexadecimal digits each; repr shows no key."""

    kid: str
    key: str = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """Changes with KID or key and tells neither: SHA-256 over 128 random bits cannot be searched."""
        return hashlib.sha256(f"{self.kid}:{self.key}".encode()).hexdigest()


class InvalidKeyError(ValueError):
    """What is wrong with a key Secret's content, in words, without the content."""


def make_key() -> ChannelKey:
    """A new random key under a new random KID."""
    return ChannelKey(uuid.uuid4().hex, secrets.token_bytes(16).hex())


def read_key(secret: Manifest) -> ChannelKey:
    """The key in a Secret; InvalidKeyError where there is none. Upper case and blanks are forgiven."""
    data = secret.get("data") or {}
    return ChannelKey(read_digits(data, "kid"), read_digits(data, "key"))


def read_digits(data: Mapping[str, Any], field_name: str) -> str:
    """32 hexadecimal digits from a Secret's data."""
    if field_name not in data:
        raise InvalidKeyError(f"it has no data.{field_name}; it must hold 32 hexadecimal digits")
    try:
        text = b64decode(data[field_name], validate=True).decode("ascii").strip().lower()
    except (Error, UnicodeDecodeError, TypeError):
        text = ""
    if not HEX.fullmatch(text):
        raise InvalidKeyError(f"data.{field_name} must hold 32 hexadecimal digits (16 bytes written as hex)")
    return text


def without_key(secret: Manifest) -> Manifest:
    """What may be kept of a Secret in memory: its metadata's identity, and its key's fingerprint."""
    return {
        "metadata": {
            field_name: secret["metadata"][field_name]
            for field_name in ("name", "namespace", "uid", "resourceVersion", "labels", "deletionTimestamp")
            if field_name in secret["metadata"]
        },
        "fingerprint": summarise(secret),
    }


def summarise(secret: Manifest) -> KeySecret:
    """A key Secret's content as the plan may see it."""
    try:
        key = read_key(secret)
    except InvalidKeyError as error:
        return KeySecret(None, None, str(error))
    return KeySecret(key.kid, key.fingerprint)
