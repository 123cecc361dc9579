"""What channels, guide and licences need to know about the segment volume."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in UTC, `end` exclusive."""

    start: datetime
    end: datetime


class Journals(Protocol):
    """Answers from the channels' journals. `telstar_api.tstv.journals.JournalStore` is the one in service."""

    async def coverage(self, channel: str) -> Span | None:
        """From the oldest stored slot's start to the newest one's end; None where nothing is stored."""
        ...

    async def stored(self, channel: str, spans: Sequence[Span]) -> list[float]:
        """How much of each span is stored, 0 to 1, in the order asked. An empty span counts as not stored."""
        ...
