"""rights in full: policies of channels and programmes, limits and add-ons, the timelines of subscriptions."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

RIGHTS = ("live", "start_over", "catch_up", "record")
KNOWN = "{right} IN ('inherited', 'enabled', 'disabled')"
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "channel_policies",
        sa.Column("channel", sa.Text(), nullable=False),
        *_policy_columns(),
        sa.Column("maintenance_from", MOMENT),
        sa.Column("maintenance_until", MOMENT),
        *(
            sa.CheckConstraint(condition, name=op.f(f"ck_channel_policies_{name}"))
            for name, condition in _policy_checks().items()
        ),
        sa.CheckConstraint(
            "maintenance_until > maintenance_from",
            name=op.f("ck_channel_policies_maintenance_ends_after_start"),
        ),
        sa.CheckConstraint(
            "(maintenance_from IS NULL) = (maintenance_until IS NULL)",
            name=op.f("ck_channel_policies_maintenance_whole"),
        ),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_channel_policies")),
    )
    for column in _policy_columns():
        op.add_column("schedule_entries", column)
    for name, condition in _policy_checks().items():
        op.create_check_constraint(op.f(f"ck_schedule_entries_{name}"), "schedule_entries", condition)

    op.add_column("users", sa.Column("age_limit", sa.SmallInteger()))
    op.add_column("users", sa.Column("pin_hash", sa.Text()))

    op.add_column(
        "products", sa.Column("add_on_to", ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False)
    )
    for limit in ("max_streams", "max_devices", "max_height"):
        op.add_column("products", sa.Column(limit, sa.Integer()))
    for days in ("trial_days", "grace_days"):
        op.add_column("products", sa.Column(days, sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.create_check_constraint(
        op.f("ck_products_limits_positive"),
        "products",
        "max_streams > 0 AND max_devices > 0 AND max_height > 0",
    )
    op.create_check_constraint(
        op.f("ck_products_days_not_negative"), "products", "trial_days >= 0 AND grace_days >= 0"
    )

    for moment in ("trial_ends_at", "paid_until", "cancelled_at"):
        op.add_column("user_subscriptions", sa.Column(moment, MOMENT))

    _rights_known("'live', 'start-over', 'catch-up', 'record'")


def downgrade() -> None:
    op.execute("DELETE FROM product_entitlements WHERE \"right\" = 'record'")
    _rights_known("'live', 'start-over', 'catch-up'")
    for moment in ("trial_ends_at", "paid_until", "cancelled_at"):
        op.drop_column("user_subscriptions", moment)
    for column in ("add_on_to", "max_streams", "max_devices", "max_height", "trial_days", "grace_days"):
        op.drop_column("products", column)
    op.drop_column("users", "age_limit")
    op.drop_column("users", "pin_hash")
    for policy in _policy_columns():
        op.drop_column("schedule_entries", policy.name)
    op.drop_table("channel_policies")


def _policy_columns() -> list[sa.Column[Any]]:
    return [
        *(sa.Column(right, sa.Text(), server_default="inherited", nullable=False) for right in RIGHTS),
        sa.Column("territories", ARRAY(sa.Text())),
        sa.Column("age", sa.SmallInteger()),
    ]


def _policy_checks() -> dict[str, str]:
    known = {f"{right}_known": KNOWN.format(right=right) for right in RIGHTS}
    return known | {"age_sensible": "age BETWEEN 0 AND 21"}


def _rights_known(rights: str) -> None:
    name = op.f("ck_product_entitlements_right_known")
    op.drop_constraint(name, "product_entitlements")
    op.create_check_constraint(name, "product_entitlements", f'"right" IN ({rights})')
