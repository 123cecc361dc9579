"""Stripe's webhooks: whether one is genuine, and what it says. Values only.

Signatures: https://docs.stripe.com/webhooks#verify-manually. Events: https://docs.stripe.com/api/events.
"""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from telstar_api.subscriptions.periods import decimals

TOLERANCE = timedelta(minutes=5)
"""How far a signature's time may be from ours."""
SCHEME = "v1"


class SignatureRefused(Exception):
    """The request is not from Stripe, or too old; the message says which."""


class Unreadable(Exception):
    """The body is not an event as Stripe sends them."""


class Said(StrEnum):
    """What concerns us of what Stripe says."""

    PAID = "invoice.paid"
    FAILED = "invoice.payment_failed"
    DELETED = "customer.subscription.deleted"


@dataclass(frozen=True, slots=True)
class Notice:
    """One event. `reference`: Stripe's subscription. `payment`: ours, where its metadata names it.

    `until`: the end of the period an invoice is for. `at`: when it happened.
    """

    id: str
    said: Said
    at: datetime
    reference: str
    payment: UUID | None = None
    until: datetime | None = None
    amount: Decimal | None = None
    currency: str | None = None
    invoice: str | None = None


def verify(secret: str, header: str, body: bytes, now: datetime) -> None:
    """Check a `Stripe-Signature`: `t=<seconds>,v1=<HMAC-SHA256 of "t.body">`.

    There are several v1 while a secret is being rolled; one that fits is enough. Raises SignatureRefused.
    """
    pairs = [item.strip().partition("=")[::2] for item in header.split(",")]
    times = [value for name, value in pairs if name == "t"]
    given = [value for name, value in pairs if name == SCHEME]
    # Eleven digits last until the year 5138.
    if (
        len(times) != 1
        or not (times[0].isascii() and times[0].isdecimal() and len(times[0]) <= 11)
        or not given
    ):
        raise SignatureRefused("The Stripe-Signature header must be t=<seconds>,v1=<signature>.")
    expected = hmac.new(secret.encode(), times[0].encode() + b"." + body, hashlib.sha256).hexdigest()
    if not any(hmac.compare_digest(expected.encode(), item.encode()) for item in given):
        raise SignatureRefused("The signature is not made with this endpoint's secret over this body.")
    if abs(now - datetime.fromtimestamp(int(times[0]), UTC)) > TOLERANCE:
        raise SignatureRefused("The signature is older than five minutes, or from the future.")


def read(body: bytes) -> Notice | None:
    """What an event says; None where it is of a kind that does not concern us. Raises Unreadable."""
    try:
        event = json.loads(body)
        if event["type"] not in set(Said):
            return None
        said, it = Said(event["type"]), event["data"]["object"]
        at = datetime.fromtimestamp(event["created"], UTC)
        return _deleted(event, it, at) if said is Said.DELETED else _invoice(event, said, it, at)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError) as error:
        raise Unreadable("The body is not an event as Stripe sends them.") from error


def _deleted(event: dict[str, Any], it: dict[str, Any], at: datetime) -> Notice:
    return Notice(str(event["id"]), Said.DELETED, at, str(it["id"]), _payment(it.get("metadata")))


def _invoice(event: dict[str, Any], said: Said, it: dict[str, Any], at: datetime) -> Notice | None:
    """An invoice of a subscription; None where it is of something else.

    Since version 2025-03-31 the subscription stands in `parent.subscription_details`, before that in
    `subscription` and `subscription_details`.
    """
    details = (it.get("parent") or {}).get("subscription_details") or it.get("subscription_details") or {}
    reference = details.get("subscription") or it.get("subscription")
    if not reference:
        return None
    ends = [item["period"]["end"] for item in it["lines"]["data"]]
    currency = str(it["currency"]).upper()
    minor = it["amount_paid"] if said is Said.PAID else it["amount_due"]
    return Notice(
        str(event["id"]),
        said,
        at,
        str(reference),
        _payment(details.get("metadata")),
        datetime.fromtimestamp(max(ends), UTC),
        Decimal(int(minor)).scaleb(-decimals(currency)),
        currency,
        str(it["id"]),
    )


def _payment(metadata: dict[str, Any] | None) -> UUID | None:
    named = (metadata or {}).get("telstar_payment")
    return UUID(named) if named else None
