"""Empties a channel's folder, when its Channel is deleted with reclaim policy Delete."""

import shutil
from pathlib import Path

from telstar_simlive.lock import LOCK_FILE, WRITER_FOLDER, locked


def purge(channel_path: Path, patience: float) -> int:
    """Removes all that is in the folder, but not the folder, which is a mount; returns how many entries.

    Raises:
        LockedError: SimLive still writes it, after so many seconds.
        FencedError: another process began to write it meanwhile.
        OSError: something could not be removed.
    """
    with locked(channel_path, patience) as fence:
        entries = [e for e in channel_path.iterdir() if e.name not in (LOCK_FILE, WRITER_FOLDER)]
        for entry in entries:
            fence.check()
            remove(entry)
        remove(channel_path / WRITER_FOLDER)
        (channel_path / LOCK_FILE).unlink()
    return len(entries)


def remove(path: Path) -> None:
    """Removes a file, a link, or a folder with all that is in it."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
