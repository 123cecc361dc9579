"""The facts of entitlement, from Postgres."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from telstar_api import models
from telstar_api.entitlement.facts import Account, Entitlement, Limits, Product, Subscription
from telstar_api.entitlement.rights import Right

Found = Row[models.User, models.UserSubscription, models.Product, models.ProductEntitlement]


async def account(session: AsyncSession, user_id: uuid.UUID) -> Account | None:
    """A viewer's account with all its subscriptions and their rights, in one query; None when it is gone."""
    statement = (
        select(models.User, models.UserSubscription, models.Product, models.ProductEntitlement)
        .outerjoin(models.UserSubscription, models.UserSubscription.user_id == models.User.id)
        .outerjoin(models.Product, models.Product.id == models.UserSubscription.product_id)
        .outerjoin(models.ProductEntitlement, models.ProductEntitlement.product_id == models.Product.id)
        .where(models.User.id == user_id)
        .order_by(models.UserSubscription.starts_at, models.UserSubscription.id)
    )
    rows = (await session.execute(statement)).all()
    if not rows:
        return None
    user = rows[0][0]
    return Account(user.active, tuple(_subscriptions(rows)), user.age_limit, user.pin_hash is not None)


async def on_sale(session: AsyncSession) -> list[Product]:
    """Every product that can be taken."""
    statement = (
        select(models.Product)
        .where(models.Product.on_sale)
        .options(selectinload(models.Product.entitlements))
    )
    return [product(row, row.entitlements) for row in await session.scalars(statement)]


def product(row: models.Product, entitlements: Iterable[models.ProductEntitlement]) -> Product:
    """A product as entitlement knows it."""
    rights = tuple(
        Entitlement(
            item.channel,
            Right(item.right),
            None if item.window_days is None else timedelta(days=item.window_days),
        )
        for item in entitlements
    )
    limits = Limits(row.max_streams, row.max_devices, row.max_height)
    return Product(row.id, row.name, row.price, row.currency, rights, limits, frozenset(row.add_on_to))


def subscription(row: models.UserSubscription, of: Product, grace_days: int) -> Subscription:
    """A subscription as entitlement knows it."""
    return Subscription(
        of,
        starts=row.starts_at,
        ends=row.ends_at,
        trial_ends=row.trial_ends_at,
        paid_until=row.paid_until,
        grace=timedelta(days=grace_days),
        cancelled=row.cancelled_at,
    )


def _subscriptions(rows: Sequence[Found]) -> Iterable[Subscription]:
    grouped: dict[uuid.UUID, list[models.ProductEntitlement]] = {}
    found = {}
    for _, taken, of, entitlement in rows:
        if taken is not None:
            found[taken.id] = taken, of
            grouped.setdefault(taken.id, []).extend([entitlement] if entitlement is not None else [])
    for key, (taken, of) in found.items():
        yield subscription(taken, product(of, grouped[key]), of.grace_days)
