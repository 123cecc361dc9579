"""Runs that follow each other without a gap: the real SimLive and FFmpeg, changed again and again on air."""

import io
import json
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from support.clock_reading import read_clock, recognise
from support.decrypt import decoded_frames, decoded_frames_in_clear
from support.tracks import clear_media, pictures, still
from support.waiting import wait_until
from telstar_simlive.boxes import read_init, read_media
from telstar_simlive.journal import JournalReader, Slot, init_path, read_run, segment_path

KID, KEY = "0123456789abcdef0123456789abcdef", "00112233445566778899aabbccddeeff"
NEXT_KID, NEXT_KEY = "f" * 32, "e" * 32
LADDER = [
    {"name": "180p", "width": 320, "height": 180, "videoBitrate": "400k"},
    {"name": "72p", "width": 128, "height": 72, "videoBitrate": "90k"},
]
LARGER = [{"name": "360p", "width": 640, "height": 360, "videoBitrate": "500k"}, LADDER[0]]


def rfc3339(milliseconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(milliseconds / 1000))


class Story:
    """What was changed of one channel, and what it stored."""

    def __init__(self, live) -> None:
        self.live = live
        live.start()
        live.wait_for_slots(2, run=1)

        live.configure(renditions=LADDER)
        live.wait_for_slots(2, run=2)

        self.next_from = (int(time.time()) + 5) * 1000
        announced = {"next_kid": NEXT_KID, "next_key": NEXT_KEY, "next_from": rfc3339(self.next_from)}
        live.set_keys(kid=KID, key=KEY, **announced)
        self.announced = wait_until("the announcement", lambda: live.status()["next_key"], 10)
        live.wait_for_slots(1, run=3)
        live.set_keys(kid=NEXT_KID, key=NEXT_KEY)  # the operator makes it the present one: nothing changes
        live.wait_for_slots(2, run=3)
        self.status = live.status()

        revision = live.configure(renditions=LARGER, frameRate=50)
        live.wait_for_slots(2, run=4)
        self.larger_revision = (revision, live.status()["revision"])

        revision = live.configure(drm={"enabled": False}, audioOnly=True)
        live.wait_for_slots(2, run=5)
        self.stored = live.get("/stored?hours=1")
        live.signal(signal.SIGTERM)

    def slots(self, run: int | None = None) -> list[Slot]:
        return [slot for slot in JournalReader(self.live.segments) if run in (None, slot.run)]

    def media(self, track: str, slot: Slot) -> tuple[bytes, bytes]:
        segment = self.live.segments / segment_path(track, slot.start, slot.run, slot.sequence)
        return (self.live.segments / init_path(track, slot.run)).read_bytes(), segment.read_bytes()


@pytest.fixture(scope="module")
def story(make_simlive: Callable) -> Iterator[Story]:
    yield Story(make_simlive({"testPattern": {"pattern": "testsrc2"}}))


def test_no_change_leaves_a_gap_of_a_millisecond(story: Story) -> None:
    assert {slot.run for slot in story.slots()} == {1, 2, 3, 4, 5}
    for before, after in pairwise(story.slots()):
        assert after.start == before.end
        assert after.sequence == before.sequence + 1


def test_no_change_is_a_fault_or_makes_a_short_slot(story: Story) -> None:
    assert {line["reason"] for line in story.live.logged("run ended")} == {"it was whole"}
    assert {slot.duration for slot in story.slots()} == {2000}


def test_every_slot_is_whole_in_every_track_and_at_its_time(story: Story) -> None:
    for slot in story.slots():
        rate = 50 if slot.run >= 4 else 25
        for track in slot.tracks:
            init, segment = story.media(track, slot)
            description = read_init(init)
            media = read_media(io.BytesIO(segment), description)
            if description.kind == "video":
                assert media.decode_time * 1000 == slot.start * description.timescale, (track, slot)
                assert media.samples == 2 * rate, (track, slot)
            else:
                assert abs(media.decode_time * 1000 / description.timescale - slot.start) < 50


def test_each_run_is_what_was_asked_for(story: Story) -> None:
    runs = [read_run(story.live.segments, number) for number in (1, 2, 3, 4, 5)]
    assert [[track.name for track in run.video] for run in runs] == [
        ["180p", "90p"],
        ["180p", "72p"],
        ["180p", "72p"],
        ["360p", "180p"],
        ["360p", "180p"],
    ]
    assert [run.kid for run in runs] == [KID, KID, NEXT_KID, NEXT_KID, None]
    assert [run.video[0].frame_rate for run in runs] == [25, 25, 25, 50, 50]
    assert [run.audio_only for run in runs] == [False, False, False, False, True]


@pytest.mark.parametrize("track", ["180p", "audio"])
def test_each_slot_decrypts_with_the_key_of_its_run_and_not_with_the_other(story: Story, track: str) -> None:
    for run, (kid, key), wrong in ((2, (KID, KEY), NEXT_KEY), (3, (NEXT_KID, NEXT_KEY), KEY)):
        slots = story.slots(run)
        for slot in (slots[0], random.choice(slots), slots[-1]):
            init, segment = story.media(track, slot)
            samples = read_media(io.BytesIO(segment), read_init(init)).samples
            assert decoded_frames(init, [segment], kid, key) == samples, slot
            assert decoded_frames(init, [segment], kid, wrong) < samples / 2, slot
            assert decoded_frames_in_clear(init, [segment]) < samples / 2, slot


def test_a_key_comes_into_force_at_the_first_boundary_from_its_time_on(story: Story) -> None:
    began = story.slots(3)[0].start
    assert story.next_from <= began < story.next_from + 2000
    assert story.announced == {"kid": NEXT_KID, "from": rfc3339(story.next_from).replace("Z", ".000Z")}


def test_status_tells_the_key_in_force_and_the_revision_on_the_air(story: Story) -> None:
    assert (story.status["kid"], story.status["next_key"], story.status["run"]) == (NEXT_KID, None, 3)
    assert story.status["restarts"] == 0
    assert story.larger_revision[0] == story.larger_revision[1]


def test_stored_tells_keys_and_that_there_are_no_gaps(story: Story) -> None:
    code, body = story.stored
    stored = json.loads(body)
    assert code == 200
    assert stored["gaps"] == []
    assert [key["kid"] for key in stored["keys"]] == [KID, NEXT_KID]
    assert stored["keys"][0]["until"] == stored["keys"][1]["from"]
    assert story.live.logged("started")


def test_name_title_and_source_change_without_a_new_run(make_simlive: Callable, tmp_path: Path) -> None:
    live = make_simlive(
        {"testPattern": {"pattern": "testsrc2"}},
        drm={"enabled": False},
        displayName="FIRST",
        overlay={"clock": False, "programme": True},
        renditions=[{"name": "360p", "width": 640, "height": 360, "videoBitrate": "2000k"}],
    )
    now = int(time.time())
    programmes = [
        {"start": rfc3339((now - 60) * 1000), "end": rfc3339((now + 8) * 1000), "title": "MORNING: 100%"},
        {"start": rfc3339((now + 8) * 1000), "end": rfc3339((now + 600) * 1000), "title": "EVENING"},
    ]
    live.replace("programmes.json", json.dumps({"programmes": programmes}))
    live.start()
    live.wait_for_slots(2, run=1)
    live.configure({"testPattern": {"pattern": "smptebars"}}, displayName="SECOND")
    changed = int(time.time() * 1000)
    slots = live.wait_for_slots(
        1 + next(index for index in range(2, 30) if index * 2000 > changed + 6000 - live.slots()[0].start),
        run=1,
    )
    live.signal(signal.SIGTERM)
    assert {slot.run for slot in live.slots()} == {1}
    first = clear_media(live.segments, slots[1:2], "360p")
    last = clear_media(live.segments, slots[-1:], "360p")
    read = [recognise(still(media, tmp_path, "crop=400:100:0:0")) for media in (first, last)]
    assert "FIRST" in read[0]
    assert "MORNING: 100%" in read[0]
    assert "SECOND" in read[1]
    assert "EVENING" in read[1]
    # The bars stand still; the pattern before does not.
    assert np.abs(np.diff(pictures(last), axis=0)).max() < 1 < np.abs(np.diff(pictures(first), axis=0)).max()


def test_the_slate_has_the_clock_though_the_overlay_has_none(make_simlive: Callable, tmp_path: Path) -> None:
    live = make_simlive(
        {"stream": {"url": "srt://127.0.0.1:9"}},
        drm={"enabled": False},
        overlay={"clock": False, "name": False},
        renditions=[{"name": "360p", "width": 640, "height": 360, "videoBitrate": "2000k"}],
    )
    live.start()
    live.wait_for_slots(3, run=1)
    assert live.status()["source"]["state"] == "slate"
    live.configure({"testPattern": {}})
    wait_until("the pattern", lambda: live.status()["source"]["state"] == "preferred", 10)
    slots = live.wait_for_slots(len(live.slots()) + 2, run=1)
    live.signal(signal.SIGTERM)
    picture = tmp_path / "clock.png"
    still(clear_media(live.segments, slots[2:3], "360p"), tmp_path, "crop=640:120:0:240").save(picture)
    assert round(read_clock(picture).timestamp()) * 1000 == slots[2].start
    still(clear_media(live.segments, slots[-1:], "360p"), tmp_path, "crop=640:120:0:240").save(picture)
    with pytest.raises(AssertionError, match="no clock"):
        read_clock(picture)


def test_an_invalid_configuration_leaves_the_channel_on_the_air(make_simlive: Callable) -> None:
    live = make_simlive({"testPattern": {}})
    live.start()
    live.wait_for_slots(1, run=1)
    live.replace("channel.json", '{"name": "test", "spec": {"displayN')
    wait_until("the fault to be told", lambda: "is not a channel" in live.status()["waiting_for"], 10)
    live.set_keys(kid=KID)
    wait_until("the fault to be logged", lambda: live.logged("configuration not used"), 10)
    before = len(live.slots())
    live.wait_for_slots(before + 2, run=1)
    live.set_keys(kid=KID, key=KEY)
    revision = live.configure(displayName="Mended")
    wait_until("the mended one", lambda: live.status()["revision"] == revision, 10)
    assert "configuration" not in live.status()["waiting_for"]
    live.signal(signal.SIGTERM)
    assert {slot.run for slot in live.slots()} == {1}


def test_an_encrypted_channel_waits_for_its_key_and_says_so(make_simlive: Callable) -> None:
    live = make_simlive({"testPattern": {}})
    live.set_keys()
    live.start()
    wait_until("the key to be missed", lambda: "the channel's key" in live.status()["waiting_for"], 10)
    assert live.get("/healthz")[0] == 200
    live.set_keys(kid=KID, key=KEY)
    live.wait_for_slots(1, run=1)
    assert read_run(live.segments, 1).kid == KID
    assert live.signal(signal.SIGTERM) == 0


def lost(live, since: int) -> int:
    """Milliseconds that are not stored, from a moment on until the newest slot."""
    slots = live.slots()
    return sum(after.start - before.end for before, after in pairwise(slots) if after.start > since)


def test_a_hung_encoder_is_replaced(make_simlive: Callable) -> None:
    live = make_simlive({"testPattern": {}}, segmentDuration="4s")
    live.start()
    live.wait_for_slots(1, run=1)
    hung = int(time.time() * 1000)
    os.kill(live.ffmpeg(), signal.SIGSTOP)
    live.wait_for_slots(1, run=2)
    assert "has done nothing" in live.logged("run ended")[0]["reason"]
    assert lost(live, hung) <= 2 * 4000
    live.signal(signal.SIGTERM)


def test_an_encoder_that_dies_costs_two_slots_at_most(make_simlive: Callable) -> None:
    live = make_simlive({"testPattern": {}}, segmentDuration="4s")
    live.start()
    live.wait_for_slots(1, run=1)
    killed = int(time.time() * 1000)
    os.kill(live.ffmpeg(), signal.SIGKILL)
    live.wait_for_slots(1, run=2)
    assert lost(live, killed) <= 2 * 4000
    live.signal(signal.SIGTERM)


def test_a_second_sigterm_ends_at_once_and_keeps_what_is_there(make_simlive: Callable) -> None:
    live = make_simlive({"testPattern": {}}, segmentDuration="10s")
    live.start()
    live.wait_for_slots(1, run=1)
    time.sleep(2)
    live.tell(signal.SIGTERM)
    time.sleep(0.5)
    told = time.monotonic()
    assert live.signal(signal.SIGTERM) == 0
    assert time.monotonic() - told < 5
    assert next(slot.duration for slot in live.slots()) == 10_000
    assert 500 <= live.slots()[-1].duration < 10_000


def test_a_successor_is_alive_while_it_waits_and_takes_over_without_delay(make_simlive: Callable) -> None:
    live, successor = make_simlive({"testPattern": {}}), make_simlive({"testPattern": {}})
    successor.segments = live.segments
    live.start()
    live.wait_for_slots(1, run=1)
    successor.start()
    status = successor.status()
    assert str(live.segments) in status["waiting_for"]
    assert (status["run"], status["revision"]) == (None, None)
    assert successor.get("/healthz")[0] == 200
    assert successor.get("/readyz")[0] == 503
    assert live.signal(signal.SIGTERM) == 0
    slots = successor.wait_for_slots(1, run=2)
    assert slots[0].start - [slot for slot in live.slots() if slot.run == 1][-1].end <= 6000
    assert successor.signal(signal.SIGTERM) == 0


def test_who_is_overtaken_by_another_writer_ends_at_once(make_simlive: Callable) -> None:
    live = make_simlive({"testPattern": {}})
    live.start()
    live.wait_for_slots(1, run=1)
    for claim in (live.segments / ".writer").iterdir():  # as another node does where no lock reaches
        claim.unlink()
    before = live.slots()
    assert live.wait(20) == 1
    assert "overtaken" in live.logged("failed")[0]["reason"]
    assert live.slots()[: len(before)] == before
    assert len(live.slots()) <= len(before) + 1


def test_a_successor_that_dies_before_its_time_is_followed_by_a_new_run(make_simlive: Callable) -> None:
    live = make_simlive({"testPattern": {}}, segmentDuration="4s")
    live.start()
    live.wait_for_slots(1, run=1)
    live.configure(renditions=LADDER)
    wait_until("the successor", lambda: len(live.logged("run started")) == 2, 20, every=0.05)
    os.kill(live.ffmpeg(), signal.SIGKILL)
    slots = live.wait_for_slots(1, run=2)
    former = [slot for slot in live.slots() if slot.run == 1]
    assert former[-1].duration == 4000, "the last slot before is whole"
    assert slots[0].start - former[-1].end <= 4000
    assert {track.name for track in read_run(live.segments, 2).video} == {"180p", "72p"}
    assert live.signal(signal.SIGTERM) == 0
