"""Accounts, sign-ins and refresh tokens in Postgres."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg import AsyncConnection
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from telstar_api.models import RefreshToken, Revocation, SignIn, User

# Longer than any access token; what is older has nothing left to revoke.
REVOCATIONS_KEPT = timedelta(hours=1)
TIDIED_AT_ONCE = 100
REVOCATIONS = """
SELECT json_build_object('sign_in', sign_in, 'account', account, 'role', role, 'active', active)::text
FROM revocations WHERE at > now() - %s ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """What an account is now."""

    role: str
    active: bool


async def user(session: AsyncSession, user_id: uuid.UUID) -> User | None:
    """An account by id."""
    return await session.get(User, user_id)


async def user_by_email(session: AsyncSession, email: str) -> User | None:
    """An account by its address, whatever the case."""
    return await session.scalar(select(User).where(User.email == email.lower()))


async def refresh_token(session: AsyncSession, token_hash: bytes) -> RefreshToken | None:
    """A refresh token with its account and sign-in, locked so that one request at a time uses it."""
    statement = (
        select(RefreshToken)
        .where(RefreshToken.token_hash == token_hash)
        .options(
            joinedload(RefreshToken.user, innerjoin=True), joinedload(RefreshToken.sign_in, innerjoin=True)
        )
        .with_for_update(of=RefreshToken)
    )
    return await session.scalar(statement)


async def sign_ins(session: AsyncSession, user_id: uuid.UUID, used_since: datetime) -> Sequence[SignIn]:
    """The sign-ins of one account that have not ended and can still refresh, the last used first."""
    statement = (
        select(SignIn)
        .where(SignIn.user_id == user_id, SignIn.ended_at.is_(None), SignIn.last_used_at > used_since)
        .order_by(SignIn.last_used_at.desc(), SignIn.id)
    )
    return (await session.scalars(statement)).all()


async def end_sign_ins(
    session: AsyncSession,
    user_id: uuid.UUID,
    now: datetime,
    *,
    only: uuid.UUID | None = None,
    but: uuid.UUID | None = None,
) -> int:
    """End one account's sign-ins (or `only` one, or all `but` one); answers how many had not ended before."""
    statement = update(SignIn).where(SignIn.user_id == user_id, SignIn.ended_at.is_(None))
    if only is not None:
        statement = statement.where(SignIn.id == only)
    if but is not None:
        statement = statement.where(SignIn.id != but)
    ended = (await session.scalars(statement.values(ended_at=now).returning(SignIn.id))).all()
    await session.execute(delete(RefreshToken).where(RefreshToken.family.in_(ended)))
    return len(ended)


async def forget_expired(session: AsyncSession, user_id: uuid.UUID, now: datetime) -> None:
    """Tidy up what no longer counts of one account, and a little of what no longer counts of any."""
    await session.execute(
        delete(RefreshToken).where(RefreshToken.user_id == user_id, RefreshToken.expires_at <= now)
    )
    without_tokens = ~select(RefreshToken.id).where(RefreshToken.family == SignIn.id).exists()
    await session.execute(
        delete(SignIn).where(
            SignIn.user_id == user_id, SignIn.last_used_at <= now - REVOCATIONS_KEPT, without_tokens
        )
    )
    # By the database's clock, which wrote the time; those that others are tidying are skipped.
    old = (
        select(Revocation.id)
        .where(Revocation.at < func.now() - REVOCATIONS_KEPT)
        .limit(TIDIED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    await session.execute(delete(Revocation).where(Revocation.id.in_(old.scalar_subquery())))


async def standing(session: AsyncSession, user_id: uuid.UUID, sign_in: uuid.UUID) -> Standing | None:
    """The account's present role and state; None where this sign-in of it has ended."""
    statement = (
        select(User.role, User.active)
        .join(SignIn, SignIn.user_id == User.id)
        .where(User.id == user_id, SignIn.id == sign_in, SignIn.ended_at.is_(None))
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else Standing(row.role, row.active)


async def revocations(connection: AsyncConnection[tuple[object, ...]], within: timedelta) -> list[str]:
    """Revocations of that long, the oldest first, each as the notice that told of it."""
    cursor = await connection.execute(REVOCATIONS, [within])
    return [str(row[0]) for row in await cursor.fetchall()]
