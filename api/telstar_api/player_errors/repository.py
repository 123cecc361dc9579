"""Player errors in Postgres."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.models import PlayerError

MOST_PRUNED = 1000


def add(session: AsyncSession, rows: Sequence[PlayerError]) -> None:
    """Append them."""
    session.add_all(rows)


async def remove_older(session: AsyncSession, limit: datetime) -> None:
    """Delete what was noted before, many at a time; what another request is deleting is left to it."""
    old = (
        select(PlayerError.id)
        .where(PlayerError.noted_at < limit)
        .order_by(PlayerError.id)
        .limit(MOST_PRUNED)
        .with_for_update(skip_locked=True)
    )
    await session.execute(delete(PlayerError).where(PlayerError.id.in_(old)))


async def remove_beyond(session: AsyncSession, user_id: uuid.UUID, count: int) -> None:
    """Keep a viewer's newest so many."""
    first_too_many = (
        select(PlayerError.id)
        .where(PlayerError.user_id == user_id)
        .order_by(PlayerError.id.desc())
        .offset(count)
        .limit(1)
        .scalar_subquery()
    )
    statement = delete(PlayerError).where(PlayerError.user_id == user_id, PlayerError.id <= first_too_many)
    await session.execute(statement)


async def newest(
    session: AsyncSession, user_id: uuid.UUID, since: datetime, count: int
) -> Sequence[PlayerError]:
    """A viewer's newest errors that were noted since, newest first."""
    statement = (
        select(PlayerError)
        .where(PlayerError.user_id == user_id, PlayerError.noted_at >= since)
        .order_by(PlayerError.id.desc())
        .limit(count)
    )
    return (await session.scalars(statement)).all()
