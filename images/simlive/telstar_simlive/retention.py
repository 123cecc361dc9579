"""What is too old to keep, decided purely, and deleted in small bites.

Two moments, both counted back from now, keep every promise:

- `stored_from` = now - retention. It is written to `stored.json` *before* anything goes; readers name no
  slot that starts before it.
- Files go a grace period later (an eighth of the retention, six hours at most), so that whoever holds a
  playlist made before can play on (RFC 8216bis §6.2.2), and not before a whole pass after `stored.json`
  first said so, should the retention have been shortened.

A slot that a Recording holds stays, however old, with all that it needs; `stored.json` lists it as kept, and
for a whole pass after the hold has ended.

A journal file goes when the last of its slots has; a run's descriptor and init segments when its last slot
has. Neither the newest journal file nor the newest run ever goes: the channel goes on from them.
"""

import errno
from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from telstar_simlive.journal import (
    DESCRIPTOR_FOLDER,
    JOURNAL_FOLDER,
    JournalReader,
    SegmentName,
    Slot,
    Span,
    Spans,
    Stored,
    descriptor_path,
    init_path,
    parse_init_name,
    read_stored,
    segment_path,
    write_stored,
)
from telstar_simlive.journal.rebuild import segments_of, tracks_of
from telstar_simlive.journal.spans import covers, intersection, union

_HOUR = 3_600_000
LIMIT = 1000
"""Segments deleted in one pass."""


@dataclass(frozen=True)
class Expiry:
    """The stored time begins at `stored_from`; what starts before `delete_before` goes (milliseconds)."""

    stored_from: int
    delete_before: int


def expiry(now: int, retention: int, announced: int) -> Expiry:
    """What has expired, where `announced` is what stored.json says. All in milliseconds.

    The stored time never begins earlier than it did: what was given up does not come back.
    """
    stored_from = max(now - retention, announced)
    grace = min(retention // 8, 6 * _HOUR)
    return Expiry(stored_from, min(announced, stored_from - grace))


def announcement(before: Stored, stored_from: int, delete_before: int, held: Spans) -> Stored:
    """What stored.json says next; `held` are the starts of the slots that are held.

    Of the slots that the stored time leaves behind now, or whose files have waited since, those that are held
    are kept; and of those kept so far, those still held.
    """
    there = union(before.kept, [Span(before.gone, stored_from)])
    return Stored(stored_from, max(before.gone, delete_before), intersection(held, there))


def held_starts(reader: JournalReader, holds: Iterable[Span]) -> Spans:
    """When the slots start that overlap a hold, stored or not."""
    return union(reader.starts_overlapping(hold) for hold in holds if hold.start < hold.end)


def expired_segments(names: Iterable[SegmentName], delete_before: int, limit: int) -> Iterator[SegmentName]:
    """The segments to delete, of names given oldest first: at most so many."""
    for name in names:
        if name.start >= delete_before or limit <= 0:
            return
        limit -= 1
        yield name


def expired_days(days: list[str], delete_before_day: str, held: Set[str] = frozenset()) -> list[str]:
    """The days (YYYYMMDD) whose journal goes: all their slots have gone, and it is not the newest."""
    return [day for day in sorted(days)[:-1] if day < delete_before_day and day not in held]


def expired_runs(runs: Iterable[int], oldest_kept: int, held: Set[int] = frozenset()) -> list[int]:
    """The runs of which nothing is left."""
    return sorted(run for run in runs if run < oldest_kept and run not in held)


def expire(
    channel_path: Path,
    reader: JournalReader,
    now: int,
    retention: int,
    holds: Iterable[Span] = (),
    limit: int = LIMIT,
    check: Callable[[], None] = lambda: None,
) -> int:
    """One pass: announces what goes, deletes what may; returns how many segments it deleted.

    Call it with the channel's lock held, and a refreshed reader of its journal; times in milliseconds.
    `holds` are the times that Recordings hold, in any order; `check` is `Fence.check`.

    Raises:
        JournalError: stored.json is damaged; nothing was deleted.
        FencedError: another process writes the folder.
    """
    before = read_stored(channel_path)
    due = expiry(now, retention, before.begin)
    newest = reader.newest
    oldest = reader.oldest
    if newest is None or (oldest and oldest.start >= due.stored_from and not before.begin):
        return 0
    held = held_starts(reader, holds)
    after = announcement(before, due.stored_from, due.delete_before, held)
    check()
    if after != before:
        write_stored(channel_path, after, check)
    spared = union(held, before.kept, after.kept)
    deleted = _delete_segments(channel_path, after.gone, spared, limit, check)
    if deleted < limit:
        delete_emptied(channel_path, after.gone, reader.first_since(after.gone) or newest)
    return deleted


def _delete_segments(
    channel_path: Path, delete_before: int, spared: Spans, limit: int, check: Callable[[], None]
) -> int:
    deleted = 0
    for track in tracks_of(channel_path):
        names = (name for name in segments_of(channel_path, track) if not covers(spared, name.start))
        expired = list(expired_segments(names, delete_before, limit - deleted))
        check()
        delete_segments(channel_path, track, expired)
        deleted += len(expired)
    return deleted


def delete_segments(channel_path: Path, track: str, names: Iterable[SegmentName]) -> None:
    """Deletes segments of a track, and the folders that are empty then."""
    folders = set()
    for name in names:
        path = channel_path / segment_path(track, *name)
        path.unlink(missing_ok=True)
        folders.add(path.parent)
    for folder in folders:
        _remove_if_empty(folder)
        _remove_if_empty(folder.parent)


def delete_emptied(channel_path: Path, delete_before: int, oldest_kept: Slot) -> None:
    """Deletes journal files, init segments and descriptors of which no slot is left."""
    held = [  # nothing else is that old any more
        name
        for track in tracks_of(channel_path)
        for name in takewhile(lambda name: name.start < delete_before, segments_of(channel_path, track))
    ]
    held_runs = {name.run for name in held}
    held_days = {_day(name.start) for name in held}
    days = [file.stem for file in (channel_path / JOURNAL_FOLDER).glob("*.jsonl")]
    for expired in expired_days(days, _day(delete_before), held_days):
        (channel_path / JOURNAL_FOLDER / f"{expired}.jsonl").unlink()
    for track in tracks_of(channel_path):
        inits = [parse_init_name(file.name) for file in (channel_path / track).glob("init-*.mp4")]
        for run in expired_runs([run for run in inits if run is not None], oldest_kept.run, held_runs):
            (channel_path / init_path(track, run)).unlink()
        _remove_if_empty(channel_path / track)
    runs = [int(file.stem) for file in (channel_path / DESCRIPTOR_FOLDER).glob("[0-9]*.json")]
    for run in expired_runs(runs, oldest_kept.run, held_runs):
        (channel_path / descriptor_path(run)).unlink()


def _day(moment: int) -> str:
    return Path(segment_path("track", moment - moment % 1000, 1, 1)).parts[1]


def _remove_if_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT):
            raise
