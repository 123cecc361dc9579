"""One journal file in memory, by columns: about 60 bytes a slot instead of a kilobyte."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import Any

import pydantic_core

from telstar_simlive.journal.records import JournalError, Slot, TrackPart, slot_from

_BATCH = 50  # lines decoded at once: few enough that the garbage collector has nothing to look through


class Columns:
    """Slots in ascending order of sequence and start.

    A record that is damaged, or not later than the one before it, is left out and counted in `damaged`.
    """

    def __init__(self) -> None:
        self.damaged = 0
        self.starts = array("q")
        self._sequences = array("q")
        self._runs = array("q")
        self._durations = array("q")
        self._layouts: list[tuple[str, ...]] = []
        self._offsets = array("q")
        self._parts = array("q")

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, index: int) -> Slot:
        layout, offset = self._layouts[index], self._offsets[index]
        values = self._parts[offset : offset + 2 * len(layout)]
        tracks = dict(zip(layout, map(TrackPart, values[::2], values[1::2]), strict=True))
        return Slot(
            self._sequences[index], self._runs[index], self.starts[index], self._durations[index], tracks
        )

    def end_of(self, index: int) -> int:
        """Where a slot ends, without making the slot."""
        return self.starts[index] + self._durations[index]

    def first_ending_after(self, moment: int) -> int:
        """Index of the first slot that ends after a moment."""
        index = bisect_right(self.starts, moment)
        return index - 1 if index and self.end_of(index - 1) > moment else index

    def first_starting_at(self, moment: int) -> int:
        """Index of the first slot that starts at a moment or later."""
        return bisect_left(self.starts, moment)

    def extend(self, lines: list[bytes]) -> None:
        """Takes in whole lines of the journal, in file order."""
        for first in range(0, len(lines), _BATCH):
            for record in self._decode(lines[first : first + _BATCH]):
                try:
                    self._append(slot_from(record))
                except JournalError:
                    self.damaged += 1

    def _append(self, slot: Slot) -> None:
        if self.starts and (slot.sequence <= self._sequences[-1] or slot.start < self.end_of(-1)):
            self.damaged += 1
            return
        layout = tuple(slot.tracks)
        if self._layouts and self._layouts[-1] == layout:
            layout = self._layouts[-1]
        self.starts.append(slot.start)
        self._sequences.append(slot.sequence)
        self._runs.append(slot.run)
        self._durations.append(slot.duration)
        self._layouts.append(layout)
        self._offsets.append(len(self._parts))
        for part in slot.tracks.values():
            self._parts.extend(part)

    def _decode(self, lines: list[bytes]) -> Iterable[Any]:
        # One call for many lines is faster than one a line, and damage is rare.
        try:
            records: list[Any] = pydantic_core.from_json(b"[" + b",".join(lines) + b"]")
        except ValueError:
            return list(self._decode_singly(lines))
        return records

    def _decode_singly(self, lines: list[bytes]) -> Iterable[Any]:
        for line in lines:
            try:
                yield pydantic_core.from_json(line)
            except ValueError:
                self.damaged += 1
