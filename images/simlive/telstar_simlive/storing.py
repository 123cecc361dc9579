"""Stores a slot: its parts get their final names, then the journal gets its record.

The order is what recovery relies on. A crash before the record leaves files without one, which the next
writer completes or removes; a record never stands for less than whole files.
"""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from telstar_simlive.journal import JournalError, JournalWriter, Run, Slot, init_path, segment_path, write_run
from telstar_simlive.journal.writer import placed, sync_folder

_CHUNK = 1 << 20


class Beginning(NamedTuple):
    """What stands before a run's first slot: its descriptor, and where each track's init segment lies."""

    run: Run
    inits: Mapping[str, Path]


def store(
    channel_path: Path,
    writer: JournalWriter,
    slot: Slot,
    parts: Mapping[str, Path],
    beginning: Beginning | None = None,
    check: Callable[[], None] = lambda: None,
) -> None:
    """Copies a slot's parts from wherever they lie (they stay there) and journals it.

    `parts` says where each track's segment lies, whole; `beginning` is due with the first slot of a run;
    `check` is `Fence.check`, asked before each file gets its name.

    Raises:
        JournalError: the slot cannot follow the last one; nothing of it is left.
        OSError: the volume is full or broken; nothing of it is left, so it may be tried again.
        FencedError: another process writes the folder; nothing more was touched.
    """
    targets = {
        track: channel_path / segment_path(track, slot.start, slot.run, slot.sequence) for track in parts
    }
    if beginning is not None:
        for track, source in beginning.inits.items():
            _copy(source, channel_path / init_path(track, slot.run), check)
        write_run(channel_path, beginning.run, check)
    try:
        for track, source in parts.items():
            _copy(source, targets[track], check)
        for folder in {target.parent for target in targets.values()}:
            sync_folder(folder)
        writer.append(slot)
    except (JournalError, OSError):
        check()
        for target in targets.values():
            target.unlink(missing_ok=True)
        raise


def _copy(source: Path, target: Path, check: Callable[[], None]) -> None:
    with source.open("rb") as original, placed(target, check) as copy:
        shutil.copyfileobj(original, copy, _CHUNK)
