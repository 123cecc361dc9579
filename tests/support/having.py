"""A viewer on paper: what they have, what they are charged, and time that brings what is due."""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from telstar_api.entitlement.facts import Product
from telstar_api.subscriptions import changes
from telstar_api.subscriptions.changes import Change, Charge, Terms
from telstar_api.subscriptions.timeline import Event, Kind, Plan, Taken, replay

COUNTING = itertools.count(1)


def at(text: str) -> datetime:
    """`2027-01-31 10:00` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def plan(name: str, price: str, *bases: str, trial: int = 0, grace: int = 0, currency: str = "EUR") -> Plan:
    """A product; trial and grace in days."""
    product = Product(name, name.title(), Decimal(price), currency, (), add_on_to=frozenset(bases))
    return Plan(product, timedelta(days=trial), timedelta(days=grace))


@dataclass
class Paper:
    """Everything of one viewer. Where `pays` is false, charges are declined."""

    now: datetime
    billed: bool = True
    pays: bool = True
    events: list[Event] = field(default_factory=list)
    charges: list[tuple[datetime, Charge]] = field(default_factory=list)

    @property
    def held(self) -> list[Taken]:
        """What there is by the events so far."""
        return list(replay(self.events).values())

    def one(self, product: str) -> Taken:
        """The last subscription to a product."""
        return [item for item in self.held if item.product.id == product][-1]

    def in_force(self, when: datetime | None = None) -> set[str]:
        """Products that count by their own timelines."""
        return {item.product.id for item in self.held if item.counts(when or self.now)}

    def terms(self) -> Terms:
        """Under a new id."""
        return Terms(UUID(int=next(COUNTING)), self.billed)

    def take(self, wanted: Plan) -> Change:
        """Take a product."""
        return self._do(changes.take(self.held, wanted, self.terms(), self.now))

    def change(self, old: str, wanted: Plan) -> Change:
        """Have another product instead."""
        return self._do(changes.change(self.held, self.one(old), wanted, self.terms(), self.now))

    def cancel(self, product: str) -> Change:
        """Cancel."""
        return self._do(changes.cancel(self.held, self.one(product), self.now))

    def resume(self, product: str) -> Change:
        """Take the cancellation back."""
        return self._do(changes.resume(self.held, self.one(product), self.now))

    def until(self, when: datetime) -> None:
        """Let time pass; what falls due on the way is done at its moment."""
        while (due := min((item.due for item in self.held if item.due), default=when)) < when:
            self.now = max(self.now, due)
            item = next(item for item in self.held if item.due == due)
            change = changes.fall_due(self.held, item, self.now)
            if change.charge is not None and not self.pays:
                change = changes.unpaid(item, self.now, Kind.PAYMENT_FAILED, "declined")
            self._do(change)
        self.now = when

    def _do(self, change: Change) -> Change:
        self.events += change.events
        if change.charge is not None:
            self.charges.append((self.now, change.charge))
        return change
