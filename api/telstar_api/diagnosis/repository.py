"""What a diagnosis reads of a viewer in Postgres, beside what others read for it."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.diagnosis.findings import SignedIn
from telstar_api.models import RefreshToken, TstvSession, User
from telstar_api.playback.sessions import SILENCE


async def user(session: AsyncSession, said: str) -> User | None:
    """An account by its id or its email address."""
    try:
        wanted = User.id == uuid.UUID(said)
    except ValueError:
        wanted = User.email == said.strip().lower()
    return await session.scalar(select(User).where(wanted))


async def sign_ins(session: AsyncSession, user_id: uuid.UUID, now: datetime) -> Sequence[SignedIn]:
    """Sign-ins that can still be renewed, the last used first."""
    began, renewed = func.min(RefreshToken.issued_at), func.max(RefreshToken.issued_at)
    statement = (
        select(RefreshToken.family, began, renewed)
        .where(RefreshToken.user_id == user_id)
        .group_by(RefreshToken.family)
        .having(func.max(RefreshToken.expires_at) > now)
        .order_by(renewed.desc())
    )
    return [SignedIn(family, since, used, "") for family, since, used in await session.execute(statement)]


async def open_sessions(session: AsyncSession, user_id: uuid.UUID, now: datetime) -> Sequence[TstvSession]:
    """The viewer's playback sessions that are still watched, the newest first."""
    statement = (
        select(TstvSession)
        .where(
            TstvSession.user_id == user_id,
            TstvSession.ended_at.is_(None),
            TstvSession.last_seen_at >= now - SILENCE,
        )
        .order_by(TstvSession.created_at.desc(), TstvSession.id)
    )
    return (await session.scalars(statement)).all()
