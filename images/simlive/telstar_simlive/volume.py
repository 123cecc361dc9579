"""A volume that fills up costs the oldest segments that nobody holds, never the channel.

`floor` is how much a volume should have free, decided purely. `make_room` gives up slots, oldest first and in
small bites, until so much is free. It first moves `stored.json` past what goes; the grace that retention
gives (see retention.py) is void, because what is being broadcast now is worth more.
"""

import errno
import os
from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from itertools import groupby, islice
from pathlib import Path
from typing import NamedTuple

from telstar_simlive.journal import (
    JournalReader,
    SegmentName,
    Slot,
    Span,
    read_stored,
    segment_path,
    write_stored,
)
from telstar_simlive.journal.rebuild import segments_of, tracks_of
from telstar_simlive.journal.spans import covers
from telstar_simlive.retention import announcement, delete_segments, held_starts

LEAST_KEPT = 3
"""Slots that are never given up: what a player needs to begin with (RFC 8216bis §6.3.3)."""
FULL = (errno.ENOSPC, errno.EDQUOT)
_BITE = 8  # slots that are given up before the free space is looked at again
_FLOOR = 64 << 20
_SHARE = 20
_AHEAD = 120_000


class Space(NamedTuple):
    """Of a volume: bytes that may still be written, bytes in all."""

    free: int
    total: int


class Evicted(NamedTuple):
    """What was given up: slots that had not reached their retention, and segments in all."""

    slots: int = 0
    segments: int = 0


def measure(path: Path) -> Space:
    """How full the volume is that a path lies on."""
    found = os.statvfs(path)
    return Space(found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize)


def floor(total: int, coming: int) -> int:
    """How much a volume should have free: what is `coming` in the next two minutes and 64 MiB at least, but
    never more than a twentieth of it. All in bytes.
    """
    return min(max(coming, _FLOOR), total // _SHARE)


def coming(slots: Iterable[Slot]) -> int:
    """The bytes that a channel will write in the next two minutes, from its last slots' sizes."""
    taken = list(slots)
    size = sum(part.size for slot in taken for part in slot.tracks.values())
    duration = sum(slot.duration for slot in taken)
    return size * _AHEAD // duration if duration else 0


def make_room(
    channel_path: Path,
    reader: JournalReader,
    needed: int,
    holds: Iterable[Span] = (),
    most: int | None = None,
    measure: Callable[[Path], Space] = measure,
    check: Callable[[], None] = lambda: None,
) -> Evicted:
    """Gives up the oldest slots that nobody holds, until so many bytes are free, or `most` slots went.

    Call it with the channel's lock held, and a refreshed reader of its journal, which is out of date then.
    `holds` are the times that Recordings hold; `check` is `Fence.check`.

    Raises:
        OSError: ENOSPC, with a message: nothing can go any more, and still there is not so much free.
        JournalError: stored.json is damaged; nothing was deleted.
        FencedError: another process writes the folder.
    """
    holds = list(holds)
    slots = _evictable(channel_path, reader, holds)
    evicted = segments = gone = 0
    while (free := measure(channel_path).free) < needed and (most is None or gone < most):
        bite = list(islice(slots, _BITE if most is None else min(_BITE, most - gone)))
        if not bite:
            raise OSError(
                errno.ENOSPC,
                f"the volume has {free} bytes free, {needed} are needed, and nothing of this channel can go: "
                "the rest is held or new. Enlarge the volume, or shorten the retention of channels on it",
                str(channel_path),
            )
        check()
        evicted += _announce(channel_path, reader, holds, bite, check)
        for track in tracks_of(channel_path):
            delete_segments(channel_path, track, [name for name, tracks in bite if track in tracks])
        gone += len(bite)
        segments += sum(len(tracks) for _, tracks in bite)
    return Evicted(evicted, segments)


def _evictable(
    channel_path: Path, reader: JournalReader, holds: list[Span]
) -> Iterator[tuple[SegmentName, list[str]]]:
    """Slots on the disk and the tracks that they have, oldest first: neither held ones nor the newest."""
    newest = reader.newest
    if newest is None:
        return
    held = held_starts(reader, holds)
    by_track = [_segments(channel_path, track) for track in tracks_of(channel_path)]
    for name, found in groupby(merge(*by_track), key=lambda item: item[0]):
        if name.sequence > newest.sequence - LEAST_KEPT:
            return
        if not covers(held, name.start):
            yield name, [track for _, track in found]


def _segments(channel_path: Path, track: str) -> Iterator[tuple[SegmentName, str]]:
    for name in segments_of(channel_path, track):
        yield name, track


def _announce(
    channel_path: Path,
    reader: JournalReader,
    holds: list[Span],
    bite: list[tuple[SegmentName, list[str]]],
    check: Callable[[], None],
) -> int:
    """Moves stored.json past what goes; returns how many slots of it had not reached their retention.

    On a volume without room for even that, the oldest segments go first: for a moment a reader may name one
    that is gone.
    """
    before, past = read_stored(channel_path), bite[-1][0].start + 1
    following = reader.first_since(past)
    begin = max(before.begin, following.start if following else past)
    after = announcement(before, begin, max(before.gone, past), held_starts(reader, holds))
    for path in _paths(channel_path, bite):
        try:
            write_stored(channel_path, after, check)
            break
        except OSError as error:
            if error.errno not in FULL:
                raise
            path.unlink(missing_ok=True)
    else:
        write_stored(channel_path, after, check)
    return sum(name.start >= before.begin for name, _ in bite)


def _paths(channel_path: Path, bite: list[tuple[SegmentName, list[str]]]) -> Iterator[Path]:
    for name, tracks in bite:
        for track in tracks:
            yield channel_path / segment_path(track, *name)
