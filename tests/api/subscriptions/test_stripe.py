"""Stripe's webhooks: signatures by its published scheme, and events said twice, late or in another order."""

import dataclasses
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from support.api_world import NOON, World
from telstar_api import models
from telstar_api.subscriptions import stripe
from telstar_api.subscriptions.payments import StripePayments
from telstar_api.subscriptions.stripe import SignatureRefused, Unreadable

SECRET = "whsec_0123456789abcdefghijklmnop"
PATH = "/api/v1/payments/webhooks/stripe"
MONTH = timedelta(days=30)

# echo -n '1795348800.{"id":"evt_1"}' | openssl dgst -sha256 -hmac whsec_0123456789abcdefghijklmnop
BODY = b'{"id":"evt_1"}'
SIGNED_AT = 1795348800  # NOON
BY_HAND = "900f5f7de9ed586f837180a0df71a892d9982dfaa58561777bb24348ce244b2a"


def sign(body: bytes, at: datetime, secret: str = SECRET) -> str:
    stamp = int(at.timestamp())
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={digest}"


def test_a_signature_made_with_openssl_is_accepted() -> None:
    assert NOON.timestamp() == SIGNED_AT
    stripe.verify(SECRET, f"t={SIGNED_AT},v1={BY_HAND}", BODY, NOON)
    stripe.verify(SECRET, f"t={SIGNED_AT}, v0=old, v1={'0' * 64}, v1={BY_HAND}", BODY, NOON)


@pytest.mark.parametrize("seconds", [-300, 300])
def test_five_minutes_are_tolerated(seconds: int) -> None:
    stripe.verify(SECRET, f"t={SIGNED_AT},v1={BY_HAND}", BODY, NOON + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("header", "body", "late"),
    [
        ("", BODY, 0),
        ("nonsense", BODY, 0),
        (f"v1={BY_HAND}", BODY, 0),
        (f"t={SIGNED_AT}", BODY, 0),
        (f"t={SIGNED_AT},v0={BY_HAND}", BODY, 0),
        (f"t={SIGNED_AT},t={SIGNED_AT},v1={BY_HAND}", BODY, 0),
        (f"t={SIGNED_AT + 1},v1={BY_HAND}", BODY, 0),
        (f"t=+{SIGNED_AT},v1={BY_HAND}", BODY, 0),
        (f"t={'9' * 400},v1={BY_HAND}", BODY, 0),
        (f"t={SIGNED_AT},v1={BY_HAND.upper()}", BODY, 0),
        (f"t={SIGNED_AT},v1={BY_HAND[:-1]}", BODY, 0),
        (f"t={SIGNED_AT},v1=ü", BODY, 0),
        (f"t={SIGNED_AT},v1={BY_HAND}", BODY + b" ", 0),
        (f"t={SIGNED_AT},v1={BY_HAND}", BODY, 301),
        (f"t={SIGNED_AT},v1={BY_HAND}", BODY, -301),
    ],
)
def test_anything_else_is_refused(header: str, body: bytes, late: int) -> None:
    with pytest.raises(SignatureRefused):
        stripe.verify(SECRET, header, body, NOON + timedelta(seconds=late))
    with pytest.raises(SignatureRefused):
        stripe.verify("whsec_another_endpoints_secret", f"t={SIGNED_AT},v1={BY_HAND}", BODY, NOON)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"type":[]}',
        b'{"type":"invoice.paid"}',
        b'{"type":"invoice.paid","created":1e400,"data":{"object":{}}}',
        b'{"type":"customer.subscription.deleted","id":"e","created":1,"data":{"object":{"id":"s","metadata":{"telstar_payment":"x"}}}}',
    ],
)
def test_what_is_no_event_cannot_be_read(body: bytes) -> None:
    with pytest.raises(Unreadable):
        stripe.read(body)


def invoice(
    number: int, said: str, until: datetime, payment: str | None = None, old: bool = False
) -> dict[str, Any]:
    """An invoice event with the fields that matter and some that do not; of before 2025-03-31 if old."""
    details = {"metadata": {"telstar_payment": payment} if payment else {}}
    return {
        "id": f"evt_{number}",
        "object": "event",
        "type": f"invoice.{said}",
        "created": int(NOON.timestamp()) + number,
        "livemode": False,
        "data": {
            "object": {
                "id": f"in_{number}",
                "object": "invoice",
                "currency": "eur",
                "amount_due": 499,
                "amount_paid": 499 if said == "paid" else 0,
                "lines": {"data": [{"period": {"start": 1, "end": int(until.timestamp())}}]},
                **(
                    {"subscription": "sub_1", "subscription_details": details}
                    if old
                    else {"parent": {"subscription_details": {"subscription": "sub_1", **details}}}
                ),
            }
        },
    }


def deleted(number: int) -> dict[str, Any]:
    return {
        "id": f"evt_{number}",
        "type": "customer.subscription.deleted",
        "created": int(NOON.timestamp()) + number,
        "data": {"object": {"id": "sub_1", "metadata": {}}},
    }


@pytest.fixture
def stripe_billed(shop: World, tmp_path: Path) -> World:
    """An API that Stripe bills for."""
    (tmp_path / "secret").write_text(SECRET + "\n")
    values = shop.context.settings.model_dump() | {
        "billing": "stripe",
        "stripe_webhook_secret_file": tmp_path / "secret",
    }
    settings = type(shop.context.settings)(**values)
    shop.context = dataclasses.replace(shop.context, settings=settings)
    shop.charge_with(StripePayments())
    return shop


async def tell(world: World, event: dict[str, Any]) -> str:
    body = json.dumps(event).encode()
    headers = {"Stripe-Signature": sign(body, world.clock.now()), "Content-Type": "application/json"}
    answer = await world.as_(None).post(PATH, content=body, headers=headers)
    assert answer.status_code == 200, answer.text
    outcome: str = answer.json()["outcome"]
    return outcome


async def ordered(me: httpx.AsyncClient, product: str = "basic") -> str:
    answer = await me.post("/api/v1/subscriptions", json={"product_id": product})
    assert answer.status_code == 202
    payment: str = answer.json()["payment_id"]
    return payment


async def states(me: httpx.AsyncClient) -> list[tuple[str, str, str | None]]:
    listed = (await me.get("/api/v1/subscriptions", params={"history": True})).json()
    return [(item["product_id"], item["state"], item["paid_until"]) for item in listed]


async def test_webhooks_are_off_without_a_secret(shop: World) -> None:
    answer = await shop.as_(None).post(PATH, content=b"{}", headers={"Stripe-Signature": sign(b"{}", NOON)})
    assert answer.status_code == 404


async def test_what_is_not_signed_changes_nothing(stripe_billed: World, me: httpx.AsyncClient) -> None:
    payment = await ordered(me)
    body = json.dumps(invoice(1, "paid", NOON + MONTH, payment)).encode()
    for header in ("", sign(body, NOON, "whsec_somebody_elses_secret")):
        answer = await stripe_billed.as_(None).post(PATH, content=body, headers={"Stripe-Signature": header})
        assert answer.status_code == 400
    assert await states(me) == []


@pytest.mark.parametrize("old", [False, True])
async def test_what_was_ordered_is_taken_once_stripe_says_it_is_paid(
    stripe_billed: World, me: httpx.AsyncClient, old: bool
) -> None:
    payment = await ordered(me)
    event = invoice(1, "paid", NOON + MONTH, payment, old)
    assert [await tell(stripe_billed, event) for _ in range(3)] == ["applied", "duplicate", "duplicate"]
    assert await states(me) == [("basic", "active", "2026-12-22T12:00:00Z")]
    (paid,) = (await me.get("/api/v1/payments")).json()
    assert (paid["id"], paid["status"], paid["amount"]["amount"]) == (payment, "settled", "4.99")


async def test_renewals_and_the_end_are_stripes_to_tell(stripe_billed: World, me: httpx.AsyncClient) -> None:
    await tell(stripe_billed, invoice(1, "paid", NOON + MONTH, await ordered(me)))
    assert (await stripe_billed.pass_time(MONTH)).renewed == 0
    assert await tell(stripe_billed, invoice(2, "payment_failed", NOON + 2 * MONTH)) == "applied"
    assert await states(me) == [("basic", "past-due", "2026-12-22T12:00:00Z")]
    assert await tell(stripe_billed, invoice(3, "paid", NOON + 2 * MONTH)) == "applied"
    assert await states(me) == [("basic", "active", "2027-01-21T12:00:00Z")]
    assert await tell(stripe_billed, deleted(4)) == "applied"
    assert await states(me) == [("basic", "ended", "2027-01-21T12:00:00Z")]
    assert len((await me.get("/api/v1/payments")).json()) == 2


async def test_what_is_out_of_order_takes_nothing_back(stripe_billed: World, me: httpx.AsyncClient) -> None:
    first, second = NOON + MONTH, NOON + 2 * MONTH
    await tell(stripe_billed, invoice(1, "paid", first, await ordered(me)))
    assert await tell(stripe_billed, invoice(4, "paid", second)) == "applied"
    assert await tell(stripe_billed, invoice(2, "payment_failed", second)) == "ignored"
    assert await tell(stripe_billed, invoice(3, "paid", first)) == "ignored"
    assert await states(me) == [("basic", "active", "2027-01-21T12:00:00Z")]
    assert await tell(stripe_billed, deleted(6)) == "applied"
    assert await tell(stripe_billed, invoice(5, "paid", NOON + 3 * MONTH)) == "ignored"
    assert await tell(stripe_billed, deleted(7)) == "ignored"
    assert [state for _, state, _ in await states(me)] == ["ended"]


async def test_an_end_that_comes_before_its_payment_leaves_the_money_to_be_given_back(
    stripe_billed: World, me: httpx.AsyncClient
) -> None:
    payment = await ordered(me)
    assert await tell(stripe_billed, deleted(2)) == "ignored"
    assert await tell(stripe_billed, invoice(1, "paid", NOON + MONTH, payment)) == "applied"
    assert await states(me) == []
    (row,) = await stripe_billed.session.scalars(select(models.Payment))
    assert (row.status, row.unapplied) == ("settled", True)


async def test_a_first_failure_can_still_be_paid(stripe_billed: World, me: httpx.AsyncClient) -> None:
    payment = await ordered(me)
    assert await tell(stripe_billed, invoice(1, "payment_failed", NOON + MONTH, payment)) == "applied"
    assert [item["status"] for item in (await me.get("/api/v1/payments")).json()] == ["declined"]
    assert await tell(stripe_billed, invoice(2, "paid", NOON + MONTH, payment)) == "applied"
    assert [state for _, state, _ in await states(me)] == ["active"]


async def test_what_is_not_ours_is_ignored(stripe_billed: World) -> None:
    other = {"id": "evt_9", "type": "charge.refunded", "created": 1, "data": {"object": {"id": "ch_1"}}}
    assert await tell(stripe_billed, other) == "ignored"
    assert await tell(stripe_billed, invoice(1, "paid", NOON)) == "ignored"


async def test_what_stripe_bills_is_cancelled_there(stripe_billed: World, me: httpx.AsyncClient) -> None:
    await tell(stripe_billed, invoice(1, "paid", NOON + MONTH, await ordered(me)))
    (taken,) = (await me.get("/api/v1/subscriptions")).json()
    answer = await me.post(f"/api/v1/subscriptions/{taken['id']}/cancel")
    assert answer.status_code == 409
    assert "billed by the payment provider" in answer.json()["detail"]


async def test_a_trial_goes_on_when_stripe_is_paid(stripe_billed: World, me: httpx.AsyncClient) -> None:
    answer = await me.post("/api/v1/subscriptions", json={"product_id": "trial"})
    assert (answer.status_code, answer.json()["state"]) == (201, "trialing")
    assert (await stripe_billed.pass_time(timedelta(days=14) - timedelta(minutes=30))).unpaid == 1
    (pending,) = (await me.get("/api/v1/payments")).json()
    assert pending["status"] == "pending"
    now = stripe_billed.clock.now()
    assert await tell(stripe_billed, invoice(1, "paid", now + MONTH, pending["id"])) == "applied"
    assert await states(me) == [("trial", "trialing", (now + MONTH).isoformat().replace("+00:00", "Z"))]
