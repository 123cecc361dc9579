"""The facts of entitlement, from Postgres."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from telstar_api import models
from telstar_api.entitlement.decision import Account, Entitlement, Mode, Product, Subscription


async def account(session: AsyncSession, user_id: uuid.UUID) -> Account | None:
    """A viewer's account with all its subscriptions and their rights, in one query; None when it is gone."""
    statement = (
        select(models.User.active, models.UserSubscription, models.Product, models.ProductEntitlement)
        .outerjoin(models.UserSubscription, models.UserSubscription.user_id == models.User.id)
        .outerjoin(models.Product, models.Product.id == models.UserSubscription.product_id)
        .outerjoin(models.ProductEntitlement, models.ProductEntitlement.product_id == models.Product.id)
        .where(models.User.id == user_id)
        .order_by(models.UserSubscription.starts_at, models.UserSubscription.id)
    )
    rows = (await session.execute(statement)).all()
    return Account(rows[0].active, tuple(_subscriptions(rows))) if rows else None


async def on_sale(session: AsyncSession) -> list[Product]:
    """Every product that can be taken."""
    statement = (
        select(models.Product)
        .where(models.Product.on_sale)
        .options(selectinload(models.Product.entitlements))
    )
    return [_product(row, row.entitlements) for row in await session.scalars(statement)]


def _subscriptions(
    rows: Sequence[Row[bool, models.UserSubscription, models.Product, models.ProductEntitlement]],
) -> Iterable[Subscription]:
    grouped: dict[uuid.UUID, list[models.ProductEntitlement]] = {}
    found = {}
    for _, subscription, product, entitlement in rows:
        if subscription is not None:
            found[subscription.id] = subscription, product
            grouped.setdefault(subscription.id, []).extend([entitlement] if entitlement is not None else [])
    for key, (subscription, product) in found.items():
        yield Subscription(_product(product, grouped[key]), subscription.starts_at, subscription.ends_at)


def _product(row: models.Product, entitlements: Iterable[models.ProductEntitlement]) -> Product:
    rights = tuple(
        Entitlement(
            item.channel,
            Mode(item.right),
            None if item.window_days is None else timedelta(days=item.window_days),
        )
        for item in entitlements
    )
    return Product(row.id, row.name, row.price, row.currency, rights)
