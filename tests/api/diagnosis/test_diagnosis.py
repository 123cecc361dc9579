"""Why can't I watch this? Over HTTP: each check, who may ask, what they are shown."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from support.api_world import NOON, World
from telstar_api import models
from telstar_api.channels.stored import Span

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ORDER = [
    "account-inactive",
    "not-signed-in",
    "no-subscription",
    "under-maintenance",
    "payment-overdue",
    "base-product-missing",
    "not-subscribed",
    "right-not-included",
    "right-disabled",
    "outside-territory",
    "pin-required",
    "too-many-devices",
    "too-many-streams",
    "channel-stopped",
    "programme-not-started",
    "programme-ended",
    "not-stored",
    "open-streams",
    "channel-registered",
    "key-missing",
    "next-key",
    "stored-gaps",
    "stored-stale",
    "channel-not-ready",
    "player-errors",
]


@pytest.fixture
async def viewer(world: World) -> models.User:
    """Somebody who may everything on the channel `news`, which is in perfect order."""
    await world.product("everything", (None, "live", None), (None, "start-over", None), (None, "catch-up", 7))
    await world.channel("news")
    await world.key("news", -HOUR)
    world.cluster.ready("news")
    return await world.viewer("everything")


async def ask(world: World, who: models.User, status: int = 200, /, **query: Any) -> dict[str, Any]:
    query = {"channel": "news"} | query
    answer = await world.as_(who).get("/api/v1/diagnosis", params=query)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def check(found: dict[str, Any], code: str) -> dict[str, Any]:
    (only,) = [item for item in found["checks"] if item["code"] == code]
    return dict(only)


def failed(found: dict[str, Any]) -> list[str]:
    return [item["code"] for item in found["checks"] if not item["passed"]]


async def test_all_is_well_from_the_account_to_the_player(world: World, viewer: models.User) -> None:
    found = await ask(world, viewer)
    assert found["verdict"] == {"allowed": True, "message": "You may watch News live."}
    assert [item["code"] for item in found["checks"]] == ORDER
    assert failed(found) == []
    assert found["remedies"] == []


async def test_each_check_shows_what_it_saw(world: World, viewer: models.User) -> None:
    staff = await world.viewer(role="support")
    found = await ask(world, staff, user=viewer.email)
    assert check(found, "account-inactive")["facts"] == {
        "user_id": str(viewer.id),
        "email": viewer.email,
        "role": "subscriber",
        "created_at": check(found, "account-inactive")["facts"]["created_at"],
        "active": True,
    }
    (taken,) = check(found, "no-subscription")["facts"]["subscriptions"]
    assert (taken["product"], taken["state"]) == ("everything", "active")
    key = check(found, "key-missing")["facts"]
    assert (key["opens"], key["keys"], key["valid_from"]) == (True, 1, "2026-11-22T11:00:00Z")
    stored = check(found, "stored-gaps")["facts"]
    assert (stored["percent"], stored["gaps"], stored["from"]) == (100, [], "2026-11-22T10:59:56Z")
    assert check(found, "stored-stale")["facts"]["age_seconds"] == 4
    assert check(found, "channel-not-ready")["facts"]["conditions"][0]["type"] == "Ready"


@pytest.mark.parametrize("said", ["id", "email", "EMAIL"])
async def test_support_asks_about_anyone(world: World, viewer: models.User, said: str) -> None:
    staff = await world.viewer(role="support")
    user = {"id": str(viewer.id), "email": viewer.email, "EMAIL": viewer.email.upper()}[said]
    found = await ask(world, staff, user=user)
    assert found["verdict"]["message"] == f"{viewer.email} may watch News live."
    seen = (await world.session.scalars(select(models.AuditRecord))).one()
    assert (seen.action, seen.actor, seen.subject) == ("diagnosis.ask", str(staff.id), str(viewer.id))


async def test_a_viewer_asks_about_themself_only(world: World, viewer: models.User) -> None:
    other = await world.viewer()
    assert (await ask(world, viewer, user=viewer.email))["verdict"]["allowed"]
    known = await ask(world, viewer, 403, user=other.email)
    unknown = await ask(world, viewer, 403, user="nobody@example.com")
    assert known == unknown
    operator = await world.viewer(role="operator")
    await ask(world, operator, 403, user=other.email)
    assert (await world.as_(None).get("/api/v1/diagnosis", params={"channel": "news"})).status_code == 401
    assert (await world.session.scalars(select(models.AuditRecord))).all() == []


async def test_what_is_not_there_is_named(world: World, viewer: models.User) -> None:
    staff = await world.viewer(role="admin")
    assert "nobody@example.com" in (await ask(world, staff, 404, user="nobody@example.com"))["detail"]
    assert "nothing" in (await ask(world, viewer, 404, channel="nothing"))["detail"]
    programme = {"mode": "catch-up", "programme_id": str(uuid.uuid4())}
    assert "programme" in (await ask(world, viewer, 404, **programme))["detail"]
    assert (await ask(world, viewer, 422, mode="catch-up"))["errors"][0]["pointer"] == "query/programme_id"


async def test_the_first_cause_is_on_top_and_offers_follow_the_fixes(
    world: World, viewer: models.User
) -> None:
    await world.product("cheap", ("news", "live", None), price="1.00")
    nobody = await world.viewer()
    found = await ask(world, nobody)
    assert found["verdict"] == {"allowed": False, "message": "You have no subscription that includes News."}
    assert failed(found) == ["no-subscription", "not-subscribed"]
    assert [item["product_id"] for item in found["remedies"]] == [None, None, "cheap", "everything"]
    assert found["remedies"][2]["message"] == "Take Cheap for 1.00 EUR a month."
    staff = await world.viewer(role="support")
    told = await ask(world, staff, user=str(nobody.id))
    assert told["verdict"]["message"] == (
        f"{nobody.email} cannot watch News live: “You have no subscription that includes News.”"
    )


async def test_an_inactive_account_is_the_cause_whatever_else_is_wrong(
    world: World, viewer: models.User
) -> None:
    await world.channel("empty", 2, "Stopped", stored=None)
    inactive = await world.viewer(active=False)
    staff = await world.viewer(role="support")
    found = await ask(world, staff, user=inactive.email, channel="empty")
    assert "not active" in found["verdict"]["message"]
    assert {"channel-stopped", "not-stored", "not-subscribed"} <= set(failed(found))
    assert found["remedies"][0]["who"] == "support"


async def test_who_may_watch_is_told_what_is_wrong_all_the_same(world: World, viewer: models.User) -> None:
    world.clock.turn(5 * MINUTE)
    found = await ask(world, viewer)
    message = "You may watch News live, but something is wrong: The newest picture of News is 5 min 4 s old."
    assert found["verdict"] == {"allowed": True, "message": message}
    assert failed(found) == ["stored-stale"]


async def test_a_viewer_is_not_shown_the_installation(world: World, viewer: models.User) -> None:
    world.cluster.ready("news", "False", "CrashLooping", "secret-node-7 has no space left")
    found = await ask(world, viewer)
    assert failed(found) == ["channel-not-ready"]
    assert check(found, "channel-not-ready")["facts"] == {}
    assert "secret-node-7" not in str(found)
    assert "kubectl" not in str(found)
    assert found["remedies"][0]["who"] == "operator"
    told = await ask(world, await world.viewer(role="support"), user=viewer.email)
    assert "secret-node-7" in told["verdict"]["message"]
    assert told["remedies"][0]["message"].startswith("kubectl telstar diagnose news")


async def test_what_could_not_be_asked_is_said_to_be_unknown(world: World, viewer: models.User) -> None:
    world.cluster.fault = "Kubernetes did not answer within 2 s"
    world.journals.damaged.add("news")
    found = await ask(world, viewer)
    assert found["verdict"]["allowed"]
    assert failed(found) == ["stored-gaps", "stored-stale", "channel-not-ready"]
    assert all(check(found, code)["facts"]["known"] is False for code in failed(found))
    assert "Kubernetes" not in str(found)
    told = await ask(world, await world.viewer(role="support"), user=viewer.email)
    assert "did not answer" in check(told, "channel-not-ready")["message"]


async def test_a_key_that_is_missing_or_does_not_open_is_told(world: World, viewer: models.User) -> None:
    await world.channel("keyless", 2)
    assert "key-missing" in failed(await ask(world, viewer, channel="keyless"))
    await world.channel("foreign", 3)
    kid, _ = await world.key("foreign", -HOUR)
    (await world.session.get_one(models.DrmKey, kid)).wrapped_key = b"\0" * 24
    await world.session.flush()
    staff = await world.viewer(role="support")
    found = await ask(world, staff, user=viewer.email, channel="foreign")
    key = check(found, "key-missing")
    assert not key["passed"]
    assert "cannot be unwrapped" in key["message"]
    assert (key["facts"]["kid"], key["facts"]["opens"]) == (kid, False)


async def test_the_next_key_is_told_without_itself(world: World, viewer: models.User) -> None:
    kid, key = await world.key("news", MINUTE)
    found = await ask(world, await world.viewer(role="support"), user=viewer.email)
    assert check(found, "next-key")["facts"] == {"kid": kid, "from": "2026-11-22T12:01:00Z"}
    assert key.hex() not in str(found)


async def test_gaps_of_a_programme_are_listed(world: World, viewer: models.User) -> None:
    programme = await world.programme("news", -HOUR)
    world.journals.spans["news"] = [
        Span(NOON - 2 * HOUR, NOON - 50 * MINUTE),
        Span(NOON - 47 * MINUTE, NOON - timedelta(seconds=4)),
    ]
    found = await ask(world, viewer, mode="catch-up", programme_id=str(programme.id))
    gaps = check(found, "stored-gaps")
    assert gaps["facts"]["gaps"] == [{"start": "2026-11-22T11:10:00Z", "end": "2026-11-22T11:13:00Z"}]
    assert gaps["facts"]["percent"] == 90
    assert found["verdict"]["message"].startswith("You may catch up on “News”, but something is wrong: 90 %")


async def test_a_channel_that_has_just_begun_lacks_nothing(world: World, viewer: models.User) -> None:
    world.journals.spans["news"] = [Span(NOON - 8 * MINUTE, NOON - timedelta(seconds=4))]
    found = await ask(world, viewer)
    assert (
        check(found, "stored-gaps")["message"] == "All of the 7 min 56 s since the channel began is stored."
    )
    assert found["verdict"] == {"allowed": True, "message": "You may watch News live."}


async def test_player_errors_of_the_last_hour_are_shown(world: World, viewer: models.User) -> None:
    error = {"code": "bufferAppendError", "message": "", "at": "2026-11-22T12:00:00Z", "fatal": True}
    body = {"channel": "news", "mode": "live", "errors": [error, {**error, "code": "x", "fatal": False}]}
    assert (await world.as_(viewer).post("/api/v1/playback/errors", json=body)).status_code == 204
    found = await ask(world, viewer)
    assert failed(found) == ["player-errors"]
    assert [item["code"] for item in check(found, "player-errors")["facts"]["errors"]] == [
        "x",
        "bufferAppendError",
    ]
    assert "bufferAppendError" in found["verdict"]["message"]
    world.clock.turn(HOUR)
    world.clock.turn(MINUTE)
    assert check(await ask(world, viewer), "player-errors")["passed"]


async def test_who_never_came_back_is_signed_out(world: World, viewer: models.User) -> None:
    staff = await world.viewer(role="support")
    world.clock.turn(timedelta(days=31))
    found = await ask(world, staff, user=viewer.email)
    assert not check(found, "not-signed-in")["passed"]
    assert "signed in" in found["verdict"]["message"]


async def test_streams_that_are_open_are_listed(world: World, viewer: models.User) -> None:
    await world.watches(viewer, "elsewhere", sign_in=await world.sign_in(viewer))
    found = check(await ask(world, viewer), "open-streams")
    (stream,) = found["facts"]["streams"]
    assert (stream["channel"], stream["mode"], stream["device"]) == ("elsewhere", "live", "Firefox on Linux")
    assert found["message"] == "Now open: 1 stream."
