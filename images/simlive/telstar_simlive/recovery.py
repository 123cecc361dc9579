"""Puts a channel's folder in order before the first run: what a crash may have left half done."""

import shutil
from pathlib import Path
from typing import NamedTuple

from telstar_simlive.boxes import InitSegment
from telstar_simlive.journal import (
    JOURNAL_FOLDER,
    SPOOL_FOLDER,
    JournalError,
    Slot,
    init_path,
    read_run,
    segment_path,
)
from telstar_simlive.journal.names import SegmentName
from telstar_simlive.journal.parts import load_init, load_part, slot_of
from telstar_simlive.journal.rebuild import rebuild, segments_of, tracks_of
from telstar_simlive.journal.writer import JournalWriter


class Recovered(NamedTuple):
    """What was done: slots journaled that had been moved only, files removed, slots of a rebuilt journal."""

    journaled: int = 0
    removed: int = 0
    rebuilt: int | None = None


def recover(channel_path: Path) -> Recovered:
    """Empties the spool, rebuilds a lost journal, and completes or removes slots moved but not journaled.

    Call it with the channel's lock held.
    """
    shutil.rmtree(channel_path / SPOOL_FOLDER, ignore_errors=True)
    rebuilt = None
    if not any((channel_path / JOURNAL_FOLDER).glob("*.jsonl")) and _has_segments(channel_path):
        rebuilt = rebuild(channel_path).slots
    writer = JournalWriter(channel_path)
    journaled = removed = 0
    unjournaled = _unjournaled(channel_path, writer.last)
    for name in sorted(unjournaled, key=lambda name: name.sequence):
        try:
            writer.append(_slot(channel_path, name))
            journaled += 1
        except JournalError:
            for track in unjournaled[name]:
                (channel_path / segment_path(track, name.start, name.run, name.sequence)).unlink()
                removed += 1
    return Recovered(journaled, removed, rebuilt)


def _has_segments(channel_path: Path) -> bool:
    return any(next(segments_of(channel_path, track), None) for track in tracks_of(channel_path))


def _unjournaled(channel_path: Path, last: Slot | None) -> dict[SegmentName, list[str]]:
    since = Path(segment_path("track", last.start, 1, 1)).parts[1] if last else ""
    found: dict[SegmentName, list[str]] = {}
    for track in tracks_of(channel_path):
        for name in segments_of(channel_path, track, since):
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
