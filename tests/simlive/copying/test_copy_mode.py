"""A channel that changes to copying by itself, and back: the real SimLive and FFmpeg, changed on the air."""

import io
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import pytest
from support.decrypt import decoded_frames, decoded_frames_in_clear, decrypted_file
from support.waiting import wait_until
from telstar_simlive.boxes import read_init, read_media
from telstar_simlive.journal import JournalReader, Slot, init_path, read_run, segment_path

Make = Callable[..., Any]
KID, KEY = "0123456789abcdef0123456789abcdef", "00112233445566778899aabbccddeeff"
NEXT_KID, NEXT_KEY = "f" * 32, "e" * 32
KEYS = {KID: KEY, NEXT_KID: NEXT_KEY}
SLOT_FRAMES = 50
ROUND = 8 * SLOT_FRAMES
"""Frames of the playlist: files of 6 and 10 s."""
SPEC: dict[str, Any] = {
    "renditions": [{"name": "90p", "width": 160, "height": 90, "videoBitrate": "200k"}],
    "overlay": {"clock": False, "name": False, "programme": False},
}


def playlist(*paths: Path, loop: bool = True) -> dict[str, Any]:
    return {"playlist": {"items": [path.as_uri() for path in paths], "loop": loop}}


def samples_of(path: Path) -> list[str]:
    """The SHA-256 of each sample of a file's picture."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", path, "-map", "0:v:0", "-c", "copy"]
    done = subprocess.run([*command, "-f", "framehash", "-"], capture_output=True, text=True, check=True)
    return [line.split(",")[5].strip() for line in done.stdout.splitlines() if not line.startswith("#")]


def pictures(path: Path) -> np.ndarray:
    """Each frame's luma."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", path, "-map", "0:v:0"]
    done = subprocess.run(
        [*command, "-f", "rawvideo", "-pix_fmt", "gray", "-"], capture_output=True, check=True
    )
    return np.frombuffer(done.stdout, np.uint8).reshape(-1, 90 * 160).astype(np.int16)


class Story:
    """What was changed of one channel, and what it stored."""

    def __init__(self, live: Any, files: list[Path]) -> None:
        self.live, self.files = live, files
        live.start()
        wait_until("the first run", lambda: live.status()["run"], 30)
        self.encoding = live.status()
        live.wait_for_slots(2, run=2)
        self.copying = live.status()

        moment = time.gmtime(time.time() + 4)
        announced = {"next_kid": NEXT_KID, "next_key": NEXT_KEY}
        live.set_keys(kid=KID, key=KEY, next_from=time.strftime("%Y-%m-%dT%H:%M:%SZ", moment), **announced)
        live.wait_for_slots(2, run=3)
        live.set_keys(kid=NEXT_KID, key=NEXT_KEY)
        self.rotated = live.status()

        self.revision = live.configure(overlay={"clock": True, "name": False})
        live.wait_for_slots(2, run=4)
        self.clock_on = live.status()
        live.configure(overlay={"clock": False, "name": False})
        wait_until("copying once more", lambda: live.status()["mode"] == "copy", 60)
        self.last = live.status()["run"]  # after one without the clock, if that takes a while
        live.wait_for_slots(2, run=self.last)
        self.told = time.time() * 1000
        self.exit_code = live.signal(signal.SIGTERM)

    def slots(self, run: int | None = None) -> list[Slot]:
        return [slot for slot in JournalReader(self.live.segments) if run in (None, slot.run)]

    def media(self, track: str, slot: Slot) -> tuple[bytes, bytes]:
        segment = self.live.segments / segment_path(track, slot.start, slot.run, slot.sequence)
        return (self.live.segments / init_path(track, slot.run)).read_bytes(), segment.read_bytes()

    def place(self, slot: Slot, frame: int) -> int:
        """Which frame of the playlist a frame of an encoded slot is most like."""
        init, segment = self.media("90p", slot)
        kid = read_run(self.live.segments, slot.run).kid
        with decrypted_file(init, [segment], kid, KEYS[kid]) as path:
            shown = pictures(path)[frame, : 60 * 160]  # above the clock
        source = np.concatenate([pictures(path) for path in self.files])[:, : 60 * 160]
        return int(np.abs(source - shown).mean(axis=1).argmin())

    def copied_place(self, slot: Slot) -> int:
        """Which frame of the playlist a copied slot begins with; all its samples must be the file's own."""
        source = [sample for path in self.files for sample in samples_of(path)]
        init, segment = self.media("90p", slot)
        kid = read_run(self.live.segments, slot.run).kid
        with decrypted_file(init, [segment], kid, KEYS[kid]) as path:
            found = samples_of(path)
        place = source.index(found[0])
        assert found == source[place : place + SLOT_FRAMES], slot
        return place


def apart(one: int, other: int) -> int:
    """Frames between two places of the playlist, which goes round."""
    return min((one - other) % ROUND, (other - one) % ROUND)


@pytest.fixture(scope="module")
def story(make_simlive: Make, make_file: Make) -> Iterator[Story]:
    files = [make_file("story 6.mp4", 6), make_file("story10.mp4", 10, "-vf", "hflip,negate")]
    yield Story(make_simlive(playlist(*files), **SPEC), files)


def test_no_change_of_mode_or_key_leaves_a_gap_or_a_short_slot(story: Story) -> None:
    slots = story.slots()
    assert {slot.run for slot in slots} == set(range(1, story.last + 1))
    for before, after in pairwise(slots):
        assert (after.start, after.sequence) == (before.end, before.sequence + 1)
    assert {slot.duration for slot in slots} == {2000}
    assert {line["reason"] for line in story.live.logged("run ended")} == {"it was whole"}
    modes = [line["mode"] for line in story.live.logged("run started")]
    assert modes[:4] == ["encode", "copy", "copy", "encode"]
    assert modes[-1] == "copy"


def test_status_tells_the_mode_and_why(story: Story) -> None:
    assert story.encoding["mode"] == "encode"
    assert story.encoding["mode_reason"]
    assert (story.copying["mode"], story.copying["mode_reason"]) == ("copy", "")
    assert story.copying["source"]["state"] == "preferred"
    assert story.copying["source"]["message"].startswith("copying file:///")
    assert (story.rotated["mode"], story.rotated["kid"]) == ("copy", NEXT_KID)
    assert (story.clock_on["mode"], story.clock_on["revision"]) == ("encode", story.revision)
    assert story.clock_on["mode_reason"] == "the overlay burns in clock"
    assert story.clock_on["restarts"] == 0


def test_each_slot_decrypts_with_its_key_and_is_at_its_time(story: Story) -> None:
    assert [read_run(story.live.segments, run).kid for run in (1, 2, 3, 4)] == [KID] * 2 + [NEXT_KID] * 2
    for run, key in ((2, KEY), (3, NEXT_KEY)):
        kid = read_run(story.live.segments, run).kid
        for track in ("90p", "audio"):
            init = story.media(track, story.slots(run)[0])[0]
            segments = [story.media(track, slot)[1] for slot in story.slots(run)]
            samples = sum(read_media(io.BytesIO(one), read_init(init)).samples for one in segments)
            assert decoded_frames(init, segments, kid, key) == samples
            assert decoded_frames_in_clear(init, segments) < samples / 2
    for slot in story.slots():
        init, segment = story.media("90p", slot)
        description = read_init(init)
        media = read_media(io.BytesIO(segment), description)
        assert media.decode_time * 1000 == slot.start * description.timescale


def test_copied_slots_are_the_files_own_one_after_another_over_a_change_of_keys(story: Story) -> None:
    copied = story.slots(2) + story.slots(3)
    places = [story.copied_place(slot) for slot in copied]
    assert places == [(places[0] + index * SLOT_FRAMES) % ROUND for index in range(len(copied))]


def test_the_place_in_the_playlist_is_kept_from_mode_to_mode(story: Story) -> None:
    for encoded, copied in ((1, 2), (story.last - 1, story.last)):  # the slot that begins nearest
        shown = story.place(story.slots(encoded)[-1], SLOT_FRAMES - 1)
        assert apart(shown + 1, story.copied_place(story.slots(copied)[0])) <= SLOT_FRAMES / 2 + 5
    last = story.copied_place(story.slots(3)[-1]) + SLOT_FRAMES
    begun = story.place(story.slots(4)[0], 0)
    print("copied until frame", last % ROUND, "encoded from", begun)
    assert apart(last, begun) <= 3 * 25  # about a second, but for a loaded machine


def test_peaks_are_announced(story: Story) -> None:
    descriptor = read_run(story.live.segments, 2)
    for track in descriptor.tracks:
        largest = max(slot.tracks[track.name].size for slot in story.slots(2))
        assert track.bandwidth >= largest * 8 / 2


def test_told_to_stop_it_finishes_the_slot(story: Story) -> None:
    assert story.exit_code == 0
    assert story.slots()[-1].end >= story.told
    assert story.slots()[-1].run == story.last


def test_a_file_that_vanishes_is_left_out_and_the_channel_goes_on(
    make_simlive: Make, make_file: Make, tmp_path: Path
) -> None:
    files = [make_file(f"kept{index}.mp4", 4).rename(tmp_path / f"{index}.mp4") for index in range(3)]
    live = make_simlive(playlist(*files), **SPEC)
    live.start()
    live.wait_for_slots(1, run=2)
    assert live.status()["mode"] == "copy"
    files[1].unlink()
    slots = live.wait_for_slots(3, run=3)
    before = [slot for slot in live.slots() if slot.run == 2][-1]
    assert slots[0].start - before.end < 15_000
    wait_until("the refusal", lambda: live.status()["mode_reason"].startswith("file:"), 20)
    status = live.status()
    assert (status["mode"], status["restarts"]) == ("encode", 1)
    assert "1.mp4: it cannot be read: No such file or directory" in status["mode_reason"]
    assert live.signal(signal.SIGTERM) == 0


def test_a_playlist_that_does_not_loop_ends_and_stays_so(make_simlive: Make, make_file: Make) -> None:
    live = make_simlive(playlist(make_file("once.mp4", 16), loop=False), **SPEC)
    live.start()
    live.wait_for_slots(2, run=2)
    assert live.status()["mode"] == "copy"
    wait_until("the end", lambda: live.status()["source"]["state"] == "ended", 60)
    slots = live.slots()
    time.sleep(4)
    status = live.status()
    assert (status["source"]["state"], status["restarts"], status["run"]) == ("ended", 0, None)
    assert status["waiting_for"] == "nothing: the playlist is at its end"
    assert live.slots() == slots
    live.configure(source={"testPattern": {}})
    live.wait_for_slots(1, run=3)
    assert live.signal(signal.SIGTERM) == 0
