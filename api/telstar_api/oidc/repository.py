"""Ways to the provider and back, and who is who there, in Postgres."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from telstar_api.models import ExternalIdentity, OidcRequest, User
from telstar_api.oidc.id_token import Identity


async def take_request(session: AsyncSession, state_hash: bytes, now: datetime) -> OidcRequest | None:
    """A way that was begun, which is gone afterwards; so is whatever has expired."""
    taken = delete(OidcRequest).where(OidcRequest.state_hash == state_hash).returning(OidcRequest)
    row = await session.scalar(taken)
    await session.execute(delete(OidcRequest).where(OidcRequest.expires_at <= now))
    return row if row is not None and row.expires_at > now else None


async def linked(session: AsyncSession, identity: Identity) -> User | None:
    """The account that somebody at the provider has here."""
    found = (
        select(ExternalIdentity)
        .where(ExternalIdentity.issuer == identity.issuer, ExternalIdentity.subject == identity.subject)
        .options(joinedload(ExternalIdentity.user, innerjoin=True))
    )
    row = await session.scalar(found)
    return row.user if row else None


async def link(session: AsyncSession, identity: Identity, user: User, now: datetime) -> bool:
    """Give the account to somebody at the provider; False where they have one already."""
    row = insert(ExternalIdentity).values(
        issuer=identity.issuer, subject=identity.subject, user_id=user.id, linked_at=now
    )
    statement = row.on_conflict_do_nothing().returning(ExternalIdentity.subject)
    return await session.scalar(statement) is not None
