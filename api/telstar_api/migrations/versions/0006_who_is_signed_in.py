"""Roles, sign-ins as rows, revocations that every process hears of, and what signing up and in needs."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SIGN_INS_OF_BEFORE = """
INSERT INTO sign_ins (id, user_id, created_at, last_used_at)
SELECT family, user_id, min(issued_at), max(issued_at) FROM refresh_tokens GROUP BY family, user_id
"""
# Whoever writes, psql included, is heard: triggers note each revocation, and one tells all processes of it.
FUNCTIONS = {
    "note_sign_in_ended": """
        INSERT INTO revocations (sign_in) VALUES (OLD.id);
        RETURN NULL;
    """,
    "note_account_changed": """
        IF TG_OP = 'DELETE' THEN
            INSERT INTO revocations (account, active) VALUES (OLD.id, false);
            RETURN NULL;
        END IF;
        INSERT INTO revocations (account, role, active) VALUES (NEW.id, NEW.role, NEW.active);
        IF NOT NEW.active THEN
            UPDATE sign_ins SET ended_at = now() WHERE user_id = NEW.id AND ended_at IS NULL;
        END IF;
        RETURN NULL;
    """,
    "notify_revocation": """
        PERFORM pg_notify('telstar_revocations', json_build_object(
            'sign_in', NEW.sign_in, 'account', NEW.account, 'role', NEW.role, 'active', NEW.active)::text);
        RETURN NULL;
    """,
    "refuse_change_of_audit_log": """
        RAISE EXCEPTION 'audit_log is only ever added to'
            USING HINT = 'To make room, its owner may disable the trigger audit_log_only_grows.';
    """,
}
TRIGGERS = (
    """sign_in_ended AFTER UPDATE OF ended_at ON sign_ins FOR EACH ROW
       WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION note_sign_in_ended()""",
    """sign_in_deleted AFTER DELETE ON sign_ins FOR EACH ROW
       WHEN (OLD.ended_at IS NULL) EXECUTE FUNCTION note_sign_in_ended()""",
    """account_changed AFTER UPDATE OF role, active ON users FOR EACH ROW
       WHEN (OLD.role IS DISTINCT FROM NEW.role OR OLD.active IS DISTINCT FROM NEW.active)
       EXECUTE FUNCTION note_account_changed()""",
    """account_deleted AFTER DELETE ON users FOR EACH ROW EXECUTE FUNCTION note_account_changed()""",
    """revocation_noted AFTER INSERT ON revocations FOR EACH ROW EXECUTE FUNCTION notify_revocation()""",
    """audit_log_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
       FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit_log()""",
)
# In the order they are made; what refers to another comes after it.
TABLES = (
    "sign_ins",
    "revocations",
    "known_devices",
    "attempts",
    "registrations",
    "password_resets",
    "external_identities",
    "oidc_requests",
    "outbox",
    "audit_log",
)


def upgrade() -> None:
    _roles("'subscriber', 'support', 'operator', 'admin'", "subscriber", "role = 'viewer'")
    op.alter_column("users", "password_hash", existing_type=sa.Text(), nullable=True)
    _sign_ins()
    _attempts()
    _ways_in()
    _records()
    for name, body in FUNCTIONS.items():
        op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$")
    for trigger in TRIGGERS:
        op.execute(f"CREATE TRIGGER {trigger}")


def downgrade() -> None:
    op.drop_constraint(op.f("fk_refresh_tokens_family"), "refresh_tokens", type_="foreignkey")
    for trigger in ("account_changed", "account_deleted"):
        op.execute(f"DROP TRIGGER {trigger} ON users")
    for table in reversed(TABLES):
        op.drop_table(table)
    for name in FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}()")
    op.execute("UPDATE users SET password_hash = '-' WHERE password_hash IS NULL")
    op.alter_column("users", "password_hash", existing_type=sa.Text(), nullable=False)
    _roles("'viewer', 'admin'", "viewer", "role <> 'admin'")


def _roles(known: str, default: str, those_who_get_it: str) -> None:
    op.drop_constraint(op.f("ck_users_role_known"), "users", type_="check")
    op.execute(f"UPDATE users SET role = '{default}' WHERE {those_who_get_it}")  # noqa: S608 - literals above
    op.create_check_constraint(op.f("ck_users_role_known"), "users", f"role IN ({known})")
    op.alter_column("users", "role", server_default=sa.text(f"'{default}'"))


def _sign_ins() -> None:
    op.create_table(
        "sign_ins",
        sa.Column("id", sa.Uuid(), nullable=False),
        _user(),
        _time("created_at"),
        _time("last_used_at"),
        sa.Column("user_agent", sa.Text(), server_default="", nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        _time("ended_at", nullable=True),
        _key("sign_ins", "id"),
        _to_user("sign_ins"),
    )
    _index("sign_ins", "user_id")
    op.execute(SIGN_INS_OF_BEFORE)
    op.create_foreign_key(
        op.f("fk_refresh_tokens_family"),
        "refresh_tokens",
        "sign_ins",
        ["family"],
        ["id"],
        ondelete="CASCADE",
    )
    op.create_table(
        "revocations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("sign_in", sa.Uuid(), nullable=True),
        sa.Column("account", sa.Uuid(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=True),
        sa.CheckConstraint(
            "(sign_in IS NULL) <> (account IS NULL)", name=op.f("ck_revocations_of_sign_in_or_account")
        ),
        _key("revocations", "id"),
    )
    _index("revocations", "at")


def _attempts() -> None:
    op.create_table(
        "known_devices",
        _user(),
        _digest("token_hash"),
        _time("last_used_at"),
        _key("known_devices", "user_id", "token_hash"),
        _to_user("known_devices"),
    )
    op.create_table(
        "attempts",
        _digest("key"),
        sa.Column("failures", sa.Integer(), nullable=False),
        _time("last_at"),
        _time("open_at"),
        _key("attempts", "key"),
    )
    _index("attempts", "last_at")


def _ways_in() -> None:
    op.create_table(
        "registrations",
        _digest("token_hash"),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        _time("expires_at"),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_registrations_email_lower_case")),
        _key("registrations", "token_hash"),
    )
    _index("registrations", "email")
    _index("registrations", "expires_at")
    op.create_table(
        "password_resets",
        _digest("token_hash"),
        _user(),
        _time("expires_at"),
        _key("password_resets", "token_hash"),
        _to_user("password_resets"),
    )
    _index("password_resets", "user_id")
    _index("password_resets", "expires_at")
    op.create_table(
        "external_identities",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        _user(),
        _time("linked_at"),
        _key("external_identities", "issuer", "subject"),
        _to_user("external_identities"),
    )
    _index("external_identities", "user_id")
    op.create_table(
        "oidc_requests",
        _digest("state_hash"),
        _digest("browser_hash"),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("code_verifier", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        _time("expires_at"),
        _key("oidc_requests", "state_hash"),
        _to_user("oidc_requests"),
    )
    _index("oidc_requests", "expires_at")


def _records() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        _time("at"),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        _key("outbox", "id"),
    )
    op.create_table(
        "audit_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        _time("at"),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("facts", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        _key("audit_log", "id"),
    )
    _index("audit_log", "at")
    for column in ("actor", "subject", "action"):
        _index("audit_log", column, "id")


def _user() -> sa.Column[object]:
    return sa.Column("user_id", sa.Uuid(), nullable=False)


def _to_user(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_user_id")
    return sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=name, ondelete="CASCADE")


def _digest(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns), unique=False)
