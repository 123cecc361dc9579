"""Retention for channels without a SimLive pod, stopped or deleted: `telstar-simlive keep`.

Once a minute it asks the operator which Channels there are and how long each keeps. `decide` says what that
means for a folder of the volume; the pass over it takes the folder's lock and lets go of it after every bite,
so that a SimLive pod that starts waits moments. It claims no epoch (see lock.py): it must fence nobody out.
"""

import re
import time
from dataclasses import dataclass
from pathlib import Path

import structlog
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from telstar_simlive.holds import Hold
from telstar_simlive.journal import JournalError, JournalReader, Spans
from telstar_simlive.journal.rebuild import segments_of, tracks_of
from telstar_simlive.journal.spans import union
from telstar_simlive.keeper import read_retention
from telstar_simlive.lock import LOCK_FILE, WRITER_FOLDER, LockedError, held
from telstar_simlive.purge import remove
from telstar_simlive.retention import expire

BITE = 100
"""Segments deleted before the lock is let go of."""
_PAUSE = 0.25  # seconds without the lock: longer than a waiting SimLive takes to look again
_CHANNEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,48}[a-z0-9])?")
_OFTEN, _SELDOM = 60, 600


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class ChannelRetention(_Message):
    """How long a Channel keeps, in seconds."""

    retention_seconds: int = Field(ge=1)


class Retention(_Message):
    """What the operator answers: the Kubernetes API server's time, every Channel that there is, and, by
    channel, what Recordings hold.
    """

    now: AwareDatetime
    channels: dict[str, ChannelRetention]
    holds: dict[str, list[Hold]] = {}


@dataclass(frozen=True)
class Order:
    """What to do with a folder: expire by `seconds` (None: nothing may go), `remove` it once it is empty."""

    seconds: int | None
    holds: Spans = ()
    remove: bool = False


def decide(name: str, retention: Retention, noted: int | None) -> Order:
    """What the operator's answer means for a folder, where `noted` is the retention it was kept with last."""
    holds = union(hold.span for hold in retention.holds.get(name, ()))
    channel = retention.channels.get(name)
    if channel is not None:
        return Order(channel.retention_seconds, holds)
    return Order(noted, holds, remove=not holds)


def pause(seconds: int | None) -> int:
    """Seconds until a folder is looked at again: sooner where it keeps little."""
    return min(max((seconds or _SELDOM * 100) // 100, _OFTEN), _SELDOM)


class Volume:
    """All channels' folders on one volume.

    `deleted` and `removed` count segments and folders so far, `progress` is when something was last done (by
    the monotonic clock). Once `stopping` is set, a pass ends after its present bite.
    """

    def __init__(self, path: Path) -> None:
        self.deleted = self.removed = 0
        self.stopping = False
        self.progress = time.monotonic()
        self._path = path
        self._due: dict[str, float] = {}
        self._log = structlog.get_logger()
        self._told: set[str] = set()

    def keep(self, retention: Retention, now: int) -> dict[str, str]:
        """One pass over the folders that are due; `now` in milliseconds. Returns faults by folder.

        Raises:
            OSError: the volume cannot be read.
        """
        folders = {entry.name: entry for entry in self._path.iterdir() if _CHANNEL.fullmatch(entry.name)}
        faults: dict[str, str] = {}
        for name, folder in sorted(folders.items()):
            self.progress = time.monotonic()
            if not folder.is_dir() or folder.is_symlink() or self._due.get(name, 0) > self.progress:
                continue
            if self.stopping:
                break
            try:
                noted = read_retention(folder)
                order = decide(name, retention, noted)
                # One that a purge has just emptied is not touched: not even a lock is left in it.
                if _has_segments(folder):
                    self._keep(folder, order, now)
                if order.remove and not _has_segments(folder) and _is_ours(folder, noted, now):
                    self._remove(folder)
                self._due[name] = time.monotonic() + pause(order.seconds)
            except LockedError:
                continue  # SimLive is there, and keeps it itself
            except (JournalError, OSError) as error:
                faults[name] = str(error)
        self._due = {name: due for name, due in self._due.items() if name in folders}
        return faults

    def _keep(self, folder: Path, order: Order, now: int) -> None:
        if order.seconds is not None:
            self._expire(folder, order.seconds, order.holds, now)
        elif folder.name not in self._told:
            self._told.add(folder.name)
            self._log.warning("no channel, and no retention noted: nothing is deleted", folder=folder.name)

    def _expire(self, folder: Path, seconds: int, holds: Spans, now: int) -> None:
        with held(folder, 0):
            pass  # only to know that nobody is there, before a week of journal is read
        reader, deleted = JournalReader(folder), BITE
        while deleted == BITE and not self.stopping:
            with held(folder, 0):
                reader.refresh()
                deleted = expire(folder, reader, now, seconds * 1000, holds, BITE)
            self.deleted, self.progress = self.deleted + deleted, time.monotonic()
            if deleted:
                self._log.info("retention", folder=folder.name, deleted=deleted)
            time.sleep(_PAUSE if deleted == BITE else 0)

    def _remove(self, folder: Path) -> None:
        """Removes a folder of no Channel that has no segments: journal and descriptors lead nowhere any more.

        Should a Channel of that name begin in this very moment, its first container finds no folder, and its
        second, a second later, a new one.
        """
        with held(folder, 0):
            if _has_segments(folder):
                return
            for entry in folder.iterdir():
                if entry.name != LOCK_FILE:
                    remove(entry)
            (folder / LOCK_FILE).unlink()
            folder.rmdir()
        self.removed += 1
        self._log.info("folder removed", folder=folder.name)


def _is_ours(folder: Path, noted: int | None, now: int) -> bool:
    """Whether a folder without segments was a channel's: it was kept once, or has been empty for a while,
    as a purge leaves it. What somebody else put on the volume is not ours to remove.
    """
    if noted is not None:
        return True
    names = {entry.name for entry in folder.iterdir()}
    return names <= {LOCK_FILE, WRITER_FOLDER} and folder.stat().st_mtime * 1000 < now - _SELDOM * 1000


def _has_segments(folder: Path) -> bool:
    return any(next(segments_of(folder, track), None) for track in tracks_of(folder))
