"""The demo's mail: it goes nowhere but into a table, which the demo's admin reads."""

from datetime import datetime

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.auth.roles import needs
from telstar_api.clock import Clock
from telstar_api.context import ContextDep
from telstar_api.database import Database, ReadSession
from telstar_api.mail.port import Message
from telstar_api.models import OutboxMessage
from telstar_api.problems import Forbidden, NotFound, Unauthenticated, documented

KEPT = 100

router = APIRouter(prefix="/api/v1/admin/outbox", tags=["admin"])


class DemoOutbox:
    """Keeps the last KEPT messages."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    async def send(self, message: Message) -> None:
        """Put it into the outbox."""
        async with self._database.writing.begin() as session:
            await _put(session, message, self._clock.now())


class Letter(BaseModel):
    """A mail that the demo did not send."""

    at: datetime
    to: str
    subject: str
    body: str = Field(description="with the link that the reader was to follow")


async def _put(session: AsyncSession, message: Message, now: datetime) -> None:
    session.add(OutboxMessage(at=now, recipient=message.to, subject=message.subject, body=message.body))
    await session.flush()
    kept = select(OutboxMessage.id).order_by(OutboxMessage.id.desc()).limit(KEPT)
    await session.execute(delete(OutboxMessage).where(OutboxMessage.id.not_in(kept.scalar_subquery())))


# For admins alone: a letter may open any account, an admin's too, so support must not read it.
@router.get(
    "", dependencies=[Depends(needs("admin"))], responses=documented(Unauthenticated, Forbidden, NotFound)
)
async def read_outbox(session: ReadSession, context: ContextDep) -> list[Letter]:
    """The demo's mail, newest first; 404 where the API is no demo or sends real mail."""
    if not isinstance(context.mail, DemoOutbox):
        raise NotFound("Only a demo that sends no mail has an outbox.")
    rows = await session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc()))
    return [Letter(at=row.at, to=row.recipient, subject=row.subject, body=row.body) for row in rows]
