"""Appends to a channel's journal. One writer at a time: whoever holds the channel's lock (see lock.py)."""

import os
from pathlib import Path

from telstar_simlive.journal.names import DESCRIPTOR_FOLDER, JOURNAL_FOLDER, descriptor_path, journal_path
from telstar_simlive.journal.records import JournalError, Run, Slot, parse_slot


def write_atomically(path: Path, content: bytes) -> None:
    """Writes a file so that a reader, or a crash, meets the old content or the new one, nothing between."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fdatasync(file.fileno())
    temporary.replace(path)


def write_run(channel_path: Path, run: Run) -> None:
    """Writes a run's descriptor; due before the run's first slot."""
    content = run.model_dump_json().encode() + b"\n"
    write_atomically(channel_path / descriptor_path(run.run), content)


class JournalWriter:
    """Goes on where the journal ends. `last` is its last slot, None while it is empty."""

    def __init__(self, channel_path: Path) -> None:
        self._path = channel_path
        for folder in (JOURNAL_FOLDER, DESCRIPTOR_FOLDER):
            (channel_path / folder).mkdir(parents=True, exist_ok=True)
        self.last = self._find_last()

    def _find_last(self) -> Slot | None:
        for file in sorted((self._path / JOURNAL_FOLDER).glob("*.jsonl"), reverse=True):
            for line in reversed(_whole_lines(file)):
                try:
                    return parse_slot(line)
                except JournalError:
                    continue
        return None

    def append(self, slot: Slot) -> None:
        """Appends a slot; when this returns it is on the disk.

        Raises:
            JournalError: its sequence is not the next one, its time goes backwards or overlaps the last
                slot's, or its run does; nothing was written.
            OSError: the disk is full or broken; nothing was written, or where even that cannot be mended,
                a torn line, which the next writer cuts away.
        """
        if self.last is not None:
            _check_follows(self.last, slot)
        _check_whole(slot)
        line = slot.to_line()
        path = self._path / journal_path(slot.start)
        is_new = not path.exists()
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            _append_whole(descriptor, line, path)
        finally:
            os.close(descriptor)
        if is_new:
            _sync_folder(path.parent)
        self.last = slot


def _append_whole(descriptor: int, line: bytes, path: Path) -> None:
    """All of a line or, as far as the disk allows, nothing of it: what follows must not join a torn one."""
    size = os.fstat(descriptor).st_size
    try:
        if os.write(descriptor, line) != len(line):
            raise OSError(f"only a part of a record fitted into {path}")
        os.fdatasync(descriptor)
    except OSError:
        os.ftruncate(descriptor, size)
        raise


def _check_follows(last: Slot, slot: Slot) -> None:
    if slot.sequence != last.sequence + 1:
        raise JournalError(f"slot {slot.sequence} cannot follow slot {last.sequence}: there are no holes")
    if slot.start < last.end:
        raise JournalError(f"slot {slot.sequence} starts at {slot.start}, before the last ends at {last.end}")
    if slot.run < last.run:
        raise JournalError(f"run {slot.run} cannot follow run {last.run}: runs count up")
    if slot.run == last.run and slot.start != last.end:
        raise JournalError(f"a gap from {last.end} to {slot.start} inside run {slot.run}: it needs a new run")


def _check_whole(slot: Slot) -> None:
    if slot.start % 1000:
        raise JournalError(f"slot {slot.sequence} starts at {slot.start} ms: a start is a whole second")
    if slot.sequence < 1 or slot.run < 1 or slot.duration < 1 or not slot.tracks:
        raise JournalError(f"not a slot: {slot}")


def _whole_lines(path: Path) -> list[bytes]:
    """The lines of a journal file, after a torn last one was cut away."""
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        with path.open("r+b") as file:
            file.truncate(whole)
            os.fdatasync(file.fileno())
    return content[:whole].splitlines()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
