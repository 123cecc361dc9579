"""Content keys at rest: AES key wrap (RFC 3394) under the key-encryption key."""

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap


class WrongKeyEncryptionKey(Exception):
    """A stored key was wrapped under another key-encryption key, or was tampered with."""


class KeyWrapping:
    """Wraps and unwraps 16-byte content keys."""

    def __init__(self, key_encryption_key: bytes) -> None:
        self._kek = key_encryption_key

    def wrap(self, key: bytes) -> bytes:
        """24 bytes that only this key-encryption key opens. The same key always wraps the same."""
        return aes_key_wrap(self._kek, key)

    def unwrap(self, wrapped: bytes) -> bytes:
        """The key. Raises WrongKeyEncryptionKey."""
        try:
            return aes_key_unwrap(self._kek, wrapped)
        except InvalidUnwrap:
            # Without the cause: nothing about key material belongs into a traceback.
            raise WrongKeyEncryptionKey(
                "a stored key does not open under this KEY_ENCRYPTION_KEY_FILE"
            ) from None
