"""subscription management: billing periods, an append-only history, payments and their webhooks."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

MOMENT = sa.DateTime(timezone=True)
MONEY = sa.Numeric(10, 2)
ADDED: dict[str, Any] = {
    "paid_from": MOMENT,
    "price_paid": MONEY,
    "billed_from": MOMENT,
    "due_at": MOMENT,
    "replaces": sa.Uuid(),
    "payment_method": sa.Text(),
    "provider_reference": sa.Text(),
}
FUNCTION = """
CREATE FUNCTION refuse_to_rewrite_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$
"""
TRIGGER = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON subscription_events
FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_rewrite_history()
"""


def upgrade() -> None:
    for name, kind in ADDED.items():
        op.add_column("user_subscriptions", sa.Column(name, kind))
    op.create_index(op.f("ix_user_subscriptions_due_at"), "user_subscriptions", ["due_at"])
    op.create_unique_constraint(
        op.f("uq_user_subscriptions_provider_reference"), "user_subscriptions", ["provider_reference"]
    )
    op.drop_constraint(op.f("ck_user_subscriptions_ends_after_start"), "user_subscriptions")
    op.create_check_constraint(
        op.f("ck_user_subscriptions_ends_not_before_start"), "user_subscriptions", "ends_at >= starts_at"
    )
    _events()
    _payments()


def downgrade() -> None:
    for table in ("payment_notices", "payments", "subscription_events"):
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_to_rewrite_history()")
    op.drop_constraint(op.f("ck_user_subscriptions_ends_not_before_start"), "user_subscriptions")
    op.execute("DELETE FROM user_subscriptions WHERE ends_at = starts_at")
    op.create_check_constraint(
        op.f("ck_user_subscriptions_ends_after_start"), "user_subscriptions", "ends_at > starts_at"
    )
    for name in ADDED:
        op.drop_column("user_subscriptions", name)


def _events() -> None:
    op.create_table(
        "subscription_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("sets", JSONB(), nullable=False),
        sa.Column("notes", JSONB(), nullable=False),
        sa.Column("payment_id", sa.Uuid()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription_events")),
    )
    for column in ("user_id", "subscription_id"):
        op.create_index(op.f(f"ix_subscription_events_{column}_id"), "subscription_events", [column, "id"])
    op.execute(FUNCTION)
    op.execute(TRIGGER)


def _payments() -> None:
    op.create_table(
        "payments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("amount", MONEY, nullable=False),
        sa.Column("credit", MONEY, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("wish", JSONB(), nullable=False),
        sa.Column("unapplied", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("settled_at", MOMENT),
        sa.CheckConstraint(
            "status IN ('pending', 'settled', 'declined')", name=op.f("ck_payments_status_known")
        ),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_payments_amount_not_negative")),
        sa.CheckConstraint(
            "(status = 'pending') = (settled_at IS NULL)", name=op.f("ck_payments_settled_unless_pending")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_payments_idempotency_key")),
    )
    op.create_index(op.f("ix_payments_user_id_created_at"), "payments", ["user_id", "created_at"])
    op.create_index(op.f("ix_payments_purpose"), "payments", ["purpose"])
    op.create_table(
        "payment_notices",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("provider", "id", name=op.f("pk_payment_notices")),
    )
    op.create_index(op.f("ix_payment_notices_reference"), "payment_notices", ["reference"])
