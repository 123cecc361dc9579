"""Accounts and refresh tokens in Postgres."""

import uuid
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from telstar_api.models import RefreshToken, User


async def user(session: AsyncSession, user_id: uuid.UUID) -> User | None:
    """An account by id."""
    return await session.get(User, user_id)


async def user_by_email(session: AsyncSession, email: str) -> User | None:
    """An account by its address, whatever the case."""
    return await session.scalar(select(User).where(User.email == email.lower()))


async def refresh_token(session: AsyncSession, token_hash: bytes) -> RefreshToken | None:
    """A refresh token with its account, locked so that it is used by one request at a time."""
    statement = (
        select(RefreshToken)
        .where(RefreshToken.token_hash == token_hash)
        .options(joinedload(RefreshToken.user, innerjoin=True))
        .with_for_update(of=RefreshToken)
    )
    return await session.scalar(statement)


async def end_family(session: AsyncSession, family: uuid.UUID) -> None:
    """Forget every token that follows from one sign-in."""
    await session.execute(delete(RefreshToken).where(RefreshToken.family == family))


async def forget_expired(session: AsyncSession, user_id: uuid.UUID, now: datetime) -> None:
    """Tidy up what no longer counts of one account."""
    await session.execute(
        delete(RefreshToken).where(RefreshToken.user_id == user_id, RefreshToken.expires_at <= now)
    )
