"""One run's folder in the spool: where FFmpeg writes, and from where whole slots are published.

.spool/000007/name.txt font.ttf          what the overlay is made of
.spool/000007/720p/init_0.mp4 000000.m4s …
"""

import os
import shutil
from pathlib import Path

from telstar_simlive.channel import Channel
from telstar_simlive.encoder import FONT_FILE, NAME_FILE, init_name, segment_name
from telstar_simlive.journal import (
    SPOOL_FOLDER,
    JournalError,
    JournalWriter,
    Slot,
    init_path,
    segment_path,
    write_run,
)
from telstar_simlive.journal.parts import Part, load_init, load_part, run_of, slot_of

# How far a track that is not video may start from its slot's start: two frames of AAC at 48 kHz, and a bit.
_AUDIO_TOLERANCE = 50
SHORTEST_SLOT = 500
"""Milliseconds that a run's last slot must have to be worth publishing."""


class RunSpool:
    """The spool of one run. `published` counts its slots, `end` is where the last of them ended."""

    def __init__(self, channel_path: Path, channel: Channel, number: int, start: int, font: Path) -> None:
        """Makes the folder; number is the run's, start its start in milliseconds since the epoch."""
        self.number, self.start, self.end, self.published = number, start, start, 0
        self._short = self._exhausted = False
        self.folder = channel_path / SPOOL_FOLDER / f"{number:06}"
        self._channel_path, self._channel = channel_path, channel
        shutil.rmtree(self.folder, ignore_errors=True)
        for track in channel.tracks:
            (self.folder / track).mkdir(parents=True)
        (self.folder / NAME_FILE).write_text(channel.spec.display_name, encoding="utf-8")
        (self.folder / FONT_FILE).symlink_to(font)

    def _files(self) -> dict[str, Path]:
        return {track: self.folder / track / segment_name(self.published) for track in self._channel.tracks}

    def has_next(self, ended: bool) -> bool:
        """Whether every track has its part of the next slot, whole, and it may be published.

        A short one is the run's last, so it has to wait until the encoder has ended.
        """
        if self._exhausted or (self._short and not ended):
            return False
        return all(path.exists() for path in self._files().values())

    def publish(self, writer: JournalWriter, ended: bool) -> Slot | None:
        """Moves the parts of the next slot to their final names and journals it.

        None where it is short and the encoder has not `ended`, or where it is too short to keep.

        Raises:
            JournalError: a part is not what it should be: torn, too long, or not at the slot's time.
            OSError: the volume is full or broken.
        """
        files, sequence = self._files(), writer.last.sequence + 1 if writer.last else 1
        tracks = enumerate(self._channel.tracks)
        inits = {track: self._init_file(index, track) for index, track in tracks}
        parts = {track: load_part(path, load_init(inits[track])) for track, path in files.items()}
        slot = slot_of(parts, sequence, self.number, self.end)
        _check_time(slot, parts)
        nominal = self._channel.spec.segment_duration * 1000
        if slot.duration > nominal:
            raise JournalError(f"a slot of {slot.duration} ms where {nominal} ms are due")
        self._short, self._exhausted = slot.duration < nominal, slot.duration < SHORTEST_SLOT
        if self._exhausted or (self._short and not ended):
            return None
        if not self.published:
            for track, path in inits.items():
                _move(path, self._channel_path / init_path(track, self.number))
            write_run(self._channel_path, run_of(parts, self.number, self.start, nominal))
        self._move_and_append(files, slot, writer)
        self.published, self.end = self.published + 1, slot.end
        self._exhausted = self._short
        return slot

    def _move_and_append(self, files: dict[str, Path], slot: Slot, writer: JournalWriter) -> None:
        targets = {
            track: self._channel_path / segment_path(track, slot.start, slot.run, slot.sequence)
            for track in files
        }
        try:
            for track, path in files.items():
                _move(path, targets[track])
            writer.append(slot)
        except (JournalError, OSError):
            for target in targets.values():
                target.unlink(missing_ok=True)
            raise

    def _init_file(self, index: int, track: str) -> Path:
        if self.published:
            return self._channel_path / init_path(track, self.number)
        return self.folder / track / init_name(index)

    def remove(self) -> None:
        """Removes the folder with whatever was not published."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _check_time(slot: Slot, parts: dict[str, Part]) -> None:
    for track, part in parts.items():
        tolerance = 0 if part.init.kind == "video" else _AUDIO_TOLERANCE
        if abs(part.start - slot.start) > tolerance:
            raise JournalError(f"track {track} is at {part.start:.3f} ms where {slot.start} ms are due")


def _move(source: Path, target: Path) -> None:
    """To its final name, once its content is on the disk: a name never stands for less."""
    descriptor = os.open(source, os.O_RDONLY)
    try:
        os.fdatasync(descriptor)
    finally:
        os.close(descriptor)
    target.parent.mkdir(parents=True, exist_ok=True)
    source.rename(target)
