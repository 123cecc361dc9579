"""One run's folder in the spool, on the pod's own disk: where FFmpeg writes, and where whole slots are found.

/spool/1795371840-x1y2/name.txt title.txt clock.txt font.ttf    what the overlay is made of
/spool/1795371840-x1y2/720p/init_0.mp4 000000.m4s …
"""

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from telstar_simlive.encoder import FONT_FILE, init_name, segment_name
from telstar_simlive.journal import JournalError
from telstar_simlive.journal.parts import Part, load_init, load_part, slot_of
from telstar_simlive.setup import Setup

# How far a track that is not video may start from its slot's start: two frames of AAC at 48 kHz, and a bit.
_AUDIO_TOLERANCE = 50
SHORTEST_SLOT = 500
"""Milliseconds that a run's last slot must have to be worth publishing."""


@dataclass(frozen=True)
class SpooledSlot:
    """A slot that lies whole in the spool; times in milliseconds since the epoch."""

    start: int
    duration: int
    parts: Mapping[str, Part]
    files: Mapping[str, Path]

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.start + self.duration

    @property
    def size(self) -> int:
        """Bytes of all its parts."""
        return sum(part.size for part in self.parts.values())


class RunSpool:
    """The spool of one run. `collected` counts its whole slots, `end` is where the last of them ended."""

    def __init__(self, spool_path: Path, setup: Setup, start: int, font: Path) -> None:
        """Makes the folder; start is the run's, in milliseconds since the epoch."""
        self.setup, self.start, self.end, self.collected = setup, start, start, 0
        self._short = self._exhausted = False
        spool_path.mkdir(parents=True, exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(prefix=f"{start // 1000}-", dir=spool_path))
        for track in setup.tracks:
            (self.folder / track).mkdir()
        (self.folder / FONT_FILE).symlink_to(font)
        self._texts: dict[str, str] = {}

    def write_texts(self, texts: Mapping[str, str]) -> None:
        """Writes the overlay's texts that have changed: each at once, as FFmpeg may read it at any time."""
        for name, text in texts.items():
            if self._texts.get(name) != text:
                new = self.folder / f".{name}.new"
                new.write_text(text, encoding="utf-8")
                new.replace(self.folder / name)
                self._texts[name] = text

    def init_files(self) -> dict[str, Path]:
        """Each track's init segment."""
        tracks = enumerate(self.setup.tracks)
        return {track: self.folder / track / init_name(index) for index, track in tracks}

    def _files(self) -> dict[str, Path]:
        return {track: self.folder / track / segment_name(self.collected) for track in self.setup.tracks}

    def has_next(self, ended: bool) -> bool:
        """Whether every track has its part of the next slot, whole, and it may be published.

        A short one is the run's last, so it has to wait until the encoder has `ended`.
        """
        if self._exhausted or (self._short and not ended):
            return False
        return all(path.exists() for path in self._files().values())

    def collect(self, ended: bool) -> SpooledSlot | None:
        """The next slot; None where it is short and the encoder has not `ended`, or too short to keep.

        Raises:
            JournalError: a part is not what it should be: torn, too long, or not at the slot's time.
        """
        files, inits = self._files(), self.init_files()
        parts = {track: load_part(path, load_init(inits[track])) for track, path in files.items()}
        slot = slot_of(parts, 1, 1, self.end)
        _check_time(slot.start, parts)
        if slot.duration > self.setup.segment:
            raise JournalError(f"a slot of {slot.duration} ms where {self.setup.segment} ms are due")
        self._short, self._exhausted = slot.duration < self.setup.segment, slot.duration < SHORTEST_SLOT
        if self._exhausted or (self._short and not ended):
            return None
        self._exhausted = self._short
        self.collected, self.end = self.collected + 1, slot.end
        return SpooledSlot(slot.start, slot.duration, parts, files)

    def remove(self) -> None:
        """Removes the folder with whatever is still in it."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _check_time(start: int, parts: Mapping[str, Part]) -> None:
    for track, part in parts.items():
        tolerance = 0 if part.init.kind == "video" else _AUDIO_TOLERANCE
        if abs(part.start - start) > tolerance:
            raise JournalError(f"track {track} is at {part.start:.3f} ms where {start} ms are due")


def empty_spool(spool_path: Path) -> int:
    """Removes what a former process left there; how many runs' folders that were."""
    folders = [entry for entry in spool_path.iterdir() if entry.is_dir()] if spool_path.is_dir() else []
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    return len(folders)
