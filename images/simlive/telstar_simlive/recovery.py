"""Puts a channel's folder in order before the first run: what a crash may have left half done."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from telstar_simlive.boxes import InitSegment
from telstar_simlive.journal import (
    DESCRIPTOR_FOLDER,
    JOURNAL_FOLDER,
    SPOOL_FOLDER,
    JournalError,
    Slot,
    init_path,
    parse_init_name,
    read_run,
    segment_path,
)
from telstar_simlive.journal.names import SegmentName
from telstar_simlive.journal.parts import load_init, load_part, slot_of
from telstar_simlive.journal.rebuild import rebuild, segments_of, tracks_of
from telstar_simlive.journal.writer import TEMPORARY, JournalWriter, whole_lines, write_atomically
from telstar_simlive.lock import Fence

_FEW = 3  # slots without a record that a crash may leave; more of them are a journal that was lost


class Recovered(NamedTuple):
    """What was done: slots journaled that had been moved only, files removed, slots of a rebuilt journal."""

    journaled: int = 0
    removed: int = 0
    rebuilt: int | None = None


def recover(channel_path: Path, fence: Fence | None = None) -> Recovered:
    """Removes temporary files, rebuilds a lost journal, completes or removes slots moved but not journaled.

    Call it with the channel's lock held, and its fence. It may need a little room on the volume, see
    `volume.make_room`.

    Raises:
        OSError: the volume is full or broken. What was done so far may be done again.
        FencedError: another process writes the folder.
    """
    check = fence.check if fence else _unfenced
    check()
    shutil.rmtree(channel_path / SPOOL_FOLDER, ignore_errors=True)  # of versions that had it here
    if fence is not None and not fence.clean:
        _replace_newest_journal(channel_path)
    writer, rebuilt = JournalWriter(channel_path, check), None
    removed = _remove(_temporaries(channel_path, writer.last), check)
    unjournaled = _unjournaled(channel_path, writer.last)
    if len(unjournaled) > _FEW or (unjournaled and writer.last is None):
        rebuilt = rebuild(channel_path).slots
        writer = JournalWriter(channel_path, check)
        unjournaled = _unjournaled(channel_path, writer.last)
    journaled = 0
    for name in sorted(unjournaled, key=lambda name: name.sequence):
        try:
            writer.append(_slot(channel_path, name))
            journaled += 1
        except JournalError:
            paths = (segment_path(track, name.start, name.run, name.sequence) for track in unjournaled[name])
            removed += _remove((channel_path / path for path in paths), check)
    removed += _remove(_unused(channel_path, writer.last.run if writer.last else 0), check)
    return Recovered(journaled, removed, rebuilt)


def _unfenced() -> None:
    """Nobody else is there: in tests, and by hand."""


def _replace_newest_journal(channel_path: Path) -> None:
    """Puts a copy where the newest journal file is. A former writer that was put to sleep right before its
    append, after it had looked whether it still may, then wakes up with a file in hand that nobody reads.
    """
    for file in sorted((channel_path / JOURNAL_FOLDER).glob("*.jsonl"), reverse=True):
        if lines := whole_lines(file):
            write_atomically(file, b"".join(line + b"\n" for line in lines))
            return
        file.unlink()


def _remove(paths: Iterator[Path], check: Callable[[], None]) -> int:
    removed = 0
    for path in list(paths):
        check()
        path.unlink(missing_ok=True)
        removed += 1
    return removed


def _temporaries(channel_path: Path, last: Slot | None) -> Iterator[Path]:
    """Files that a crash left before they had their names: no older than the last slot's day."""
    folders = [channel_path, channel_path / JOURNAL_FOLDER, channel_path / DESCRIPTOR_FOLDER]
    for track in tracks_of(channel_path):
        folders.append(channel_path / track)
        days = (entry for entry in (channel_path / track).iterdir() if entry.is_dir())
        folders += [hour for day in days if day.name >= _day(last) for hour in day.iterdir() if hour.is_dir()]
    for folder in folders:
        yield from folder.glob(f".*{TEMPORARY}")


def _unused(channel_path: Path, last_run: int) -> Iterator[Path]:
    """Init segments and descriptors of runs that came to no slot: their number is taken over."""
    for track in tracks_of(channel_path):
        for path in (channel_path / track).glob("init-*.mp4"):
            if (parse_init_name(path.name) or 0) > last_run:
                yield path
    for path in (channel_path / DESCRIPTOR_FOLDER).glob("[0-9]*.json"):
        if int(path.stem) > last_run:
            yield path


def _day(slot: Slot | None) -> str:
    return Path(segment_path("track", slot.start, 1, 1)).parts[1] if slot else ""


def _unjournaled(channel_path: Path, last: Slot | None) -> dict[SegmentName, list[str]]:
    found: dict[SegmentName, list[str]] = {}
    for track in tracks_of(channel_path):
        for name in segments_of(channel_path, track, _day(last)):
            if last is None or name.sequence > last.sequence:
                found.setdefault(name, []).append(track)
    return found


def _slot(channel_path: Path, name: SegmentName) -> Slot:
    """The slot, if every track of its run has its whole segment."""
    tracks = [track.name for track in read_run(channel_path, name.run).tracks]
    inits: dict[str, InitSegment] = {
        track: load_init(channel_path / init_path(track, name.run)) for track in tracks
    }
    parts = {
        track: load_part(channel_path / segment_path(track, name.start, name.run, name.sequence), init)
        for track, init in inits.items()
    }
    return slot_of(parts, name.sequence, name.run, name.start)
