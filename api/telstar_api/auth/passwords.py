"""Passwords as argon2id (RFC 9106), hashed in a thread because that takes tens of milliseconds."""

import asyncio
import functools
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

_HASHER = PasswordHasher()
_CONCURRENT = asyncio.Semaphore(4)  # each hash holds 64 MiB while it is made


def normalised(password: str) -> str:
    """The same characters, however the keyboard composed them (NFKC; NIST SP 800-63B §5.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def hash_password(password: str) -> str:
    """An encoded argon2id hash with its own salt."""
    return _HASHER.hash(normalised(password))


async def hashed(password: str) -> str:
    """The same, in a thread."""
    async with _CONCURRENT:
        return await asyncio.to_thread(hash_password, password)


async def matches(password: str, hashed: str | None) -> bool:
    """Whether this is the password. Without a hash (an unknown account) it is not, after just as long."""
    async with _CONCURRENT:
        return await asyncio.to_thread(_verify, password, hashed)


def _verify(password: str, hashed: str | None) -> bool:
    try:
        _HASHER.verify(hashed or _nobody(), normalised(password))
    except (Argon2Error, InvalidHashError):
        return False
    return hashed is not None


@functools.cache
def _nobody() -> str:
    return hash_password("")
