"""All tables. Times are UTC; what a row is about is said by its class."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    MetaData,
    Numeric,
    Text,
    UniqueConstraint,
    text,
)
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
    type_annotation_map: ClassVar = {datetime: DateTime(timezone=True), str: Text, Decimal: Numeric(10, 2)}


class User(Base):
    """An account. `email` is lower case."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_lower_case"),
        CheckConstraint("role IN ('viewer', 'admin')", name="role_known"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    email: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    role: Mapped[str] = mapped_column(default="viewer", server_default="viewer")
    active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class RefreshToken(Base):
    """One refresh token, by its SHA-256. The tokens that follow from one sign-in are a family."""

    __tablename__ = "refresh_tokens"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    family: Mapped[uuid.UUID] = mapped_column(index=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(lazy="raise")


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


class DrmKey(Base):
    """A channel's content key, wrapped under the key-encryption key; in force from `valid_from` to the next.

    A stored segment or a recording may need it, so it stays as long as its channel does. It may outlive it.
    """

    __tablename__ = "drm_keys"
    __table_args__ = (
        CheckConstraint("kid ~ '^[0-9a-f]{32}$'", name="kid_hexadecimal"),
        Index(None, "channel", "valid_from", "kid"),
    )

    kid: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str]
    wrapped_key: Mapped[bytes]
    registered_at: Mapped[datetime]
    valid_from: Mapped[datetime]


class Product(Base):
    """Something one can subscribe to. Products off sale keep serving those who have them."""

    __tablename__ = "products"
    __table_args__ = (
        CheckConstraint("price >= 0", name="price_not_negative"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_iso_4217"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="", server_default="")
    price: Mapped[Decimal]
    currency: Mapped[str]
    on_sale: Mapped[bool] = mapped_column(default=True, server_default=text("true"))

    entitlements: Mapped[list["ProductEntitlement"]] = relationship(
        lazy="raise", back_populates="product", cascade="all, delete-orphan", passive_deletes=True
    )


class ProductEntitlement(Base):
    """One right of a product on one channel, or on every channel where `channel` is null."""

    __tablename__ = "product_entitlements"
    __table_args__ = (
        UniqueConstraint("product_id", "channel", "right", postgresql_nulls_not_distinct=True),
        CheckConstraint("\"right\" IN ('live', 'start-over', 'catch-up')", name="right_known"),
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
    """A viewer's right to a product from `starts_at` until `ends_at` (without end where null)."""

    __tablename__ = "user_subscriptions"
    __table_args__ = (CheckConstraint("ends_at > starts_at", name="ends_after_start"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    product: Mapped[Product] = relationship(lazy="raise")


class TstvSession(Base):
    """One viewer watching one window. The token stands in manifest paths; only its SHA-256 is kept."""

    __tablename__ = "tstv_sessions"
    __table_args__ = (
        CheckConstraint("mode IN ('live', 'start-over', 'catch-up')", name="mode_known"),
        CheckConstraint("(mode = 'live') = (programme_id IS NULL)", name="programme_unless_live"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    channel: Mapped[str]
    mode: Mapped[str]
    programme_id: Mapped[uuid.UUID | None]
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]


class ScheduleEntry(Base):
    """One programme on one channel, from `starts_at` until `ends_at` (exclusive).

    Where it was moved while it was on air, `start_over_from` and `start_over_until` keep the start it had and
    an end that is not before the moment of moving: a start-over playlist takes back nothing it has listed
    (RFC 8216bis §4.4.3.5). A trigger sets them (migration 0002), whoever moves the programme.
    """

    __tablename__ = "schedule_entries"
    __table_args__ = (
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
