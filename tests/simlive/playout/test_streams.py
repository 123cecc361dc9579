"""Live feeds over SRT, UDP and HTTP on this machine, with senders that die, stall and change."""

import http.server
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from support.playing import OnAir, Senders, free_port, make_clip, until

MakeOnAir = Callable[..., OnAir]
FEED, OTHER = 200, 60  # the clips that senders send; what is encoded comes out a little different


def is_clip(found: int, clip: int) -> bool:
    return abs(found - clip) < 12


def stream(url: str) -> dict[str, Any]:
    return {"stream": {"url": url}}


PATTERN = {"testPattern": {"pattern": "testsrc2"}}


async def test_a_feed_over_udp_is_taken_as_it_comes_frame_by_frame(
    on_air: MakeOnAir, senders: Senders
) -> None:
    url = f"udp://127.0.0.1:{free_port()}"
    senders.send(f"{url}?pkt_size=1316")
    air = on_air()
    receiver = await air.begin(stream(url))
    await until("the feed", lambda: air.playout.status.state == "preferred", 15)
    start = len(receiver.pictures) + 5
    shown = (await air.frames(receiver, start + 150))[start:]
    steps = [(after.luma - before.luma) % 200 for before, after in pairwise(shown)]
    assert all(is_clip(one.clip, FEED) for one in shown)
    assert sum(step == 1 for step in steps) >= 140, steps
    assert sum(one.loud for one in shown) >= 140
    assert air.playout.status.message == url.replace("udp", "playing the feed udp")


async def test_a_lost_feed_gives_way_to_the_slate_and_returns_by_itself(
    on_air: MakeOnAir, senders: Senders
) -> None:
    port, secret = free_port(), "passphrase-0123"
    listening = f"srt://127.0.0.1:{port}?mode=listener&passphrase={secret}"
    sender = senders.send(listening)
    air = on_air()
    receiver = await air.begin(stream(f"srt://127.0.0.1:{port}?passphrase={secret}"))
    await until("the feed", lambda: air.playout.status.state == "preferred", 15)
    senders.stop(sender)
    await until("the slate", lambda: air.playout.status.state == "slate", 20)
    gone = receiver.shown()
    held = [one for one in gone[-40:] if is_clip(one.clip, FEED) and not one.loud]
    assert len(held) >= 15, "the last picture was not held"
    status = air.playout.status
    assert secret not in f"{status}"
    assert f"srt://127.0.0.1:{port}" in status.message
    senders.send(listening, OTHER)
    await until("the feed again", lambda: air.playout.status.state == "preferred", 30)
    count = len(receiver.pictures)
    shown = (await air.frames(receiver, count + 30))[count + 2 :]
    assert sum(is_clip(one.clip, OTHER) and one.loud for one in shown) >= 24, shown
    assert not air.playout.cut
    assert air.playout.status.faults == {}
    assert len(receiver.pictures) <= (air.timeline.now() * 25 // 1000 - air.first) + 1


async def test_a_feed_that_stalls_is_off_the_air_within_two_seconds(
    on_air: MakeOnAir, senders: Senders
) -> None:
    url = f"udp://127.0.0.1:{free_port()}"
    sender = senders.send(f"{url}?pkt_size=1316")
    air = on_air()
    receiver = await air.begin(stream(url), PATTERN)
    await until("the feed", lambda: air.playout.status.state == "preferred", 15)
    await air.frames(receiver, 25)
    sender.send_signal(signal.SIGSTOP)
    stopped = len(receiver.pictures)
    await until("the backup", lambda: air.playout.status.state == "backup-1", 15)
    assert len(receiver.pictures) - stopped < 75
    sender.send_signal(signal.SIGCONT)
    await until("the feed again", lambda: air.playout.status.state == "preferred", 30)
    await until("the backup to be closed", lambda: not list(air.playout._works)[1].is_open, 20)


async def test_backups_are_taken_in_order_and_left_for_the_preferred_source(
    on_air: MakeOnAir, senders: Senders, reels: Path
) -> None:
    url = f"udp://127.0.0.1:{free_port()}"
    backup = {"playlist": {"items": [f"file://{reels}/missing.mkv"]}}
    last = {"playlist": {"items": [f"file://{reels}/long.mkv"]}}
    air = on_air()
    receiver = await air.begin(stream(url), backup, last)
    await until("the second backup", lambda: air.playout.status.state == "backup-2", 15)
    count = len(receiver.pictures)
    shown = (await air.frames(receiver, count + 25))[count + 1 :]
    assert [one.luma for one in shown] == list(range(shown[0].luma, shown[0].luma + 24))
    assert f"file://{reels}/missing.mkv" in air.playout.status.faults
    senders.send(f"{url}?pkt_size=1316")
    await until("the preferred source", lambda: air.playout.status.state == "preferred", 20)
    shown = receiver.shown()
    assert {160} < {one.clip for one in shown}
    assert {one.loud for one in shown if one.clip == 160} == {True}


async def test_a_feed_may_have_no_sound(on_air: MakeOnAir, senders: Senders) -> None:
    url = f"udp://127.0.0.1:{free_port()}"
    senders.send(f"{url}?pkt_size=1316", sound=False)
    air = on_air()
    receiver = await air.begin(stream(url))
    await until("the feed", lambda: air.playout.status.state == "preferred", 15)
    start = len(receiver.pictures) + 2
    shown = (await air.frames(receiver, start + 50))[start:]
    assert all(is_clip(one.clip, FEED) and not one.loud for one in shown)
    lumas = [one.luma for one in shown]
    assert sum((after - before) % 200 == 1 for before, after in pairwise(lumas)) >= 45


@pytest.mark.parametrize(
    "other", [{"size": "128x96"}, {"channels": 1}, {"sound": False}], ids=["size", "sound", "silence"]
)
async def test_a_feed_that_changes_its_form_is_back_within_seconds(
    on_air: MakeOnAir, senders: Senders, other: dict[str, Any]
) -> None:
    url = f"udp://127.0.0.1:{free_port()}"
    first = senders.send(f"{url}?pkt_size=1316")
    air = on_air()
    receiver = await air.begin(stream(url))
    await until("the feed", lambda: air.playout.status.state == "preferred", 15)
    await air.frames(receiver, 100)
    senders.stop(first)
    senders.send(f"{url}?pkt_size=1316", OTHER, **other)
    loud = other.get("sound", True)

    def steady() -> bool:
        frames = receiver.shown(max(len(receiver.pictures) - 100, 0))
        good = sum(is_clip(one.clip, OTHER) and one.loud is loud for one in frames)
        lumas = [one.luma for one in frames]
        moving = sum((after - before) % 200 == 1 for before, after in pairwise(lumas))
        return good >= 90 and moving >= 85

    await until("four steady seconds of it", steady, 40)
    assert air.playout.status.state == "preferred"
    assert not air.playout.cut


async def test_rubbish_between_good_packets_does_no_lasting_harm(
    on_air: MakeOnAir, senders: Senders, tmp_path: Path
) -> None:

    port = free_port()
    url = f"udp://127.0.0.1:{port}"
    senders.send(f"{url}?pkt_size=1316")
    air = on_air()
    receiver = await air.begin(stream(url))
    await until("the feed", lambda: air.playout.status.state == "preferred", 15)
    await air.frames(receiver, 25)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as noise:
        for _ in range(300):
            noise.sendto(os.urandom(1316), ("127.0.0.1", port))
    await until(
        "the feed to be clean again",
        lambda: (
            air.playout.status.state == "preferred"
            and all(is_clip(one.clip, FEED) and one.loud for one in receiver.shown()[-40:])
        ),
        30,
    )
    assert not air.playout.cut


class Trickle(http.server.BaseHTTPRequestHandler):
    """Serves a file as a live feed, over and over, each time to its end."""

    body = b""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    Trickle.body = make_clip(tmp_path / "feed.mkv", 100, 100).read_bytes()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Trickle)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join(5)


async def test_a_feed_over_http_is_fetched_at_the_pace_of_the_clock(on_air: MakeOnAir, web: str) -> None:
    air = on_air()
    receiver = await air.begin(stream(f"{web}/live?token=hidden"))
    shown = await air.frames(receiver, 100)
    assert [(one.clip, one.luma) for one in shown] == [(100, 16 + index) for index in range(100)]
    await until("the feed to be fetched again", lambda: len(receiver.pictures) > 250, 20)
    assert "hidden" not in f"{air.playout.status}"
