"""Content keys at rest: AES key wrap with padding (RFC 5649) under one of several key-encryption keys.

New keys are wrapped under the current key-encryption key; what former ones wrapped can still be opened.
Before migration 0008 keys were wrapped without padding (RFC 3394), which is opened too and no longer made.
"""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap,
    aes_key_unwrap_with_padding,
    aes_key_wrap_with_padding,
)

CONTENT_KEY_BYTES = 16
ID_DIGITS = 16
ID_DOMAIN = b"telstar key-encryption key id, version 1"


class WrongKeyEncryptionKey(Exception):
    """A stored key was wrapped under another key-encryption key, or was tampered with."""


class UnknownKeyEncryptionKey(WrongKeyEncryptionKey):
    """A stored key says that it was wrapped under a key-encryption key that is not here."""


@dataclass(frozen=True, slots=True)
class KeyEncryptionKey:
    """16, 24 or 32 bytes that wrap other keys, and the id by which rows, logs and metrics name them."""

    material: bytes = field(repr=False)
    id: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", _id(self.material))

    def wrap(self, key: bytes) -> bytes:
        """The key wrapped (RFC 5649 §4.1), 8 to 15 bytes longer. The same key always wraps the same."""
        return aes_key_wrap_with_padding(self.material, key)

    def unwrap(self, wrapped: bytes) -> bytes:
        """The key (RFC 5649 §4.2). Raises WrongKeyEncryptionKey."""
        try:
            return aes_key_unwrap_with_padding(self.material, wrapped)
        except InvalidUnwrap:
            # Without the cause: nothing about key material belongs into a traceback.
            raise WrongKeyEncryptionKey(f"it does not open under the key-encryption key {self.id}") from None

    def unwrap_unpadded(self, wrapped: bytes) -> bytes:
        """The key, where it was wrapped without padding (RFC 3394 §2.2.2). Raises WrongKeyEncryptionKey."""
        try:
            return aes_key_unwrap(self.material, wrapped)
        except InvalidUnwrap:
            raise WrongKeyEncryptionKey(f"it does not open under the key-encryption key {self.id}") from None

    def opened(self, wrapped: bytes, padded: bool) -> bytes | None:
        """The content key, wrapped with padding or either way; None where it does not open or is none."""
        for unwrap in (self.unwrap,) if padded else (self.unwrap, self.unwrap_unpadded):
            try:
                key = unwrap(wrapped)
            except WrongKeyEncryptionKey:
                continue
            if len(key) == CONTENT_KEY_BYTES:
                return key
        return None


def _id(material: bytes) -> str:
    """16 hexadecimal digits: HMAC-SHA-256 under the key itself, of a text used for nothing else, cut short.

    Safe to show. HMAC is a pseudorandom function: without the key its values look random, and nothing about
    the key, or about AES under it, follows from one. As a test for guessed keys it is worth no more than any
    wrapped key beside it, whose integrity check tells a right guess just as well; and 32 random bytes, on
    which the settings insist, cannot be guessed.
    """
    return hmac.new(material, ID_DOMAIN, hashlib.sha256).hexdigest()[:ID_DIGITS]


class KeyWrapping:
    """Wraps content keys of 16 bytes under the current key-encryption key; opens them under any there is."""

    def __init__(self, key_encryption_key: bytes, former: Iterable[bytes] = ()) -> None:
        self._current = KeyEncryptionKey(key_encryption_key)
        everyone = (self._current, *map(KeyEncryptionKey, former))
        self._by_id = {key.id: key for key in everyone}

    def __repr__(self) -> str:
        return f"KeyWrapping(current={self.current_id}, ids={sorted(self.ids)})"

    @property
    def current_id(self) -> str:
        """The id of the key-encryption key that `wrap` uses."""
        return self._current.id

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all key-encryption keys that are here."""
        return frozenset(self._by_id)

    def wrap(self, key: bytes) -> bytes:
        """24 bytes that only the current key-encryption key opens; store `current_id` beside them."""
        return self._current.wrap(key)

    def unwrap(self, wrapped: bytes, kek_id: str | None = None) -> bytes:
        """The content key. Without the id of its key-encryption key, all that are here are tried.

        Ids came with padding: what has one was wrapped with it, and is opened in no other way.
        Raises WrongKeyEncryptionKey; UnknownKeyEncryptionKey where the one named is not here.
        """
        if kek_id is not None and kek_id not in self._by_id:
            raise UnknownKeyEncryptionKey(
                f"a stored key is wrapped under the key-encryption key {kek_id}, which is neither in "
                "KEY_ENCRYPTION_KEY_FILE nor in FORMER_KEY_ENCRYPTION_KEYS_PATH"
            )
        tried = self._by_id.values() if kek_id is None else [self._by_id[kek_id]]
        for key_encryption_key in tried:
            if (key := key_encryption_key.opened(wrapped, padded=kek_id is not None)) is not None:
                return key
        raise WrongKeyEncryptionKey(
            "a stored key does not open under "
            + (
                f"the key-encryption key {kek_id}, though it says so"
                if kek_id
                else "any key-encryption key here"
            )
        )

    def opens(self, wrapped: bytes, kek_id: str | None) -> bool:
        """Whether `unwrap` would answer."""
        try:
            self.unwrap(wrapped, kek_id)
        except WrongKeyEncryptionKey:
            return False
        return True
