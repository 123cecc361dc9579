"""What viewers see of channels."""

from datetime import timedelta

from support.api_world import NOON, World


async def test_nobody_sees_channels_without_signing_in(world: World) -> None:
    answer = await world.as_(None).get("/api/v1/channels")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_channels_come_by_number_with_what_is_on_now(world: World) -> None:
    await world.product("everything", (None, "live", None))
    await world.channel("second", 2)
    await world.channel("first", 1)
    await world.programme("first", timedelta(minutes=-30), title="Just over")
    on = await world.programme("first", timedelta(0), title="Now on")
    await world.programme("first", timedelta(minutes=30), title="Next")
    answer = await world.as_(await world.viewer("everything")).get("/api/v1/channels")
    first, second = answer.json()
    assert (first["name"], first["display_name"], first["number"], first["state"]) == (
        "first",
        "First",
        1,
        "Running",
    )
    assert first["now"]["id"] == str(on.id)
    assert first["now"]["start"] == "2026-11-22T12:00:00Z"
    assert first["actions"] == {"live": {"allowed": True, "reasons": []}}
    assert (second["name"], second["now"]) == ("second", None)


async def test_a_channel_is_ready_while_its_newest_slot_is_as_young_as_a_live_ones(world: World) -> None:
    await world.channel("news")
    client = world.as_(await world.viewer())
    newest = NOON - timedelta(seconds=4)
    for age, ready in ((14, True), (14.001, False)):
        world.clock.time = newest + timedelta(seconds=age)
        assert (await client.get("/api/v1/channels")).json()[0]["ready"] is ready


async def test_a_stopped_or_never_stored_channel_is_not_ready(world: World) -> None:
    await world.channel("stopped", 1, state="Stopped")
    await world.channel("fresh", 2, stored=None)
    answer = await world.as_(await world.viewer()).get("/api/v1/channels")
    assert [(item["name"], item["ready"]) for item in answer.json()] == [("stopped", False), ("fresh", False)]


async def test_refused_live_says_why(world: World) -> None:
    await world.channel("news", state="Stopped")
    (channel,) = (await world.as_(await world.viewer()).get("/api/v1/channels")).json()
    assert channel["actions"]["live"] == {
        "allowed": False,
        "reasons": [
            {"code": "not-subscribed", "message": "You have no subscription that includes News."},
            {"code": "channel-stopped", "message": "News is not on air."},
        ],
    }
