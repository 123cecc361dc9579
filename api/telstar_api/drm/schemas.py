"""Clear Key licences in JSON (W3C Encrypted Media Extensions §9.1.3 and §9.1.4)."""

import base64
import binascii
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

KEY_BYTES = 16


def encode(data: bytes) -> str:
    """Unpadded base64url (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """The bytes behind unpadded base64url; ValueError when it is anything else."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("not base64url") from error
    if encode(data) != text:
        raise ValueError("not unpadded base64url")
    return data


def _key_id(text: str) -> str:
    if len(decode(text)) != KEY_BYTES:
        raise ValueError("a key id has 16 bytes")
    return text


KeyId = Annotated[str, AfterValidator(_key_id), Field(description="16 bytes, base64url without padding")]


class LicenceRequest(BaseModel):
    """Which keys a player needs."""

    kids: list[KeyId] = Field(min_length=1, max_length=32)
    type: Literal["temporary"] = "temporary"

    def kids_hex(self) -> list[str]:
        """The key ids as the database has them: 32 lower-case hexadecimal digits, each once."""
        return list(dict.fromkeys(decode(kid).hex() for kid in self.kids))


class LicenceKey(BaseModel):
    """A JSON Web Key of type oct (RFC 7518 §6.4)."""

    kty: Literal["oct"] = "oct"
    kid: KeyId
    k: str = Field(description="the key: 16 bytes, base64url without padding", repr=False)


class Licence(BaseModel):
    """A JSON Web Key Set for this session only."""

    keys: list[LicenceKey]
    type: Literal["temporary"] = "temporary"
