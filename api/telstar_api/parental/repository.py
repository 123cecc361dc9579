"""Age limits and PINs in Postgres."""

import uuid

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.models import User


async def user(session: AsyncSession, user_id: uuid.UUID) -> User | None:
    """An account by id."""
    return await session.get(User, user_id)


async def pin_hash(session: AsyncSession, user_id: uuid.UUID) -> str | None:
    """The account's PIN as its hash; None where it has none."""
    return await session.scalar(select(User.pin_hash).where(User.id == user_id))
