"""Puts the demo's catalogue, accounts and schedule into the database. Doing it again changes nothing."""

import itertools
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.auth.passwords import hash_password
from telstar_api.demo.catalogue import ACCOUNTS, PASSWORD, PRODUCTS, DemoAccount, DemoProduct
from telstar_api.demo.programmes import THEMES, DemoProgramme, day
from telstar_api.models import (
    Channel,
    Product,
    ProductEntitlement,
    ScheduleEntry,
    User,
    UserSubscription,
)

DAYS_AROUND = 7


async def seed(session: AsyncSession, now: datetime) -> None:
    """Products as the catalogue says; accounts and subscriptions only where they are missing."""
    for product in PRODUCTS:
        await _product(session, product)
    hashed = hash_password(PASSWORD)
    for account in ACCOUNTS:
        await _account(session, account, hashed, now)


async def schedule(session: AsyncSession, now: datetime) -> int:
    """Fill the days from a week ago to a week ahead; answers how many programmes stand there now.

    That is: of the demo's own channels, and of every registered channel whose schedule nobody else writes.
    """
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    days = [today + timedelta(days=offset) for offset in range(-DAYS_AROUND, DAYS_AROUND + 1)]
    registered = (await session.scalars(select(Channel.name))).all()
    written = 0
    for channel in sorted({*THEMES, *registered}):
        programmes = list(itertools.chain.from_iterable(day(channel, start) for start in days))
        if channel in THEMES or not await _others_write(session, channel, programmes):
            await _write(session, channel, programmes)
            written += len(programmes)
    return written


async def _product(session: AsyncSession, product: DemoProduct) -> None:
    row = {
        "id": product.id,
        "name": product.name,
        "description": product.description,
        "price": product.price,
        "currency": "EUR",
        "max_streams": product.max_streams,
    }
    upsert = insert(Product).values(row).on_conflict_do_update(index_elements=[Product.id], set_=row)
    await session.execute(upsert)
    for right in product.rights:
        entitlement = insert(ProductEntitlement).values(
            product_id=product.id, channel=right.channel, right=right.right, window_days=right.window_days
        )
        await session.execute(
            entitlement.on_conflict_do_update(
                index_elements=["product_id", "channel", "right"],
                set_={"window_days": entitlement.excluded.window_days},
            )
        )


async def _account(session: AsyncSession, account: DemoAccount, hashed: str, now: datetime) -> None:
    user = await session.scalar(select(User).where(User.email == account.email))
    if user is None:
        user = User(email=account.email, role=account.role, password_hash=hashed)
        session.add(user)
        await session.flush()
    had = select(UserSubscription.id).where(UserSubscription.user_id == user.id)
    if account.product and (await session.scalar(had.limit(1))) is None:
        session.add(UserSubscription(user_id=user.id, product_id=account.product, starts_at=now))
        await session.flush()


async def _others_write(session: AsyncSession, channel: str, programmes: list[DemoProgramme]) -> bool:
    foreign = select(ScheduleEntry.id).where(
        ScheduleEntry.channel == channel,
        ScheduleEntry.starts_at < programmes[-1].end,
        ScheduleEntry.ends_at > programmes[0].start,
        ScheduleEntry.id.not_in([programme.id for programme in programmes]),
    )
    return await session.scalar(foreign.limit(1)) is not None


async def _write(session: AsyncSession, channel: str, programmes: list[DemoProgramme]) -> None:
    upsert = insert(ScheduleEntry)
    texts = ("title", "description", "category")
    upsert = upsert.on_conflict_do_update(
        index_elements=[ScheduleEntry.id], set_={name: upsert.excluded[name] for name in texts}
    )
    rows = [
        {
            "id": programme.id,
            "channel": channel,
            "starts_at": programme.start,
            "ends_at": programme.end,
            "title": programme.show.title,
            "description": programme.show.description,
            "category": programme.show.category,
            "age": programme.show.age,
        }
        for programme in programmes
    ]
    await session.execute(upsert, rows)
