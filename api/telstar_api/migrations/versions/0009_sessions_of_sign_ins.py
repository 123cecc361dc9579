"""Playback sessions know their sign-in and how they ended; what decisions depend on tells of its changes."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

NOBODY = "'00000000-0000-0000-0000-000000000000'"

# Whoever signs out, or is signed out, watches no more.
END_SESSIONS = """
CREATE FUNCTION end_sessions_of_sign_in() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    UPDATE tstv_sessions SET ended_at = coalesce(NEW.ended_at, now()), end_reason = 'signed-out'
    WHERE sign_in = OLD.id AND ended_at IS NULL;
    RETURN NULL;
END $$
"""
END_SESSIONS_TRIGGERS = (
    """CREATE TRIGGER sessions_end_with_sign_in AFTER UPDATE OF ended_at ON sign_ins FOR EACH ROW
       WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION end_sessions_of_sign_in()""",
    """CREATE TRIGGER sessions_end_without_sign_in AFTER DELETE ON sign_ins FOR EACH ROW
       WHEN (OLD.ended_at IS NULL) EXECUTE FUNCTION end_sessions_of_sign_in()""",
)

# Payloads are `<kind>:<name>`, of the row as it was and as it is; Postgres sends equal ones of a transaction
# once. Arguments: the kind, and the column with the name.
NOTIFY = """
CREATE FUNCTION notify_facts() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        PERFORM pg_notify('telstar_facts', 'everything');
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        PERFORM pg_notify('telstar_facts', TG_ARGV[0] || ':' || (to_jsonb(OLD) ->> TG_ARGV[1]));
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM pg_notify('telstar_facts', TG_ARGV[0] || ':' || (to_jsonb(NEW) ->> TG_ARGV[1]));
    END IF;
    RETURN NULL;
END $$
"""
# Table, kind, column, and the events: heartbeats and refreshed tokens, which come all the time and change no
# verdict, are not among them.
WATCHED = (
    ("users", "user", "id", "UPDATE OF active, age_limit, pin_hash OR DELETE"),
    ("sign_ins", "user", "user_id", "UPDATE OF ended_at OR DELETE"),
    ("user_subscriptions", "user", "user_id", "INSERT OR UPDATE OR DELETE"),
    (
        "tstv_sessions",
        "user",
        "user_id",
        "INSERT OR DELETE OR UPDATE OF "
        "user_id, sign_in, channel, mode, programme_id, territory, pin_given, created_at, ended_at",
    ),
    ("products", "product", "id", "UPDATE OR DELETE"),
    ("product_entitlements", "product", "product_id", "INSERT OR UPDATE OR DELETE"),
    ("channels", "channel", "name", "INSERT OR UPDATE OR DELETE"),
    ("channel_policies", "channel", "channel", "INSERT OR UPDATE OR DELETE"),
    ("schedule_entries", "channel", "channel", "INSERT OR UPDATE OR DELETE"),
    ("drm_keys", "channel", "channel", "INSERT OR UPDATE OR DELETE"),
)


def upgrade() -> None:
    # Nobody knows on which sign-in the sessions of before were begun: players begin new ones.
    op.execute("DELETE FROM tstv_sessions WHERE ended_at IS NULL")
    op.add_column(
        "tstv_sessions", sa.Column("sign_in", sa.Uuid(), server_default=sa.text(NOBODY), nullable=False)
    )
    op.alter_column("tstv_sessions", "sign_in", server_default=None)
    op.add_column("tstv_sessions", sa.Column("territory", sa.Text()))
    op.add_column(
        "tstv_sessions",
        sa.Column("pin_given", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("tstv_sessions", sa.Column("max_height", sa.Integer()))
    op.add_column("tstv_sessions", sa.Column("device", sa.Text(), server_default="", nullable=False))
    op.add_column("tstv_sessions", sa.Column("end_reason", sa.Text()))
    op.add_column("tstv_sessions", sa.Column("taken_over_by", sa.Uuid()))
    for name, condition in (
        ("max_height_positive", "max_height > 0"),
        ("end_reason_known", "end_reason IN ('viewer', 'taken-over', 'signed-out')"),
        ("end_reason_of_ended", "ended_at IS NOT NULL OR end_reason IS NULL"),
    ):
        op.create_check_constraint(op.f(f"ck_tstv_sessions_{name}"), "tstv_sessions", condition)
    op.create_index(op.f("ix_tstv_sessions_sign_in"), "tstv_sessions", ["sign_in"])
    op.create_index(
        "ix_tstv_sessions_open",
        "tstv_sessions",
        ["user_id", "last_seen_at"],
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.execute(END_SESSIONS)
    for trigger in END_SESSIONS_TRIGGERS:
        op.execute(trigger)
    op.execute(NOTIFY)
    for table, kind, column, events in WATCHED:
        call = f"EXECUTE FUNCTION notify_facts('{kind}', '{column}')"
        op.execute(f"CREATE TRIGGER facts_changed AFTER {events} ON {table} FOR EACH ROW {call}")
        op.execute(f"CREATE TRIGGER facts_truncated AFTER TRUNCATE ON {table} {call}")


def downgrade() -> None:
    for table, *_ in WATCHED:
        op.execute(f"DROP TRIGGER facts_changed ON {table}")
        op.execute(f"DROP TRIGGER facts_truncated ON {table}")
    op.execute("DROP FUNCTION notify_facts()")
    op.execute("DROP TRIGGER sessions_end_with_sign_in ON sign_ins")
    op.execute("DROP TRIGGER sessions_end_without_sign_in ON sign_ins")
    op.execute("DROP FUNCTION end_sessions_of_sign_in()")
    op.drop_index("ix_tstv_sessions_open", table_name="tstv_sessions")
    for column in (
        "taken_over_by",
        "end_reason",
        "device",
        "max_height",
        "pin_given",
        "territory",
        "sign_in",
    ):
        op.drop_column("tstv_sessions", column)
