"""The real SimLive with the real FFmpeg: a test pattern whose encoder and supervisor are both killed."""

import io
import json
import os
import random
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from support.decrypt import decoded_frames, decoded_frames_in_clear
from support.waiting import wait_until
from telstar_simlive.boxes import InitSegment, MediaSegment, read_init, read_media
from telstar_simlive.journal import (
    JournalReader,
    JournalWriter,
    Slot,
    init_path,
    read_run,
    rebuild,
    segment_path,
)
from telstar_simlive.lock import locked
from telstar_simlive.recovery import recover

KID = "0123456789abcdef0123456789abcdef"
KEY = "00112233445566778899aabbccddeeff"
WRONG_KEY = "10112233445566778899aabbccddeeff"
TRACKS = ("180p", "90p", "audio")


class Story:
    """What happened to one channel, and what it left."""

    def __init__(self, live) -> None:
        self.live = live
        live.start()
        self.ready_at_first = live.get("/readyz")
        live.wait_for_slots(3, run=1)
        self.status, self.ready = live.status(), live.get("/readyz")
        self.metrics = live.get("/metrics")[1]
        encoder = live.logged("run started")[-1]["encoder"]
        self.environment = Path(f"/proc/{live.pid}/environ").read_bytes()
        os.kill(encoder, signal.SIGKILL)
        live.wait_for_slots(2, run=2)
        self.status_after_restart = live.status()
        orphan = Path(f"/proc/{live.logged('run started')[-1]['encoder']}")
        live.signal(signal.SIGKILL)
        wait_until("the encoder to die with its supervisor", lambda: not orphan.exists(), 10)
        live.start()
        live.wait_for_slots(2, run=3)
        stopped = time.monotonic()
        self.exit_code = live.signal(signal.SIGTERM)
        self.stopping_took = time.monotonic() - stopped

    def slots(self) -> list[Slot]:
        return list(JournalReader(self.live.segments))

    def init(self, track: str, run: int) -> bytes:
        return (self.live.segments / init_path(track, run)).read_bytes()

    def segment(self, track: str, slot: Slot) -> bytes:
        path = segment_path(track, slot.start, slot.run, slot.sequence)
        return (self.live.segments / path).read_bytes()

    def media(self, track: str, slot: Slot) -> tuple[InitSegment, MediaSegment]:
        init = read_init(self.init(track, slot.run))
        return init, read_media(io.BytesIO(self.segment(track, slot)), init)


@pytest.fixture(scope="module")
def story(make_simlive: Callable) -> Iterator[Story]:
    yield Story(make_simlive({"testPattern": {"pattern": "testsrc2"}}))


def test_every_kill_made_a_new_run_and_sequences_have_no_hole(story: Story) -> None:
    slots = story.slots()
    assert [slot.sequence for slot in slots] == list(range(1, len(slots) + 1))
    assert sorted({slot.run for slot in slots}) == [1, 2, 3]


def test_slots_of_a_run_follow_each_other_and_runs_do_not_overlap(story: Story) -> None:
    for before, after in pairwise(story.slots()):
        if before.run == after.run:
            assert after.start == before.end
        else:
            assert before.end <= after.start < before.end + 30_000
            assert after.start % 1000 == 0


def test_all_but_the_last_slot_of_a_run_are_as_long_as_they_should_be(story: Story) -> None:
    for before, after in pairwise(story.slots()):
        assert before.duration == 2000 or before.run != after.run
    assert all(500 <= slot.duration <= 2000 for slot in story.slots())


def test_decode_time_is_the_wall_clock_of_the_file_name(story: Story) -> None:
    for slot in story.slots():
        for track in TRACKS:
            init, media = story.media(track, slot)
            if init.kind == "video":
                assert media.decode_time * 1000 == slot.start * init.timescale, (track, slot)
            else:
                assert abs(media.decode_time * 1000 / init.timescale - slot.start) < 50


def test_the_journal_tells_what_the_files_hold(story: Story) -> None:
    for slot in story.slots():
        assert tuple(slot.tracks) == TRACKS
        for track, part in slot.tracks.items():
            init, media = story.media(track, slot)
            assert part.size == len(story.segment(track, slot))
            assert part.duration == round(media.duration * 1000 / init.timescale)


def test_each_run_has_a_descriptor_of_its_own_init_segments(story: Story) -> None:
    slots = story.slots()
    for number in (1, 2, 3):
        run = read_run(story.live.segments, number)
        assert (run.kid, run.segment_duration) == (KID, 2000)
        assert run.began == next(slot.start for slot in slots if slot.run == number)
        assert [(track.name, track.width, track.height, track.frame_rate) for track in run.video] == [
            ("180p", 320, 180, 25),
            ("90p", 160, 90, 25),
        ]
        assert [(track.codecs, track.channels, track.sample_rate) for track in run.audio] == [
            ("mp4a.40.2", 2, 48_000)
        ]
        for track in run.tracks:
            assert read_init(story.init(track.name, number)).codecs == track.codecs


def test_no_segment_has_more_bits_than_its_run_announces(story: Story) -> None:
    for slot in story.slots():
        announced = {track.name: track.bandwidth for track in read_run(story.live.segments, slot.run).tracks}
        if slot.duration == 2000:
            for track, part in slot.tracks.items():
                assert part.size * 8000 / part.duration <= announced[track], (track, slot)


@pytest.mark.parametrize("track", TRACKS)
def test_first_random_later_and_last_segment_decrypt_with_the_right_key_only(
    story: Story, track: str
) -> None:
    first, *later, last = story.slots()
    for slot in (first, random.choice(later), last):
        init, segment = story.init(track, slot.run), story.segment(track, slot)
        samples = story.media(track, slot)[1].samples
        assert samples == round(slot.duration * 25 / 1000) if track != "audio" else samples > 20
        assert decoded_frames(init, [segment], KID, KEY) == samples, (track, slot)
        assert decoded_frames(init, [segment], KID, WRONG_KEY) < samples / 2, "a wrong key decodes it"
        assert decoded_frames_in_clear(init, [segment]) < samples / 2, "it decodes without its key"


@pytest.mark.parametrize("track", TRACKS)
def test_a_whole_run_decrypts_in_one_piece(story: Story, track: str) -> None:
    slots = [slot for slot in story.slots() if slot.run == 1]
    samples = sum(story.media(track, slot)[1].samples for slot in slots)
    segments = [story.segment(track, slot) for slot in slots]
    assert decoded_frames(story.init(track, 1), segments, KID, KEY) == samples


def test_no_initialisation_vector_is_used_twice(story: Story) -> None:
    seen: set[bytes] = set()
    for slot in story.slots():
        for track in TRACKS:
            content = story.segment(track, slot)
            at = content.index(b"senc")
            first_vector = content[at + 12 : at + 20]
            assert first_vector not in seen
            seen.add(first_vector)


def test_a_rebuilt_journal_is_the_journal(story: Story, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(story.live.segments, folder)
    slots, runs = story.slots(), [read_run(folder, number) for number in (1, 2, 3)]
    reader = JournalReader(folder)
    shutil.rmtree(folder / "runs")
    for file in (folder / "journal").iterdir():
        file.write_bytes(b"")
    assert rebuild(folder) == (len(slots), 3, [])
    assert list(JournalReader(folder)) == slots
    assert [read_run(folder, number) for number in (1, 2, 3)] == runs
    assert reader.refresh()
    assert list(reader) == slots


def test_a_rebuild_leaves_out_what_is_not_whole_and_says_so(story: Story, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(story.live.segments, folder)
    torn, lost, *_ = slots = story.slots()
    path = folder / segment_path("90p", torn.start, torn.run, torn.sequence)
    path.write_bytes(path.read_bytes()[:-100])
    (folder / segment_path("audio", lost.start, lost.run, lost.sequence)).unlink()
    rebuilt = rebuild(folder)
    assert rebuilt.slots == len(slots) - 2
    assert [line.split(":")[0] for line in rebuilt.left_out] == ["slot 1 of run 1", "slot 2 of run 1"]
    assert "torn" in rebuilt.left_out[0]
    assert "audio" in rebuilt.left_out[1]
    assert list(JournalReader(folder)) == slots[2:]


def cut_journal(folder: Path, records: int) -> None:
    (file,) = (folder / "journal").iterdir()
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:-records]) + lines[-records][:30])


def test_slots_moved_but_not_journaled_are_journaled_at_the_next_start(story: Story, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(story.live.segments, folder)
    cut_journal(folder, records=2)
    assert recover(folder) == (2, 0, None)
    assert list(JournalReader(folder)) == story.slots()


def test_a_slot_of_which_only_a_part_was_moved_is_removed_at_the_next_start(
    story: Story, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(story.live.segments, folder)
    cut_journal(folder, records=1)
    last = story.slots()[-1]
    paths = [folder / segment_path(track, last.start, last.run, last.sequence) for track in TRACKS]
    paths[1].unlink()
    assert recover(folder) == (0, 2, None)
    assert not any(path.exists() for path in paths)
    assert (end := JournalWriter(folder).last) and end == story.slots()[-2]


def test_a_lost_journal_is_rebuilt_at_the_next_start(story: Story, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(story.live.segments, folder)
    shutil.rmtree(folder / "journal")
    assert recover(folder) == (0, 0, len(story.slots()))
    assert list(JournalReader(folder)) == story.slots()


def test_the_spool_is_empty_after_a_stop(story: Story) -> None:
    assert not list((story.live.folder / "spool").iterdir())


def test_readiness_begins_with_the_first_slot(story: Story) -> None:
    assert story.ready_at_first[0] == 503
    assert "no slot was published yet" in story.ready_at_first[1]
    assert story.ready[0] == 200


def test_status_says_what_the_contract_names(story: Story) -> None:
    slots = [slot for slot in story.slots() if slot.run == 1]
    assert (story.status["channel"], story.status["run"], story.status["restarts"]) == ("test", 1, 0)
    assert story.status["stored_from"].endswith(".000Z")
    first = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(slots[0].start / 1000))
    assert story.status["stored_from"] == first
    assert story.status["last_segment_time"] > first
    assert story.status["source"]["state"] == "preferred"
    assert story.status_after_restart["restarts"] == 1


def test_metrics_count_slots(story: Story) -> None:
    counted = next(
        line for line in story.metrics.splitlines() if line.startswith("telstar_simlive_slots_total")
    )
    assert float(counted.split()[-1]) >= 3


def test_a_stop_lets_the_last_slot_end(story: Story) -> None:
    assert story.slots()[-1].duration == 2000


def test_a_stop_is_clean_and_quick(story: Story) -> None:
    assert story.exit_code == 0
    assert story.stopping_took < 10
    assert story.live.logged("stopped")


def test_the_key_is_in_no_log_no_environment_and_no_file_but_its_own(story: Story) -> None:
    assert KEY not in story.live.log_file.read_text()
    assert KEY.encode() not in story.environment
    for path in story.live.segments.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert KEY.encode() not in content, path
            assert bytes.fromhex(KEY) not in content, path


def test_the_log_says_why_runs_ended(story: Story) -> None:
    reasons = [line["reason"] for line in story.live.logged("run ended")]
    assert reasons == ["the encoder ended with exit code -9", "it was whole"]


def test_a_second_simlive_does_not_touch_the_folder(make_simlive: Callable, tmp_path: Path) -> None:
    live = make_simlive({"testPattern": {}})
    live.settings["TELSTAR_SIMLIVE_LOCK_TIMEOUT"] = "0"
    with locked(live.segments, 0):
        live.start()
        wait_until("it to give up", lambda: live.logged("failed"), 20)
    assert "is held by" in live.logged("failed")[0]["reason"]
    assert json.dumps(live.slots()) == "[]"
