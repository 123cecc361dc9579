"""Playback sessions over HTTP."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from support.api_world import NOON
from support.on_air import OnAir
from telstar_api import models
from telstar_api.playback.sessions import HEARTBEAT, SILENCE, token_hash

HALF_HOUR = timedelta(minutes=30)
SECOND = timedelta(seconds=1)


async def test_live_begins_with_all_a_player_needs(air: OnAir) -> None:
    answer = await air.play()
    assert answer.status_code == 201
    session = answer.json()
    assert session["license_url"] == "/api/v1/drm/license"
    assert session["heartbeat_seconds"] == 30
    assert session["manifest_url"].startswith("/api/v1/tstv/")
    assert session["manifest_url"].endswith("/news/live/index.m3u8")
    assert (await air.get(session["manifest_url"])).status_code == 200


async def test_a_running_programme_is_started_over_and_a_past_one_caught_up_on(air: OnAir) -> None:
    running = await air.world.programme("news", timedelta(minutes=-10))
    past = await air.world.programme("news", timedelta(minutes=-40))
    assert (await air.manifest("start-over", running)).endswith(f"/news/start-over/{running.id}/index.m3u8")
    assert (await air.manifest("catch-up", past)).endswith(f"/news/catch-up/{past.id}/index.m3u8")


async def test_of_the_token_only_the_digest_is_kept(air: OnAir) -> None:
    token = (await air.manifest()).split("/")[4]
    row = (await air.world.session.scalars(select(models.TstvSession))).one()
    assert row.token_hash == token_hash(token)
    stored = await air.world.session.scalar(text("SELECT tstv_sessions::text FROM tstv_sessions"))
    assert token not in stored
    assert (row.user_id, row.channel, row.mode, row.created_at) == (air.viewer.id, "news", "live", NOON)


async def test_nobody_plays_without_signing_in(air: OnAir) -> None:
    answer = await air.world.as_(None).post("/api/v1/playback", json={"channel": "news", "mode": "live"})
    assert answer.status_code == 401


async def test_a_refusal_names_every_reason_and_what_would_help(air: OnAir) -> None:
    nobody = await air.world.viewer()
    answer = await air.client(nobody).post("/api/v1/playback", json={"channel": "news", "mode": "live"})
    assert answer.status_code == 403
    assert [reason["code"] for reason in answer.json()["reasons"]] == ["not-subscribed"]
    assert [offer["product_id"] for offer in answer.json()["offers"]] == ["everything"]


@pytest.mark.parametrize(
    ("mode", "start", "code"),
    [
        ("start-over", timedelta(minutes=-40), "programme-ended"),
        ("start-over", timedelta(minutes=10), "programme-not-started"),
        ("catch-up", timedelta(minutes=-10), "programme-running"),
        ("catch-up", timedelta(hours=-3), "not-stored"),
    ],
)
async def test_a_programme_at_the_wrong_time_is_refused(
    air: OnAir, mode: str, start: timedelta, code: str
) -> None:
    answer = await air.play(mode, await air.world.programme("news", start))
    assert answer.status_code == 403
    assert [reason["code"] for reason in answer.json()["reasons"]] == [code]
    assert answer.json()["offers"] == []


async def test_a_channel_that_has_stored_nothing_is_refused_as_the_list_of_channels_says(air: OnAir) -> None:
    await air.world.channel("fresh", 2, stored=None)
    answer = await air.client().post("/api/v1/playback", json={"channel": "fresh", "mode": "live"})
    assert answer.status_code == 403
    assert [reason["code"] for reason in answer.json()["reasons"]] == ["not-stored"]
    fresh = (await air.client().get("/api/v1/channels")).json()[1]
    assert [reason["code"] for reason in fresh["actions"]["live"]["reasons"]] == ["not-stored"]


async def test_what_is_not_there_cannot_be_played(air: OnAir) -> None:
    await air.world.channel("other", 2, stored=None)
    elsewhere = await air.world.programme("other", timedelta(minutes=-10))
    for body in (
        {"channel": "nothing", "mode": "live"},
        {"channel": "news", "mode": "catch-up", "programme_id": str(uuid.uuid4())},
        {"channel": "news", "mode": "start-over", "programme_id": str(elsewhere.id)},
    ):
        assert (await air.client().post("/api/v1/playback", json=body)).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"channel": "news", "mode": "start-over"},
        {"channel": "news", "mode": "catch-up"},
        {"channel": "news", "mode": "live", "programme_id": str(uuid.uuid4())},
        {"channel": "news", "mode": "recording"},
        {"channel": "news", "mode": "catch-up", "programme_id": "12"},
        {"mode": "live"},
    ],
)
async def test_a_request_that_does_not_fit_together_is_told_where(air: OnAir, body: dict[str, str]) -> None:
    answer = await air.client().post("/api/v1/playback", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith("body")


async def test_heartbeats_keep_a_session_alive(air: OnAir) -> None:
    session = (await air.play()).json()
    for _ in range(3 * SILENCE // HEARTBEAT):
        air.turn(HEARTBEAT)
        beat = await air.client().post(f"/api/v1/playback/{session['session_id']}/heartbeat")
        assert (beat.status_code, beat.json()) == (200, {"next_key": None})
    assert (await air.get(session["manifest_url"])).status_code == 200


@pytest.mark.parametrize(("mode", "told"), [("live", True), ("start-over", True), ("catch-up", False)])
async def test_a_heartbeat_tells_the_next_key_until_it_is_in_force(air: OnAir, mode: str, told: bool) -> None:
    start = {"live": None, "start-over": -10, "catch-up": -40}[mode]
    programme = None if start is None else await air.world.programme("news", timedelta(minutes=start))
    path = f"/api/v1/playback/{(await air.play(mode, programme)).json()['session_id']}/heartbeat"

    async def heard() -> dict[str, str] | None:
        beat = await air.client().post(path)
        assert beat.status_code == 200
        found: dict[str, str] | None = beat.json()["next_key"]
        return found

    await air.world.key("news")
    assert await heard() is None
    await air.world.key("news", timedelta(minutes=15))
    await air.world.key("other", timedelta(minutes=1))
    kid, _ = await air.world.key("news", timedelta(minutes=1))
    expected = {"kid": kid, "from": "2026-11-22T12:01:00Z"}
    assert await heard() == (expected if told else None)
    air.turn(timedelta(minutes=1))
    assert (await heard() or {}).get("from") == ("2026-11-22T12:15:00Z" if told else None)


async def test_a_session_that_was_silent_is_over(air: OnAir) -> None:
    session = (await air.play()).json()
    air.turn(SILENCE)
    assert (await air.get(session["manifest_url"])).status_code == 200
    air.turn(SECOND)
    answer = await air.get(session["manifest_url"])
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
    assert "heartbeats" in answer.json()["detail"]
    beat = await air.client().post(f"/api/v1/playback/{session['session_id']}/heartbeat")
    assert beat.status_code == 404


async def test_a_session_that_was_ended_is_gone(air: OnAir) -> None:
    session = (await air.play()).json()
    path = f"/api/v1/playback/{session['session_id']}"
    for _ in range(2):
        assert (await air.client().delete(path)).status_code == 204
    assert (await air.client().post(f"{path}/heartbeat")).status_code == 410
    answer = await air.get(session["manifest_url"])
    assert (answer.status_code, answer.headers["content-type"]) == (410, "application/problem+json")


async def test_nobody_touches_anybody_elses_session(air: OnAir) -> None:
    path = f"/api/v1/playback/{(await air.play()).json()['session_id']}"
    other = air.client(await air.world.viewer("everything"))
    assert (await other.post(f"{path}/heartbeat")).status_code == 404
    assert (await other.delete(path)).status_code == 404
    assert (await air.client().post(f"{path}/heartbeat")).status_code == 200


async def test_a_token_opens_its_own_window_only(air: OnAir) -> None:
    await air.world.channel("other", 2, stored=None)
    running = await air.world.programme("news", timedelta(minutes=-10))
    live, over = await air.manifest(), await air.manifest("start-over", running)
    token = live.split("/")[4]
    for path in (
        live.replace("/news/", "/other/"),
        over.replace(over.split("/")[4], token),
        live.replace(token, over.split("/")[4]),
        over.replace("start-over", "catch-up"),
        over.replace(str(running.id), str(uuid.uuid4())),
        live.replace(token, "x" * 43),
    ):
        answer = await air.get(path)
        assert answer.status_code == 403, path
        assert token not in answer.text


async def test_a_right_that_ends_ends_the_session_and_one_taken_opens_it_again(air: OnAir) -> None:
    viewer = await air.world.viewer()
    await air.world.subscription(viewer, "everything", ends=NOON + timedelta(minutes=1))
    body = {"channel": "news", "mode": "live"}
    session = (await air.client(viewer).post("/api/v1/playback", json=body)).json()
    air.turn(timedelta(minutes=1))
    answer = await air.get(session["manifest_url"])
    assert answer.status_code == 403
    assert [reason["code"] for reason in answer.json()["reasons"]] == ["not-subscribed"]
    assert [offer["product_id"] for offer in answer.json()["offers"]] == ["everything"]
    await air.world.subscription(viewer, "everything")
    assert (await air.get(session["manifest_url"])).status_code == 200


async def test_a_stopped_channel_is_refused_live(air: OnAir) -> None:
    path = await air.manifest()
    (await air.world.session.get_one(models.Channel, "news")).state = "Stopped"
    await air.world.session.flush()
    answer = await air.get(path)
    assert answer.status_code == 403
    assert [reason["code"] for reason in answer.json()["reasons"]] == ["channel-stopped"]


async def test_what_is_deleted_is_not_found(air: OnAir) -> None:
    programme = await air.world.programme("news", timedelta(minutes=-10))
    over, live = await air.manifest("start-over", programme), await air.manifest()
    await air.world.session.delete(programme)
    await air.world.session.flush()
    assert (await air.get(over)).status_code == 404
    await air.world.session.delete(await air.world.session.get_one(models.Channel, "news"))
    await air.world.session.flush()
    assert (await air.get(live)).status_code == 404


async def ask_as_the_edge(air: OnAir, path: str) -> tuple[int, bytes]:
    answer = await air.world.as_(None).get("/internal/playback/authorize", headers={"X-Original-URI": path})
    return answer.status_code, answer.content


async def test_the_edge_is_told_yes_or_no(air: OnAir) -> None:
    session = (await air.play()).json()
    path = session["manifest_url"]
    for allowed in (path, path.replace("index", "720p"), f"{path}?x=1"):
        assert await ask_as_the_edge(air, allowed) == (204, b"")
    for refused in ("", "/", path.replace("live", "lives"), path.replace("/news/", "/other/"), path[:-1]):
        assert (await ask_as_the_edge(air, refused))[0] == 403
    air.turn(SILENCE + SECOND)
    assert (await ask_as_the_edge(air, path))[0] == 403


@pytest.mark.parametrize("how", ["ended", "stopped", "channel deleted", "right lost"])
async def test_whatever_the_reason_the_edge_is_told_403(air: OnAir, how: str) -> None:
    session = (await air.play()).json()
    rows = air.world.session
    match how:
        case "ended":
            await air.client().delete(f"/api/v1/playback/{session['session_id']}")
        case "stopped":
            (await rows.get_one(models.Channel, "news")).state = "Stopped"
        case "channel deleted":
            await rows.delete(await rows.get_one(models.Channel, "news"))
        case "right lost":
            for row in await rows.scalars(select(models.UserSubscription)):
                await rows.delete(row)
    await rows.flush()
    status, body = await ask_as_the_edge(air, session["manifest_url"])
    assert status == 403
    assert b"detail" in body
