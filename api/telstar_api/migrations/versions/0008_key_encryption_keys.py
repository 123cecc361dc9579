"""Keys name the key-encryption key they are wrapped under, and every use of keys is kept.

Keys of before name none: the database cannot know it. `telstar-api rewrap-keys` finds it out.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0008"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("drm_keys", sa.Column("kek_id", sa.Text(), nullable=True))
    op.create_check_constraint("kek_id_hexadecimal", "drm_keys", "kek_id ~ '^[0-9a-f]{16}$'")
    op.create_table(
        "key_uses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("kids", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("actor", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "kind IN ('licence', 'restore', 'export', 'import', 'rewrap')",
            name=op.f("ck_key_uses_kind_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_uses")),
    )
    op.create_index(op.f("ix_key_uses_at"), "key_uses", ["at"], unique=False, postgresql_using="brin")
    op.create_index(op.f("ix_key_uses_user_id_at"), "key_uses", ["user_id", "at"], unique=False)


def downgrade() -> None:
    op.drop_table("key_uses")
    op.drop_constraint("kek_id_hexadecimal", "drm_keys", type_="check")
    op.drop_column("drm_keys", "kek_id")
