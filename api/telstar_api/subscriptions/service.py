"""What is on sale, what a viewer has, and taking more."""

import uuid
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api import models
from telstar_api.entitlement.rights import Right
from telstar_api.entitlement.schemas import Price
from telstar_api.problems import NotFound, Unauthenticated
from telstar_api.subscriptions import repository, schemas


async def products_on_sale(session: AsyncSession) -> list[schemas.Product]:
    """The catalogue, cheapest first."""
    return [_product(row) for row in await repository.products_on_sale(session)]


async def in_force(session: AsyncSession, user_id: uuid.UUID, now: datetime) -> list[schemas.Subscription]:
    """What the viewer has now."""
    return [_subscription(row) for row in await repository.in_force(session, user_id, now)]


async def subscribe(
    session: AsyncSession, user_id: uuid.UUID, product_id: str, now: datetime
) -> tuple[schemas.Subscription, bool]:
    """The viewer's subscription to the product, and whether it was made just now.

    Raises NotFound when the product is not on sale, Unauthenticated when the account is gone.
    """
    if await repository.lock_user(session, user_id) is None:
        raise Unauthenticated("This account no longer exists.")
    product = await repository.product_on_sale(session, product_id)
    if product is None:
        raise NotFound(f"No product “{product_id}” is on sale: see /api/v1/products.")
    for row in await repository.in_force(session, user_id, now):
        if row.product_id == product_id:
            return _subscription(row), False
    made = models.UserSubscription(id=uuid.uuid4(), user_id=user_id, product=product, starts_at=now)
    session.add(made)
    await session.flush()
    return _subscription(made), True


def _product(row: models.Product) -> schemas.Product:
    rights = [
        schemas.Right(channel=item.channel, mode=Right(item.right), window_days=item.window_days)
        for item in sorted(
            row.entitlements, key=lambda item: (item.channel or "", list(Right).index(Right(item.right)))
        )
    ]
    price = Price(amount=f"{row.price:.2f}", currency=row.currency)
    return schemas.Product(id=row.id, name=row.name, description=row.description, price=price, rights=rights)


def _subscription(row: models.UserSubscription) -> schemas.Subscription:
    return schemas.Subscription(
        id=row.id,
        product_id=row.product_id,
        name=row.product.name,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
    )
