"""Products, who has which, and what was paid."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from telstar_api.models.base import Base


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
