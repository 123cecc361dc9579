"""Content keys in Postgres, wrapped."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.models import DrmKey


async def add(session: AsyncSession, kid: str, channel: str, wrapped: bytes, now: datetime) -> DrmKey:
    """Store the key unless the KID is known; answer what is stored under it now."""
    row = {"kid": kid, "channel": channel, "wrapped_key": wrapped, "registered_at": now}
    await session.execute(insert(DrmKey).values(row).on_conflict_do_nothing(index_elements=[DrmKey.kid]))
    return (await session.scalars(select(DrmKey).where(DrmKey.kid == kid))).one()


async def of_channel(session: AsyncSession, channel: str) -> Sequence[DrmKey]:
    """A channel's keys, oldest first."""
    statement = select(DrmKey).where(DrmKey.channel == channel).order_by(DrmKey.registered_at, DrmKey.kid)
    return (await session.scalars(statement)).all()


async def by_kids(session: AsyncSession, kids: Collection[str]) -> Sequence[DrmKey]:
    """Those of the KIDs that are known."""
    return (await session.scalars(select(DrmKey).where(DrmKey.kid.in_(kids)))).all()


async def remove(session: AsyncSession, channel: str) -> None:
    """Delete a channel's keys."""
    await session.execute(delete(DrmKey).where(DrmKey.channel == channel))
