"""What a diagnosis reads of a viewer in Postgres, beside what others read for it."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.models import SignIn, User


async def user(session: AsyncSession, said: str) -> User | None:
    """An account by its id or its email address."""
    try:
        wanted = User.id == uuid.UUID(said)
    except ValueError:
        wanted = User.email == said.strip().lower()
    return await session.scalar(select(User).where(wanted))


async def sign_ins(session: AsyncSession, user_id: uuid.UUID) -> Sequence[SignIn]:
    """The account's sign-ins that have not ended, the last used first."""
    statement = (
        select(SignIn)
        .where(SignIn.user_id == user_id, SignIn.ended_at.is_(None))
        .order_by(SignIn.last_used_at.desc(), SignIn.id)
    )
    return (await session.scalars(statement)).all()
