"""Managing subscriptions over HTTP; dates and money are proven on paper in test_changes.py."""

import uuid
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from support.api_world import NOON, World
from telstar_api import models
from telstar_api.subscriptions import repository

PATH = "/api/v1/subscriptions"
DAY = timedelta(days=1)


async def take(me: httpx.AsyncClient, product: str, **more: Any) -> dict[str, Any]:
    answer = await me.post(PATH, json={"product_id": product, **more})
    assert answer.status_code == 201, answer.text
    taken: dict[str, Any] = answer.json()
    return taken


async def in_force(me: httpx.AsyncClient) -> list[str]:
    return [item["product_id"] for item in (await me.get(PATH)).json()]


async def paid(me: httpx.AsyncClient) -> list[tuple[str, str, str]]:
    payments = (await me.get("/api/v1/payments")).json()
    return [(item["status"], item["amount"]["amount"], item["credit"]["amount"]) for item in payments][::-1]


async def test_the_catalogue_says_what_is_an_add_on_how_long_it_may_be_tried_and_what_it_limits(
    shop: World, me: httpx.AsyncClient
) -> None:
    products = {item["id"]: item for item in (await me.get("/api/v1/products")).json()}
    assert products["sports"]["add_on_to"] == ["basic", "premium"]
    assert products["basic"]["add_on_to"] == []
    assert (products["trial"]["trial_days"], products["basic"]["grace_days"]) == (14, 3)
    assert products["basic"]["limits"] == {"streams": None, "devices": None, "height": None}


async def test_where_nothing_is_due_nothing_is_charged(
    me: httpx.AsyncClient,
) -> None:
    taken = await take(me, "trial")
    assert (taken["state"], taken["paid_until"], taken["trial_ends_at"]) == ("active", None, None)
    assert await paid(me) == []


async def test_taking_is_paid_for_by_the_month(billed: World, me: httpx.AsyncClient) -> None:
    taken = await take(me, "basic", payment_method="pm_demo_visa")
    assert (taken["state"], taken["counts"], taken["needs"]) == ("active", True, [])
    assert (taken["paid_until"], taken["grace_until"]) == ("2026-12-22T12:00:00Z", "2026-12-25T12:00:00Z")
    assert taken["price"] == {"amount": "4.99", "currency": "EUR"}
    done = await billed.pass_time(timedelta(days=30) - timedelta(minutes=30))
    assert (done.renewed, done.unpaid, done.ended, done.failed) == (1, 0, 0, 0)
    (taken,) = (await me.get(PATH)).json()
    assert taken["paid_until"] == "2027-01-22T12:00:00Z"
    assert (await billed.pass_time(timedelta(0))).renewed == 0
    assert await paid(me) == [("settled", "4.99", "0.00")] * 2


async def test_what_is_declined_is_not_taken_and_is_on_record(billed: World, me: httpx.AsyncClient) -> None:
    answer = await me.post(PATH, json={"product_id": "basic", "payment_method": "pm_demo_declined"})
    assert answer.status_code == 402
    assert answer.json()["amount"] == {"amount": "4.99", "currency": "EUR"}
    assert "another payment method" in answer.json()["detail"]
    assert await in_force(me) == []
    assert await paid(me) == [("declined", "4.99", "0.00")]
    billed.clock.turn(timedelta(seconds=1))
    await take(me, "basic")
    assert await paid(me) == [("declined", "4.99", "0.00"), ("settled", "4.99", "0.00")]
    keys = list(await billed.session.scalars(select(models.Payment.idempotency_key)))
    assert len(set(keys)) == 2


async def test_what_is_pending_is_not_charged_again(billed: World, me: httpx.AsyncClient) -> None:
    body = {"product_id": "basic", "payment_method": "pm_demo_pending"}
    first, second = [await me.post(PATH, json=body) for _ in range(2)]
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json() == second.json()
    assert await in_force(me) == []
    assert await paid(me) == [("pending", "4.99", "0.00")]


async def test_a_trial_costs_nothing_and_then_does(billed: World, me: httpx.AsyncClient) -> None:
    taken = await take(me, "trial")
    assert (taken["state"], taken["trial_ends_at"]) == ("trialing", "2026-12-06T12:00:00Z")
    assert await paid(me) == []
    await billed.pass_time(14 * DAY)
    (taken,) = (await me.get(PATH)).json()
    assert (taken["state"], taken["paid_until"]) == ("active", "2027-01-06T12:00:00Z")


async def test_cancelling_and_resuming(billed: World, me: httpx.AsyncClient) -> None:
    taken = await take(me, "basic")
    cancelled = (await me.post(f"{PATH}/{taken['id']}/cancel")).json()
    assert (cancelled["state"], cancelled["ends_at"]) == ("cancelled", taken["paid_until"])
    assert (await me.post(f"{PATH}/{taken['id']}/cancel")).json() == cancelled
    assert (await me.post(f"{PATH}/{taken['id']}/resume")).json() == taken
    assert (await me.post(f"{PATH}/{taken['id']}/resume")).status_code == 409


async def test_taking_what_is_cancelled_resumes_it(billed: World, me: httpx.AsyncClient) -> None:
    taken = await take(me, "basic")
    await me.post(f"{PATH}/{taken['id']}/cancel")
    again = await me.post(PATH, json={"product_id": "basic"})
    assert (again.status_code, again.json()) == (200, taken)


async def test_where_nothing_is_due_cancelling_leaves_the_month(shop: World, me: httpx.AsyncClient) -> None:
    taken = await take(me, "basic")
    shop.clock.turn(40 * DAY)
    cancelled = (await me.post(f"{PATH}/{taken['id']}/cancel")).json()
    assert cancelled["ends_at"] == "2027-01-22T12:00:00Z"
    assert await in_force(me) == ["basic"]
    shop.clock.turn(21 * DAY)
    assert await in_force(me) == []


async def test_an_upgrade_is_previewed_then_comes_at_once(billed: World, me: httpx.AsyncClient) -> None:
    taken = await take(me, "basic")
    await billed.pass_time(15 * DAY)
    preview = (await me.get(f"{PATH}/{taken['id']}/change", params={"product_id": "premium"})).json()
    assert preview == {
        "product_id": "premium",
        "name": "Premium",
        "effective_at": "2026-12-07T12:00:00Z",
        "at_once": True,
        "price": {"amount": "14.99", "currency": "EUR"},
        "credit": {"amount": "2.50", "currency": "EUR"},
        "due_now": {"amount": "12.49", "currency": "EUR"},
        "stops": [],
    }
    changed = await me.post(f"{PATH}/{taken['id']}/change", json={"product_id": "premium"})
    assert (changed.status_code, changed.json()["product_id"]) == (200, "premium")
    assert await in_force(me) == ["premium"]
    assert (await paid(me))[1:] == [("settled", "12.49", "2.50")]


async def test_an_upgrade_that_is_declined_changes_nothing(billed: World, me: httpx.AsyncClient) -> None:
    taken = await take(me, "basic")
    body = {"product_id": "premium", "payment_method": "pm_demo_declined"}
    assert (await me.post(f"{PATH}/{taken['id']}/change", json=body)).status_code == 402
    assert (await me.get(PATH)).json() == [taken]


async def test_taking_in_anothers_place_is_a_change(billed: World, me: httpx.AsyncClient) -> None:
    taken = await take(me, "basic")
    await take(me, "premium", replaces=taken["id"])
    assert await in_force(me) == ["premium"]


async def test_a_downgrade_carries_its_date(billed: World, me: httpx.AsyncClient) -> None:
    taken = await take(me, "premium")
    later = (await me.post(f"{PATH}/{taken['id']}/change", json={"product_id": "basic"})).json()
    assert (later["state"], later["starts_at"], later["counts"]) == ("upcoming", taken["paid_until"], False)
    (now,) = (await me.get(PATH)).json()
    assert now["next"] == {
        "product_id": "basic",
        "name": "Basic",
        "subscription_id": later["id"],
        "effective_at": "2026-12-22T12:00:00Z",
    }
    back = await me.post(f"{PATH}/{taken['id']}/change", json={"product_id": "premium"})
    assert back.json() == taken
    await me.post(f"{PATH}/{taken['id']}/change", json={"product_id": "basic"})
    await billed.pass_time(30 * DAY - timedelta(minutes=30))
    assert await in_force(me) == ["premium"]
    billed.clock.turn(timedelta(minutes=30))
    assert await in_force(me) == ["basic"]


async def test_going_back_works_also_off_sale(billed: World, me: httpx.AsyncClient) -> None:
    taken = await take(me, "premium")
    await me.post(f"{PATH}/{taken['id']}/change", json={"product_id": "basic"})
    (await billed.session.get_one(models.Product, "premium")).on_sale = False
    await billed.session.flush()
    assert (await me.post(f"{PATH}/{taken['id']}/change", json={"product_id": "premium"})).json() == taken


async def test_what_is_overdue_is_shown_and_can_be_paid(billed: World, me: httpx.AsyncClient) -> None:
    taken = await take(me, "basic", payment_method="pm_demo_once")
    assert (await billed.pass_time(30 * DAY)).unpaid == 1
    (overdue,) = (await me.get(PATH)).json()
    assert (overdue["state"], overdue["counts"]) == ("past-due", True)
    assert (await billed.pass_time(3 * DAY)).unpaid == 1
    assert await in_force(me) == []
    (waiting,) = (await me.get(PATH, params={"history": True})).json()
    assert (waiting["state"], waiting["counts"]) == ("unpaid", False)
    answer = await me.post(f"{PATH}/{taken['id']}/pay", json={"payment_method": "pm_demo_declined"})
    assert answer.status_code == 402
    answer = await me.post(f"{PATH}/{taken['id']}/pay", json={"payment_method": "pm_demo_visa"})
    assert (answer.json()["state"], answer.json()["paid_until"]) == ("active", "2027-01-25T12:00:00Z")
    await billed.pass_time(31 * DAY)
    assert await in_force(me) == ["basic"]
    assert (await me.post(f"{PATH}/{taken['id']}/pay", json={})).status_code == 409


async def test_taking_what_waits_unpaid_pays_for_it(billed: World, me: httpx.AsyncClient) -> None:
    taken = await take(me, "strict", payment_method="pm_demo_once")
    await billed.pass_time(31 * DAY)
    again = await me.post(PATH, json={"product_id": "strict", "payment_method": "pm_demo_visa"})
    assert (again.status_code, again.json()["id"], again.json()["state"]) == (200, taken["id"], "active")


async def test_an_add_on_alone_is_refused_with_an_offer_of_both(billed: World, me: httpx.AsyncClient) -> None:
    answer = await me.post(PATH, json={"product_id": "sports"})
    assert answer.status_code == 409
    assert "take one of these first: basic, premium" in answer.json()["detail"]
    assert answer.json()["offers"] == [
        {
            "product_id": "sports",
            "name": "Sports",
            "price": {"amount": amount, "currency": "EUR"},
            "base": {"product_id": base, "name": base.title()},
        }
        for base, amount in (("basic", "10.99"), ("premium", "20.99"))
    ]


async def test_an_add_on_without_its_base_says_what_it_needs(billed: World, me: httpx.AsyncClient) -> None:
    base = await take(me, "basic")
    await billed.pass_time(10 * DAY)
    add_on = await take(me, "sports")
    preview = await me.get(f"{PATH}/{base['id']}/change", params={"product_id": "strict"})
    assert preview.json()["stops"] == [{"product_id": "sports", "name": "Sports"}]
    await me.post(f"{PATH}/{base['id']}/cancel")
    await billed.pass_time(21 * DAY)
    (left,) = (await me.get(PATH)).json()
    assert (left["product_id"], left["counts"], left["needs"]) == ("sports", False, ["basic", "premium"])
    events = (await me.get(f"{PATH}/{add_on['id']}")).json()["events"]
    assert [event["kind"] for event in events] == ["taken", "base-ends"]
    assert (await billed.pass_time(10 * DAY)).ended == 1
    assert await in_force(me) == []


async def test_all_there_ever_was_is_listed_with_its_history(billed: World, me: httpx.AsyncClient) -> None:
    taken = await take(me, "basic")
    await me.post(f"{PATH}/{taken['id']}/change", json={"product_id": "premium"})
    listed = (await me.get(PATH, params={"history": True})).json()
    assert sorted((item["product_id"], item["state"]) for item in listed) == [
        ("basic", "ended"),
        ("premium", "active"),
    ]
    history = (await me.get(f"{PATH}/{taken['id']}")).json()
    assert [(event["kind"], event["at"]) for event in history["events"]] == [
        ("taken", "2026-11-22T12:00:00Z"),
        ("replaced", "2026-11-22T12:00:00Z"),
    ]
    assert "payment_method" not in str(history)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("POST", "/cancel", None),
        ("POST", "/resume", None),
        ("GET", "/change?product_id=premium", None),
        ("POST", "/change", {"product_id": "premium"}),
        ("POST", "/pay", {}),
    ],
)
async def test_other_peoples_subscriptions_are_as_if_there_were_none(
    billed: World, me: httpx.AsyncClient, method: str, path: str, body: Any
) -> None:
    theirs = await take(billed.as_(await billed.viewer()), "basic")
    answers = [
        await me.request(method, f"{PATH}/{one}{path}", json=body) for one in (theirs["id"], uuid.uuid4())
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()


async def test_replacing_somebody_elses_is_not_found(billed: World, me: httpx.AsyncClient) -> None:
    theirs = await take(billed.as_(await billed.viewer()), "basic")
    answer = await me.post(PATH, json={"product_id": "premium", "replaces": theirs["id"]})
    assert answer.status_code == 404
    assert await in_force(me) == []


@pytest.mark.parametrize("path", ["/change", "/change?product_id=nonsense"])
async def test_a_change_to_nothing_is_refused(billed: World, me: httpx.AsyncClient, path: str) -> None:
    taken = await take(me, "basic")
    assert (await me.get(f"{PATH}/{taken['id']}{path}")).status_code == (404 if "=" in path else 422)


async def test_the_history_is_append_only(billed: World, me: httpx.AsyncClient) -> None:
    await take(me, "basic")
    for statement in (
        "UPDATE subscription_events SET kind = 'ended'",
        "DELETE FROM subscription_events",
        "TRUNCATE subscription_events",
    ):
        with pytest.raises(IntegrityError, match="append-only"):
            async with billed.session.begin_nested():
                await billed.session.execute(text(statement))


async def test_the_history_replayed_gives_the_rows(
    billed: World, user: models.User, me: httpx.AsyncClient
) -> None:
    await billed.subscription(user, "strict")  # was there before any history was kept
    (old,) = (await me.get(PATH)).json()
    await me.post(f"{PATH}/{old['id']}/cancel")
    basic = await take(me, "basic", payment_method="pm_demo_once")
    await take(me, "sports")
    premium = await take(me, "premium", replaces=basic["id"])
    await me.post(f"{PATH}/{premium['id']}/change", json={"product_id": "basic"})
    await billed.pass_time(31 * DAY)
    await billed.pass_time(3 * DAY)
    held = await repository.held(billed.session, user.id)
    assert len(held) == 5
    assert await repository.replayed(billed.session, user.id) == {item.id: item for item in held}


async def test_an_account_that_is_deleted_leaves_its_payments_and_history(
    billed: World, user: models.User, me: httpx.AsyncClient
) -> None:
    await take(me, "basic")
    await billed.session.delete(await billed.session.get_one(models.User, user.id))
    await billed.session.flush()
    for table in (models.SubscriptionEvent, models.Payment):
        assert await billed.session.scalar(select(table.user_id)) == user.id
    assert await billed.session.scalar(select(models.UserSubscription.id)) is None
    assert billed.clock.now() == NOON
