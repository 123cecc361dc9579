"""One process at a time writes a channel's folder."""

import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK_FILE = ".lock"
_PAUSE = 0.2


class LockedError(Exception):
    """Another process holds the folder: the message says which, and for how long was waited."""


@contextmanager
def locked(channel_path: Path, patience: float) -> Iterator[None]:
    """Holds the channel's folder; waits up to so many seconds for whoever holds it now.

    The lock is the kernel's (flock), so it ends with its holder, however that ends.

    Raises:
        LockedError: it is still held.
        OSError: the folder cannot be written.
    """
    descriptor = os.open(channel_path / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _acquire(descriptor, channel_path, patience)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{socket.gethostname()} process {os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, channel_path: Path, patience: float) -> None:
    deadline = time.monotonic() + patience
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                holder = os.pread(descriptor, 200, 0).decode(errors="replace").strip()
                raise LockedError(
                    f"{channel_path} is held by {holder or 'another process'}; waited {patience:.0f} s for it"
                ) from None
        time.sleep(_PAUSE)
