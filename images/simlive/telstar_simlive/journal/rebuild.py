"""Writes a channel's journal and run descriptors anew, from its segments and init segments alone."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from telstar_simlive.boxes import InitSegment
from telstar_simlive.journal.names import (
    JOURNAL_FOLDER,
    RESERVED_NAMES,
    SegmentName,
    journal_path,
    parse_init_name,
    parse_segment_name,
    segment_path,
)
from telstar_simlive.journal.parts import Part, load_init, load_part, run_of, slot_of
from telstar_simlive.journal.reader import read_run
from telstar_simlive.journal.records import JournalError, Slot
from telstar_simlive.journal.writer import write_atomically, write_run


class Rebuilt(NamedTuple):
    """What came of it: slots and runs written, and why slots whose files exist were left out."""

    slots: int
    runs: int
    left_out: list[str]


def tracks_of(channel_path: Path) -> list[str]:
    """The names of the track folders in a channel's folder."""
    return sorted(
        entry.name
        for entry in channel_path.iterdir()
        if entry.is_dir()
        and not entry.name.startswith(".")
        and (entry.name == "audio" or entry.name not in RESERVED_NAMES)
    )


def segments_of(channel_path: Path, track: str, since: str = "") -> Iterator[SegmentName]:
    """The names of a track's segments, oldest first, from a day (YYYYMMDD) on."""
    days = (entry for entry in (channel_path / track).iterdir() if entry.is_dir() and entry.name >= since)
    for day in sorted(days):
        for hour in sorted(entry for entry in day.iterdir() if entry.is_dir()):
            names = (parse_segment_name(entry.name) for entry in hour.iterdir())
            yield from sorted(name for name in names if name is not None)


def rebuild(channel_path: Path) -> Rebuilt:
    """Writes journal and run descriptors anew.

    A slot is written where every track of its run has its whole segment. Which tracks those are, and in which
    order, a run's descriptor says, where it can be read: it is kept then, as it may know of slots that
    retention has taken since. Where it cannot, the init segments say. Call it with the channel's lock held;
    readers notice and read all again.

    Where no slot is found at all the journal is left as it is: it says where the channel goes on.
    """
    inits = {
        number: _described(channel_path, number, found) for number, found in _inits(channel_path).items()
    }
    holders: dict[SegmentName, list[str]] = defaultdict(list)
    for track in tracks_of(channel_path):
        for name in segments_of(channel_path, track):
            holders[name].append(track)
    slots: list[Slot] = []
    left_out: list[str] = []
    first_parts: dict[int, dict[str, Part]] = {}
    for name in sorted(holders, key=lambda name: name.sequence):
        try:
            parts = _parts(channel_path, name, inits.get(name.run, {}), holders[name])
            slot = slot_of(parts, name.sequence, name.run, name.start)
            if slots and (slot.sequence == slots[-1].sequence or slot.start < slots[-1].end):
                raise JournalError("it overlaps the slot before it")
        except JournalError as error:
            left_out.append(f"slot {name.sequence} of run {name.run}: {error}")
            continue
        first_parts.setdefault(name.run, parts)
        slots.append(slot)
    for run, parts in first_parts.items():
        _describe(channel_path, run, parts, [slot for slot in slots if slot.run == run])
    if slots:
        _write(channel_path, slots)
    return Rebuilt(len(slots), len(first_parts), left_out)


def _describe(channel_path: Path, number: int, first_parts: dict[str, Part], slots: list[Slot]) -> None:
    try:
        read_run(channel_path, number)
    except JournalError:
        nominal = max(slot.duration for slot in slots)
        write_run(channel_path, run_of(first_parts, number, slots[0].start, nominal))


def _described(channel_path: Path, number: int, inits: dict[str, InitSegment]) -> dict[str, InitSegment]:
    """A run's init segments, as its descriptor lists them; a track's that is missing is missed later."""
    try:
        tracks = [track.name for track in read_run(channel_path, number).tracks]
    except JournalError:
        return inits
    return {track: inits[track] for track in tracks} if inits.keys() >= set(tracks) else {}


def _inits(channel_path: Path) -> dict[int, dict[str, InitSegment]]:
    """The init segments by run and track, video first, by falling bit rate; torn ones are left out."""
    found: dict[int, dict[str, InitSegment]] = defaultdict(dict)
    for track in tracks_of(channel_path):
        for path in (channel_path / track).glob("init-*.mp4"):
            run = parse_init_name(path.name)
            with suppress(JournalError):
                if run is not None:
                    found[run][track] = load_init(path)
    order = {"video": 0, "audio": 1}
    return {
        run: dict(sorted(inits.items(), key=lambda item: (order[item[1].kind], -item[1].max_bitrate)))
        for run, inits in found.items()
    }


def _parts(
    channel_path: Path, name: SegmentName, inits: dict[str, InitSegment], holders: list[str]
) -> dict[str, Part]:
    missing = sorted(set(inits) - set(holders)) if inits else holders
    if missing:
        raise JournalError(f"without its init segment or segment of track {', '.join(missing)}")
    return {
        track: load_part(channel_path / segment_path(track, name.start, name.run, name.sequence), init)
        for track, init in inits.items()
    }


def _write(channel_path: Path, slots: list[Slot]) -> None:
    files: dict[str, list[bytes]] = defaultdict(list)
    for slot in slots:
        files[journal_path(slot.start)].append(slot.to_line())
    for old in (channel_path / JOURNAL_FOLDER).glob("*.jsonl"):
        if f"{JOURNAL_FOLDER}/{old.name}" not in files:
            old.unlink()
    for path, lines in files.items():
        write_atomically(channel_path / path, b"".join(lines))
