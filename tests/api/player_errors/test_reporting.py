"""Players report their state and errors, over HTTP."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from support.api_world import NOON
from support.on_air import OnAir
from telstar_api import models
from telstar_api.player_errors.service import KEPT, MOST_OF_A_VIEWER

ERROR = {"code": "fragLoadError", "message": "timed out", "at": "2026-11-22T11:59:58Z", "fatal": True}


async def rows(air: OnAir) -> list[models.PlayerError]:
    statement = select(models.PlayerError).order_by(models.PlayerError.id)
    return list(
        (await air.world.session.scalars(statement, execution_options={"populate_existing": True})).all()
    )


async def session(air: OnAir) -> str:
    return str((await air.play()).json()["session_id"])


async def beat(air: OnAir, session_id: str, body: Any) -> int:
    answer = await air.client().post(f"/api/v1/playback/{session_id}/heartbeat", json=body)
    return answer.status_code


async def test_a_heartbeat_tells_how_the_player_is(air: OnAir) -> None:
    session_id = await session(air)
    body = {"position": "2026-11-22T11:59:50Z", "state": "buffering", "errors": [ERROR]}
    assert await beat(air, session_id, body) == 200
    watched = (await air.world.session.scalars(select(models.TstvSession))).one()
    await air.world.session.refresh(watched)
    assert (watched.position, watched.player_state) == (NOON - timedelta(seconds=10), "buffering")
    (kept,) = await rows(air)
    assert (kept.user_id, str(kept.session_id), kept.channel, kept.mode) == (
        air.viewer.id,
        session_id,
        "news",
        "live",
    )
    assert (kept.code, kept.message, kept.fatal) == ("fragLoadError", "timed out", True)
    assert (kept.at, kept.noted_at) == (NOON - timedelta(seconds=2), NOON)


async def test_a_heartbeat_may_say_nothing(air: OnAir) -> None:
    session_id = await session(air)
    assert await beat(air, session_id, {}) == 200
    assert (await air.client().post(f"/api/v1/playback/{session_id}/heartbeat")).status_code == 200
    assert await rows(air) == []


@pytest.mark.parametrize(
    "body",
    [
        {"state": "dancing"},
        {"errors": [ERROR] * 11},
        {"errors": [{**ERROR, "code": ""}]},
        {"errors": [{**ERROR, "message": "x" * 2001}]},
        {"errors": [{**ERROR, "at": "2026-11-22T12:00:00"}]},
        {"errors": [{"code": "x"}]},
    ],
)
async def test_a_report_that_is_too_much_is_told_where(air: OnAir, body: dict[str, Any]) -> None:
    assert await beat(air, await session(air), body) == 422
    assert await rows(air) == []


async def test_nobody_reports_into_anybody_elses_session(air: OnAir) -> None:
    other = air.client(await air.world.viewer("everything"))
    path = f"/api/v1/playback/{await session(air)}/heartbeat"
    assert (await other.post(path, json={"errors": [ERROR]})).status_code == 404
    assert await rows(air) == []


async def test_an_error_without_a_session_is_kept_too(air: OnAir) -> None:
    body = {"channel": "news", "mode": "live", "errors": [{**ERROR, "code": "no-eme"}]}
    answer = await air.client().post("/api/v1/playback/errors", json=body)
    assert answer.status_code == 204
    (kept,) = await rows(air)
    assert (kept.session_id, kept.channel, kept.mode, kept.code) == (None, "news", "live", "no-eme")


async def test_errors_want_a_viewer_and_something_to_say(air: OnAir) -> None:
    body = {"errors": [ERROR]}
    assert (await air.world.as_(None).post("/api/v1/playback/errors", json=body)).status_code == 401
    assert (await air.client().post("/api/v1/playback/errors", json={"errors": []})).status_code == 422


async def test_no_token_of_a_message_is_kept(air: OnAir) -> None:
    address = await air.manifest()
    token = address.split("/")[4]
    message = f"GET http://telstar.test{address} failed"
    body = {"errors": [{**ERROR, "code": token, "message": message}]}
    assert (await air.client().post("/api/v1/playback/errors", json=body)).status_code == 204
    (kept,) = await rows(air)
    assert token not in kept.message + kept.code
    assert "/news/live/index.m3u8" in kept.message


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("0001-01-01T00:00:00+14:00", NOON - KEPT),
        ("9999-12-31T23:59:59-14:00", NOON),
    ],
)
async def test_a_player_s_clock_may_say_anything(air: OnAir, said: str, kept: Any) -> None:
    assert await beat(air, await session(air), {"position": said, "errors": [{**ERROR, "at": said}]}) == 200
    assert [row.at for row in await rows(air)] == [kept]


async def test_whoever_writes_prunes_what_is_older_than_a_week(air: OnAir) -> None:
    body = {"errors": [ERROR]}
    await air.client().post("/api/v1/playback/errors", json=body)
    other = await air.world.viewer("everything")
    air.world.clock.turn(KEPT)
    await air.client(other).post("/api/v1/playback/errors", json=body)
    assert [row.user_id for row in await rows(air)] == [air.viewer.id, other.id]
    air.world.clock.turn(timedelta(seconds=1))
    await air.client(other).post("/api/v1/playback/errors", json=body)
    assert [row.user_id for row in await rows(air)] == [other.id, other.id]


async def test_of_one_viewer_only_so_many_are_kept(air: OnAir) -> None:
    other = await air.world.viewer("everything")
    await air.client(other).post("/api/v1/playback/errors", json={"errors": [ERROR]})
    for part in range(MOST_OF_A_VIEWER // 10 + 1):
        body = {"errors": [{**ERROR, "code": f"{part}-{each}"} for each in range(10)]}
        assert (await air.client().post("/api/v1/playback/errors", json=body)).status_code == 204
    found = await rows(air)
    codes = [row.code for row in found if row.user_id == air.viewer.id]
    assert (len(codes), codes[0], codes[-1]) == (MOST_OF_A_VIEWER, "1-0", f"{MOST_OF_A_VIEWER // 10}-9")
    assert len([row for row in found if row.user_id == other.id]) == 1
