"""Content keys in Postgres, wrapped. A channel's keys have an order: that in which they come into force."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, select, true, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from telstar_api.models import DrmKey


async def add(
    session: AsyncSession, kid: str, channel: str, wrapped: bytes, valid_from: datetime | None, now: datetime
) -> DrmKey:
    """Store the key unless the KID is known; answer what is stored under it now.

    It is in force from `valid_from`; None: at once.
    """
    row = {"kid": kid, "channel": channel, "wrapped_key": wrapped, "registered_at": now}
    statement = insert(DrmKey).values(row | {"valid_from": valid_from or now})
    await session.execute(statement.on_conflict_do_nothing(index_elements=[DrmKey.kid]))
    return (await session.scalars(select(DrmKey).where(DrmKey.kid == kid))).one()


async def of_channel(session: AsyncSession, channel: str) -> Sequence[DrmKey]:
    """A channel's keys in order."""
    statement = select(DrmKey).where(DrmKey.channel == channel).order_by(DrmKey.valid_from, DrmKey.kid)
    return (await session.scalars(statement)).all()


async def by_kids_and_following(
    session: AsyncSession, kids: Collection[str]
) -> Sequence[tuple[DrmKey, DrmKey | None]]:
    """Those of the KIDs that are known, each with the key that follows it on its channel."""
    asked, later = aliased(DrmKey), aliased(DrmKey)
    following = aliased(
        DrmKey,
        select(later)
        .where(
            later.channel == asked.channel,
            tuple_(later.valid_from, later.kid) > tuple_(asked.valid_from, asked.kid),
        )
        .order_by(later.valid_from, later.kid)
        .limit(1)
        .lateral(),
    )
    statement = select(asked, following).outerjoin(following, true()).where(asked.kid.in_(kids))
    return [(row[0], row[1]) for row in await session.execute(statement)]


async def next_of_channel(session: AsyncSession, channel: str, now: datetime) -> DrmKey | None:
    """The key that a channel will change to, where it is announced."""
    statement = (
        select(DrmKey)
        .where(DrmKey.channel == channel, DrmKey.valid_from > now)
        .order_by(DrmKey.valid_from, DrmKey.kid)
        .limit(1)
    )
    return (await session.scalars(statement)).one_or_none()


async def remove(session: AsyncSession, channel: str) -> None:
    """Delete a channel's keys."""
    await session.execute(delete(DrmKey).where(DrmKey.channel == channel))
