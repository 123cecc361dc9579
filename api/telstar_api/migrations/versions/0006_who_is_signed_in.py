"""Roles of those who run the service: subscriber, support, operator, admin."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    _roles("'subscriber', 'support', 'operator', 'admin'", "subscriber", "role = 'viewer'")


def downgrade() -> None:
    _roles("'viewer', 'admin'", "viewer", "role <> 'admin'")


def _roles(known: str, default: str, those_who_get_it: str) -> None:
    op.drop_constraint(op.f("ck_users_role_known"), "users", type_="check")
    op.execute(f"UPDATE users SET role = '{default}' WHERE {those_who_get_it}")  # noqa: S608 - literals above
    op.create_check_constraint(op.f("ck_users_role_known"), "users", f"role IN ({known})")
    op.alter_column("users", "role", server_default=sa.text(f"'{default}'"))
