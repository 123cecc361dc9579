"""Content keys in Postgres, wrapped. A channel's keys have an order: that in which they come into force."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.models import Channel, DrmKey, KeyUse


async def add(
    session: AsyncSession,
    kid: str,
    channel: str,
    wrapped: bytes,
    kek_id: str,
    valid_from: datetime | None,
    now: datetime,
) -> DrmKey:
    """Store the key unless the KID is known; answer what is stored under it now.

    It is in force from `valid_from`; None: at once.
    """
    row = {"kid": kid, "channel": channel, "wrapped_key": wrapped, "kek_id": kek_id, "registered_at": now}
    statement = insert(DrmKey).values(row | {"valid_from": valid_from or now})
    await session.execute(statement.on_conflict_do_nothing(index_elements=[DrmKey.kid]))
    return (await session.scalars(select(DrmKey).where(DrmKey.kid == kid))).one()


async def of_channel(session: AsyncSession, channel: str) -> Sequence[DrmKey]:
    """A channel's keys in order."""
    statement = select(DrmKey).where(DrmKey.channel == channel).order_by(DrmKey.valid_from, DrmKey.kid)
    return (await session.scalars(statement)).all()


async def by_kids(session: AsyncSession, kids: Collection[str]) -> Sequence[DrmKey]:
    """Those of the KIDs that are known, by KID; locked until the transaction ends."""
    statement = select(DrmKey).where(DrmKey.kid.in_(kids)).order_by(DrmKey.kid).with_for_update()
    return (await session.scalars(statement)).all()


async def next_of_channel(session: AsyncSession, channel: str, now: datetime) -> DrmKey | None:
    """The key that a channel will change to, where it is announced."""
    statement = (
        select(DrmKey)
        .where(DrmKey.channel == channel, DrmKey.valid_from > now)
        .order_by(DrmKey.valid_from, DrmKey.kid)
        .limit(1)
    )
    return (await session.scalars(statement)).one_or_none()


async def under_other_than(session: AsyncSession, kek_id: str, after: str, limit: int) -> Sequence[DrmKey]:
    """The first keys by KID, beyond `after`, that are not wrapped under this key-encryption key; locked.

    Whoever asks at the same time waits for this transaction, then gets those that are left.
    """
    statement = (
        select(DrmKey)
        .where(DrmKey.kid > after, DrmKey.kek_id.is_distinct_from(kek_id))
        .order_by(DrmKey.kid)
        .limit(limit)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(statement)).all()


async def counts(session: AsyncSession) -> dict[tuple[str | None, bool], int]:
    """How many keys there are for each (key-encryption key's id, whether the channel is registered)."""
    registered = exists().where(Channel.name == DrmKey.channel)
    statement = select(DrmKey.kek_id, registered, func.count()).group_by(DrmKey.kek_id, registered)
    return {(kek_id, known): count for kek_id, known, count in await session.execute(statement)}


async def some_without_id(session: AsyncSession, limit: int) -> Sequence[DrmKey]:
    """The newest keys that do not say under which key-encryption key they are wrapped."""
    statement = (
        select(DrmKey).where(DrmKey.kek_id.is_(None)).order_by(DrmKey.registered_at.desc()).limit(limit)
    )
    return (await session.scalars(statement)).all()


async def remove(session: AsyncSession, channel: str) -> None:
    """Delete a channel's keys."""
    await session.execute(delete(DrmKey).where(DrmKey.channel == channel))


async def add_uses(session: AsyncSession, rows: Sequence[dict[str, object]]) -> None:
    """Store uses of keys; those whose id is known are there already."""
    await session.execute(insert(KeyUse).on_conflict_do_nothing(index_elements=[KeyUse.id]), rows)


async def delete_uses(session: AsyncSession, before: datetime, limit: int) -> int:
    """Delete so many uses from before a moment at most; how many they were."""
    some = select(KeyUse.id).where(KeyUse.at < before).limit(limit)
    statement = delete(KeyUse).where(KeyUse.id.in_(some)).returning(KeyUse.id)
    return len((await session.scalars(statement)).all())
