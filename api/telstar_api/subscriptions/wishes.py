"""What is wished for, in a form that a payment can keep until it settles. Values only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from telstar_api.subscriptions import changes
from telstar_api.subscriptions.changes import Change, NotPossible, Terms
from telstar_api.subscriptions.timeline import Plan, Taken


@dataclass(frozen=True, slots=True)
class Wish:
    """To take a product; with `instead_of`, in that subscription's place; or (`pays`) to pay for one.

    `method`: the payment method's token; None: the one that is known, if any.
    """

    product: str | None = None
    instead_of: UUID | None = None
    pays: UUID | None = None
    method: str | None = None

    def purpose(self, user: UUID, held: Sequence[Taken]) -> str:
        """What a payment for this is for: the same until it has been carried out, another one afterwards."""
        if self.pays is not None:
            paid_until = find(held, self.pays).paid_until
            return f"pay:{self.pays}:{paid_until.isoformat() if paid_until else ''}"
        if self.instead_of is not None:
            return f"change:{self.instead_of}:{self.product}"
        times = sum(item.product.id == self.product for item in held)
        return f"take:{user}:{self.product}:{times}"

    def json(self) -> dict[str, Any]:
        """As it is kept."""
        ids = {"instead_of": self.instead_of, "pays": self.pays}
        kept = {name: None if value is None else str(value) for name, value in ids.items()}
        return {"product": self.product, "method": self.method, **kept}

    @classmethod
    def kept(cls, value: Mapping[str, Any]) -> Self:
        """As it was kept."""
        ids = {name: value[name] and UUID(value[name]) for name in ("instead_of", "pays")}
        return cls(value["product"], method=value["method"], **ids)


def find(held: Sequence[Taken], subscription: UUID) -> Taken:
    """One of what a viewer has. Raises KeyError when it is not among them."""
    for item in held:
        if item.id == subscription:
            return item
    raise KeyError(subscription)


def grant(held: Sequence[Taken], wish: Wish, plan: Plan | None, terms: Terms, now: datetime) -> Change:
    """What becomes of a wish. Raises NotPossible."""
    if wish.pays is not None:
        return changes.pay(find(held, wish.pays), now, terms)
    if plan is None:
        raise NotPossible(f"No product “{wish.product}” is on sale any more.")
    if wish.instead_of is not None:
        return changes.change(held, find(held, wish.instead_of), plan, terms, now)
    return changes.take(held, plan, terms, now)
