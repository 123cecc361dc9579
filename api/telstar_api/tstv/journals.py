"""The channels' journals, each read when first asked for and kept up with from then on."""

import asyncio
import math
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import structlog
from telstar_simlive.journal import JournalError, JournalReader

from telstar_api.channels.stored import Holdings, Span
from telstar_api.problems import NotFound, Unavailable
from telstar_api.tstv.coverage import Coverage
from telstar_api.tstv.stretches import Stretches
from telstar_api.tstv.windows import milliseconds

REFRESH_SECONDS = 0.25
CHANNEL_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,48}[a-z0-9])?")  # as the Channel resource's schema has it

log = structlog.get_logger()


class Archive:
    """What is stored of one channel, and what follows from it. Only to be used under its lock."""

    stretches: Stretches
    coverage: Coverage

    def __init__(self, path: Path) -> None:
        self.lock = asyncio.Lock()
        self._path = path
        self._reader: JournalReader | None = None
        self._rewritten = 0
        self._looking: asyncio.Task[None] | None = None
        self._looked_at = -math.inf

    async def catch_up(self, refresh_seconds: float) -> None:
        """Take in what was stored since the last look, unless that was moments ago.

        Raises:
            JournalError: the channel's folder is damaged.
            OSError: the volume cannot be read.
        """
        if self._looking is None:
            if time.monotonic() - self._looked_at < refresh_seconds:
                return
            self._looking = asyncio.create_task(asyncio.to_thread(self._look))
        # A thread cannot be cancelled: when its request is, the next one waits for it.
        await asyncio.wait([self._looking])
        done, self._looking = self._looking, None
        done.result()
        self._looked_at = time.monotonic()

    def _look(self) -> None:
        first = self._reader is None
        if self._reader is None:
            self._reader = JournalReader(self._path)
        else:
            self._reader.refresh()
        if first or self._reader.rewritten != self._rewritten:
            self._rewritten = self._reader.rewritten
            self.stretches, self.coverage = Stretches(self._reader), Coverage()
        newest = self._reader.newest
        if newest is not None:
            self.coverage.extend(self._reader.slots_between(self.coverage.end, newest.end))

    def span(self) -> Span | None:
        """From the oldest stored slot's start to the newest one's end."""
        oldest, newest = self.stretches.journal.oldest, self.stretches.journal.newest
        return Span(_moment(oldest.start), _moment(newest.end)) if oldest and newest else None

    def fraction(self, span: Span) -> float:
        """How much of a span is stored."""
        oldest = self.stretches.journal.oldest
        start, end = milliseconds(span.start), milliseconds(span.end)
        return self.coverage.fraction(start, end, oldest.start) if oldest else 0.0

    def gaps(self, span: Span) -> list[Span]:
        """What of a span is not stored, in order."""
        oldest, end = self.stretches.journal.oldest, milliseconds(span.end)
        kept_from = oldest.start if oldest else end
        found = self.coverage.gaps(milliseconds(span.start), end, kept_from)
        return [Span(_moment(first), _moment(last)) for first, last in found]

    def kids(self, span: Span) -> frozenset[str]:
        """The keys that what is stored of a span was encrypted with. Raises JournalError."""
        start, end = milliseconds(span.start), milliseconds(span.end)
        journal = self.stretches.journal
        runs = {stretch.run for stretch in self.stretches.between(start, end)}
        return frozenset(kid for number in runs if (kid := journal.run(number).kid) is not None)


class JournalStore:
    """All channels' archives; the one place that touches the segment volume.

    Every method raises NotFound for a name that no channel can have, and Unavailable where the volume or the
    channel's folder cannot be read.
    """

    def __init__(self, segments_path: Path, refresh_seconds: float = REFRESH_SECONDS) -> None:
        self._path = segments_path
        self._refresh_seconds = refresh_seconds
        self._archives: dict[str, Archive] = {}

    @asynccontextmanager
    async def opened(self, channel: str) -> AsyncIterator[Archive]:
        """A channel's archive as it is now; it does not change until it is closed again."""
        if not CHANNEL_NAME.fullmatch(channel):
            raise NotFound("No channel has such a name.")
        archive = self._archives.setdefault(channel, Archive(self._path / channel))
        async with archive.lock:
            try:
                await archive.catch_up(self._refresh_seconds)
            except (JournalError, OSError) as error:
                log.error("the segment volume cannot be read", channel=channel, error=str(error))
                raise Unavailable(f"What is stored of {channel} cannot be read just now.") from error
            yield archive

    async def coverage(self, channel: str) -> Span | None:
        """From the oldest stored slot's start to the newest one's end; None where nothing is stored."""
        async with self.opened(channel) as archive:
            return archive.span()

    async def stored(self, channel: str, spans: Sequence[Span]) -> list[float]:
        """How much of each span is stored, 0 to 1, in the order asked. An empty span counts as not stored."""
        async with self.opened(channel) as archive:
            return [archive.fraction(span) for span in spans]

    async def holdings(self, channel: str, span: Span) -> Holdings:
        """What is stored of a span in detail: its gaps, and the keys it takes to watch it."""
        async with self.opened(channel) as archive:
            try:
                return Holdings(archive.fraction(span), tuple(archive.gaps(span)), archive.kids(span))
            except JournalError as error:
                log.error("a run cannot be read", channel=channel, error=str(error))
                raise Unavailable(f"What is stored of {channel} cannot be read just now.") from error


def _moment(milliseconds_since_epoch: int) -> datetime:
    return datetime.fromtimestamp(milliseconds_since_epoch / 1000, UTC)
