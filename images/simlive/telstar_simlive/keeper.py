"""Retention at work: beside the supervisor, a pass a minute, and a look at the volume every few seconds."""

import asyncio
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from telstar_simlive.apart import apart
from telstar_simlive.channel import ConfigurationError, load_channel
from telstar_simlive.holds import HOLDS_FILE, HoldsError, read_holds
from telstar_simlive.journal import JournalError, JournalReader, Slot
from telstar_simlive.journal.writer import write_atomically
from telstar_simlive.metrics import Metrics
from telstar_simlive.retention import LIMIT, expire
from telstar_simlive.second_opinion import DIFFERS, OpinionUnavailable, SecondOpinion, believed
from telstar_simlive.volume import LEAST_KEPT, Space, coming, floor, make_room, measure

RETENTION_FILE = "retention.json"
_PERIOD = 60.0
_LOOK = 5.0
_RECENT = 120_000  # milliseconds of slots that tell what is coming


@dataclass(frozen=True)
class VolumeState:
    """How it is with the volume: bytes; whether slots are given up; how many this process gave up so far."""

    free: int = 0
    total: int = 0
    short: bool = False
    evicted: int = 0


class Keeper:
    """Keeps a channel's folder to its retention, and the volume from filling up.

    `stored_from` is where the stored time began (ms), `volume` how it is with the volume, both as of the last
    look. `check` is `Fence.check`.
    """

    def __init__(
        self,
        channel_path: Path,
        channel_file: Path,
        metrics: Metrics,
        clock: Callable[[], int],
        check: Callable[[], None] = lambda: None,
        measure: Callable[[Path], Space] = measure,
        opinion: SecondOpinion | None = None,
    ) -> None:
        self._path, self._file, self._metrics, self._clock = channel_path, channel_file, metrics, clock
        self._check, self._measure, self._opinion = check, measure, opinion
        self.clock_off: int | None = None
        """How far (ms) this clock was ahead of the other at the last pass; None where that is not known."""
        self._reader = JournalReader(channel_path)
        self._busy = threading.Lock()  # passes and make_room, which the publisher calls from its own thread
        self._log = structlog.get_logger()
        self.stored_from = self._reader.stored_from
        self.volume = VolumeState()

    async def keep(self) -> None:
        """Passes, until cancelled. One that fails is logged and tried again a minute later.

        Raises:
            FencedError: another process writes the folder.
        """
        due = 0.0
        while True:
            short = await self._attempt(self._look, "no room could be made")
            deleted = None
            if time.monotonic() >= due:
                deleted = await self._attempt_pass()
                # More may be due after a full bite: go on soon, but let the encoder have the disk between.
                due = time.monotonic() + (0 if deleted == LIMIT else _PERIOD)
            await asyncio.sleep(1 if short or deleted == LIMIT else _LOOK)

    async def _attempt_pass(self) -> int:
        """A pass by the earlier of two clocks; none where the other one cannot be asked."""
        own = now = self._clock()
        try:
            if self._opinion is not None:
                now = believed(own, told := await self._opinion.ask())
                self.clock_off = own - told
                self._metrics.clock_off.set(self.clock_off / 1000)
        except OpinionUnavailable as error:
            self.clock_off = None
            self._log.warning("nothing is deleted", reason=str(error))
            return 0
        if own - now > DIFFERS:
            self._log.error("this clock is ahead of the API server's", seconds=(own - now) / 1000)
        return await self._attempt(lambda: self._pass(now), "retention failed")

    async def _attempt(self, step: Callable[[], int], complaint: str) -> int:
        try:
            return await apart(step, "keeper")
        except (JournalError, OSError, ConfigurationError, HoldsError) as error:
            self._log.error(complaint, reason=str(error))
            return 0

    def make_room(self, needed: int | None = None) -> int:
        """Gives up the oldest slots until so many bytes are free: the size of the largest of the last slots,
        and half as much again, where it is not said. Returns how many slots went. From any thread.

        Raises:
            OSError: ENOSPC: nothing can go. Or the volume is broken.
            JournalError, HoldsError: it cannot be known what may go.
            FencedError: another process writes the folder.
        """
        with self._busy:
            self._reader.refresh()
            if needed is None:
                sizes = (sum(part.size for part in slot.tracks.values()) for slot in self._recent())
                needed = max(sizes, default=0) * 3 // 2
            return self._make_room(needed, None)

    def _look(self) -> bool:
        """Makes room where the volume has too little: as much as this channel writes in two minutes, so that
        of many channels on it each gives its share. Whether it is still short then.
        """
        with self._busy:
            self._reader.refresh()
            free, total = self._measure(self._path)
            recent = self._recent()
            wanted = floor(total, coming(recent))
            if free >= wanted:
                self.volume = VolumeState(free, total, False, self.volume.evicted)
                return False
            self._make_room(wanted, max(len(recent), LEAST_KEPT))
            return self.volume.free < wanted

    def _make_room(self, needed: int, most: int | None) -> int:
        self.volume = VolumeState(*self._measure(self._path), True, self.volume.evicted)
        holds = read_holds(self._file.with_name(HOLDS_FILE))
        gone = make_room(self._path, self._reader, needed, holds, most, self._measure, self._check)
        self._reader.refresh()
        self.stored_from = self._reader.stored_from
        self.volume = VolumeState(*self._measure(self._path), True, self.volume.evicted + gone.slots)
        self._metrics.deleted.inc(gone.segments)
        if gone.segments:
            self._log.warning(
                "volume short", slots=gone.slots, deleted=gone.segments, stored_from=self.stored_from
            )
        return gone.slots

    def _recent(self) -> list[Slot]:
        newest = self._reader.newest
        return self._reader.slots_between(newest.end - _RECENT, newest.end) if newest else []

    def _pass(self, now: int) -> int:
        """Reads channel.json anew: a changed retention restarts nothing."""
        retention = load_channel(self._file).spec.retention
        holds = read_holds(self._file.with_name(HOLDS_FILE))
        with self._busy:
            self._reader.refresh()
            deleted = expire(self._path, self._reader, now, retention * 1000, holds, check=self._check)
            self._reader.refresh()
            self.stored_from = self._reader.stored_from
            self._metrics.deleted.inc(deleted)
            if deleted:
                self._log.info("retention", deleted=deleted, stored_from=self.stored_from)
            write_retention(self._path, retention)
        return deleted


def write_retention(channel_path: Path, seconds: int) -> None:
    """Notes by which retention a folder is kept, for when no SimLive pod runs (see keeping.py)."""
    content = json.dumps({"seconds": seconds}).encode() + b"\n"
    path = channel_path / RETENTION_FILE
    if not path.exists() or path.read_bytes() != content:
        write_atomically(path, content)


def read_retention(channel_path: Path) -> int | None:
    """By which retention (seconds) a folder was kept last; None where nobody noted it.

    Raises:
        JournalError: the note is damaged.
    """
    path = channel_path / RETENTION_FILE
    try:
        return int(json.loads(path.read_bytes())["seconds"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise JournalError(f"{path} is damaged ({error!r}); delete it, and nothing here expires") from error
