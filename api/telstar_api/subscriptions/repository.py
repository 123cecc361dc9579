"""Products and subscriptions in Postgres."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload, selectinload

from telstar_api.models import Product, User, UserSubscription


async def products_on_sale(session: AsyncSession) -> Sequence[Product]:
    """What can be taken, cheapest first, with its rights."""
    statement = (
        select(Product)
        .where(Product.on_sale)
        .options(selectinload(Product.entitlements))
        .order_by(Product.price, Product.id)
    )
    return (await session.scalars(statement)).all()


async def product_on_sale(session: AsyncSession, product_id: str) -> Product | None:
    """One product, if it can be taken."""
    return await session.scalar(select(Product).where(Product.id == product_id, Product.on_sale))


async def in_force(session: AsyncSession, user_id: uuid.UUID, now: datetime) -> Sequence[UserSubscription]:
    """A viewer's subscriptions at this moment, oldest first, each with its product."""
    statement = (
        select(UserSubscription)
        .where(UserSubscription.user_id == user_id, *_counts(now))
        .options(joinedload(UserSubscription.product, innerjoin=True))
        .order_by(UserSubscription.starts_at, UserSubscription.id)
    )
    return (await session.scalars(statement)).all()


async def lock_user(session: AsyncSession, user_id: uuid.UUID) -> User | None:
    """The account, so that only this transaction changes its subscriptions until it ends."""
    return await session.scalar(select(User).where(User.id == user_id).with_for_update())


def _counts(now: datetime) -> tuple[ColumnElement[bool], ...]:
    ends = UserSubscription.ends_at
    return UserSubscription.starts_at <= now, or_(ends.is_(None), ends > now)
