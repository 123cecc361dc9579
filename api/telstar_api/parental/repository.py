"""Age limits, PINs and wrong tries in Postgres."""

import uuid
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.models import User, WrongTries


async def user(session: AsyncSession, user_id: uuid.UUID) -> User | None:
    """An account by id."""
    return await session.get(User, user_id)


async def pin_hash(session: AsyncSession, user_id: uuid.UUID) -> str | None:
    """The account's PIN as its hash; None where it has none."""
    return await session.scalar(select(User.pin_hash).where(User.id == user_id))


async def alone(session: AsyncSession, user_id: uuid.UUID, sign_in: uuid.UUID) -> bool:
    """Whether no other request tries for this sign-in just now; until the transaction ends none will.

    One that does is not waited for: waiting requests would hold connections that others need.
    """
    key = func.hashtextextended(f"{user_id}/{sign_in}", 0)
    return bool(await session.scalar(select(func.pg_try_advisory_xact_lock(key))))


async def wrong_tries(session: AsyncSession, user_id: uuid.UUID, sign_in: uuid.UUID) -> WrongTries | None:
    """The wrong tries of a sign-in, if there are any."""
    return await session.get(WrongTries, (user_id, sign_in), populate_existing=True)


async def note_wrong(
    session: AsyncSession, user_id: uuid.UUID, sign_in: uuid.UUID, count: int, now: datetime
) -> None:
    """Set how many wrong tries there are."""
    values = {"count": count, "last_at": now}
    statement = insert(WrongTries).values(user_id=user_id, sign_in=sign_in, **values)
    await session.execute(
        statement.on_conflict_do_update(index_elements=[WrongTries.user_id, WrongTries.sign_in], set_=values)
    )


async def forget_wrong(session: AsyncSession, user_id: uuid.UUID, sign_in: uuid.UUID) -> None:
    """Forget a sign-in's wrong tries."""
    await session.execute(
        delete(WrongTries).where(WrongTries.user_id == user_id, WrongTries.sign_in == sign_in)
    )


async def forget_before(session: AsyncSession, user_id: uuid.UUID, moment: datetime) -> None:
    """Tidy up an account's wrong tries that no longer count."""
    await session.execute(
        delete(WrongTries).where(WrongTries.user_id == user_id, WrongTries.last_at <= moment)
    )
