"""What channels, guide and licences need to know about the segment volume."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from telstar_api.problems import Unavailable


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in UTC, `end` exclusive."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Holdings:
    """What is stored of a stretch of time: the part of it (0 to 1), the gaps in order, and its keys' KIDs."""

    fraction: float
    gaps: tuple[Span, ...]
    kids: frozenset[str]


class Journals(Protocol):
    """Answers from the channels' journals; `telstar_api.tstv.journals.JournalStore` is the one in service.

    Raises Unavailable where what is stored of a channel cannot be read.
    """

    async def coverage(self, channel: str) -> Span | None:
        """From the oldest stored slot's start to the newest one's end; None where nothing is stored."""
        ...

    async def stored(self, channel: str, spans: Sequence[Span]) -> list[float]:
        """How much of each span is stored, 0 to 1, in the order asked. An empty span counts as not stored."""
        ...

    async def holdings(self, channel: str, span: Span) -> Holdings:
        """What is stored of a span in detail."""
        ...


async def anything_stored(journals: Journals, channel: str) -> bool | None:
    """Whether anything is stored; None where it cannot be read: one channel's damage is not all channels'."""
    try:
        return await journals.coverage(channel) is not None
    except Unavailable:
        return None


async def stored_if_known(journals: Journals, channel: str, spans: Sequence[Span]) -> Sequence[float | None]:
    """As `stored`; None for every span where it cannot be read."""
    try:
        return await journals.stored(channel, spans)
    except Unavailable:
        return [None] * len(spans)
