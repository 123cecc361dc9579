"""Nothing is deleted by one clock alone: SimLive's own retention, and whom it asks for the time."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from support.station import Station, listed
from telstar_simlive.keeper import Keeper
from telstar_simlive.metrics import Metrics
from telstar_simlive.second_opinion import OpinionUnavailable, SecondOpinion, believed

DAY = 1795305600_000
HOUR = 3_600_000
YEAR = 365 * 24 * HOUR


@pytest.mark.parametrize(
    ("own", "other", "expected"),
    [(DAY, DAY, DAY), (DAY + YEAR, DAY, DAY), (DAY, DAY + YEAR, DAY), (DAY - 1, DAY, DAY - 1)],
)
def test_the_earlier_clock_is_believed(own: int, other: int, expected: int) -> None:
    assert believed(own, other) == expected


class Clock:
    """Answers GET /time."""

    def __init__(self) -> None:
        self.answer: tuple[int, object] = (200, {"now": DAY})

    async def time(self, _: web.Request) -> web.Response:
        status, body = self.answer
        return web.json_response(body, status=status)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def url(clock: Clock) -> AsyncIterator[str]:
    application = web.Application()
    application.add_routes([web.get("/time", clock.time)])
    async with TestServer(application) as server:
        yield str(server.make_url("/time"))


@pytest.mark.parametrize("answer", [(503, {}), (200, {}), (200, {"now": "tomorrow"}), (200, [])])
async def test_an_answer_that_is_none_is_no_opinion(
    clock: Clock, url: str, answer: tuple[int, object]
) -> None:
    assert await SecondOpinion(url).ask() == DAY
    clock.answer = answer
    with pytest.raises(OpinionUnavailable):
        await SecondOpinion(url).ask()
    with pytest.raises(OpinionUnavailable):
        await SecondOpinion("http://127.0.0.1:1/time").ask()


async def passes(keeper: Keeper, count: int) -> None:
    """So many passes, as `keep` makes one a minute."""
    for _ in range(count):
        await keeper._attempt_pass()


async def test_a_clock_set_a_year_forward_deletes_nothing_that_has_not_expired_by_the_other(
    tmp_path: Path, clock: Clock, url: str
) -> None:
    station = Station(tmp_path / "news", tmp_path / "spool")
    station.claim()
    old, young = station.publish(DAY - 3 * HOUR), station.publish(DAY)
    spec = {
        "displayName": "News",
        "source": {"testPattern": {}},
        "renditions": [{"name": "720p", "width": 1280, "height": 720, "videoBitrate": "1000k"}],
        "retention": "1h",
    }
    (tmp_path / "channel.json").write_text(json.dumps({"name": "news", "spec": spec}))
    keeper = Keeper(
        station.folder,
        tmp_path / "channel.json",
        Metrics("news"),
        lambda: DAY + YEAR,
        station.fence.check,
        opinion=SecondOpinion(url),
    )
    clock.answer = (503, {})
    await passes(keeper, 3)
    assert await asyncio.to_thread(listed, station.folder) == [old, young]
    assert keeper.clock_off is None
    clock.answer = (200, {"now": DAY})
    await passes(keeper, 3)
    assert await asyncio.to_thread(listed, station.folder) == [young]
    assert keeper.clock_off == YEAR
    assert keeper.stored_from == young.start
