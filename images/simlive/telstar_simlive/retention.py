"""What is too old to keep, decided purely, and deleted in small bites.

Two moments, both counted back from now, keep every promise:

- `stored_from` = now - retention. It is written to `stored.json` *before* anything goes; readers name no
  slot that starts before it.
- Files go a grace period later (an eighth of the retention, six hours at most), so that whoever holds a
  playlist made before can play on (RFC 8216bis §6.2.2), and not before a whole pass after `stored.json`
  first said so, should the retention have been shortened.

A journal file goes when the last of its slots has; a run's descriptor and init segments when its last slot
has. Neither the newest journal file nor the newest run ever goes: the channel goes on from them.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from telstar_simlive.journal import (
    DESCRIPTOR_FOLDER,
    JOURNAL_FOLDER,
    JournalReader,
    SegmentName,
    descriptor_path,
    init_path,
    parse_init_name,
    read_stored_from,
    segment_path,
)
from telstar_simlive.journal.reader import STORED_FILE
from telstar_simlive.journal.rebuild import segments_of, tracks_of
from telstar_simlive.journal.writer import write_atomically

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


def expired_segments(names: Iterable[SegmentName], delete_before: int, limit: int) -> Iterator[SegmentName]:
    """The segments to delete, of names given oldest first: at most so many."""
    for name in names:
        if name.start >= delete_before or limit <= 0:
            return
        limit -= 1
        yield name


def expired_days(days: list[str], delete_before_day: str) -> list[str]:
    """The days (YYYYMMDD) whose journal goes: all their slots have gone, and it is not the newest."""
    return [day for day in sorted(days)[:-1] if day < delete_before_day]


def expired_runs(runs: Iterable[int], oldest_kept: int) -> list[int]:
    """The runs of which nothing is left."""
    return sorted(run for run in runs if run < oldest_kept)


def expire(channel_path: Path, reader: JournalReader, now: int, retention: int, limit: int = LIMIT) -> int:
    """One pass: announces what goes, deletes what may; returns how many segments it deleted.

    Call it with the channel's lock held, and a refreshed reader of its journal; times in milliseconds.

    Raises:
        JournalError: stored.json is damaged; nothing was deleted.
    """
    announced = read_stored_from(channel_path)
    due = expiry(now, retention, announced)
    newest = reader.newest
    oldest = reader.oldest
    if newest is None or (oldest and oldest.start >= due.stored_from and not announced):
        return 0
    content = json.dumps({"from": due.stored_from}).encode() + b"\n"
    write_atomically(channel_path / STORED_FILE, content)
    deleted = _delete_segments(channel_path, due.delete_before, limit)
    if deleted < limit:
        kept = reader.first_since(due.delete_before) or newest
        _delete_emptied(channel_path, due.delete_before, kept.run)
    return deleted


def _delete_segments(channel_path: Path, delete_before: int, limit: int) -> int:
    deleted = 0
    for track in tracks_of(channel_path):
        names = list(expired_segments(segments_of(channel_path, track), delete_before, limit - deleted))
        folders = set()
        for name in names:
            path = channel_path / segment_path(track, *name)
            path.unlink(missing_ok=True)
            folders.add(path.parent)
        for folder in folders:
            _remove_if_empty(folder)
            _remove_if_empty(folder.parent)
        deleted += len(names)
    return deleted


def _delete_emptied(channel_path: Path, delete_before: int, oldest_kept_run: int) -> None:
    day = Path(segment_path("track", delete_before - delete_before % 1000, 1, 1)).parts[1]
    days = [file.stem for file in (channel_path / JOURNAL_FOLDER).glob("*.jsonl")]
    for expired in expired_days(days, day):
        (channel_path / JOURNAL_FOLDER / f"{expired}.jsonl").unlink()
    for track in tracks_of(channel_path):
        inits = [parse_init_name(file.name) for file in (channel_path / track).glob("init-*.mp4")]
        for run in expired_runs([run for run in inits if run is not None], oldest_kept_run):
            (channel_path / init_path(track, run)).unlink()
        _remove_if_empty(channel_path / track)
    runs = [int(file.stem) for file in (channel_path / DESCRIPTOR_FOLDER).glob("[0-9]*.json")]
    for run in expired_runs(runs, oldest_kept_run):
        (channel_path / descriptor_path(run)).unlink()


def _remove_if_empty(folder: Path) -> None:
    if folder.exists() and not any(folder.iterdir()):
        folder.rmdir()
