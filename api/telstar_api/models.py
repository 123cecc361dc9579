"""All tables. Times are UTC; what a row is about is said by its class."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    MetaData,
    Numeric,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """What all tables share: constraint names that migrations can rely on, and types."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {
        datetime: DateTime(timezone=True),
        str: Text,
        Decimal: Numeric(10, 2),
        list[str]: ARRAY(Text),
        dict[str, Any]: JSONB,
    }


class Policy:
    """What staff say of a channel or of a programme: rights on or off, where, and for which age.

    `territories`: ISO 3166-1 alpha-2 codes of where it may be watched; null: anywhere. `age`: for viewers of
    this age and older; null: for all.
    """

    live: Mapped[str] = mapped_column(default="inherited", server_default="inherited")
    start_over: Mapped[str] = mapped_column(default="inherited", server_default="inherited")
    catch_up: Mapped[str] = mapped_column(default="inherited", server_default="inherited")
    record: Mapped[str] = mapped_column(default="inherited", server_default="inherited")
    territories: Mapped[list[str] | None]
    age: Mapped[int | None] = mapped_column(SmallInteger)


def policy_checks() -> tuple[CheckConstraint, ...]:
    """The constraints of a table whose rows have a policy."""
    rights = ("live", "start_over", "catch_up", "record")
    return (
        *(
            CheckConstraint(f"{right} IN ('inherited', 'enabled', 'disabled')", name=f"{right}_known")
            for right in rights
        ),
        CheckConstraint("age BETWEEN 0 AND 21", name="age_sensible"),
    )


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


class AuditRecord(Base):
    """One thing that somebody did. Rows are only ever added: a trigger refuses all else (migration 0006).

    `actor` and `subject` are text, not references: they outlive what they name.
    """

    __tablename__ = "audit_log"
    __table_args__ = (Index(None, "actor", "id"), Index(None, "subject", "id"), Index(None, "action", "id"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    address: Mapped[str | None]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))


class Channel(Base):
    """A Channel resource, as the operator registered it.

    `uid` and `reclaim_policy` outlive the resource: they say what becomes of what it leaves. Both are null
    where it was registered before they were kept. `registered_by` is the uid of the
    operator's ServiceAccount.
    """

    __tablename__ = "channels"
    __table_args__ = (
        CheckConstraint("state IN ('Running', 'Stopped')", name="state_known"),
        CheckConstraint("reclaim_policy IN ('Delete', 'Retain')", name="reclaim_policy_known"),
    )

    name: Mapped[str] = mapped_column(primary_key=True)
    display_name: Mapped[str]
    number: Mapped[int]
    state: Mapped[str]
    segment_seconds: Mapped[int]
    retention_seconds: Mapped[int]
    drm_enabled: Mapped[bool]
    registered_at: Mapped[datetime]
    uid: Mapped[str | None]
    reclaim_policy: Mapped[str | None]
    registered_by: Mapped[str | None]

    policy: Mapped["ChannelPolicy | None"] = relationship(
        lazy="joined", viewonly=True, primaryjoin="foreign(Channel.name) == ChannelPolicy.channel"
    )


class ChannelPolicy(Policy, Base):
    """What staff say of a channel; it outlives the registration.

    Between `maintenance_from` and `maintenance_until` the channel is taken off the air for work on it.
    """

    __tablename__ = "channel_policies"
    __table_args__ = (
        *policy_checks(),
        CheckConstraint("maintenance_until > maintenance_from", name="maintenance_ends_after_start"),
        CheckConstraint("(maintenance_from IS NULL) = (maintenance_until IS NULL)", name="maintenance_whole"),
    )

    channel: Mapped[str] = mapped_column(primary_key=True)
    maintenance_from: Mapped[datetime | None]
    maintenance_until: Mapped[datetime | None]


class DrmKey(Base):
    """A channel's content key, wrapped under a key-encryption key; in force from `valid_from` to the next.

    A stored segment or a recording may need it, so it stays as long as its channel does. It may outlive it.
    """

    __tablename__ = "drm_keys"
    __table_args__ = (
        CheckConstraint("kid ~ '^[0-9a-f]{32}$'", name="kid_hexadecimal"),
        CheckConstraint("kek_id ~ '^[0-9a-f]{16}$'", name="kek_id_hexadecimal"),
        Index(None, "channel", "valid_from", "kid"),
    )

    kid: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str]
    wrapped_key: Mapped[bytes]
    registered_at: Mapped[datetime]
    valid_from: Mapped[datetime]
    # Which key-encryption key; null where it was wrapped before those had ids, until it is re-wrapped.
    kek_id: Mapped[str | None]


class KeyUse(Base):
    """Once that content keys were handed out, taken in or re-wrapped. Only ever added to, and pruned by age.

    No foreign keys: what was done outlives the account, the session and the keys.
    """

    __tablename__ = "key_uses"
    __table_args__ = (
        CheckConstraint("kind IN ('licence', 'restore', 'export', 'import', 'rewrap')", name="kind_known"),
        Index(None, "at", postgresql_using="brin"),
        Index(None, "user_id", "at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    at: Mapped[datetime]
    kind: Mapped[str]
    kids: Mapped[list[str]] = mapped_column(ARRAY(Text))
    user_id: Mapped[uuid.UUID | None]
    session_id: Mapped[uuid.UUID | None]
    actor: Mapped[str] = mapped_column(default="", server_default="")


class Product(Base):
    """Something one can subscribe to. Products off sale keep serving those who have them.

    `add_on_to`: products of which one must be had beside it; empty: it stands alone. `max_streams` at a time,
    `max_devices` within a month and `max_height` in lines are null where it allows any number.
    """

    __tablename__ = "products"
    __table_args__ = (
        CheckConstraint("price >= 0", name="price_not_negative"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_iso_4217"),
        CheckConstraint("max_streams > 0 AND max_devices > 0 AND max_height > 0", name="limits_positive"),
        CheckConstraint("trial_days >= 0 AND grace_days >= 0", name="days_not_negative"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="", server_default="")
    price: Mapped[Decimal]
    currency: Mapped[str]
    on_sale: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    add_on_to: Mapped[list[str]] = mapped_column(default=list, server_default=text("'{}'"))
    max_streams: Mapped[int | None]
    max_devices: Mapped[int | None]
    max_height: Mapped[int | None]
    trial_days: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    grace_days: Mapped[int] = mapped_column(default=0, server_default=text("0"))

    entitlements: Mapped[list["ProductEntitlement"]] = relationship(
        lazy="raise", back_populates="product", cascade="all, delete-orphan", passive_deletes=True
    )


class ProductEntitlement(Base):
    """One right of a product on one channel, or on every channel where `channel` is null."""

    __tablename__ = "product_entitlements"
    __table_args__ = (
        UniqueConstraint("product_id", "channel", "right", postgresql_nulls_not_distinct=True),
        CheckConstraint("\"right\" IN ('live', 'start-over', 'catch-up', 'record')", name="right_known"),
        CheckConstraint("(\"right\" = 'catch-up') = (window_days IS NOT NULL)", name="window_of_catch_up"),
        CheckConstraint("window_days > 0", name="window_positive"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"))
    channel: Mapped[str | None]
    right: Mapped[str]
    window_days: Mapped[int | None]

    product: Mapped[Product] = relationship(lazy="raise", back_populates="entitlements")


class UserSubscription(Base):
    """A viewer's right to a product from `starts_at` until `ends_at` (without end where null).

    Free until `trial_ends_at`, paid for until `paid_until` (null: nothing is ever due); the product's grace
    lasts longer. Cancelling notes `cancelled_at` and sets `ends_at`. `entitlement.facts.Subscription.state`
    says where it stands. The period under way began at `paid_from` and cost `price_paid`; months are counted
    from `billed_from`; `due_at` is when it is charged next. `replaces`: the subscription it began in place
    of. `provider_reference`: the provider's name of one that it renews by itself. `subscription_events` says
    how it came to stand there.
    """

    __tablename__ = "user_subscriptions"
    __table_args__ = (CheckConstraint("ends_at >= starts_at", name="ends_not_before_start"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    trial_ends_at: Mapped[datetime | None]
    paid_from: Mapped[datetime | None]
    paid_until: Mapped[datetime | None]
    price_paid: Mapped[Decimal | None]
    billed_from: Mapped[datetime | None]
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    cancelled_at: Mapped[datetime | None]
    replaces: Mapped[uuid.UUID | None]
    payment_method: Mapped[str | None]
    provider_reference: Mapped[str | None] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    product: Mapped[Product] = relationship(lazy="raise")


class SubscriptionEvent(Base):
    """Something that happened to a subscription; a trigger refuses to change or delete it (migration 0007).

    `sets` holds the columns of `user_subscriptions` that it set. It outlives subscription and account.
    """

    __tablename__ = "subscription_events"
    __table_args__ = (Index(None, "user_id", "id"), Index(None, "subscription_id", "id"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    user_id: Mapped[uuid.UUID]
    subscription_id: Mapped[uuid.UUID]
    kind: Mapped[str]
    at: Mapped[datetime]
    sets: Mapped[dict[str, Any]]
    notes: Mapped[dict[str, Any]]
    payment_id: Mapped[uuid.UUID | None]


class Payment(Base):
    """A charge and what became of it; it outlives the account.

    `purpose` is the same for the same thing to be paid, `idempotency_key` for the same attempt at it. `wish`
    is what happens once a pending one settles. `unapplied`: it settled, and could not be carried out any
    more, so that the money is to be given back.
    """

    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint("status IN ('pending', 'settled', 'declined')", name="status_known"),
        CheckConstraint("amount >= 0", name="amount_not_negative"),
        CheckConstraint("(status = 'pending') = (settled_at IS NULL)", name="settled_unless_pending"),
        Index(None, "user_id", "created_at"),
        Index(None, "purpose"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    user_id: Mapped[uuid.UUID]
    purpose: Mapped[str]
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    provider: Mapped[str]
    amount: Mapped[Decimal]
    credit: Mapped[Decimal]
    currency: Mapped[str]
    status: Mapped[str]
    reason: Mapped[str] = mapped_column(default="", server_default="")
    wish: Mapped[dict[str, Any]]
    unapplied: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class PaymentNotice(Base):
    """A provider's webhook event that was received, so that none is carried out twice.

    `reference`: the provider's name of the subscription that it is about.
    """

    __tablename__ = "payment_notices"

    provider: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    reference: Mapped[str] = mapped_column(index=True)
    outcome: Mapped[str]
    received_at: Mapped[datetime]


class TstvSession(Base):
    """One viewer watching one window, on one sign-in. Of its token in paths only the SHA-256 is kept.

    `territory`: from where it was begun (ISO 3166-1 alpha-2). `max_height`: lines of the largest picture its
    manifests offer. Once it has ended, `end_reason` says how: by its viewer, by another session that took its
    place (`taken_over_by`), or because its sign-in ended, which a trigger sees to (migration 0009).
    """

    __tablename__ = "tstv_sessions"
    __table_args__ = (
        CheckConstraint("mode IN ('live', 'start-over', 'catch-up')", name="mode_known"),
        CheckConstraint("(mode = 'live') = (programme_id IS NULL)", name="programme_unless_live"),
        CheckConstraint("max_height > 0", name="max_height_positive"),
        CheckConstraint("end_reason IN ('viewer', 'taken-over', 'signed-out')", name="end_reason_known"),
        CheckConstraint("ended_at IS NOT NULL OR end_reason IS NULL", name="end_reason_of_ended"),
        Index("ix_tstv_sessions_open", "user_id", "last_seen_at", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    sign_in: Mapped[uuid.UUID] = mapped_column(index=True)
    channel: Mapped[str]
    mode: Mapped[str]
    programme_id: Mapped[uuid.UUID | None]
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    territory: Mapped[str | None]
    pin_given: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    max_height: Mapped[int | None]
    device: Mapped[str] = mapped_column(default="", server_default="")
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    taken_over_by: Mapped[uuid.UUID | None]
    # What the player said of itself with its last heartbeat: the time of its picture, and its state.
    position: Mapped[datetime | None]
    player_state: Mapped[str | None]


class PlayerError(Base):
    """Something that went wrong in a viewer's player, as it said itself; kept for a week.

    `at` is the player's clock, `noted_at` ours. Without a session where none could be begun.
    """

    __tablename__ = "player_errors"
    __table_args__ = (Index(None, "user_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    session_id: Mapped[uuid.UUID | None]
    channel: Mapped[str | None]
    mode: Mapped[str | None]
    code: Mapped[str]
    message: Mapped[str]
    fatal: Mapped[bool]
    at: Mapped[datetime]
    noted_at: Mapped[datetime] = mapped_column(index=True)


class ScheduleEntry(Policy, Base):
    """One programme on one channel, from `starts_at` until `ends_at` (exclusive).

    Where it was moved while it was on air, `start_over_from` and `start_over_until` keep the start it had and
    an end that is not before the moment of moving: a start-over playlist takes back nothing it has listed
    (RFC 8216bis §4.4.3.5). A trigger sets them (migration 0002), whoever moves the programme.
    """

    __tablename__ = "schedule_entries"
    __table_args__ = (
        *policy_checks(),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        Index(None, "channel", "starts_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    channel: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    start_over_from: Mapped[datetime | None]
    start_over_until: Mapped[datetime | None]
    title: Mapped[str]
    description: Mapped[str] = mapped_column(default="", server_default="")
    category: Mapped[str] = mapped_column(default="", server_default="")
