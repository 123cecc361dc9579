"""Accounts, and who is signed in."""

import uuid
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    SmallInteger,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from telstar_api.models.base import Base


class User(Base):
    """An account. `email` is lower case. Without a password it is entered through an identity provider.

    What is rated above `age_limit` takes the PIN. A change of `role` or `active`, and a deletion, is noted in
    `revocations` by a trigger (migration 0006); an account that is deactivated has all its sign-ins ended.
    """

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_lower_case"),
        CheckConstraint("role IN ('subscriber', 'support', 'operator', 'admin')", name="role_known"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    email: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str | None]
    role: Mapped[str] = mapped_column(default="subscriber", server_default="subscriber")
    active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    age_limit: Mapped[int | None] = mapped_column(SmallInteger)
    pin_hash: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class SignIn(Base):
    """One device that signed in, until it signs out or is signed out: the family of its refresh tokens.

    `address` is the network it was last used from (IPv4 /24, IPv6 /48): enough to recognise oneself by.
    """

    __tablename__ = "sign_ins"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime]
    user_agent: Mapped[str] = mapped_column(default="", server_default="")
    address: Mapped[str] = mapped_column(default="", server_default="")
    ended_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(lazy="raise")


class RefreshToken(Base):
    """One refresh token, by its SHA-256. The tokens that follow from one sign-in are a family."""

    __tablename__ = "refresh_tokens"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    family: Mapped[uuid.UUID] = mapped_column(ForeignKey("sign_ins.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(lazy="raise")
    # Known to SQLAlchemy, so that a sign-in is written before its tokens.
    sign_in: Mapped[SignIn] = relationship(lazy="raise")


class Revocation(Base):
    """What access tokens cannot know: a sign-in that ended, or an account's new role and state.

    Written by triggers alone (migration 0006), which also notify every API process; an hour old, it is of
    no use any more. `active` is false where the account was deleted.
    """

    __tablename__ = "revocations"
    __table_args__ = (
        CheckConstraint("(sign_in IS NULL) <> (account IS NULL)", name="of_sign_in_or_account"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True, server_default=text("clock_timestamp()"))
    sign_in: Mapped[uuid.UUID | None]
    account: Mapped[uuid.UUID | None]
    role: Mapped[str | None]
    active: Mapped[bool | None]


class KnownDevice(Base):
    """A browser that signed in to an account before, by the SHA-256 of its cookie: nobody can lock it out."""

    __tablename__ = "known_devices"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    last_used_at: Mapped[datetime]


class Attempts(Base):
    """How often somebody tried in vain, by the SHA-256 of who tried what, and from when on they may again."""

    __tablename__ = "attempts"

    key: Mapped[bytes] = mapped_column(primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(index=True)
    open_at: Mapped[datetime]


class Registration(Base):
    """An account that is to be, once the mailbox and the password have shown that they belong together."""

    __tablename__ = "registrations"
    __table_args__ = (CheckConstraint("email = lower(email)", name="email_lower_case"),)

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(index=True)
    password_hash: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class PasswordReset(Base):
    """A way to a new password, by the SHA-256 of what the mail holds; good once."""

    __tablename__ = "password_resets"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class ExternalIdentity(Base):
    """Who an account is at an identity provider (OpenID Connect Core §2: `iss` and `sub` together)."""

    __tablename__ = "external_identities"

    issuer: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    linked_at: Mapped[datetime]

    user: Mapped[User] = relationship(lazy="raise")


class OidcRequest(Base):
    """A way to the identity provider and back, by the SHA-256 of its `state`; good once.

    `browser_hash` is of the cookie of the browser that began it; `user_id` says whose account is to be
    linked, where that was asked.
    """

    __tablename__ = "oidc_requests"

    state_hash: Mapped[bytes] = mapped_column(primary_key=True)
    browser_hash: Mapped[bytes]
    nonce: Mapped[str]
    code_verifier: Mapped[str]
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    expires_at: Mapped[datetime] = mapped_column(index=True)


class OutboxMessage(Base):
    """A mail that the demo did not send: what its admin reads instead."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime]
    recipient: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
