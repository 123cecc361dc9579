"""One process at a time writes a channel's folder, and a former one finds itself out.

Two fences, since each stands where the other has a hole:

- `.lock`, held in the kernel (flock). It ends with its holder, however that ends, and lets a successor wait.
  It does not reach where a network file system passes no locks on, or has given up those of a node that is
  cut off but still writes.
- `.writer/<epoch>`. Each writer makes the file of the next number, then removes all lower ones, and only then
  writes anything; before each write it looks whether its own is still there. Whoever was overtaken, however
  long it slept, finds that it is not.

The file is made with O_CREAT|O_EXCL, which is atomic on NFS since version 3, SMB and CephFS alike; hard links
are not to be had on all of them. It is looked for with open(), which asks the server (close-to-open
consistency of NFS), where a listing or a stat may be answered from a cache. What remains is the moment
between a look and the write after it; JournalWriter and `recovery.recover` close it for the journal.
"""

import errno
import fcntl
import os
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from telstar_simlive.journal import FencedError

__all__ = ["LOCK_FILE", "WRITER_FOLDER", "Fence", "FencedError", "LockedError", "held", "locked"]

LOCK_FILE = ".lock"
WRITER_FOLDER = ".writer"
_PAUSE = 0.1
_ATTEMPTS = 100
_RELEASED = ".released"
_FULL = (errno.ENOSPC, errno.EDQUOT)


class LockedError(Exception):
    """Another process holds the folder: the message says which, and for how long was waited."""


class Fence:
    """The right to write one channel's folder, until another process claims it.

    `epoch` counts the folder's writers. `clean` says that the one before gave its right back; where it did
    not, it may be asleep in the midst of a write rather than dead.
    """

    def __init__(self, path: Path, epoch: int, clean: bool) -> None:
        self.epoch, self.clean = epoch, clean
        self._path, self._identity = path, _identity(path)

    def check(self) -> None:
        """Due right before each write to the folder. May be called from any thread.

        Raises:
            FencedError: another process has claimed the folder, or it was given back: write nothing, end.
            OSError: the volume cannot be asked.
        """
        if self._identity is None or _identity(self._path) != self._identity:
            raise FencedError(
                f"writer {self.epoch} of {self._path.parent.parent} was overtaken by another process, "
                "which writes this folder now; this one has to end"
            )

    def release(self) -> None:
        """Gives the right back, so that the next writer knows that nobody sleeps in a write."""
        if self._identity is None or _identity(self._path) != self._identity:
            return
        self._identity = None
        self._path.rename(self._path.with_name(self._path.name + _RELEASED))


@contextmanager
def locked(channel_path: Path, patience: float) -> Iterator[Fence]:
    """Holds the channel's folder to write it; waits up to so many seconds for whoever holds it now.

    Raises:
        LockedError: it is still held.
        OSError: the folder cannot be written.
    """
    with held(channel_path, patience):
        fence = _claim(channel_path / WRITER_FOLDER)
        try:
            yield fence
        finally:
            # Where the mark cannot be made, the next writer merely takes more care than it need.
            with suppress(OSError):
                fence.release()


@contextmanager
def held(channel_path: Path, patience: float) -> Iterator[None]:
    """Holds `.lock` alone: keeps writers out for a moment, but does not overtake one that it cannot see.

    Raises:
        LockedError: it is still held after so many seconds.
        OSError: the folder cannot be written.
    """
    descriptor = _acquire(channel_path / LOCK_FILE, patience)
    try:
        _sign(descriptor)
        yield
    finally:
        os.close(descriptor)


def _acquire(path: Path, patience: float) -> int:
    """The descriptor of the locked file, which still is the one that has the name (a purge removes it)."""
    deadline = time.monotonic() + patience
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if path.exists() and os.fstat(descriptor).st_ino == path.stat().st_ino:
                return descriptor
            os.close(descriptor)
            continue
        except BlockingIOError:
            holder = os.pread(descriptor, 200, 0).decode(errors="replace").strip()
            os.close(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        if time.monotonic() > deadline:
            raise LockedError(
                f"{path.parent} is held by {holder or 'another process'}; waited {patience:.0f} s for it"
            )
        time.sleep(_PAUSE)


def _sign(descriptor: int) -> None:
    """Who holds it, for people; a full volume has no room for that, and needs none."""
    os.ftruncate(descriptor, 0)
    with _suppress_full():
        os.pwrite(descriptor, f"{socket.gethostname()} process {os.getpid()}\n".encode(), 0)


def _claim(folder: Path) -> Fence:
    """The next epoch.

    Raises:
        LockedError: others claim it at the same time.
    """
    folder.mkdir(exist_ok=True)
    for attempt in range(_ATTEMPTS):  # a cached listing may be old: then numbers it does not show are taken
        before = _epochs(folder)
        epoch = max(before, default=0) + 1 + attempt
        path = folder / f"{epoch:06}"
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        except FileExistsError:
            continue
        try:
            with _suppress_full():
                holder = f"{socket.gethostname()} process {os.getpid()} {secrets.token_hex(8)}\n"
                os.write(descriptor, holder.encode())
        finally:
            os.close(descriptor)
        return _overtake(folder, path, epoch)
    raise LockedError(f"{folder}: no free number after {_ATTEMPTS} attempts; is it cached for long?")


def _overtake(folder: Path, path: Path, epoch: int) -> Fence:
    others = _epochs(folder)  # read anew: having made a file in it, no client trusts its cache of the folder
    others.pop(epoch, None)
    if max(others, default=0) > epoch:
        path.unlink(missing_ok=True)
        raise LockedError(f"{folder.parent} was claimed by another process at the same moment")
    fence = Fence(path, epoch, clean=all(other.name.endswith(_RELEASED) for other in others.values()))
    for other in others.values():
        other.unlink(missing_ok=True)
    return fence


def _epochs(folder: Path) -> dict[int, Path]:
    names = {path.name.removesuffix(_RELEASED): path for path in folder.iterdir()}
    return {int(name): path for name, path in names.items() if name.isdecimal()}


def _identity(path: Path) -> tuple[int, bytes] | None:
    """What tells this file from another that has its name later; None when it is gone."""
    try:
        with path.open("rb") as file:
            return os.fstat(file.fileno()).st_mtime_ns, file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno == errno.ESTALE:
            return None
        raise


@contextmanager
def _suppress_full() -> Iterator[None]:
    """Goes on where there is no room left for what is not needed."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
