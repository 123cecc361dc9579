"""How content keys travel to and from others: the port that DRM proxies and key servers are attached to.

Pure: what a document says, and how one is written. A `KeyExchange` is a form of document (CPIX is the one
there is); a `DrmSystem` is a DRM that players know by its system id, and what Telstar itself can say of it.
"""

import struct
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from telstar_api.keys.periods import Period

SCHEME = "cenc"  # how SimLive encrypts (ISO/IEC 23001-7): AES-CTR


class Unreadable(ValueError):
    """The document is not one that keys can be taken from; says what is wrong, and nothing of the keys."""


@dataclass(frozen=True, slots=True)
class GivenKey:
    """A key that leaves, with its period. `kid` is 32 lower-case hexadecimal digits, `key` 16 bytes."""

    kid: str
    key: bytes = field(repr=False)
    period: Period


@dataclass(frozen=True, slots=True)
class ReceivedKey:
    """A key that comes; in force from `valid_from`, None: at once."""

    kid: str
    key: bytes = field(repr=False)
    valid_from: datetime | None


class DrmSystem(Protocol):
    """A DRM system (https://dashif.org/identifiers/content_protection)."""

    @property
    def system_id(self) -> uuid.UUID:
        """Its registered id."""
        ...

    @property
    def name(self) -> str:
        """Its name, for people."""
        ...

    def pssh(self, kid: str) -> bytes | None:
        """The pssh box (ISO/IEC 23001-7 §8.1) for this key; None where only the DRM's service can make it."""
        ...


class KeyExchange(Protocol):
    """A form of document in which keys are exchanged."""

    @property
    def media_type(self) -> str:
        """What the document is over HTTP."""
        ...

    def write(self, channel: str, keys: Sequence[GivenKey], systems: Sequence[DrmSystem]) -> bytes:
        """A document with these keys, in the order of their periods, for these systems."""
        ...

    def read(self, document: bytes) -> list[ReceivedKey]:
        """The keys in a document. Raises Unreadable."""
        ...


@dataclass(frozen=True)
class CommonPssh:
    """What every Clear Key player reads: the common pssh box (W3C "cenc" Initialization Data Format §4)."""

    system_id: uuid.UUID
    name: str

    def pssh(self, kid: str) -> bytes:
        """A box of version 1 that lists the KID and has no data."""
        body = struct.pack(">I16sI16sI", 1 << 24, self.system_id.bytes, 1, bytes.fromhex(kid), 0)
        return struct.pack(">I4s", 8 + len(body), b"pssh") + body


@dataclass(frozen=True)
class ProxiedSystem:
    """A DRM whose signalling its own service adds, where the document is given to it (SPEKE v2 does so)."""

    system_id: uuid.UUID
    name: str

    def pssh(self, kid: str) -> None:  # noqa: ARG002 - the protocol's form
        """None: the service's to say."""
        return


COMMON = CommonPssh(uuid.UUID("1077efec-c0b2-4d02-ace3-3c1e52e2fb4b"), "W3C Common PSSH")
WIDEVINE = ProxiedSystem(uuid.UUID("edef8ba9-79d6-4ace-a3c8-27dcd51d21ed"), "Widevine")
PLAYREADY = ProxiedSystem(uuid.UUID("9a04f079-9840-4286-ab92-e65be0885f95"), "PlayReady")
# Players with FairPlay decrypt cbcs alone, so that none of what SimLive makes plays there (docs/keys.md).
FAIRPLAY = ProxiedSystem(uuid.UUID("94ce86fb-07ff-4f43-adb8-93d2fa968ca2"), "FairPlay")
DEFAULT_SYSTEMS: tuple[DrmSystem, ...] = (COMMON, WIDEVINE, PLAYREADY)
