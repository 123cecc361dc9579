"""Channels in Postgres: the operator's registrations."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.models import Channel


async def everything(session: AsyncSession) -> Sequence[Channel]:
    """All channels by number."""
    return (await session.scalars(select(Channel).order_by(Channel.number, Channel.name))).all()


async def find(session: AsyncSession, name: str) -> Channel | None:
    """One channel."""
    return await session.get(Channel, name)


async def put(session: AsyncSession, row: dict[str, object]) -> Channel:
    """Insert or update by name; the time of the first registration stays."""
    kept = {"name", "registered_at"}
    statement = insert(Channel).values(row)
    statement = statement.on_conflict_do_update(
        index_elements=[Channel.name], set_={key: value for key, value in row.items() if key not in kept}
    )
    options = {"populate_existing": True}
    return (await session.scalars(statement.returning(Channel), execution_options=options)).one()


async def remove(session: AsyncSession, name: str) -> None:
    """Delete a channel, whether or not there is one."""
    await session.execute(delete(Channel).where(Channel.name == name))
