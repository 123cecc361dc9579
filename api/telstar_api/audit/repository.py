"""The audit log in Postgres."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.audit.schemas import Query
from telstar_api.models import AuditRecord


async def records(session: AsyncSession, query: Query, limit: int) -> Sequence[AuditRecord]:
    """At most `limit` records that agree with the query, newest first."""
    statement = select(AuditRecord).where(*_conditions(query)).order_by(AuditRecord.id.desc()).limit(limit)
    return (await session.scalars(statement)).all()


def _conditions(query: Query) -> list[ColumnElement[bool]]:
    conditions = []
    if query.actor is not None:
        conditions.append(AuditRecord.actor == query.actor)
    if query.subject is not None:
        conditions.append(AuditRecord.subject == query.subject)
    if query.action is not None:
        whole_room = query.action.endswith(".")
        room = AuditRecord.action.startswith(query.action, autoescape=True)
        conditions.append(room if whole_room else AuditRecord.action == query.action)
    if query.since is not None:
        conditions.append(AuditRecord.at >= query.since)
    if query.until is not None:
        conditions.append(AuditRecord.at < query.until)
    if query.before is not None:
        conditions.append(AuditRecord.id < query.before)
    return conditions
