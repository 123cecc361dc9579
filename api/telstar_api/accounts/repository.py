"""Registrations and password resets in Postgres."""

import uuid
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.models import PasswordReset, Registration, User


async def registration(session: AsyncSession, token_hash: bytes, now: datetime) -> Registration | None:
    """A registration that has not expired."""
    found = select(Registration).where(Registration.token_hash == token_hash, Registration.expires_at > now)
    return await session.scalar(found)


async def take_registrations(session: AsyncSession, email: str, now: datetime) -> None:
    """Forget all registrations of one address, and whatever has expired."""
    await session.execute(
        delete(Registration).where((Registration.email == email) | (Registration.expires_at <= now))
    )


async def new_account(session: AsyncSession, email: str, password_hash: str | None) -> User | None:
    """A subscriber's account; None where the address has one already."""
    row = insert(User).values(id=uuid.uuid4(), email=email, password_hash=password_hash)
    statement = row.on_conflict_do_nothing(index_elements=[User.email]).returning(User)
    return await session.scalar(statement)


async def take_reset(session: AsyncSession, token_hash: bytes, now: datetime) -> uuid.UUID | None:
    """Whose password this resets. It is gone afterwards, and so are all others of the account."""
    taken = (
        delete(PasswordReset)
        .where(PasswordReset.token_hash == token_hash, PasswordReset.expires_at > now)
        .returning(PasswordReset.user_id)
    )
    user_id = await session.scalar(taken)
    if user_id is not None:
        await forget_resets(session, user_id, now)
    return user_id


async def forget_resets(session: AsyncSession, user_id: uuid.UUID, now: datetime) -> None:
    """Forget all ways to a new password of one account, and whatever has expired."""
    await session.execute(
        delete(PasswordReset).where((PasswordReset.user_id == user_id) | (PasswordReset.expires_at <= now))
    )
