"""Reads a channel's journal: whole, or again and again for only what was appended.

Readers need no lock. They take whole lines only, so a record being written, or torn by a crash, is not
seen; and they take `stored.json` for where the stored time begins, because a journal file is kept until
the last of its slots has gone (see retention.py).
"""

import os
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import overload

from pydantic import ValidationError

from telstar_simlive.journal.columns import Columns
from telstar_simlive.journal.names import JOURNAL_FOLDER, descriptor_path
from telstar_simlive.journal.records import JournalError, Run, Slot
from telstar_simlive.journal.spans import Span, covers
from telstar_simlive.journal.stored import Stored, read_stored


def read_run(channel_path: Path, number: int) -> Run:
    """The descriptor of a run.

    Raises:
        JournalError: there is none, or it is damaged.
    """
    path = channel_path / descriptor_path(number)
    try:
        return Run.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise JournalError(f"run {number} has no readable descriptor {path}: {error}") from error


class _DayFile:
    """One file of the journal and how far it was read."""

    def __init__(self, path: Path, inode: int) -> None:
        self.path, self.inode = path, inode
        self.offset = 0
        self.slots = Columns()

    def read_on(self, size: int) -> bool:
        """Takes in what was appended up to a size; True when there was a whole line of it."""
        if size <= self.offset:
            return False
        with self.path.open("rb") as file:
            file.seek(self.offset)
            appended = file.read(size - self.offset)
        whole = appended.rfind(b"\n") + 1
        if whole:
            self.offset += whole
            self.slots.extend(appended[: whole - 1].split(b"\n"))
        return whole > 0


class JournalReader(Sequence[Slot]):
    """The slots of a channel in order of time, as of the last `refresh`.

    Slots before `stored.json`'s time are left out. Not for use by several threads at once. `rewritten` counts
    how often the journal was found written anew, so that who remembers what it said knows to ask again.
    """

    def __init__(self, channel_path: Path) -> None:
        self._path = channel_path
        self.rewritten = 0
        self._days: list[_DayFile] = []
        self._runs: dict[int, Run] = {}
        self._stored = Stored()
        self.refresh()

    def refresh(self) -> bool:
        """Reads what was appended since the last time; True when any slot came or went.

        A channel without a journal is an empty one. Files that went away with retention go; where the
        journal was written anew (a file shrank, was replaced, or the newest is gone), all is read again.

        Raises:
            JournalError: `stored.json` is damaged.
        """
        before = (self._stored, len(self._days))
        self._stored = read_stored(self._path)
        found = self._files()
        if not self._continues(found):
            self._days, self._runs = [], {}
            self.rewritten += 1
        self._days = [day for day in self._days if day.path.name in found]
        known = {day.path.name for day in self._days}
        for name, status in found.items():
            if name not in known:
                self._days.append(_DayFile(self._path / JOURNAL_FOLDER / name, status.st_ino))
        try:
            grown = [day.read_on(found[day.path.name].st_size) for day in self._days]
        except FileNotFoundError:  # retention took a file between listing and reading: list again
            return self.refresh()
        return any(grown) or before != (self._stored, len(self._days))

    def _files(self) -> dict[str, os.stat_result]:
        folder = self._path / JOURNAL_FOLDER
        try:
            with os.scandir(folder) as entries:
                found = {entry.name: entry for entry in entries if entry.name.endswith(".jsonl")}
                return {name: found[name].stat() for name in sorted(found)}
        except FileNotFoundError:
            return self._files() if folder.is_dir() else {}

    def _continues(self, found: dict[str, os.stat_result]) -> bool:
        """Whether what was read is still so: nothing shrank, was replaced, or went but by retention."""
        if not self._days:
            return True
        newest = self._days[-1].path.name
        kept = [day for day in self._days if day.path.name in found]
        gone = [day for day in self._days if day.path.name not in found]
        unchanged = all(
            found[day.path.name].st_ino == day.inode and found[day.path.name].st_size >= day.offset
            for day in kept
        )
        # Retention takes the oldest, or, where older ones are held, others of which nothing is stored.
        retention_took = kept == self._days[len(self._days) - len(kept) :] or all(
            day.slots.first_starting_at(self._stored.begin) == len(day.slots) for day in gone
        )
        nothing_inserted = all(name > newest or name in {day.path.name for day in kept} for name in found)
        return unchanged and newest in found and retention_took and nothing_inserted

    @property
    def damaged(self) -> int:
        """How many lines were no records, or out of order: 0 in a sound journal."""
        return sum(day.slots.damaged for day in self._days)

    @property
    def stored_from(self) -> int | None:
        """Where the stored time begins, in milliseconds; None when nothing is stored."""
        return self[0].start if len(self) else None

    @property
    def oldest(self) -> Slot | None:
        """The first stored slot."""
        return self[0] if len(self) else None

    @property
    def newest(self) -> Slot | None:
        """The last slot. It is never too old to be named: the writer goes on from it."""
        for day in reversed(self._days):
            if len(day.slots):
                return day.slots[len(day.slots) - 1]
        return None

    def first_since(self, moment: int) -> Slot | None:
        """The first slot that starts at a moment or later, even one that is going or gone."""
        for day in self._days:
            index = day.slots.first_starting_at(moment)
            if index < len(day.slots):
                return day.slots[index]
        return None

    def run(self, number: int) -> Run:
        """The descriptor of a run that a slot names.

        Raises:
            JournalError: there is none, or it is damaged.
        """
        if number not in self._runs:
            self._runs[number] = read_run(self._path, number)
        return self._runs[number]

    def slots_between(self, start: int, end: int) -> list[Slot]:
        """The stored slots that overlap the time from start to before end (milliseconds), in order."""
        return list(self.iterate(start, end))

    def iterate(self, start: int, end: int) -> Iterator[Slot]:
        """As `slots_between`, one at a time."""
        return self._iterate(start, end, self._stored.begin)

    def kept_between(self, start: int, end: int) -> list[Slot]:
        """The slots from before the stored time, kept for a Recording, that overlap the time from start to
        before end; in order. Their files are there as long as the Recording holds them.
        """
        slots = self._iterate(start, min(end, self._stored.begin), 0)
        return [slot for slot in slots if covers(self._stored.kept, slot.start)]

    def starts_overlapping(self, span: Span) -> Span:
        """The time in which the slots start that overlap a span, stored or not."""
        for day in self._days:
            index = day.slots.first_ending_after(span.start)
            if index < len(day.slots):
                return Span(min(day.slots.starts[index], span.start), span.end)
        return span

    def _iterate(self, start: int, end: int, not_before: int) -> Iterator[Slot]:
        if end <= start:
            return
        for day in self._days:
            first = max(day.slots.first_ending_after(start), day.slots.first_starting_at(not_before))
            for index in range(first, day.slots.first_starting_at(end)):
                yield day.slots[index]

    def _skipped(self) -> int:
        return sum(day.slots.first_starting_at(self._stored.begin) for day in self._days)

    def __len__(self) -> int:
        return sum(len(day.slots) for day in self._days) - self._skipped()

    @overload
    def __getitem__(self, index: int) -> Slot: ...
    @overload
    def __getitem__(self, index: slice) -> list[Slot]: ...
    def __getitem__(self, index: int | slice) -> Slot | list[Slot]:
        if isinstance(index, slice):
            return [self[position] for position in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(f"slot {index} of {len(self)}")
        position = index % len(self) + self._skipped()
        starts = [0]
        for day in self._days:
            starts.append(starts[-1] + len(day.slots))
        which = bisect_right(starts, position) - 1
        return self._days[which].slots[position - starts[which]]


def read(channel_path: Path, start: int, end: int) -> list[Slot]:
    """The stored slots that overlap the time from start to before end (milliseconds), read once."""
    return JournalReader(channel_path).slots_between(start, end)
