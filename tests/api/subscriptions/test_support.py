"""What support sees and does, and what is noted of it."""

import uuid
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select
from support.api_world import World
from telstar_api import models

BODY = {"reason": "an outage of two days"}


def path(user: models.User) -> str:
    return f"/api/v1/admin/users/{user.id}/subscriptions"


async def took(me: httpx.AsyncClient, product: str = "basic") -> str:
    taken: str = (await me.post("/api/v1/subscriptions", json={"product_id": product})).json()["id"]
    return taken


async def noted(world: World) -> list[tuple[str, str, dict[str, object]]]:
    rows = await world.session.scalars(select(models.AuditRecord).order_by(models.AuditRecord.id))
    mine = [row for row in rows if row.action.startswith("subscriptions.")]
    return [(row.action, row.actor, row.facts) for row in mine]


async def test_support_sees_everything_a_viewer_has(
    billed: World, user: models.User, me: httpx.AsyncClient
) -> None:
    taken = await took(me)
    staff = billed.as_(await billed.viewer(role="support"))
    seen = (await staff.get(path(user))).json()
    assert seen["user_id"] == str(user.id)
    assert [(item["id"], [event["kind"] for event in item["events"]]) for item in seen["subscriptions"]] == [
        (taken, ["taken"])
    ]
    assert [item["status"] for item in seen["payments"]] == ["settled"]


@pytest.mark.parametrize(("at_once", "state"), [(False, "cancelled"), (True, "ended")])
async def test_support_cancels_with_a_reason(
    billed: World, user: models.User, me: httpx.AsyncClient, at_once: bool, state: str
) -> None:
    taken = await took(me)
    staff = await billed.viewer(role="support")
    billed.clock.turn(timedelta(minutes=1))
    answer = await billed.as_(staff).post(
        f"{path(user)}/{taken}/cancel", json={"reason": "asked by phone", "at_once": at_once}
    )
    assert answer.json()["state"] == state
    facts = {"subscription": taken, "product": "basic", "at_once": at_once, "reason": "asked by phone"}
    assert await noted(billed) == [("subscriptions.cancel", str(staff.id), facts)]


async def test_support_gives_days(billed: World, user: models.User, me: httpx.AsyncClient) -> None:
    taken = await took(me)
    staff = await billed.viewer(role="support")
    answer = await billed.as_(staff).post(f"{path(user)}/{taken}/extend", json={**BODY, "days": 2})
    assert answer.json()["paid_until"] == "2026-12-24T12:00:00Z"
    ((action, _, facts),) = await noted(billed)
    assert (action, facts["days"], facts["reason"]) == ("subscriptions.extend", 2, BODY["reason"])
    events = (await me.get(f"/api/v1/subscriptions/{taken}")).json()["events"]
    assert events[-1]["notes"] == {"days": 2.0, "reason": BODY["reason"]}


async def test_what_cannot_be_is_not_noted(shop: World, user: models.User, me: httpx.AsyncClient) -> None:
    taken = await took(me)
    staff = shop.as_(await shop.viewer(role="support"))
    assert (await staff.post(f"{path(user)}/{taken}/extend", json={**BODY, "days": 2})).status_code == 409
    assert await noted(shop) == []


@pytest.mark.parametrize(
    "body",
    [{}, {"reason": ""}, {"reason": "two\nlines", "days": 1}, {**BODY, "days": 0}, {**BODY, "days": 999}],
)
async def test_days_need_a_reason_and_a_number(
    shop: World, user: models.User, me: httpx.AsyncClient, body: dict[str, object]
) -> None:
    taken = await took(me)
    staff = shop.as_(await shop.viewer(role="support"))
    assert (await staff.post(f"{path(user)}/{taken}/extend", json=body)).status_code == 422


@pytest.mark.parametrize(("role", "status"), [("subscriber", 403), ("operator", 403), ("admin", 200)])
async def test_only_support_and_admins_may(
    shop: World, user: models.User, me: httpx.AsyncClient, role: str, status: int
) -> None:
    taken = await took(me)
    staff = shop.as_(await shop.viewer(role=role))
    assert (await staff.get(path(user))).status_code == status
    assert (await staff.post(f"{path(user)}/{taken}/cancel", json=BODY)).status_code == status


async def test_an_account_or_subscription_that_is_not_there_is_not_found(
    shop: World, user: models.User, me: httpx.AsyncClient
) -> None:
    staff = shop.as_(await shop.viewer(role="support"))
    theirs = await took(shop.as_(await shop.viewer()))
    assert (await staff.get(f"/api/v1/admin/users/{uuid.uuid4()}/subscriptions")).status_code == 404
    for someone, taken in ((user.id, theirs), (uuid.uuid4(), theirs)):
        where = f"/api/v1/admin/users/{someone}/subscriptions/{taken}/cancel"
        assert (await staff.post(where, json=BODY)).status_code == 404
