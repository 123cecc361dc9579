"""How much an account may play at once, and how one device takes another's place."""

import uuid
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update
from support.api_world import NOON, sign_in_of
from support.on_air import OnAir
from telstar_api import models
from telstar_api.auth import passwords
from telstar_api.playback.devices import device_name
from telstar_api.playback.sessions import DEVICE_DAYS, SILENCE

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"
LIVE = {"channel": "news", "mode": "live"}


@pytest.fixture
async def limited(air: OnAir) -> models.Product:
    """The viewer's product allows two streams."""
    product = await air.world.session.get_one(models.Product, "everything")
    product.max_streams = 2
    await air.world.session.flush()
    return product


async def play(client: httpx.AsyncClient, **more: Any) -> httpx.Response:
    return await client.post("/api/v1/playback", json=LIVE | more, headers={"User-Agent": FIREFOX})


async def devices(air: OnAir, number: int) -> list[httpx.AsyncClient]:
    """The viewer's account on so many devices."""
    return [air.world.as_(air.viewer, await air.world.sign_in(air.viewer)) for _ in range(number)]


@pytest.mark.usefixtures("limited")
async def test_one_stream_too_many_is_told_what_is_in_the_way(air: OnAir) -> None:
    past = await air.world.programme("news", timedelta(minutes=-40), title="Late News")
    first, second, third = await devices(air, 3)
    live = (await play(first)).json()
    air.turn(timedelta(seconds=10))
    again = (await play(second, mode="catch-up", programme_id=str(past.id))).json()
    answer = await play(third)
    assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")
    told = answer.json()
    assert [reason["code"] for reason in told["reasons"]] == ["too-many-streams"]
    common = {"channel": "news", "device": "Firefox on Linux"}
    assert told["conflicts"] == [
        {"session_id": live["session_id"], "mode": "live", "programme": None, **common}
        | {"since": "2026-11-22T12:00:00Z"},
        {"session_id": again["session_id"], "mode": "catch-up", "programme": "Late News", **common}
        | {"since": "2026-11-22T12:00:10Z"},
    ]


@pytest.mark.usefixtures("limited")
async def test_a_place_is_free_again_once_a_session_ends_or_falls_silent(air: OnAir) -> None:
    first, second = (await air.play()).json(), (await air.play()).json()
    assert (await air.play()).status_code == 409
    await air.client().delete(f"/api/v1/playback/{first['session_id']}")
    third = (await air.play()).json()
    assert (await air.play()).status_code == 409
    air.turn(SILENCE)
    await air.client().post(f"/api/v1/playback/{third['session_id']}/heartbeat")
    assert (await air.play()).status_code == 409
    air.turn(timedelta(seconds=1))
    assert (await air.play()).status_code == 201
    assert second["session_id"]


@pytest.mark.usefixtures("limited")
async def test_taking_over_ends_the_other_and_tells_it_by_whom(air: OnAir) -> None:
    first, second, third = await devices(air, 3)
    lost, kept = (await play(first)).json(), (await play(second)).json()
    air.turn(timedelta(seconds=30))
    taker = await play(third, take_over=[lost["session_id"]])
    assert taker.status_code == 201
    ended_by = {
        "how": "taken-over",
        "at": "2026-11-22T12:00:30Z",
        "device": "Firefox on Linux",
        "session_id": taker.json()["session_id"],
    }
    beat = await first.post(f"/api/v1/playback/{lost['session_id']}/heartbeat")
    playlist = await air.get(lost["manifest_url"])
    for answer in (beat, playlist):
        assert (answer.status_code, answer.headers["content-type"]) == (410, "application/problem+json")
        assert answer.json()["ended_by"] == ended_by
        assert answer.json()["detail"] == "Firefox on Linux took this stream's place at 12:00 UTC."
    assert (await air.get(kept["manifest_url"])).status_code == 200
    assert (await air.get(taker.json()["manifest_url"])).status_code == 200


@pytest.mark.usefixtures("limited")
async def test_nobody_elses_session_is_taken_over_and_a_refusal_ends_none(air: OnAir) -> None:
    stranger = await air.world.viewer("everything")
    theirs = await air.world.watches(stranger, "news")
    mine = (await air.play()).json()
    for wanted in ([str(theirs.id)], [mine["session_id"], str(uuid.uuid4())]):
        assert (await play(air.client(), take_over=wanted)).status_code == 404
    refused = await play(
        air.client(),
        mode="start-over",
        take_over=[mine["session_id"]],
        programme_id=str((await air.world.programme("news", timedelta(hours=1))).id),
    )
    assert refused.status_code == 403
    assert (await air.get(mine["manifest_url"])).status_code == 200
    assert theirs.ended_at is None


async def test_taking_over_too_few_is_told_of_those_that_are_left(
    air: OnAir, limited: models.Product
) -> None:
    first, second = (await air.play()).json(), (await air.play()).json()
    limited.max_streams = 1
    await air.world.session.flush()
    answer = await play(air.client(), take_over=[first["session_id"]])
    assert answer.status_code == 409
    assert [item["session_id"] for item in answer.json()["conflicts"]] == [second["session_id"]]
    assert (await air.get(first["manifest_url"])).status_code == 200


async def test_with_another_reason_beside_it_is_a_refusal(air: OnAir, limited: models.Product) -> None:
    for _ in range(2):
        await air.play()
    (await air.world.session.get_one(models.Channel, "news")).state = "Stopped"
    await air.world.session.flush()
    answer = await air.play()
    assert answer.status_code == 403
    codes = [reason["code"] for reason in answer.json()["reasons"]]
    assert codes == ["too-many-streams", "channel-stopped"]


async def test_devices_are_the_sign_ins_played_on_lately(air: OnAir) -> None:
    (await air.world.session.get_one(models.Product, "everything")).max_devices = 2
    first, second, third = await devices(air, 3)
    for client in (first, second, first):
        session = (await play(client)).json()
        assert (await client.delete(f"/api/v1/playback/{session['session_id']}")).status_code == 204
    answer = await play(third)
    assert answer.status_code == 409
    assert [reason["code"] for reason in answer.json()["reasons"]] == ["too-many-devices"]
    assert answer.json()["conflicts"] == []
    await air.world.session.execute(
        update(models.SignIn)
        .where(models.SignIn.id.in_(select(models.TstvSession.sign_in).limit(1)))
        .values(ended_at=NOON)
    )
    assert (await play(third)).status_code == 201


async def test_a_device_not_played_on_for_long_counts_no_more(air: OnAir) -> None:
    (await air.world.session.get_one(models.Product, "everything")).max_devices = 1
    first, second = await devices(air, 2)
    session = (await play(first)).json()
    assert (await first.delete(f"/api/v1/playback/{session['session_id']}")).status_code == 204
    seen = update(models.TstvSession).values(last_seen_at=NOON - DEVICE_DAYS + timedelta(seconds=1))
    await air.world.session.execute(seen)
    assert (await play(second)).status_code == 409
    await air.world.session.execute(update(models.TstvSession).values(last_seen_at=NOON - DEVICE_DAYS))
    assert (await play(second)).status_code == 201


async def test_signing_out_ends_what_is_played_there(air: OnAir) -> None:
    session = (await air.play()).json()
    sign_in = await air.world.session.get_one(models.SignIn, sign_in_of(air.viewer.id))
    sign_in.ended_at = NOON
    await air.world.session.flush()
    answer = await air.get(session["manifest_url"])
    assert answer.status_code == 410
    assert answer.json()["ended_by"]["how"] == "signed-out"


@pytest.mark.parametrize("how", ["deactivated", "deleted"])
async def test_an_account_that_goes_ends_its_sessions(air: OnAir, how: str) -> None:
    session = (await air.play()).json()
    if how == "deleted":
        await air.world.session.delete(air.viewer)
    else:
        air.viewer.active = False
    await air.world.session.flush()
    answer = await air.get(session["manifest_url"])
    assert answer.status_code == (403 if how == "deleted" else 410)


async def test_a_blackout_that_begins_refuses_the_next_playlist_with_its_reason(air: OnAir) -> None:
    match = await air.world.programme("news", timedelta(minutes=1), title="The Match")
    match.live = "disabled"
    await air.world.session.flush()
    path = await air.manifest()
    assert (await air.get(path)).status_code == 200
    air.turn(timedelta(minutes=1))
    answer = await air.get(path)
    assert answer.status_code == 403
    assert [reason["code"] for reason in answer.json()["reasons"]] == ["right-disabled"]
    assert (await air.play()).status_code == 403


async def test_the_pin_counts_for_the_session_it_was_given_for(air: OnAir) -> None:
    air.viewer.age_limit, air.viewer.pin_hash = 12, passwords.hash_password("2468")
    air.world.session.add(models.ChannelPolicy(channel="news", age=16))
    await air.world.session.flush()
    for pin in ({}, {"pin": "1357"}):
        answer = await play(air.client(), **pin)
        assert answer.status_code == 403
        assert [reason["code"] for reason in answer.json()["reasons"]] == ["pin-required"]
    session = await play(air.client(), pin="2468")
    assert session.status_code == 201
    assert (await air.get(session.json()["manifest_url"])).status_code == 200
    stored = (await air.world.session.scalars(select(models.TstvSession))).one()
    assert stored.pin_given is True
    assert (await play(air.client())).status_code == 403


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (FIREFOX, "Firefox on Linux"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1) Version/18.1 Safari/604.1",
            "Safari on iPhone",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0) Chrome/131.0 Safari/537 Edg/131.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (Linux; Android 15) Chrome/131.0 Mobile Safari/537",
            "Chrome on Android",
        ),
        ("kodi/21.1\x00", "kodi/21.1"),
        ("", "another device"),
    ],
)
def test_devices_are_called_what_people_call_them(user_agent: str, name: str) -> None:
    assert device_name(user_agent) == name
