"""Empties a channel's folder, when its Channel is deleted with reclaim policy Delete."""

import shutil
from pathlib import Path

from telstar_simlive.lock import LOCK_FILE, locked


def purge(channel_path: Path, patience: float) -> int:
    """Removes all that is in the folder, but not the folder, which is a mount; returns how many entries.

    Raises:
        LockedError: SimLive still writes it, after so many seconds.
        OSError: something could not be removed.
    """
    with locked(channel_path, patience):
        entries = [entry for entry in channel_path.iterdir() if entry.name != LOCK_FILE]
        for entry in entries:
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        (channel_path / LOCK_FILE).unlink()
    return len(entries)
