"""What becomes of subscriptions: what a viewer wishes, what a payment says, what time brings. Pure.

Each function looks at everything the viewer has and answers a Change: what happens, when it takes effect,
and what it costs now. What cannot be is raised as NotPossible with a sentence that says what to do.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from telstar_api.entitlement.facts import Product, State
from telstar_api.subscriptions.periods import NOTHING, next_end
from telstar_api.subscriptions.timeline import (
    LEAD,
    Event,
    Kind,
    Plan,
    Taken,
    bases,
    goes_on,
    replay,
    scheduled,
)

RETRY = timedelta(days=1)
"""How long after a charge failed it is tried again."""
GIVEN_UP = timedelta(days=30)
"""How long after its grace an unpaid subscription ends for good."""


class NotPossible(Exception):
    """The change cannot be; the message says why and what can be."""


class BaseMissing(NotPossible):
    """An add-on without any of its base products."""

    def __init__(self, product: Product) -> None:
        wanted = ", ".join(sorted(product.add_on_to))
        super().__init__(f"{product.name} is an add-on: take one of these first: {wanted}.")
        self.product = product


@dataclass(frozen=True, slots=True)
class Charge:
    """What is to be paid now: a period's price, less what is left of the one it takes the place of."""

    price: Decimal
    credit: Decimal
    currency: str

    @property
    def amount(self) -> Decimal:
        """What is charged, never less than nothing."""
        return max(NOTHING, self.price - self.credit)


@dataclass(frozen=True, slots=True)
class Change:
    """What happens, from when on, and for how much. `loses`: add-ons that count no more from then on."""

    events: tuple[Event, ...]
    effective: datetime
    charge: Charge | None = None
    loses: tuple[Product, ...] = ()


@dataclass(frozen=True, slots=True)
class Terms:
    """How something is taken: under which id, whether it is to be paid for, and with what.

    `reference`: see Taken. `until`: the first period's end, where the provider says it.
    """

    id: UUID
    billed: bool
    method: str | None = None
    reference: str | None = None
    until: datetime | None = None


def take(held: Sequence[Taken], plan: Plan, terms: Terms, now: datetime) -> Change:
    """Take a product beside what there is. The first time it has a trial if the product has one."""
    product = plan.product
    if product.add_on_to and not product.add_on_to & bases(held, now):
        raise BaseMissing(product)
    for item in held:
        if item.product.id == product.id and item.state(now) is State.UPCOMING:
            raise NotPossible(f"{product.name} begins on {item.starts:%Y-%m-%d %H:%M} UTC already.")
    fields, charge = _beginning(held, plan, terms, now, NOTHING)
    return Change((Event(terms.id, Kind.TAKEN, now, fields),), now, charge)


def change(held: Sequence[Taken], old: Taken, plan: Plan, terms: Terms, now: datetime) -> Change:
    """Put another product in a subscription's place.

    What costs as much or more comes at once, and the rest of the old period is credited; what costs less
    comes when the period is over. Its own product: whatever was scheduled is withdrawn.
    """
    _changeable(held, old, plan, now)
    back = _withdraw(held, old, now)
    if plan.product.id == old.product.id:
        if not back:
            raise NotPossible(f"{old.product.name} is what you have, and nothing else is scheduled.")
        return Change((*back, *_told(held, old, Kind.BASE_STAYS, now)), now)
    dearer = plan.product.price >= old.product.price
    effective = now if dearer else old.period_ends(now)
    lost = _lost(held, old, plan.product, now, effective)
    told = _tell(lost, Kind.BASE_ENDS, now, {"from": effective.isoformat()})
    ending = {"ends": effective, "cancelled": None, "due": None}
    replaced = Event(old.id, Kind.REPLACED, now, ending, {"by": plan.product.id})
    products = tuple(item.product for item in lost)
    if effective > now:
        begins = Event(terms.id, Kind.SCHEDULED, now, _later(plan, terms, old, effective))
        return Change((*back, replaced, begins, *told), effective, None, products)
    fields, charge = _beginning(held, plan, terms, now, old.credit(now))
    begins = Event(terms.id, Kind.TAKEN, now, {**fields, "replaces": old.id})
    return Change((*back, replaced, begins, *told), now, charge, products)


def cancel(held: Sequence[Taken], item: Taken, now: datetime) -> Change:
    """Let it run until the end of what is paid for, or of the trial; at once where that is over.

    Cancelling twice is cancelling once. What was scheduled in its place is withdrawn.
    """
    _ours(item)
    if item.cancelled is not None and item.counts(now):
        return Change((), item.ends or now)
    if item.state(now) in {State.ENDED, State.UPCOMING}:
        raise NotPossible(f"{item.product.name} is not running: there is nothing to cancel.")
    if item.ends is not None and scheduled(held, item, now) is None:
        raise NotPossible(f"{item.product.name} ends by itself on {item.ends:%Y-%m-%d %H:%M} UTC.")
    back = _withdraw(held, item, now)
    ends = item.period_ends(now)
    sets = {"cancelled": now, "ends": ends, "due": None}
    lost = _lost(held, item, None, now, ends)
    told = _tell(lost, Kind.BASE_ENDS, now, {"from": ends.isoformat()})
    events = (*back, Event(item.id, Kind.CANCELLED, now, sets), *told)
    return Change(events, ends, None, tuple(add_on.product for add_on in lost))


def resume(held: Sequence[Taken], item: Taken, now: datetime) -> Change:
    """Take a cancellation back before it has taken effect: as if it had never been."""
    _ours(item)
    if item.cancelled is None or not item.counts(now):
        raise NotPossible(f"{item.product.name} is not cancelled, or has ended: take it anew.")
    sets = {"cancelled": None, "ends": None, "due": item.next_due()}
    told = _told(held, item, Kind.BASE_STAYS, now)
    return Change((Event(item.id, Kind.RESUMED, now, sets), *told), now)


def pay(item: Taken, now: datetime, terms: Terms) -> Change:
    """The next period, for its price. Within grace it follows on the last one; after it, it begins now.

    Where the provider says the period's end, that counts; no earlier end is taken back.
    """
    if item.paid_until is None or item.state(now) is State.ENDED:
        raise NotPossible(f"Nothing is due for {item.product.name}.")
    late = item.paid_until + item.plan.grace <= now and terms.until is None
    start = now if late else item.paid_until
    anchor = now if late or item.billed_from is None else item.billed_from
    end = next_end(anchor, start) if terms.until is None else max(terms.until, item.paid_until)
    product = item.product
    paid: dict[str, Any] = {
        "paid_from": start,
        "paid_until": end,
        "billed_from": anchor,
        "price": product.price,
    }
    paid |= {"method": terms.method or item.method, "reference": terms.reference or item.reference}
    # An end that was set stays: what ends is not charged again.
    paid["due"] = None if item.ends else replace(item, **paid).next_due()
    events = (Event(item.id, Kind.RENEWED, now, paid),)
    return Change(events, start, Charge(product.price, NOTHING, product.currency))


def unpaid(item: Taken, now: datetime, kind: Kind, reason: str) -> Change:
    """A charge failed or is pending: tried again daily, and at the end of grace; then it waits unpaid.

    Unpaid for GIVEN_UP, it ends.
    """
    grace_ends = item.grace_ends()
    due = None
    if grace_ends is not None and not item.reference:
        due = min(now + RETRY, grace_ends) if now < grace_ends else grace_ends + GIVEN_UP
    return Change((Event(item.id, kind, now, {"due": due}, {"reason": reason}),), now)


def fall_due(held: Sequence[Taken], item: Taken, now: datetime) -> Change:
    """What is to be done with a subscription whose `due` has come: charge the next period, or end it.

    An add-on without its base is not renewed, and what has gone unpaid for too long is given up.
    """
    grace_ends = item.grace_ends()
    if grace_ends is not None and grace_ends + GIVEN_UP <= now:
        return end(held, item, now, "unpaid for too long")
    renews = max(now, item.paid_until or now)
    there = {base.product.id for base in held if not base.product.add_on_to and goes_on(base, now, renews)}
    if item.product.add_on_to and not item.product.add_on_to & there:
        return end(held, item, now, "its base product is not there any more", renews)
    return pay(item, now, Terms(item.id, billed=True))


def end(held: Sequence[Taken], item: Taken, now: datetime, reason: str, at: datetime | None = None) -> Change:
    """It ends, now or at this moment, whatever is paid for. What is scheduled in its place is withdrawn."""
    if item.ends is not None and item.ends <= (at or now):
        raise NotPossible(f"{item.product.name} ends on {item.ends:%Y-%m-%d %H:%M} UTC already.")
    ends = max(at or now, item.starts)
    lost = _lost(held, item, None, now, ends)
    told = _tell(lost, Kind.BASE_ENDS, now, {"from": ends.isoformat()})
    back = _withdraw(held, item, now)
    ended = Event(item.id, Kind.ENDED, now, {"ends": ends, "due": None}, {"reason": reason})
    return Change((*back, ended, *told), ends, None, tuple(add_on.product for add_on in lost))


def extend(held: Sequence[Taken], item: Taken, by: timedelta, now: datetime, reason: str) -> Change:
    """More time for nothing: the trial, the paid period and a cancelled subscription's end move on.

    What waits unpaid counts again from now on for this long.
    """
    _ours(item)
    if item.state(now) is State.ENDED or scheduled(held, item, now):
        raise NotPossible(f"{item.product.name} has ended or is about to be replaced: it cannot be extended.")
    if item.ends is None and item.paid_until is None:
        raise NotPossible(f"{item.product.name} runs without end: there is nothing to extend.")
    sets: dict[str, Any] = {}
    if item.state(now) is State.TRIALING and item.trial_ends is not None:
        sets["trial_ends"] = item.trial_ends + by
    if item.ends is not None:
        sets["ends"] = item.ends + by
    if item.paid_until is not None:
        paid_until = max(now, item.paid_until) + by
        sets |= {"paid_until": paid_until, "billed_from": paid_until}
        sets["due"] = None if item.ends else replace(item, paid_until=paid_until).next_due()
    event = Event(item.id, Kind.EXTENDED, now, sets, {"days": by / timedelta(days=1), "reason": reason})
    return Change((event,), now)


def _beginning(
    held: Sequence[Taken], plan: Plan, terms: Terms, now: datetime, credit: Decimal
) -> tuple[dict[str, Any], Charge | None]:
    """A new subscription's fields, and what its first period costs."""
    fields: dict[str, Any] = {"plan": plan, "starts": now}
    product = plan.product
    if not terms.billed or product.price == 0:
        return fields, None
    fields |= {"method": terms.method, "reference": terms.reference}
    tried = any(item.product.id == product.id and item.trial_ends is not None for item in held)
    if plan.trial and not tried:
        until = now + plan.trial
        fields |= {"trial_ends": until, "paid_until": until, "billed_from": until}
        charge = None
    else:
        until = terms.until or next_end(now, now)
        fields |= {"paid_from": now, "paid_until": until, "billed_from": now, "price": product.price}
        charge = Charge(product.price, credit, product.currency)
    return {**fields, "due": None if terms.reference else until - LEAD}, charge


def _later(plan: Plan, terms: Terms, old: Taken, effective: datetime) -> dict[str, Any]:
    """The fields of a subscription that begins unpaid when another one's period is over."""
    fields: dict[str, Any] = {"plan": plan, "starts": effective, "replaces": old.id}
    if not terms.billed or plan.product.price == 0:
        return fields
    billing = {"paid_until": effective, "billed_from": effective, "due": effective - LEAD}
    return fields | billing | {"method": terms.method or old.method}


def _changeable(held: Sequence[Taken], old: Taken, plan: Plan, now: datetime) -> None:
    _ours(old)
    product = plan.product
    if not old.counts(now):
        raise NotPossible(f"{old.product.name} is not in force: take {product.name} instead.")
    if old.ends is not None and old.cancelled is None and scheduled(held, old, now) is None:
        raise NotPossible(f"{old.product.name} ends by itself: take {product.name} beside it.")
    if bool(product.add_on_to) != bool(old.product.add_on_to):
        raise NotPossible("An add-on and a base product cannot take each other's place.")
    if product.add_on_to and not product.add_on_to & bases(held, now):
        raise BaseMissing(product)
    if product.currency != old.product.currency:
        raise NotPossible(f"{product.name} is sold in {product.currency}: cancel, then take it.")
    other = [item for item in held if item.product.id == product.id and item.id != old.id]
    if any(item.replaces != old.id and _has_or_will(item, now) for item in other):
        raise NotPossible(f"You have {product.name} already: cancel {old.product.name} instead.")


def _has_or_will(item: Taken, now: datetime) -> bool:
    return item.state(now) is not State.ENDED


def _ours(item: Taken) -> None:
    if item.reference:
        raise NotPossible(f"{item.product.name} is billed by the payment provider: change it there.")


def _withdraw(held: Sequence[Taken], instead_of: Taken, now: datetime) -> tuple[Event, ...]:
    """What was scheduled does not begin, and what it would have replaced goes on."""
    waiting = scheduled(held, instead_of, now)
    if waiting is None:
        return ()
    if waiting.paid_from is not None:
        raise NotPossible(
            f"{waiting.product.name} is paid for already: change once it has begun, "
            f"on {waiting.starts:%Y-%m-%d %H:%M} UTC."
        )
    return (
        # Of no length and in the past: it never counts.
        Event(waiting.id, Kind.WITHDRAWN, now, {"starts": now, "ends": now, "due": None}),
        Event(instead_of.id, Kind.KEPT, now, {"ends": None, "due": instead_of.next_due()}),
    )


def _lost(
    held: Sequence[Taken], base: Taken, instead: Product | None, now: datetime, at: datetime
) -> list[Taken]:
    """The add-ons that count no more once a base ends at a moment and another one is there instead of it."""
    if base.product.add_on_to:
        return []
    others = [item for item in held if item.id != base.id and item.replaces != base.id]
    left = {item.product.id for item in others if not item.product.add_on_to and goes_on(item, now, at)}
    left |= {instead.id} if instead else set()
    add_ons = [item for item in others if base.product.id in item.product.add_on_to]
    return [item for item in add_ons if goes_on(item, now, at) and not item.product.add_on_to & left]


def _told(held: Sequence[Taken], base: Taken, kind: Kind, now: datetime) -> tuple[Event, ...]:
    """Tell the add-ons that hang on this base alone."""
    return _tell(_lost(held, base, None, now, now), kind, now, {})


def _tell(add_ons: Sequence[Taken], kind: Kind, now: datetime, notes: dict[str, str]) -> tuple[Event, ...]:
    return tuple(Event(item.id, kind, now, {}, notes) for item in add_ons)


def after(held: Sequence[Taken], what: Change) -> list[Taken]:
    """Everything the viewer has, once the change has happened."""
    return list(replay(what.events, {item.id: item for item in held}).values())
