"""Keys have a moment from which they are in force; those of before were so when they were registered."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("drm_keys", sa.Column("valid_from", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE drm_keys SET valid_from = registered_at")
    op.alter_column("drm_keys", "valid_from", nullable=False)
    op.drop_index(op.f("ix_drm_keys_channel"), table_name="drm_keys")
    op.create_index(
        op.f("ix_drm_keys_channel_valid_from_kid"), "drm_keys", ["channel", "valid_from", "kid"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_drm_keys_channel_valid_from_kid"), table_name="drm_keys")
    op.create_index(op.f("ix_drm_keys_channel"), "drm_keys", ["channel"], unique=False)
    op.drop_column("drm_keys", "valid_from")
