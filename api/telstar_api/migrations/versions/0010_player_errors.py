"""What players say of themselves: their state with each heartbeat, and their errors."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("tstv_sessions", sa.Column("position", MOMENT))
    op.add_column("tstv_sessions", sa.Column("player_state", sa.Text()))
    op.create_table(
        "player_errors",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid()),
        sa.Column("channel", sa.Text()),
        sa.Column("mode", sa.Text()),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("fatal", sa.Boolean(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("noted_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_player_errors")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_player_errors_user_id"), ondelete="CASCADE"
        ),
    )
    op.create_index(op.f("ix_player_errors_user_id_id"), "player_errors", ["user_id", "id"])
    op.create_index(op.f("ix_player_errors_noted_at"), "player_errors", ["noted_at"])


def downgrade() -> None:
    op.drop_table("player_errors")
    op.drop_column("tstv_sessions", "player_state")
    op.drop_column("tstv_sessions", "position")
