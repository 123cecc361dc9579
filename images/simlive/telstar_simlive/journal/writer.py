"""Appends to a channel's journal. One writer at a time: whoever holds the channel's lock (see lock.py)."""

import errno
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from telstar_simlive.journal.names import DESCRIPTOR_FOLDER, JOURNAL_FOLDER, descriptor_path, journal_path
from telstar_simlive.journal.records import JournalError, Run, Slot, parse_slot

TEMPORARY = ".new"
"""How temporary files' names end; they begin with a dot."""


def _unfenced() -> None:
    """The check of a folder that nobody else can write."""


def write_atomically(path: Path, content: bytes, check: Callable[[], None] = _unfenced) -> None:
    """Writes a file so that a reader, or a crash, meets the old content or the new one, nothing between.

    Raises:
        OSError: the disk is full or broken; the old content stands.
        FencedError: `check` (`Fence.check`) said so; the old content stands.
    """
    with placed(path, check) as file:
        file.write(content)


@contextmanager
def placed(path: Path, check: Callable[[], None] = _unfenced) -> Iterator[BinaryIO]:
    """A file to write, which gets its name once it is on the disk, and `check` (`Fence.check`) has agreed.

    Its temporary name begins with a dot and belongs to nobody else, should two processes write at once.
    `recovery.recover` removes all of them. So a former writer can name no file any more, even if it fell
    asleep after the check was passed: the file that it would name is gone.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}{TEMPORARY}")
    try:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fdatasync(file.fileno())
        check()
        temporary.replace(path)
    except FileNotFoundError:  # a successor's recovery removes what it finds half done
        check()
        raise
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Brings the names in a folder to the disk, as fdatasync brings a file's content."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_run(channel_path: Path, run: Run, check: Callable[[], None] = _unfenced) -> None:
    """Writes a run's descriptor; due before the run's first slot."""
    content = run.model_dump_json().encode() + b"\n"
    write_atomically(channel_path / descriptor_path(run.run), content, check)


class FencedError(Exception):
    """Another process writes this folder now: this one must write nothing more, and end at once."""


class _Tail(NamedTuple):
    """A journal file as this writer left it."""

    inode: int
    size: int


class JournalWriter:
    """Goes on where the journal ends. `last` is its last slot, None while it is empty.

    `check` is the channel's `Fence.check` (see lock.py), asked before every append. Beyond that a journal
    file that is not exactly as this writer left it is another's, whoever that is.
    """

    def __init__(self, channel_path: Path, check: Callable[[], None] = _unfenced) -> None:
        self._path, self._check = channel_path, check
        self._tails: dict[str, _Tail] = {}
        self._torn = b""
        for folder in (JOURNAL_FOLDER, DESCRIPTOR_FOLDER):
            (channel_path / folder).mkdir(parents=True, exist_ok=True)
        self.last = self._find_last()

    def _find_last(self) -> Slot | None:
        """The last slot; notes how long its file and all later ones are, which hold no slot."""
        for file in sorted((self._path / JOURNAL_FOLDER).glob("*.jsonl"), reverse=True):
            lines = whole_lines(file)
            status = file.stat()
            self._tails[file.name] = _Tail(status.st_ino, status.st_size)
            for line in reversed(lines):
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
                a torn line, which the next append or the next writer cuts away.
            FencedError: another process writes this journal; nothing was written.
        """
        if self.last is not None:
            _check_follows(self.last, slot)
        _check_whole(slot)
        path = self._path / journal_path(slot.start)
        self._check()
        tail = self._tails.get(path.name)
        descriptor = _open(path, is_new=tail is None)
        try:
            found = os.fstat(descriptor)
            if tail is None:
                tail = self._tails[path.name] = _Tail(found.st_ino, 0)
                sync_folder(path.parent)
                self._check()  # once more, as a successor may have looked before this file was there
            self._append(descriptor, slot.to_line(), tail, path)
        finally:
            os.close(descriptor)
        self.last = slot

    def _append(self, descriptor: int, line: bytes, tail: _Tail, path: Path) -> None:
        """All of a line or, as far as the disk allows, nothing: what follows must not join a torn one."""
        self._cut_torn(descriptor, tail, path)
        if _Tail(os.fstat(descriptor).st_ino, os.fstat(descriptor).st_size) != tail:
            raise FencedError(
                f"{path} is not as this process left it: another one writes this channel's journal"
            )
        try:
            if os.write(descriptor, line) != len(line):
                raise OSError(errno.ENOSPC, "only a part of a record fitted", str(path))
            os.fdatasync(descriptor)
        except OSError:
            self._torn = line
            os.ftruncate(descriptor, tail.size)
            self._torn = b""
            raise
        self._tails[path.name] = tail._replace(size=tail.size + len(line))

    def _cut_torn(self, descriptor: int, tail: _Tail, path: Path) -> None:
        """Cuts away what an append of this writer left, when it could not do so itself."""
        if not self._torn:
            return
        if self._torn.startswith(path.read_bytes()[tail.size :]):
            os.ftruncate(descriptor, tail.size)
            self._torn = b""


def _open(path: Path, is_new: bool) -> int:
    try:
        created = os.O_CREAT | os.O_EXCL if is_new else 0
        return os.open(path, os.O_WRONLY | os.O_APPEND | created, 0o644)
    except (FileExistsError, FileNotFoundError) as error:
        raise FencedError(f"{path} came or went, and this process did not do it") from error


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


def whole_lines(path: Path) -> list[bytes]:
    """The lines of a journal file, without their ends, after a torn last one was cut away."""
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        with path.open("r+b") as file:
            file.truncate(whole)
            os.fdatasync(file.fileno())
    return content[:whole].splitlines()
