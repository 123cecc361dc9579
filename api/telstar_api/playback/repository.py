"""Playback sessions in Postgres."""

import uuid
from typing import NamedTuple

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.models import Channel, ScheduleEntry, TstvSession


class Found(NamedTuple):
    """A session with what it is about, as far as that is still there."""

    session: TstvSession
    channel: Channel | None
    programme: ScheduleEntry | None


async def by_token_hash(session: AsyncSession, token_hash: bytes) -> Found | None:
    """The session that a token belongs to, in one query."""
    statement = (
        select(TstvSession, Channel, ScheduleEntry)
        .outerjoin(Channel, Channel.name == TstvSession.channel)
        .outerjoin(
            ScheduleEntry,
            and_(
                ScheduleEntry.id == TstvSession.programme_id,
                ScheduleEntry.channel == TstvSession.channel,
            ),
        )
        .where(TstvSession.token_hash == token_hash)
    )
    row = (await session.execute(statement)).one_or_none()
    return Found(*row) if row else None


async def of_viewer(session: AsyncSession, session_id: uuid.UUID, user_id: uuid.UUID) -> TstvSession | None:
    """A session, if it is this viewer's."""
    statement = select(TstvSession).where(TstvSession.id == session_id, TstvSession.user_id == user_id)
    return (await session.scalars(statement.with_for_update())).one_or_none()
