"""Writing the audit log, and reading it page by page."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.audit import repository
from telstar_api.audit.schemas import Page, Query, Record
from telstar_api.models import AuditRecord

OPERATOR: Final = "operator"  # the Kubernetes operator, through the internal endpoints
SYSTEM: Final = "system"  # the API itself: a rule that took effect, a time that came
ANYBODY: Final = "anybody"  # nobody who is known: whoever tried to sign in
Actor = uuid.UUID | str

# Words that name what must never be written down; `facts` with one of them is a mistake of the caller's.
SECRET_WORDS = ("password", "token", "secret", "cookie", "code_verifier", "nonce", "private")


class SecretInFacts(ValueError):
    """Facts of an audit record would hold a secret."""


def record(
    session: AsyncSession,
    action: str,
    *,
    at: datetime,
    actor: Actor,
    subject: Actor,
    address: str | None = None,
    facts: Mapping[str, JsonValue] | None = None,
) -> None:
    """Note that `actor` did `action` to `subject`; it is committed, or not, with all else in the session.

    `action` is a stable name, its room first: `auth.sign-in`, `keys.import`, `subscriptions.cancel`.
    `actor` is an account's id, or OPERATOR, SYSTEM or ANYBODY. `subject` is the id of the account, key or
    whatever it was done to. `address` is the client's. `facts` say what else one would want to know, never a
    secret: raises SecretInFacts where a name says that it is one.
    """
    facts = dict(facts or {})
    for name in facts:
        if any(word in name.lower() for word in SECRET_WORDS):
            raise SecretInFacts(f"the audit log must not hold {name}")
    session.add(
        AuditRecord(
            at=at, actor=str(actor), action=action, subject=str(subject), address=address, facts=facts
        )
    )


async def page(session: AsyncSession, query: Query) -> Page:
    """The records that the query asks for, newest first, with where the next page begins."""
    rows = await repository.records(session, query, query.limit + 1)
    more = len(rows) > query.limit
    rows = rows[: query.limit]
    return Page(
        records=[Record.model_validate(row, from_attributes=True) for row in rows],
        next_before=rows[-1].id if more else None,
    )
