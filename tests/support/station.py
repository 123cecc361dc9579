"""A channel's folder, written by SimLive's own functions from tiny segments; and what must be true of it."""

import itertools
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from telstar_simlive.boxes import read_init
from telstar_simlive.journal import (
    AudioTrack,
    JournalReader,
    JournalWriter,
    Run,
    SegmentName,
    Slot,
    TrackPart,
    VideoTrack,
    init_path,
    parse_slot,
    segment_path,
)
from telstar_simlive.journal.rebuild import rebuild, segments_of, tracks_of
from telstar_simlive.lock import WRITER_FOLDER, Fence, _claim
from telstar_simlive.recovery import Recovered, recover
from telstar_simlive.storing import Beginning, store

from support.tiny_media import init_segment, media_segment

SEGMENT = 4000
EVER = 1 << 60
LADDERS = (("720p", "audio"), ("360p", "720p", "audio"))  # the second is not in the order of bit rates
KIDS = ("0" * 31 + "1", "f" * 32, None)


@contextmanager
def memory_folder() -> Iterator[Path]:
    """A folder for real files, but in memory: syncing hundreds of channels to a disk takes long."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder)


class Station:
    """One process that writes a channel's folder; `claim` before anything else."""

    fence: Fence
    writer: JournalWriter

    def __init__(self, folder: Path, spool: Path) -> None:
        self.folder, self.spool = folder, spool
        self.ladder, self.kid = LADDERS[0], KIDS[0]
        self.between: Callable[[], None] = lambda: None
        folder.mkdir(exist_ok=True)
        spool.mkdir(exist_ok=True)
        self._run = 0

    def claim(self) -> Recovered:
        """Starts: overtakes whoever wrote the folder, and puts it in order."""
        self.fence = _claim(self.folder / WRITER_FOLDER)
        recovered = recover(self.folder, self.fence)
        self.writer = JournalWriter(self.folder, self.check)
        self.new_run()
        return recovered

    def check(self) -> None:
        """The fence's, and then whatever shall happen right after it was asked."""
        self.fence.check()
        self.between()

    def new_run(self) -> None:
        """The next slot begins a run."""
        self._run = self.writer.last.run + 1 if self.writer.last else 1

    def publish(self, now: int, duration: int = SEGMENT) -> Slot:
        """Stores the next slot; it starts at `now`, or where the last ended, if that is later."""
        last = self.writer.last
        start = -(-max(now, last.end if last else 0) // 1000) * 1000
        if last is not None and (start != last.end or last.run != self._run or last.duration != SEGMENT):
            self.new_run()
        sequence = last.sequence + 1 if last else 1
        begins = last is None or last.run != self._run
        parts, inits = {}, {}
        for track in self.ladder:
            parts[track] = self.spool / f"{track}.m4s"
            parts[track].write_bytes(media_segment(start, duration, b"x" * (sequence % 50)))
            inits[track] = self.spool / f"{track}.mp4"
            inits[track].write_bytes(init_of(track, self.kid))
        tracks = {track: TrackPart(duration, path.stat().st_size) for track, path in parts.items()}
        slot = Slot(sequence, self._run, start, duration, tracks)
        beginning = Beginning(run_of(slot, self.kid), inits) if begins else None
        store(self.folder, self.writer, slot, parts, beginning, self.check)
        return slot


def init_of(track: str, kid: str | None) -> bytes:
    """The init segment of a track."""
    return (
        init_segment("audio", kid) if track == "audio" else init_segment("video", kid, height=int(track[:-1]))
    )


def run_of(slot: Slot, kid: str | None) -> Run:
    """The descriptor of the run that a slot begins."""
    tracks = tuple(
        AudioTrack(name=name, codecs="mp4a.40.2", bandwidth=1, channels=2, sample_rate=1000)
        if name == "audio"
        else VideoTrack(name=name, codecs="avc1.64001f", bandwidth=1, width=2, height=2, frame_rate=1)
        for name in slot.tracks
    )
    return Run(run=slot.run, began=slot.start, segment_duration=SEGMENT, kid=kid, tracks=tracks)


def on_disk(folder: Path) -> dict[SegmentName, set[str]]:
    """The slots of which there are segments, and of which tracks."""
    found: dict[SegmentName, set[str]] = {}
    for track in tracks_of(folder):
        for name in segments_of(folder, track):
            found.setdefault(name, set()).add(track)
    return found


def used(folder: Path) -> int:
    """The bytes of the segments."""
    return sum(path.stat().st_size for path in folder.rglob("*.m4s"))


def name_of(slot: Slot) -> SegmentName:
    """A slot's segments' name."""
    return SegmentName(slot.start, slot.run, slot.sequence)


def listed(folder: Path) -> list[Slot]:
    """What the folder says is stored: kept for Recordings, then everything from the stored time on."""
    reader = JournalReader(folder)
    return [*reader.kept_between(0, EVER), *reader]


def records(folder: Path) -> list[Slot]:
    """Every record of the journal, in file order."""
    files = sorted((folder / "journal").glob("*.jsonl"))
    return [parse_slot(line) for file in files for line in file.read_bytes().splitlines()]


def assert_sound(folder: Path) -> None:
    """What the journal says is there is there, whole, with all that it takes to play it; and in order."""
    reader = JournalReader(folder)
    slots = [*reader.kept_between(0, EVER), *reader]
    kids = {
        (run, track): read_init((folder / init_path(track, run)).read_bytes()).kid
        for run, track in {(slot.run, track) for slot in slots for track in slot.tracks}
    }
    for slot in slots:
        run = reader.run(slot.run)
        assert {track.name for track in run.tracks} == set(slot.tracks), slot
        for track, part in slot.tracks.items():
            assert (folder / segment_path(track, *name_of(slot))).stat().st_size == part.size, slot
            assert kids[slot.run, track] == run.kid, slot
    assert slots == sorted(slots, key=lambda slot: slot.sequence)
    assert reader.damaged == 0
    for before, after in itertools.pairwise(records(folder)):
        assert after.sequence > before.sequence, (before, after)
        assert after.run >= before.run, (before, after)
        assert after.start >= before.end, (before, after)
        assert after.run > before.run or after.start == before.end or after.sequence > before.sequence + 1


def assert_rebuild_agrees(folder: Path, copy: Path) -> None:
    """From the segments alone the same journal comes, byte for byte, as far as there still are segments."""
    shutil.copytree(folder, copy, copy_function=os.link)
    there = on_disk(folder)
    expected: dict[str, bytes] = {}
    for file in sorted((folder / "journal").glob("*.jsonl")):
        slots = [parse_slot(line) for line in file.read_bytes().splitlines()]
        lines = [slot.to_line() for slot in slots if there.get(name_of(slot), set()) >= set(slot.tracks)]
        if lines:
            expected[file.name] = b"".join(lines)
    rebuilt = rebuild(copy)
    if expected:
        assert {file.name: file.read_bytes() for file in (copy / "journal").glob("*.jsonl")} == expected
    assert rebuilt.slots == sum(content.count(b"\n") for content in expected.values()), rebuilt
    shutil.rmtree(copy)


def stored_json(folder: Path) -> dict[str, object]:
    """What stored.json says."""
    content: dict[str, object] = json.loads((folder / "stored.json").read_text())
    return content
