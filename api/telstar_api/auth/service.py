"""Signing in, staying signed in, signing out."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy.ext.asyncio import AsyncSession

from telstar_api import audit
from telstar_api.auth import devices, passwords, repository
from telstar_api.auth.client import Occasion
from telstar_api.auth.digests import digest, new_secret
from telstar_api.auth.schemas import Account, SignIn, Tokens
from telstar_api.auth.tokens import LIFETIME, AccessTokens, Role, Viewer
from telstar_api.database import Database
from telstar_api.limits import service as limits
from telstar_api.models import RefreshToken, User
from telstar_api.models import SignIn as SignInRow
from telstar_api.problems import NotFound, Unauthenticated
from telstar_api.subscriptions import service as subscriptions

REFRESH_LIFETIME = timedelta(days=30)
# Two tabs may refresh with the same token at once; later than this, a token used again was stolen.
REUSE_GRACE = timedelta(seconds=10)


class RefreshTokenReused(Unauthenticated):
    """The refresh token was used before: either its owner or a thief holds an old one, so both are out."""

    keeps_writes = True


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a new sign-in gets: tokens, and the cookie by which the browser is known from now on."""

    tokens: Tokens
    device: str


class SignInRefused(Unauthenticated):
    """No account, or not this password, or not active; it is in the audit log which."""

    keeps_writes = True


async def sign_in(
    session: AsyncSession,
    database: Database,
    tokens: AccessTokens,
    email: str,
    password: str,
    occasion: Occasion,
) -> SignedIn:
    """Tokens for an account.

    Raises SignInRefused, in equal time for a wrong password and no account, and TooManyAttempts, whether or
    not there is such an account.
    """
    attempt = await devices.attempt(session, email, occasion)
    user = await repository.user_by_email(session, email)
    await session.close()  # counting and a hash take long: meanwhile the connection is for others
    await limits.take(database, attempt.counters, occasion.now)
    right = await passwords.matches(password, user.password_hash if user else None)
    if user is None or not right:
        # What was typed is not written down: people mistake the fields and type their password.
        subject = user.id if user else "unknown"
        note(session, "auth.sign-in-failed", audit.ANYBODY, subject, occasion)
        raise SignInRefused("Email or password is wrong.")
    await attempt.succeeded(session)
    return await begin(session, tokens, user, occasion, by="password")


async def begin(
    session: AsyncSession, tokens: AccessTokens, user: User, occasion: Occasion, *, by: str
) -> SignedIn:
    """A new sign-in of an account that has shown itself (by a password, by a provider).

    Raises SignInRefused where it is not active.
    """
    if not user.active:
        note(session, "auth.sign-in-refused", user.id, user.id, occasion, reason="inactive")
        raise SignInRefused("This account is not active.")
    await repository.forget_expired(session, user.id, occasion.now)
    sign_in = SignInRow(
        id=uuid.uuid4(), user_id=user.id, created_at=occasion.now, **_seen(occasion), ended_at=None
    )
    session.add(sign_in)
    note(session, "auth.sign-in", user.id, sign_in.id, occasion, by=by)
    device = await devices.remember(session, user.id, occasion)
    return SignedIn(_issue(session, tokens, user, sign_in.id, occasion.now), device)


async def refresh(session: AsyncSession, tokens: AccessTokens, token: str, occasion: Occasion) -> Tokens:
    """The next tokens for a refresh token, which is then spent. Raises Unauthenticated."""
    now = occasion.now
    row = await repository.refresh_token(session, digest(token))
    if row is None or row.expires_at <= now or row.sign_in.ended_at is not None:
        raise Unauthenticated("The refresh token is not valid any more: sign in again.")
    if row.used_at is not None and now - row.used_at > REUSE_GRACE:
        await repository.end_sign_ins(session, row.user_id, now, only=row.family)
        note(session, "auth.refresh-token-reused", audit.ANYBODY, row.family, occasion)
        raise RefreshTokenReused("The refresh token was used before: sign in again.")
    if not row.user.active:
        raise Unauthenticated("This account is not active.")
    row.used_at = row.used_at or now
    for name, value in _seen(occasion).items():
        setattr(row.sign_in, name, value)
    return _issue(session, tokens, row.user, row.family, now)


async def sign_out(session: AsyncSession, token: str, occasion: Occasion) -> None:
    """End everything that follows from the sign-in this refresh token belongs to."""
    row = await repository.refresh_token(session, digest(token))
    if row is not None and row.sign_in.ended_at is None:
        await repository.end_sign_ins(session, row.user_id, occasion.now, only=row.family)
        note(session, "auth.sign-out", row.user_id, row.family, occasion)


async def sign_ins(session: AsyncSession, viewer: Viewer, now: datetime) -> list[SignIn]:
    """The devices that are signed in to the account, the last used first."""
    rows = await repository.sign_ins(session, viewer.id, now - REFRESH_LIFETIME)
    return [
        SignIn(
            id=row.id,
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            user_agent=row.user_agent,
            network=row.address or None,
            present=row.id == viewer.sign_in,
        )
        for row in rows
    ]


async def end_sign_in(session: AsyncSession, viewer: Viewer, sign_in: uuid.UUID, occasion: Occasion) -> None:
    """Sign one's own device out. Raises NotFound where the account has no such sign-in (any more)."""
    if not await repository.end_sign_ins(session, viewer.id, occasion.now, only=sign_in):
        raise NotFound("This account has no such sign-in: it may have ended already.")
    note(session, "auth.sign-out", viewer.id, sign_in, occasion)


async def end_all_sign_ins(
    session: AsyncSession, viewer: Viewer, occasion: Occasion, *, keep_present: bool
) -> None:
    """Sign out everywhere, or everywhere else."""
    kept = viewer.sign_in if keep_present else None
    ended = await repository.end_sign_ins(session, viewer.id, occasion.now, but=kept)
    note(session, "auth.sign-out-everywhere", viewer.id, viewer.id, occasion, sign_ins=ended)


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


def _seen(occasion: Occasion) -> dict[str, object]:
    return {
        "last_used_at": occasion.now,
        "user_agent": occasion.client.user_agent,
        "address": occasion.client.neighbourhood,
    }


def note(
    session: AsyncSession,
    action: str,
    actor: uuid.UUID | str,
    subject: uuid.UUID | str,
    occasion: Occasion,
    **facts: str | int | None,
) -> None:
    """Write what happened to an account into the audit log."""
    address = occasion.client.address or None
    audit.record(
        session, action, at=occasion.now, actor=actor, subject=subject, address=address, facts=dict(facts)
    )


def _issue(
    session: AsyncSession, tokens: AccessTokens, user: User, family: uuid.UUID, now: datetime
) -> Tokens:
    token = new_secret()
    session.add(
        RefreshToken(
            user_id=user.id,
            family=family,
            token_hash=digest(token),
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
