"""Asking SimLive pods: how often, how many at once, and who is woken."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from telstar_operator.handlers.looking import (
    LONGEST,
    OFTEN,
    PARALLEL,
    PATIENCE,
    RARELY,
    Look,
    Looks,
    Target,
    pause,
)
from telstar_operator.plan.facts import NotAsked, Silent
from telstar_operator.plan.simlive import SimLiveStatus
from telstar_operator.simlive import SimLive

POD = Target("uid", "10.0.0.1", 8080)
PLAYING = SimLiveStatus(channel="news", revision="r")
SLATE = SimLiveStatus.model_validate({"channel": "news", "revision": "r", "source": {"state": "slate"}})


class World:
    """Pods that answer what a test says, and a clock that it moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.answer: SimLiveStatus | Silent = PLAYING
        self.asked = 0
        self.woken: list[str] = []
        self.gate: asyncio.Event | None = None
        self.looks = Looks(self.ask, self.woken.append, lambda: self.now)

    async def ask(self, address: str, port: int, channel: str) -> SimLiveStatus | Silent:
        self.asked += 1
        if self.gate:
            await self.gate.wait()
        return self.answer

    async def after(self, seconds: float) -> None:
        """Move the clock, and let everything that is due be asked."""
        self.now += seconds
        self.looks.tick()
        for _ in range(5):
            await asyncio.sleep(0)


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize(
    ("soon", "failures", "channels", "expected"),
    [
        (False, 0, 1, RARELY),
        (True, 0, 1, OFTEN),
        (False, 0, 5000, 100.0),
        (False, 1, 1, OFTEN),
        (False, PATIENCE, 1, RARELY),
        (False, PATIENCE + 1, 1, 2 * RARELY),
        (True, 1000, 1, LONGEST),
    ],
)
def test_how_often_a_pod_is_asked(soon: bool, failures: int, channels: int, expected: float) -> None:
    assert pause(Look(POD, soon, 0.0, failures=failures), channels) == expected


async def test_a_channel_is_woken_when_its_pod_says_something_else(world: World) -> None:
    world.looks.aim("news", POD, soon=False)
    assert world.looks.said("news", "uid") == NotAsked()
    await world.after(0)
    await world.after(11.1)
    assert (world.asked, world.woken) == (2, ["news"])
    assert world.looks.said("news", "uid") == PLAYING
    world.answer = SLATE
    await world.after(11.1)
    assert world.woken == ["news", "news"]
    assert world.looks.said("news", "another") == NotAsked()


async def test_a_pod_is_silent_only_after_several_attempts(world: World) -> None:
    world.looks.aim("news", POD, soon=False)
    await world.after(0)
    world.answer = Silent("no route")
    for attempt in range(PATIENCE):
        assert world.looks.said("news", "uid") == PLAYING, attempt
        await world.after(11.1)
    found = world.looks.said("news", "uid")
    assert found == Silent("no route")
    assert isinstance(found, Silent)
    since = found.since
    assert since is not None, "since its first missed answer"
    await world.after(LONGEST)
    found = world.looks.said("news", "uid")
    assert isinstance(found, Silent)
    assert found.since == since
    assert world.woken == ["news", "news"]


async def test_a_change_on_its_way_is_asked_for_at_once(world: World) -> None:
    world.looks.aim("news", POD, soon=False)
    await world.after(0)
    world.looks.aim("news", POD, soon=True)
    await world.after(OFTEN)
    assert world.asked == 2


async def test_who_is_gone_is_not_asked_and_wakes_nobody(world: World) -> None:
    world.gate = asyncio.Event()
    world.looks.aim("news", POD, soon=False)
    await world.after(0)
    world.looks.aim("news", None, soon=False)
    world.gate.set()
    await world.after(100)
    assert (world.asked, world.woken) == (1, [])


async def test_pods_that_do_not_answer_are_few_at_a_time_and_hold_up_nobody_for_ever(world: World) -> None:
    world.gate = asyncio.Event()
    for number in range(3 * PARALLEL):
        world.looks.aim(f"c{number}", POD, soon=False)
    await world.after(0)
    assert world.asked == PARALLEL
    world.gate.set()
    for _ in range(6):
        await world.after(0)
    assert world.asked == 3 * PARALLEL


@pytest.fixture
async def client() -> AsyncIterator[SimLive]:
    simlive = SimLive()
    yield simlive
    await simlive.close()


Answer = Callable[[web.Request], Any]


async def asked(client: SimLive, answer: Answer) -> SimLiveStatus | Silent:
    app = web.Application()
    app.add_routes([web.get("/status", answer)])
    async with TestServer(app) as server:
        assert server.port
        return await client.ask("127.0.0.1", server.port, "news")


async def test_a_status_is_read_and_what_is_newer_ignored(client: SimLive) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response(
            {
                "channel": "news", "revision": "0123456789abcdef", "kid": "a" * 32, "mode": "copy",
                "last_segment_time": "2026-11-22T18:24:04Z", "stored_from": None, "restarts": 1,
                "source": {"state": "backup-1", "since": "2026-11-22T18:00:00Z", "message": "", "faults": {}},
                "next_key": {"kid": "b" * 32, "from": "2026-11-22T19:00:00Z"},
                "clock": {"ahead_seconds": 2.5, "steps": 1},
                "volume": {"free_bytes": 1, "short": True, "evicted": 0, "late_seconds": 1.5},
                "waiting_for": "the next slot", "log": ["x"], "of a later version": {},
            }
        )  # fmt: skip

    said = await asked(client, answer)
    assert isinstance(said, SimLiveStatus)
    assert (said.source.state, said.next_key and said.next_key.kid, said.volume.short) == (
        "backup-1", "b" * 32, True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (web.Response(status=404), "it answered 404"),
        (web.Response(text="<html>"), "cannot be read"),
        (web.json_response({"channel": "sports", "revision": None}), "it speaks of channel sports"),
    ],
)
async def test_an_answer_that_is_none_is_silence(answer: web.Response, words: str, client: SimLive) -> None:
    async def answering(_: web.Request) -> web.Response:
        return answer

    found = await asked(client, answering)
    assert isinstance(found, Silent)
    assert words in found.why


async def test_who_cannot_be_reached_is_silent(client: SimLive) -> None:
    found = await client.ask("127.0.0.1", 1, "news")
    assert found == Silent("it cannot be reached (ConnectError)")
