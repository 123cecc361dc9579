"""The guide: what is on when, and what can be done with it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection
from support.api_world import NOON, World
from telstar_api.channels.stored import Span

HOUR = timedelta(hours=1)


async def guide(world: World, *products: str, **query: str) -> list[dict[str, Any]]:
    answer = await world.as_(await world.viewer(*products)).get("/api/v1/guide", params=query)
    assert answer.status_code == 200, answer.text
    channels: list[dict[str, Any]] = answer.json()["channels"]
    return channels


def codes(programme: dict[str, Any]) -> dict[str, list[str]]:
    return {
        name: [reason["code"] for reason in action["reasons"]]
        for name, action in programme["actions"].items()
    }


async def test_programmes_come_with_what_can_be_done_with_each(world: World) -> None:
    await world.product("premium", (None, "live", None), (None, "start-over", None), (None, "catch-up", 7))
    await world.channel("news")
    await world.programme("news", -HOUR, title="Before")
    await world.programme("news", -HOUR / 4, title="Running")
    await world.programme("news", HOUR, title="Later")
    (channel,) = await guide(world, "premium")
    before, running, later = channel["programmes"]
    assert (channel["name"], channel["display_name"], channel["number"]) == ("news", "News", 1)
    assert (before["title"], before["start"], before["end"]) == (
        "Before",
        "2026-11-22T11:00:00Z",
        "2026-11-22T11:30:00Z",
    )
    unrecorded = {"record": ["right-not-included", "recording-unavailable"]}
    ended, not_started = ["programme-ended"], ["programme-not-started"]
    assert codes(before) == {"live": ended, "start-over": ended, "catch-up": []} | unrecorded
    assert codes(running) == {"live": [], "start-over": [], "catch-up": ["programme-running"]} | unrecorded
    watching = {"live": not_started, "start-over": not_started, "catch-up": not_started}
    assert codes(later) == watching | unrecorded


async def test_what_is_stored_of_a_programme_is_told(world: World) -> None:
    await world.product("premium", (None, "start-over", None), (None, "catch-up", 7))
    await world.channel("news", stored=None)
    world.journals.spans["news"] = [
        Span(NOON - 2 * HOUR, NOON - 1.75 * HOUR),
        Span(NOON - timedelta(minutes=5), NOON),
    ]
    for start in (-3 * HOUR, -2 * HOUR, -HOUR / 6, HOUR):
        await world.programme("news", start)
    (channel,) = await guide(world, "premium", **{"from": "2026-11-22T08:00:00Z"})
    assert [item["stored"] for item in channel["programmes"]] == [0, 0.5, 0.5, None]
    lost, half, running, _ = channel["programmes"]
    assert codes(lost)["catch-up"] == ["not-stored"]
    assert codes(half)["catch-up"] == codes(running)["start-over"] == []


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ({}, ["touches the start", "inside", "touches the end"]),
        ({"from": "2026-11-22T11:30:00Z"}, ["inside", "touches the end"]),
        ({"from": "2026-11-22T12:30:00+01:00", "to": "2026-11-22T16:59:00Z"}, ["inside"]),
        ({"to": "2026-11-22T11:30:00Z"}, ["ended at the start", "touches the start"]),
    ],
)
async def test_the_range_takes_in_what_overlaps_it(
    world: World, query: dict[str, str], titles: list[str]
) -> None:
    await world.channel("news")
    await world.programme("news", timedelta(minutes=-90), title="ended at the start")
    await world.programme("news", timedelta(minutes=-60), title="touches the start")
    await world.programme("news", timedelta(minutes=-30), HOUR, title="inside")
    await world.programme("news", timedelta(minutes=299), title="touches the end")
    (channel,) = await guide(world, **query)
    assert [item["title"] for item in channel["programmes"]] == titles


@pytest.mark.parametrize(
    ("query", "pointer", "detail"),
    [
        ({"from": "yesterday"}, "query/from", "datetime"),
        ({"from": "2026-11-22T12:00:00"}, "query/from", "offset"),
        ({"to": "2026-11-22T12:00:00"}, "query/to", "offset"),
        ({"from": "2026-11-22T12:00:00Z", "to": "2026-11-22T12:00:00Z"}, "query/to", "later than from"),
        ({"from": "2026-11-15T00:00:00Z", "to": "2026-11-22T00:00:01Z"}, "query/to", "at most 7 days"),
        ({"from": "9999-12-31T23:00:00Z"}, "query/from", "century"),
        ({"to": "0001-01-01T00:00:00Z"}, "query/to", "century"),
    ],
)
async def test_a_range_that_cannot_be_is_told_why(
    world: World, query: dict[str, str], pointer: str, detail: str
) -> None:
    answer = await world.as_(await world.viewer()).get("/api/v1/guide", params=query)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["pointer"] == pointer
    assert detail in error["detail"]


async def test_channels_without_a_schedule_are_there_too(world: World) -> None:
    await world.channel("later", 2)
    await world.channel("first", 1)
    await world.programme("unregistered", timedelta(0))
    channels = await guide(world)
    assert [(item["name"], item["programmes"]) for item in channels] == [("first", []), ("later", [])]


async def test_a_long_guide_takes_no_more_queries_than_a_short_one(
    world: World, connection: AsyncConnection
) -> None:
    await world.channel("news")
    await world.channel("cinema", 2)
    statements: list[str] = []
    event.listen(
        connection.sync_connection,
        "before_cursor_execute",
        lambda *arguments: statements.append(arguments[2]),
    )
    client = world.as_(await world.viewer())
    taken = []
    for number in range(2):
        statements.clear()
        await client.get("/api/v1/guide")
        taken.append(len([statement for statement in statements if statement.startswith("SELECT")]))
        for minutes in range(0, 300, 10):
            await world.programme("news", timedelta(minutes=minutes + number), timedelta(minutes=10))
    # One of them asks whether the sign-in still stands: nothing hears notices here.
    assert taken == [4, 4]


async def test_what_cannot_be_read_of_one_channel_does_not_take_the_guide_away(world: World) -> None:
    await world.product("premium", (None, "catch-up", 7))
    await world.channel("damaged")
    await world.channel("news", 2)
    world.journals.damaged.add("damaged")
    for channel in ("damaged", "news"):
        await world.programme(channel, -HOUR)
    damaged, news = await guide(world, "premium")
    assert [item["programmes"][0]["stored"] for item in (damaged, news)] == [None, 1]
    channels = (await world.as_(await world.viewer()).get("/api/v1/channels")).json()
    assert [item["ready"] for item in channels] == [False, True]
    assert (await world.as_operator().get("/internal/v1/channels/damaged")).status_code == 503
