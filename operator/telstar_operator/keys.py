"""Channel keys: made here, read here, shown nowhere."""

import hashlib
import re
import secrets
import uuid
from base64 import b64decode
from binascii import Error
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from telstar_operator.plan.facts import KeySecret, NextKey
from telstar_operator.resources import Manifest, written

HEX = re.compile(r"[0-9a-f]{32}")
NEXT = ("next-kid", "next-key", "next-from")


@dataclass(frozen=True, slots=True)
class ChannelKey:
    """A key id and an AES-128 key, 32 lower-case hexadecimal digits each; repr shows no key.

    start is when the key comes into force (whole seconds, UTC), None where that is not known.
    """

    kid: str
    key: str = field(repr=False)
    start: datetime | None = None

    @property
    def fingerprint(self) -> str:
        """Changes with KID or key and tells neither: SHA-256 over 128 random bits cannot be searched."""
        return hashlib.sha256(f"{self.kid}:{self.key}".encode()).hexdigest()


class InvalidKeyError(ValueError):
    """What is wrong with a key Secret's content, in words, without the content."""


def make_key(start: datetime | None = None) -> ChannelKey:
    """A new random key under a new random KID."""
    return ChannelKey(uuid.uuid4().hex, secrets.token_bytes(16).hex(), start)


def read_key(secret: Manifest) -> ChannelKey:
    """The present key in a Secret; InvalidKeyError where there is none. Blanks and capitals are forgiven."""
    data = secret.get("data") or {}
    key = ChannelKey(read_digits(data, "kid"), read_digits(data, "key"))
    try:
        return replace(key, start=read_moment(data, "from"))
    except InvalidKeyError:
        return key  # only of use for rotation, which then asks the API


def read_next(secret: Manifest) -> ChannelKey | None:
    """The next key in a Secret, None where none is announced; InvalidKeyError where it is not whole."""
    data = secret.get("data") or {}
    if not any(name in data for name in NEXT):
        return None
    kid, key = read_digits(data, "next-kid"), read_digits(data, "next-key")
    return ChannelKey(kid, key, read_moment(data, "next-from"))


def read_digits(data: Mapping[str, Any], name: str) -> str:
    """32 hexadecimal digits from a Secret's data."""
    if name not in data:
        raise InvalidKeyError(f"it has no data.{name}; it must hold 32 hexadecimal digits")
    text = (read_text(data, name) or "").lower()
    if not HEX.fullmatch(text):
        raise InvalidKeyError(f"data.{name} must hold 32 hexadecimal digits (16 bytes written as hex)")
    return text


def read_moment(data: Mapping[str, Any], name: str) -> datetime:
    """An RFC 3339 time from a Secret's data."""
    if name not in data:
        raise InvalidKeyError(f"it has no data.{name}; it must hold a time like 2026-11-22T18:00:00Z")
    try:
        found = datetime.fromisoformat(read_text(data, name) or "")
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise InvalidKeyError(f"data.{name} must hold a time (RFC 3339), for example 2026-11-22T18:00:00Z")
    return found


def read_text(data: Mapping[str, Any], name: str) -> str | None:
    """The text in a Secret's data, None where it is none."""
    try:
        return b64decode(data[name], validate=True).decode("ascii").strip()
    except (Error, UnicodeDecodeError, TypeError):
        return None


def files(present: ChannelKey, upcoming: ChannelKey | None = None) -> dict[str, str]:
    """The files of a key Secret."""
    told = {"kid": present.kid, "key": present.key}
    if present.start:
        told["from"] = written(present.start)
    if upcoming and upcoming.start:
        told |= {
            "next-kid": upcoming.kid,
            "next-key": upcoming.key,
            "next-from": written(upcoming.start),
        }
    return told


def in_force(
    keys: Iterable[ChannelKey], now: datetime, kid: str | None = None
) -> tuple[ChannelKey | None, ChannelKey | None]:
    """(present, next) of the keys the API knows: the last that has begun, or kid's; the first to come."""
    known = sorted(keys, key=lambda key: key.start or datetime.min.replace(tzinfo=now.tzinfo))
    begun = [key for key in known if key.start is None or key.start <= now]
    to_come = [key for key in known if key.start is not None and key.start > now]
    if kid is not None:
        begun = [key for key in known if key.kid == kid]
        to_come = [key for key in to_come if key.kid != kid]
    if not begun and to_come and kid is None:
        begun = [to_come.pop(0)]  # better a key before its time than none
    return (begun[-1] if begun else None), (to_come[0] if to_come else None)


def without_key(secret: Manifest) -> Manifest:
    """What may be kept of a Secret in memory: its metadata's identity, and what the plan may see of it."""
    return {
        "metadata": {
            name: secret["metadata"][name]
            for name in ("name", "namespace", "uid", "resourceVersion", "labels", "deletionTimestamp")
            if name in secret["metadata"]
        },
        "fingerprint": summarise(secret),
    }


def summarise(secret: Manifest) -> KeySecret:
    """A key Secret's content as the plan may see it."""
    metadata = secret.get("metadata") or {}
    attached = {name: metadata.get(name) for name in ("name", "namespace", "labels", "ownerReferences")}
    try:
        key = read_key(secret)
    except InvalidKeyError as error:
        return KeySecret(None, None, str(error), metadata=attached)
    upcoming, problem = None, None
    try:
        found = read_next(secret)
        if found and found.start and found.kid != key.kid:
            upcoming = NextKey(found.kid, found.fingerprint, found.start)
        elif found:
            problem = "data.next-kid must be another KID than data.kid"
    except InvalidKeyError as error:
        problem = str(error)
    return KeySecret(
        key.kid, key.fingerprint, since=key.start, next=upcoming, next_problem=problem, metadata=attached
    )
