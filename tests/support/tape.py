"""A channel's past, made up: what an encoder stored, and when each slot appeared in the journal."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import overload
from unittest.mock import patch

from telstar_simlive.journal import AudioTrack, Run, Slot, TrackPart, VideoTrack
from telstar_simlive.journal.writer import JournalWriter, write_run

NOON = 1795348800000  # 2026-11-22T12:00:00Z
KIDS = ("0" * 31 + "1", "f" * 32)
SLOT = 4000


def video(name: str, height: int, bandwidth: int) -> VideoTrack:
    """A rendition."""
    return VideoTrack(
        name=name,
        codecs="avc1.64001f",
        width=height * 16 // 9,
        height=height,
        frame_rate=25,
        bandwidth=bandwidth,
    )


AUDIO = AudioTrack(name="audio", codecs="mp4a.40.2", channels=2, sample_rate=48000, bandwidth=140_000)
P720, P480, P360 = (
    video("720p", 720, 2_750_000),
    video("480p", 480, 1_500_000),
    video("360p", 360, 700_000),
)
LADDER = (P720, P360, AUDIO)


@dataclass(frozen=True)
class Journal(Sequence[Slot]):
    """A journal in memory; answers as `telstar_simlive.journal.JournalReader` does."""

    slots: Sequence[Slot]
    runs: dict[int, Run]

    @property
    def oldest(self) -> Slot | None:
        return self.slots[0] if self.slots else None

    @property
    def newest(self) -> Slot | None:
        return self.slots[-1] if self.slots else None

    def run(self, number: int) -> Run:
        return self.runs[number]

    def slots_between(self, start: int, end: int) -> list[Slot]:
        return [slot for slot in self.slots if slot.end > start and slot.start < end]

    def __len__(self) -> int:
        return len(self.slots)

    @overload
    def __getitem__(self, index: int) -> Slot: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Slot]: ...
    def __getitem__(self, index: int | slice) -> Slot | Sequence[Slot]:
        return self.slots[index]


@dataclass
class Tape:
    """Records an encoder's lives one after another; `at` is the journal as it was at a moment."""

    start: int = NOON
    slot: int = SLOT
    slots: list[Slot] = field(default_factory=list)
    stored_at: list[int] = field(default_factory=list)
    runs: dict[int, Run] = field(default_factory=dict)

    @property
    def end(self) -> int:
        """Where the last slot ends."""
        return self.slots[-1].end if self.slots else self.start

    def record(
        self,
        count: int,
        *,
        after: int = 0,
        tail: int = 0,
        tracks: Sequence[VideoTrack | AudioTrack] = LADDER,
        kid: str | None = KIDS[0],
        skipped: int = 0,
        lag: int = 500,
    ) -> "Tape":
        """One run.

        Args:
            count: how many whole slots.
            after: the outage before it, milliseconds at least.
            tail: a last slot cut short to so many milliseconds.
            tracks: the ladder.
            kid: the key.
            skipped: how many runs before it published nothing.
            lag: how long after its end a slot appears.
        """
        number = max(self.runs, default=0) + 1 + skipped
        began = -(-(self.end + after) // 1000) * 1000
        self.runs[number] = Run(
            run=number, began=began, segment_duration=self.slot, kid=kid, tracks=tuple(tracks)
        )
        for duration in [self.slot] * count + [tail] * (tail > 0):
            self._add(number, max(began, self.end), duration, lag)
        return self

    def _add(self, run: int, start: int, duration: int, lag: int) -> None:
        sequence = self.slots[-1].sequence + 1 if self.slots else 1
        tracks = self.runs[run].tracks
        parts = {item.name: TrackPart(duration, item.bandwidth * duration // 16_000) for item in tracks}
        self.slots.append(Slot(sequence, run, start, duration, parts))
        self.stored_at.append(max([start + duration + lag, *self.stored_at[-1:]]))

    def extend(self, count: int, *, lag: int = 500) -> "Tape":
        """So many more slots of the last run."""
        for _ in range(count):
            self._add(self.slots[-1].run, self.end, self.slot, lag)
        return self

    def at(self, now: int, retention: int | None = None) -> Journal:
        """The journal at a moment, what is older than retention gone."""
        kept = [
            slot
            for slot, stored_at in zip(self.slots, self.stored_at, strict=True)
            if stored_at <= now and (retention is None or slot.end > now - retention)
        ]
        return Journal(kept, self.runs)


def write(tape: Tape, channel_path: Path, until: int | None = None) -> None:
    """Write with SimLive's own writer what is stored at a moment (everything, when not said), or go on so.

    Waiting for the disk is left out: nobody pulls the plug here, and an hour is 900 slots.
    """
    with patch("os.fdatasync"), patch("os.fsync"):
        _write(tape, JournalWriter(channel_path), channel_path, until)


def _write(tape: Tape, writer: JournalWriter, channel_path: Path, until: int | None) -> None:
    for slot, stored_at in zip(tape.slots, tape.stored_at, strict=True):
        if until is not None and stored_at > until:
            break
        if writer.last is not None and slot.sequence <= writer.last.sequence:
            continue
        if writer.last is None or slot.run != writer.last.run:
            write_run(channel_path, tape.runs[slot.run])
        writer.append(slot)
