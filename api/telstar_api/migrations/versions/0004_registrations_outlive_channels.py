"""A registration keeps its Channel's uid and reclaim policy, so that what a deleted one leaves is known, and
which account registered it, so that another cluster's Channels are not taken for deleted ones."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("channels", sa.Column("uid", sa.Text(), nullable=True))
    op.add_column("channels", sa.Column("reclaim_policy", sa.Text(), nullable=True))
    op.add_column("channels", sa.Column("registered_by", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_channels_reclaim_policy_known"), "channels", "reclaim_policy IN ('Delete', 'Retain')"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_channels_reclaim_policy_known"), "channels", type_="check")
    op.drop_column("channels", "registered_by")
    op.drop_column("channels", "reclaim_policy")
    op.drop_column("channels", "uid")
