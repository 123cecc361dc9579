"""Reads a channel's journal: whole, or again and again for only what was appended.

Readers need no lock. They take whole lines only, so a record being written, or torn by a crash, is not
seen; and they take `stored.json` for where the stored time begins, because a journal file is kept until
the last of its slots has gone (see retention.py).
"""

import json
import os
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import overload

from pydantic import ValidationError

from telstar_simlive.journal.columns import Columns
from telstar_simlive.journal.names import JOURNAL_FOLDER, descriptor_path
from telstar_simlive.journal.records import JournalError, Run, Slot

STORED_FILE = "stored.json"


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


def read_stored_from(channel_path: Path) -> int:
    """The moment before which slots are gone or going, in milliseconds; 0 when nothing ever went.

    Raises:
        JournalError: `stored.json` is damaged.
    """
    path = channel_path / STORED_FILE
    try:
        return int(json.loads(path.read_bytes())["from"])
    except FileNotFoundError:
        return 0
    except (ValueError, KeyError, TypeError) as error:
        raise JournalError(f"{path} is damaged ({error!r}); delete it and it is written anew") from error


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
        self._stored_from = 0
        self.refresh()

    def refresh(self) -> bool:
        """Reads what was appended since the last time; True when any slot came or went.

        A channel without a journal is an empty one. Files that went away with retention go; where the
        journal was written anew (a file shrank, was replaced, or the newest is gone), all is read again.

        Raises:
            JournalError: `stored.json` is damaged.
        """
        before = (self._stored_from, len(self._days))
        self._stored_from = read_stored_from(self._path)
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
        return any(grown) or before != (self._stored_from, len(self._days))

    def _files(self) -> dict[str, os.stat_result]:
        folder = self._path / JOURNAL_FOLDER
        try:
            with os.scandir(folder) as entries:
                found = {entry.name: entry for entry in entries if entry.name.endswith(".jsonl")}
                return {name: found[name].stat() for name in sorted(found)}
        except FileNotFoundError:
            return self._files() if folder.is_dir() else {}

    def _continues(self, found: dict[str, os.stat_result]) -> bool:
        """Whether what was read is still so: nothing shrank, was replaced, or went but the oldest."""
        if not self._days:
            return True
        newest = self._days[-1].path.name
        kept = [day for day in self._days if day.path.name in found]
        unchanged = all(
            found[day.path.name].st_ino == day.inode and found[day.path.name].st_size >= day.offset
            for day in kept
        )
        only_the_oldest_went = kept == self._days[len(self._days) - len(kept) :]
        nothing_inserted = all(name > newest or name in {day.path.name for day in kept} for name in found)
        return unchanged and newest in found and only_the_oldest_went and nothing_inserted

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
        if end <= start:
            return
        for day in self._days:
            first = max(day.slots.first_ending_after(start), day.slots.first_starting_at(self._stored_from))
            for index in range(first, day.slots.first_starting_at(end)):
                yield day.slots[index]

    def _skipped(self) -> int:
        return sum(day.slots.first_starting_at(self._stored_from) for day in self._days)

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
