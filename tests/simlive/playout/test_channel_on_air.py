"""A whole SimLive with sources that fail: one run, no gap, and the truth about what is on the air."""

import signal
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from support.playing import Senders, free_port
from support.waiting import wait_until

CLEAR = {"drm": {"enabled": False}, "overlay": {"clock": False, "name": False}}


def state(live) -> str:
    return live.status()["source"]["state"]


def test_a_feed_that_is_lost_and_returns_leaves_no_gap_and_begins_no_run(
    make_simlive: Callable, senders: Senders
) -> None:
    port, secret = free_port(), "passphrase-0123"
    listening = f"srt://127.0.0.1:{port}?mode=listener&passphrase={secret}"
    sender = senders.send(listening)
    live = make_simlive({"stream": {"url": f"srt://127.0.0.1:{port}?passphrase={secret}"}}, **CLEAR)
    live.start()
    live.wait_for_slots(1, run=1)
    wait_until("the feed", lambda: state(live) == "preferred", 20)
    senders.stop(sender)
    wait_until("the slate", lambda: state(live) == "slate", 20)
    assert f"srt://127.0.0.1:{port}" in live.status()["source"]["message"]
    senders.send(listening)
    wait_until("the feed again", lambda: state(live) == "preferred", 40)
    published = len(live.slots())
    slots = live.wait_for_slots(published + 2, run=1)
    assert {slot.run for slot in slots} == {1}
    assert all(after.start == before.end for before, after in pairwise(slots))
    assert live.get("/readyz")[0] == 200
    assert live.signal(signal.SIGTERM) == 0
    assert secret not in live.log_file.read_text()


def test_a_list_that_is_not_looped_ends_and_the_channel_stays(make_simlive: Callable, reels: Path) -> None:
    items = [f"file://{reels}/a%20one.mkv"] * 2
    live = make_simlive({"playlist": {"items": items, "loop": False}}, **CLEAR)
    live.start()
    wait_until("the end of the playlist", lambda: live.logged("run ended"), 60)
    assert [slot.duration for slot in live.slots()] == [2000, 2000]
    assert live.get("/healthz")[0] == 200
    assert live.status()["source"]["state"] == "ended"
    assert live.signal(signal.SIGTERM) == 0
