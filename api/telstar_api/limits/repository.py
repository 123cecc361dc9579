"""Attempts in Postgres."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.limits.decision import Tried
from telstar_api.models import Attempts

KEPT = timedelta(days=2)  # longer than any limit's memory
TIDIED_AT_ONCE = 50


async def locked(session: AsyncSession, keys: Sequence[bytes], now: datetime) -> dict[bytes, Tried]:
    """What was tried before, each row locked until the transaction ends; keys in the caller's order."""
    found = {}
    for key in keys:
        fresh = insert(Attempts).values(key=key, failures=0, last_at=now, open_at=now)
        await session.execute(fresh.on_conflict_do_nothing())
        statement = select(Attempts).where(Attempts.key == key).with_for_update()
        row = (await session.scalars(statement)).one()
        found[key] = Tried(row.failures, row.last_at, row.open_at)
    return found


async def note(session: AsyncSession, key: bytes, tried: Tried) -> None:
    """Write down what `locked` found, with the new attempt."""
    values = {"failures": tried.failures, "last_at": tried.last_at, "open_at": tried.open_at}
    await session.execute(update(Attempts).where(Attempts.key == key).values(values))


async def forget(session: AsyncSession, keys: Sequence[bytes]) -> None:
    """As if nothing had been tried."""
    await session.execute(delete(Attempts).where(Attempts.key.in_(keys)))


async def take_back(session: AsyncSession, key: bytes, now: datetime) -> None:
    """One attempt less, and the next may come at once."""
    values = {"failures": func.greatest(Attempts.failures - 1, 0), "open_at": now}
    await session.execute(update(Attempts).where(Attempts.key == key).values(values))


async def forget_old(session: AsyncSession, now: datetime) -> None:
    """A little of what nobody remembers any more; what others are at work on is left to them."""
    old = (
        select(Attempts.key)
        .where(Attempts.last_at < now - KEPT)
        .limit(TIDIED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    await session.execute(delete(Attempts).where(Attempts.key.in_(old.scalar_subquery())))
