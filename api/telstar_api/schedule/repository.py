"""Schedule entries in Postgres."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.models import ScheduleEntry


async def find(session: AsyncSession, entry_id: uuid.UUID) -> ScheduleEntry | None:
    """One programme."""
    return await session.get(ScheduleEntry, entry_id)


async def on_air(session: AsyncSession, channel: str, now: datetime) -> ScheduleEntry | None:
    """What a channel shows at this moment; where entries overlap, the one that began last."""
    statement = (
        select(ScheduleEntry)
        .where(ScheduleEntry.channel == channel, ScheduleEntry.starts_at <= now, ScheduleEntry.ends_at > now)
        .order_by(ScheduleEntry.starts_at.desc(), ScheduleEntry.id)
        .limit(1)
    )
    return await session.scalar(statement)


async def overlapping(
    session: AsyncSession, channels: Collection[str], start: datetime, end: datetime
) -> Sequence[ScheduleEntry]:
    """The channels' programmes any part of which lies in the range (`end` exclusive), in order of start."""
    statement = (
        select(ScheduleEntry)
        .where(
            ScheduleEntry.channel.in_(channels), ScheduleEntry.starts_at < end, ScheduleEntry.ends_at > start
        )
        .order_by(ScheduleEntry.channel, ScheduleEntry.starts_at, ScheduleEntry.id)
    )
    return (await session.scalars(statement)).all()
