"""Playlists of odd files and live feeds, through the real FFmpeg."""

import signal
import socket
import subprocess
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from support.decrypt import decoded_frames_in_clear
from support.waiting import wait_until
from telstar_simlive.journal import JournalReader, Slot, init_path, read_run, segment_path

CLEAR = {"drm": {"enabled": False}, "overlay": {"clock": False, "name": False}}
FRAMES = 25


def clear_media(live, slots: list[Slot], track: str) -> bytes:
    """Init segment and segments of slots of one run."""
    init = live.segments / init_path(track, slots[0].run)
    parts = (live.segments / segment_path(track, slot.start, slot.run, slot.sequence) for slot in slots)
    return init.read_bytes() + b"".join(path.read_bytes() for path in parts)


def decoded(media: bytes, *output: str) -> bytes:
    """What FFmpeg decodes of it, with a complaint about any error."""
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-v",
        "error",
        "-xerror",
        "-f",
        "mp4",
        "-i",
        "-",
        *output,
        "-",
    ]
    return subprocess.run(command, input=media, capture_output=True, check=True, timeout=60).stdout


def pictures(media: bytes) -> np.ndarray:
    """Mean red, green and blue of each frame."""
    raw = decoded(media, "-vf", "scale=8:8:flags=area", "-f", "rawvideo", "-pix_fmt", "rgb24")
    return np.frombuffer(raw, np.uint8).reshape(-1, 64, 3).mean(axis=1)


def loudness(media: bytes) -> np.ndarray:
    """Root mean square of the sound of each frame's time, of 1 at most."""
    raw = decoded(media, "-f", "s16le", "-ac", "1", "-ar", "48000")
    samples = np.frombuffer(raw, np.int16).astype(float) / 32768
    whole = len(samples) // 1920 * 1920
    return np.sqrt((samples[:whole].reshape(-1, 1920) ** 2).mean(axis=1))


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory, ffmpeg: Callable[..., None]) -> Path:
    """red: 2 s, 4:3, 30 fps, with sound · green: 1 s, silent, VP9 · radio: 1 s, sound only, 44.1 kHz mono ·
    blue: 2 s, interlaced size, sound that ends after half a second · torn: the beginning of red.
    """
    folder = tmp_path_factory.mktemp("clips")
    picture = ("-f", "lavfi", "-i")
    sound = ("-f", "lavfi", "-i")
    h264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
    ffmpeg(*picture, "color=red:s=320x240:r=30:d=2", *sound, "sine=440:d=2", *h264, folder / "a red.mp4")
    ffmpeg(*picture, "color=lime:s=64x64:r=12:d=1", "-c:v", "libvpx-vp9", folder / "green.webm")
    ffmpeg(*sound, "sine=880:d=1:r=44100", "-c:a", "libmp3lame", folder / "radio.mp3")
    ffmpeg(*picture, "color=blue:s=720x576:r=50:d=2", *sound, "sine=660:d=0.5", *h264, folder / "blue.mkv")
    (folder / "torn.mp4").write_bytes((folder / "a red.mp4").read_bytes()[:1500])
    return folder


@pytest.fixture(scope="module")
def cinema(make_simlive: Callable, clips: Path):
    """A playlist of 6 s of which two items cannot be played, looped and stopped in its second round."""
    names = ["missing.mp4", "a%20red.mp4", "green.webm", "torn.mp4", "radio.mp3", "blue.mkv"]
    live = make_simlive({"playlist": {"items": [f"file://{clips}/{name}" for name in names]}}, **CLEAR)
    live.start()
    live.wait_for_slots(5, run=1)
    live.found = live.status()
    live.signal(signal.SIGTERM)
    return live


def test_a_playlist_plays_all_items_in_order_without_a_gap_in_one_run(cinema) -> None:
    slots = list(JournalReader(cinema.segments))
    assert {slot.run for slot in slots} == {1}
    assert all(after.start == before.end for before, after in pairwise(slots))
    frames = pictures(clear_media(cinema, slots[:5], "180p"))
    assert len(frames) == 10 * FRAMES
    red, green, black, blue = (slice(0, 50), slice(50, 75), slice(75, 100), slice(100, 150))
    assert (frames[red].argmax(axis=1) == 0).all()
    assert (frames[green].argmax(axis=1) == 1).all()
    assert (frames[black] < 8).all()
    assert (frames[blue].argmax(axis=1) == 2).all()
    assert np.allclose(frames[150:250], frames[0:100], atol=4), "the second round differs from the first"


def test_where_an_item_has_no_sound_there_is_silence(cinema) -> None:
    slots = list(JournalReader(cinema.segments))
    loud = loudness(clear_media(cinema, slots[:5], "audio"))
    # The decoder leaves out the encoder's priming, or not: two frames of tolerance at each boundary.
    for start, end, sounds in (
        (0, 50, True),
        (50, 75, False),
        (75, 100, True),
        (100, 112, True),
        (114, 150, False),
    ):
        stretch = loud[start + 2 : end - 2]
        assert ((stretch > 0.02) if sounds else (stretch < 0.005)).all(), (start, end, stretch)


def test_items_that_cannot_be_played_are_named_with_the_reason(cinema) -> None:
    left_out = {
        line["item"].rpartition("/")[2]: line["reason"] for line in cinema.logged("playlist item left out")
    }
    assert left_out["missing.mp4"] == "No such file or directory"
    assert set(left_out) == {"missing.mp4", "torn.mp4"}
    faults = cinema.found["source"]["faults"]
    assert {name.rpartition("/")[2] for name in faults} == set(left_out)
    assert (
        "a%20red.mp4" in cinema.found["source"]["message"] or "playing" in cinema.found["source"]["message"]
    )


def test_a_channel_without_drm_has_no_kid_and_is_in_clear(cinema) -> None:
    assert read_run(cinema.segments, 1).kid is None
    slot = cinema.slots()[1]
    segment = cinema.segments / segment_path("180p", slot.start, slot.run, slot.sequence)
    init = cinema.segments / init_path("180p", slot.run)
    assert decoded_frames_in_clear(init.read_bytes(), [segment.read_bytes()]) == 2 * FRAMES


def test_a_playlist_that_is_not_looped_ends_and_the_channel_stays(
    make_simlive: Callable, clips: Path
) -> None:
    live = make_simlive({"playlist": {"items": [f"file://{clips}/blue.mkv"] * 2, "loop": False}}, **CLEAR)
    live.start()
    wait_until("the end of the playlist", lambda: live.logged("run ended"), 60)
    assert [slot.duration for slot in live.slots()] == [2000, 2000]
    assert live.logged("run ended")[0]["reason"] == "the playlist is at its end"
    assert live.get("/healthz")[0] == 200
    assert live.status()["source"]["state"] == "finished"
    assert live.signal(signal.SIGTERM) == 0


def test_where_no_item_can_be_played_the_reason_is_told(make_simlive: Callable, clips: Path) -> None:
    live = make_simlive({"playlist": {"items": [f"file://{clips}/torn.mp4"]}}, **CLEAR)
    live.start()
    message = wait_until(
        "the reason",
        lambda: (found := live.status()["source"]["message"]).startswith("no item") and found,
        30,
    )
    assert "torn" not in message.partition(":")[0]
    code, body = live.get("/readyz")
    assert code == 503
    assert message in body
    assert live.signal(signal.SIGTERM) == 0


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def feed(url: str, sound: bool) -> subprocess.Popen[bytes]:
    """A contribution encoder that sends without end."""
    inputs = ["-re", "-f", "lavfi", "-i", "testsrc2=s=160x120:r=25"]
    if sound:
        inputs += ["-re", "-f", "lavfi", "-i", "sine=440"]
    coding = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "12", "-c:a", "aac", "-f", "mpegts"]
    return subprocess.Popen(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *inputs, *coding, url], stderr=subprocess.DEVNULL
    )


@pytest.fixture
def feeds():
    """Feeds that end with the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start(url: str, sound: bool) -> subprocess.Popen[bytes]:
        started.append(feed(url, sound))
        return started[-1]

    yield start
    for one in started:
        one.kill()
        one.wait()


def test_an_srt_feed_is_streamed_and_taken_up_again_after_it_broke_off(
    make_simlive: Callable, feeds: Callable
) -> None:
    port, secret = free_port(), "passphrase-0123"
    live = make_simlive({"stream": {"url": f"srt://127.0.0.1:{port}?passphrase={secret}"}}, **CLEAR)
    live.start()
    wait_until(
        "the feed to be missed", lambda: "waiting for the feed" in live.status()["source"]["message"], 20
    )
    assert live.get("/readyz")[0] == 503

    listening = f"srt://127.0.0.1:{port}?mode=listener&passphrase={secret}"
    first = feeds(listening, sound=True)
    slots = live.wait_for_slots(2, run=1)
    assert live.get("/readyz")[0] == 200
    assert (loudness(clear_media(live, slots[:2], "audio"))[5:] > 0.02).all()
    first.kill()
    first.wait()
    wait_until("the run to end", lambda: live.logged("run ended"), 40)

    feeds(listening, sound=False)
    slots = live.wait_for_slots(2, run=2, seconds=90)
    assert (loudness(clear_media(live, slots[:2], "audio")) < 0.005).all()
    assert len(pictures(clear_media(live, slots[:2], "180p"))) == 4 * FRAMES
    assert live.signal(signal.SIGTERM) == 0
    assert "feed srt://127.0.0.1" in live.logged("run ended")[0]["reason"]
    assert secret not in live.log_file.read_text()


def test_a_udp_feed_is_streamed_at_the_pace_of_the_clock(make_simlive: Callable, feeds: Callable) -> None:
    port = free_port()
    live = make_simlive({"stream": {"url": f"udp://127.0.0.1:{port}"}}, **CLEAR)
    live.start()
    feeds(f"udp://127.0.0.1:{port}?pkt_size=1316", sound=True)
    slots = live.wait_for_slots(3, run=1)
    assert all(after.start == before.end for before, after in pairwise(slots))
    assert len(pictures(clear_media(live, slots[:3], "90p"))) == 6 * FRAMES
    assert live.signal(signal.SIGTERM) == 0
