"""What is stored of a stretch of time, as ready-made playlist entries.

Segments never change once stored, so their entries are written once, in blocks of five minutes, and kept. In
every track a slot has the same entry but for the track's folder, so one text serves all tracks.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Protocol

from telstar_simlive.journal import Run, Slot, segment_path

BLOCK_MILLISECONDS = 300_000
BLOCKS_KEPT = 600  # about two days, 4 MB a channel
ENTRIES_KEPT = 16_384  # the newest two minutes of some hundred channels: what live players ask for
FOLDER = "\x00"  # stands in entries where /hls/<channel>/<track> belongs


class Journal(Protocol):
    """What playlists need of `telstar_simlive.journal.JournalReader`: all stored slots in order of time."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> Slot: ...

    @property
    def oldest(self) -> Slot | None:
        """The first stored slot."""
        ...

    @property
    def newest(self) -> Slot | None:
        """The last stored slot."""
        ...

    def run(self, number: int) -> Run:
        """The descriptor of a run. Raises JournalError."""
        ...

    def slots_between(self, start: int, end: int) -> Sequence[Slot]:
        """The stored slots that overlap the time from start to before end, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Stretch:
    """Slots of one run that follow each other without a gap."""

    run: int
    first_sequence: int
    last_sequence: int
    start: int
    end: int
    entries: str
    sizes: Mapping[str, int]  # bytes in each track


class Stretches:
    """A journal as stretches. Blocks that can no longer grow are remembered."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self._block = lru_cache(maxsize=BLOCKS_KEPT)(self._read)

    def between(self, start: int, end: int | None) -> list[Stretch]:
        """What is stored from start until end (None: all there is), in order, in pieces of a block or less.

        Begins with the slot that is on at the start, and ends with the one that is on just before the end.
        """
        oldest, newest = self.journal.oldest, self.journal.newest
        if oldest is None or newest is None:
            return []
        on_at_start = self.journal.slots_between(start, start + 1)
        start = on_at_start[0].start if on_at_start else max(start, oldest.start)
        end = newest.end if end is None else min(end, newest.end)
        return [stretch for piece in _pieces(start, end) for stretch in self._stretches(*piece)]

    def _stretches(self, start: int, end: int) -> tuple[Stretch, ...]:
        # No piece reaches beyond the newest slot's end, so a whole block has all its slots.
        whole = end - start == BLOCK_MILLISECONDS
        return self._block(start, end) if whole else self._read(start, end)

    def _read(self, start: int, end: int) -> tuple[Stretch, ...]:
        slots = (slot for slot in self.journal.slots_between(start, end) if slot.start >= start)
        # Sequence minus position is the same for slots that follow each other.
        numbered = groupby(enumerate(slots), key=lambda item: (item[1].run, item[1].sequence - item[0]))
        return tuple(_stretch([slot for _, slot in group]) for _, group in numbered)


def _pieces(start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end:
        border = min(end, start - start % BLOCK_MILLISECONDS + BLOCK_MILLISECONDS)
        yield start, border
        start = border


def _stretch(slots: Sequence[Slot]) -> Stretch:
    first, last = slots[0], slots[-1]
    sizes = {
        track: sum([slot.tracks[track].size for slot in slots if track in slot.tracks])
        for track in first.tracks
    }
    entries = "".join([_entry(slot.start, slot.duration, slot.run, slot.sequence) for slot in slots])
    return Stretch(first.run, first.sequence, last.sequence, first.start, last.end, entries, sizes)


@lru_cache(maxsize=ENTRIES_KEPT)
def _entry(start: int, duration: int, run: int, sequence: int) -> str:
    # The slot's duration, not the track's: audio frames overlap slots by up to one frame, which does not add
    # up over a day as rounding each segment's own duration would.
    seconds, rest = divmod(duration, 1000)
    return f"#EXTINF:{seconds}.{rest:03},\n{segment_path(FOLDER, start, run, sequence)}\n"
