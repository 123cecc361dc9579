"""What a viewer has taken, as what happened to it makes it. Values only.

Nothing changes a subscription but an event; `replay` of all events gives what there is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from telstar_api.entitlement import facts
from telstar_api.entitlement.facts import State
from telstar_api.subscriptions.periods import NOTHING, next_end, part

LEAD = timedelta(hours=1)
"""How long before a paid period's end the next one is charged, so that nothing is missing in between."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A product, how long it may be tried, and how long it goes on unpaid."""

    product: facts.Product
    trial: timedelta = timedelta(0)
    grace: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Taken:
    """A subscription: the timeline of the right (`starts`, `ends`), and that of its payment.

    Paid from `paid_from` until `paid_until` (None: nothing is ever due) at `price`; months are counted from
    `billed_from`. `due`: when it is charged next, or given up; None: never. `replaces`: the subscription
    that this one began in place of. `method`: the payment method's token. `reference`: the provider's own
    name of a subscription that the provider renews by itself.
    """

    id: UUID
    plan: Plan
    starts: datetime
    ends: datetime | None = None
    trial_ends: datetime | None = None
    paid_from: datetime | None = None
    paid_until: datetime | None = None
    price: Decimal | None = None
    billed_from: datetime | None = None
    due: datetime | None = None
    cancelled: datetime | None = None
    replaces: UUID | None = None
    method: str | None = None
    reference: str | None = None

    @property
    def product(self) -> facts.Product:
        """What was taken."""
        return self.plan.product

    def state(self, now: datetime) -> State:
        """Where it stands, as entitlement judges it."""
        return facts.Subscription(
            self.product,
            self.starts,
            self.ends,
            self.trial_ends,
            self.paid_until,
            self.plan.grace,
            self.cancelled,
        ).state(now)

    def counts(self, now: datetime) -> bool:
        """Whether it gives rights now (an add-on: beside its base)."""
        return self.state(now).counts

    def period_ends(self, now: datetime) -> datetime:
        """Until when it runs if it goes on no further: the trial's or the paid period's end, not before now.

        Where nothing is ever due: the end of the month under way, counted from the start.
        """
        if self.state(now) is State.TRIALING and self.trial_ends is not None:
            return self.trial_ends
        if self.paid_until is None:
            return next_end(self.starts, now)
        return max(now, self.paid_until)

    def grace_ends(self) -> datetime | None:
        """Until when it counts though unpaid; None: nothing is ever due."""
        return None if self.paid_until is None else self.paid_until + self.plan.grace

    def next_due(self) -> datetime | None:
        """When the next period is to be charged by us; None: by nobody, or by the provider itself."""
        return None if self.paid_until is None or self.reference else self.paid_until - LEAD

    def credit(self, now: datetime) -> Decimal:
        """What of the paid period's price is for the time that is left of it."""
        if self.price is None or self.paid_from is None or self.paid_until is None:
            return NOTHING
        return part(self.price, self.product.currency, (self.paid_from, self.paid_until), now)


class Kind(StrEnum):
    """What can happen to a subscription."""

    IMPORTED = "imported"  # was there before its history was kept
    TAKEN = "taken"
    SCHEDULED = "scheduled"  # will begin in another one's place
    REPLACED = "replaced"  # ends, or will end, for another one
    WITHDRAWN = "withdrawn"  # was scheduled and will not begin
    KEPT = "kept"  # goes on after all: its replacement was withdrawn
    RENEWED = "renewed"
    PAYMENT_FAILED = "payment-failed"
    PAYMENT_PENDING = "payment-pending"
    CANCELLED = "cancelled"
    RESUMED = "resumed"
    BASE_ENDS = "base-ends"  # an add-on's base ends or will end: from then on it does not count
    BASE_STAYS = "base-stays"
    EXTENDED = "extended"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at a moment; `sets` are fields of Taken, the first event sets all it needs.

    `notes`: what is worth knowing beside that, as JSON.
    """

    subscription: UUID
    kind: Kind
    at: datetime
    sets: Mapping[str, Any] = field(default_factory=dict)
    notes: Mapping[str, Any] = field(default_factory=dict)


def happened(held: Mapping[UUID, Taken], event: Event) -> dict[UUID, Taken]:
    """What there is after an event."""
    before = held.get(event.subscription)
    after = Taken(event.subscription, **event.sets) if before is None else replace(before, **event.sets)
    return {**held, event.subscription: after}


def replay(events: Iterable[Event], held: Mapping[UUID, Taken] | None = None) -> dict[UUID, Taken]:
    """What there is after all of these, in order."""
    found = dict(held or {})
    for event in events:
        found = happened(found, event)
    return found


def bases(held: Iterable[Taken], now: datetime) -> set[str]:
    """The base products in force."""
    return {item.product.id for item in held if not item.product.add_on_to and item.counts(now)}


def goes_on(item: Taken, now: datetime, at: datetime) -> bool:
    """Whether, from what is known now, it will be in force at a later moment: as if renewals were paid."""
    begun = item.counts(now) or (item.state(now) is State.UPCOMING and item.starts <= at)
    return begun and (item.ends is None or item.ends > at)


def scheduled(held: Iterable[Taken], instead_of: Taken, now: datetime) -> Taken | None:
    """What will begin in this subscription's place, if anything."""
    waiting = (item for item in held if item.replaces == instead_of.id)
    return next((item for item in waiting if item.state(now) is State.UPCOMING), None)


def baseless(held: Sequence[Taken], item: Taken, now: datetime) -> bool:
    """Whether this is an add-on that does not count for want of its base."""
    wanted = item.product.add_on_to
    return bool(wanted) and not wanted & bases(held, now)
