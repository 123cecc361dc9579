"""Policies in Postgres: a table for channels, columns of the schedule for programmes."""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.models import ChannelPolicy


async def of_channel(session: AsyncSession, name: str) -> ChannelPolicy | None:
    """What is said of a channel, if anything."""
    return await session.get(ChannelPolicy, name)


async def put(session: AsyncSession, name: str, row: dict[str, object]) -> None:
    """Say this of a channel, and nothing else."""
    statement = insert(ChannelPolicy).values(channel=name, **row)
    await session.execute(statement.on_conflict_do_update(index_elements=[ChannelPolicy.channel], set_=row))
