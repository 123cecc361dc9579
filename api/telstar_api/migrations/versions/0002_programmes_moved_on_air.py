"""Programmes that are moved while they are on air keep their start-over window."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# While a programme is on air (by its start-over window, which may have been kept before), the window's start
# stays, and its end goes nowhere before now. Afterwards no playlist grows any more, and the schedule counts.
FUNCTION = """
CREATE FUNCTION keep_start_over_window() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    opened timestamptz := coalesce(OLD.start_over_from, OLD.starts_at);
    closes timestamptz := coalesce(OLD.start_over_until, OLD.ends_at);
BEGIN
    IF opened <= now() AND now() < closes THEN
        NEW.start_over_from := opened;
        NEW.start_over_until := greatest(NEW.ends_at, now());
    ELSE
        NEW.start_over_from := NULL;
        NEW.start_over_until := NULL;
    END IF;
    RETURN NEW;
END
$$
"""
TRIGGER = """
CREATE TRIGGER keep_start_over_window BEFORE UPDATE OF starts_at, ends_at ON schedule_entries FOR EACH ROW
WHEN (OLD.starts_at IS DISTINCT FROM NEW.starts_at OR OLD.ends_at IS DISTINCT FROM NEW.ends_at)
EXECUTE FUNCTION keep_start_over_window()
"""


def upgrade() -> None:
    for column in ("start_over_from", "start_over_until"):
        op.add_column("schedule_entries", sa.Column(column, sa.DateTime(timezone=True), nullable=True))
    op.execute(FUNCTION)
    op.execute(TRIGGER)


def downgrade() -> None:
    op.execute("DROP TRIGGER keep_start_over_window ON schedule_entries")
    op.execute("DROP FUNCTION keep_start_over_window()")
    for column in ("start_over_until", "start_over_from"):
        op.drop_column("schedule_entries", column)
