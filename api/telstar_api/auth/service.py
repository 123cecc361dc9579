"""Signing in, staying signed in, signing out."""

import hashlib
import secrets
import uuid
from datetime import datetime, timedelta
from typing import cast

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api.auth import passwords, repository
from telstar_api.auth.schemas import Account, Tokens
from telstar_api.auth.tokens import LIFETIME, AccessTokens, Role, Viewer
from telstar_api.models import RefreshToken, User
from telstar_api.problems import Unauthenticated
from telstar_api.subscriptions import service as subscriptions

REFRESH_LIFETIME = timedelta(days=30)
# Two tabs may refresh with the same token at once; later than this, a token used again was stolen.
REUSE_GRACE = timedelta(seconds=10)
TOKEN_BYTES = 32

log = structlog.get_logger()


class RefreshTokenReused(Unauthenticated):
    """The refresh token was used before: either its owner or a thief holds an old one, so both are out."""

    keeps_writes = True


async def sign_in(
    session: AsyncSession, tokens: AccessTokens, email: str, password: str, now: datetime
) -> Tokens:
    """Tokens for an account. Raises Unauthenticated, in equal time for a wrong password and no account."""
    user = await repository.user_by_email(session, email)
    await session.close()  # a hash takes long: meanwhile the connection is for others
    if not await passwords.matches(password, user.password_hash if user else None) or user is None:
        raise Unauthenticated("Email or password is wrong.")
    _must_be_active(user)
    await repository.forget_expired(session, user.id, now)
    return _issue(session, tokens, user, uuid.uuid4(), now)


async def refresh(session: AsyncSession, tokens: AccessTokens, token: str, now: datetime) -> Tokens:
    """The next tokens for a refresh token, which is then spent. Raises Unauthenticated."""
    row = await repository.refresh_token(session, _digest(token))
    if row is None or row.expires_at <= now:
        raise Unauthenticated("The refresh token is not valid any more: sign in again.")
    if row.used_at is not None and now - row.used_at > REUSE_GRACE:
        log.warning("refresh token used twice", user=str(row.user_id))
        await repository.end_family(session, row.family)
        raise RefreshTokenReused("The refresh token was used before: sign in again.")
    _must_be_active(row.user)
    row.used_at = row.used_at or now
    return _issue(session, tokens, row.user, row.family, now)


async def sign_out(session: AsyncSession, token: str) -> None:
    """End everything that follows from the sign-in this refresh token belongs to."""
    row = await repository.refresh_token(session, _digest(token))
    if row is not None:
        await repository.end_family(session, row.family)


async def account(session: AsyncSession, viewer: Viewer, now: datetime) -> Account:
    """The signed-in account. Raises Unauthenticated when it is gone."""
    user = await repository.user(session, viewer.id)
    if user is None:
        raise Unauthenticated("This account no longer exists.")
    return Account(
        id=user.id,
        email=user.email,
        role=viewer.role,
        subscriptions=await subscriptions.in_force(session, user.id, now),
    )


def _must_be_active(user: User) -> None:
    if not user.active:
        raise Unauthenticated("This account is not active.")


def _issue(
    session: AsyncSession, tokens: AccessTokens, user: User, family: uuid.UUID, now: datetime
) -> Tokens:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.add(
        RefreshToken(
            user_id=user.id,
            family=family,
            token_hash=_digest(token),
            issued_at=now,
            expires_at=now + REFRESH_LIFETIME,
        )
    )
    viewer = Viewer(user.id, cast("Role", user.role), family)
    return Tokens(
        access_token=tokens.issue(viewer, now),
        refresh_token=token,
        expires_in=int(LIFETIME.total_seconds()),
    )


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
