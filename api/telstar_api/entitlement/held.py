"""What a viewer's subscriptions give on a channel: the step between what one has and what one may."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from telstar_api.entitlement.facts import Account, Entitlement, Limits, Product, State, Subscription
from telstar_api.entitlement.rights import Right


@dataclass(frozen=True, slots=True)
class Held:
    """The rights on one channel, each with the product it is from; and what would be more, but for a reason.

    `counting`: all products in force, add-ons only beside a base. `unpaid`: subscriptions that cover the
    channel and count no more because their payment is overdue. `baseless`: add-ons that cover it and whose
    base product is missing. `limits`: of the account, whatever the channel.
    """

    counting: tuple[Product, ...]
    grants: tuple[tuple[Product, Entitlement], ...]
    unpaid: tuple[Subscription, ...]
    baseless: tuple[Product, ...]
    limits: Limits

    def rights(self) -> set[Right]:
        """What one may do on the channel at all."""
        return {entitlement.right for _, entitlement in self.grants}

    def has(self, right: Right) -> bool:
        """Whether this is among them."""
        return any(entitlement.right is right for _, entitlement in self.grants)

    def window(self) -> timedelta | None:
        """How far catch-up reaches back at most; None without catch-up."""
        windows = (item.window or timedelta(0) for _, item in self.grants if item.right is Right.CATCH_UP)
        return max(windows, default=None)

    def height(self, right: Right) -> int | None:
        """The highest picture, in lines, among the products that give this right; None: any.

        An add-on that names a height lifts the products it is added to; one that names none gives theirs.
        """
        giving = (product for product, item in self.grants if item.right is right)
        return _most(height for product in giving for height in self._heights(product))

    def _heights(self, product: Product) -> list[int | None]:
        if not product.add_on_to:
            return [product.limits.height, *self._lifts(product)]
        if product.limits.height is not None:
            return [product.limits.height]
        bases = (base for base in self.counting if base.id in product.add_on_to and not base.add_on_to)
        return [height for base in bases for height in self._heights(base)]

    def _lifts(self, base: Product) -> list[int]:
        heights = (item.limits.height for item in self.counting if base.id in item.add_on_to)
        return [height for height in heights if height is not None]


def held(account: Account, channel: str, now: datetime) -> Held:
    """What the account's subscriptions give on this channel at this moment."""
    states = [(item, item.state(now)) for item in account.subscriptions]
    in_force = [item.product for item, state in states if state.counts]
    bases = {product.id for product in in_force if not product.add_on_to}
    counting = [product for product in in_force if not product.add_on_to or product.add_on_to & bases]
    return Held(
        counting=tuple(counting),
        grants=tuple(
            (product, item) for product in counting for item in product.entitlements if item.covers(channel)
        ),
        unpaid=tuple(
            item for item, state in states if state is State.UNPAID and _covers(item.product, channel)
        ),
        baseless=tuple(
            product for product in in_force if product not in counting and _covers(product, channel)
        ),
        limits=Limits(
            streams=_most(_speaking((product, product.limits.streams) for product in counting)),
            devices=_most(_speaking((product, product.limits.devices) for product in counting)),
        ),
    )


def _speaking(limits: Iterable[tuple[Product, int | None]]) -> Iterable[int | None]:
    """Without the add-ons that name no limit: they leave it at what the base product allows."""
    return (limit for product, limit in limits if limit is not None or not product.add_on_to)


def _covers(product: Product, channel: str) -> bool:
    return any(item.covers(channel) for item in product.entitlements)


def _most(limits: Iterable[int | None]) -> int | None:
    """The most generous limit: None, without limit, is more than any number. None where nothing is said."""
    found = list(limits)
    return None if None in found else max((item for item in found if item is not None), default=None)
