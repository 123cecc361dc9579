"""The port to whoever moves the money, and the demo's adapter."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class Outcome(StrEnum):
    """What became of a charge."""

    SETTLED = "settled"
    DECLINED = "declined"
    PENDING = "pending"  # the provider tells later, by webhook


@dataclass(frozen=True, slots=True)
class Order:
    """An amount to be charged to a payment method.

    `payment`: our id of it. `key`: the same for the same charge tried again after a crash, so that the
    provider charges once (its idempotency key); another one after a decline. `recurring`: nobody is there to
    be asked.
    """

    payment: UUID
    key: str
    amount: Decimal
    currency: str
    method: str | None
    recurring: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the provider said, for `reason` in a sentence when it declined."""

    outcome: Outcome
    reason: str = ""


class Payments(Protocol):
    """Whoever moves the money."""

    @property
    def name(self) -> str:
        """What the payments table calls it."""

    async def charge(self, order: Order) -> Receipt:
        """Charge, or ask to. Must answer within ten seconds; a charge it cannot tell of is pending."""


class DemoPayments:
    """Settles at once and moves no money; what it answers depends on the payment method's token alone.

    `pm_demo_declined` is declined always, `pm_demo_once` when it is charged again for a renewal;
    `pm_demo_pending` stays pending. Every other token, and none, is good.
    """

    name = "demo"

    async def charge(self, order: Order) -> Receipt:
        """Look at the token."""
        if order.method == "pm_demo_pending":
            return Receipt(Outcome.PENDING)
        if order.method == "pm_demo_declined" or (order.method == "pm_demo_once" and order.recurring):
            return Receipt(Outcome.DECLINED, "The card was declined.")
        return Receipt(Outcome.SETTLED)


class StripePayments:
    """Stripe charges by itself, at its checkout, and tells by webhook: every charge begins pending.

    The checkout is the shop's: it puts the payment's id as `telstar_payment` into the metadata of the Stripe
    subscription. No request leaves the API.
    """

    name = "stripe"

    async def charge(self, order: Order) -> Receipt:
        """Wait for the webhook."""
        return Receipt(Outcome.PENDING, f"waits for the checkout of payment {order.payment}")
