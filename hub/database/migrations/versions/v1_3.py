"""What accounts need to be complete."""

from alembic import op
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    false,
)

revision = "1.3"
down_revision = "1.2"

MOMENT = DateTime(timezone=True)


def upgrade() -> None:
    _administration()
    _audit_log()
    _mail()
    _links()
    _recent_log_in()
    _second_factors()
    _api_tokens()
    _repeats()


def _administration() -> None:
    op.add_column("accounts", Column("is_admin", Boolean, nullable=False, server_default=false()))
    op.add_column("organizations", Column("suspended_at", MOMENT))
    op.add_column("documents", Column("suspended_at", MOMENT))


def _audit_log() -> None:
    op.create_table(
        "audit_events",
        Column("id", String(36), primary_key=True),
        Column("event", String(40), nullable=False),
        Column("made_at", MOMENT, nullable=False),
        Column("source", String(10), nullable=False),
        Column("actor_id", String(36)),
        Column("session_id", String(36)),
        Column("address", String(45)),
        Column("organization_id", String(36)),
        Column("team_id", String(36)),
        Column("account_id", String(36)),
        Column("detail", JSON, nullable=False),
    )
    for column in ("organization_id", "team_id", "account_id", "actor_id"):
        op.create_index(f"ix_audit_events_{column}_id", "audit_events", [column, "id"])
    # Rows are only ever added, whoever is at the database.
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_to_change_audit_events() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'audit_events is append-only'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_audit_events()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_events_no_{change.lower()} BEFORE {change} ON audit_events "
            "BEGIN SELECT RAISE(ABORT, 'audit_events is append-only'); END"
        )


def _mail() -> None:
    op.create_table(
        "mailed_tokens",
        Column("token_hash", LargeBinary(32), primary_key=True),
        Column("purpose", String(20), nullable=False),
        Column("account_id", String(36), ForeignKey("accounts.id", ondelete="CASCADE")),
        Column("email", String(320)),
        Column("email_key", String(320)),
        Column("expires_at", MOMENT, nullable=False),
    )
    op.create_index("ix_mailed_tokens_account_id", "mailed_tokens", ["account_id"])
    op.create_index("ix_mailed_tokens_expires_at", "mailed_tokens", ["expires_at"])
    op.create_table(
        "letters",
        Column("id", String(36), primary_key=True),
        Column("recipient", String(320)),
        Column("subject", Text, nullable=False),
        Column("text", Text, nullable=False),
        Column("html", Text, nullable=False),
        Column("made_at", MOMENT, nullable=False),
        Column("due_at", MOMENT, nullable=False),
        Column("attempts", Integer, nullable=False),
    )
    op.create_index("ix_letters_due_at", "letters", ["due_at"])


def _links() -> None:
    op.add_column("invitations", Column("max_uses", Integer, nullable=False, server_default="1"))
    op.add_column("invitations", Column("needs_approval", Boolean, nullable=False, server_default=false()))
    op.create_table(
        "join_requests",
        Column("id", String(36), primary_key=True),
        Column("invitation_id", String(36), ForeignKey("invitations.id", ondelete="CASCADE"), nullable=False),
        Column("account_id", String(36), ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
        Column("state", String(10), nullable=False),
        Column("created_at", MOMENT, nullable=False),
        UniqueConstraint("invitation_id", "account_id"),
        CheckConstraint("state IN ('waiting', 'joined', 'refused', 'declined')", name="state"),
    )
    op.create_index("ix_join_requests_account_id", "join_requests", ["account_id"])


def _recent_log_in() -> None:
    op.add_column("sessions", Column("proved_at", MOMENT))


def _second_factors() -> None:
    op.create_table(
        "second_factors",
        Column("account_id", String(36), ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
        Column("secret", LargeBinary, nullable=False),
        Column("confirmed_at", MOMENT),
        Column("last_step", BigInteger),
    )
    op.create_table(
        "recovery_codes",
        Column("account_id", String(36), ForeignKey("second_factors.account_id", ondelete="CASCADE"), primary_key=True),
        Column("code_hash", LargeBinary(32), primary_key=True),
    )


def _api_tokens() -> None:
    op.create_table(
        "api_tokens",
        Column("id", String(36), primary_key=True),
        Column("account_id", String(36), ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
        Column("name", String(200), nullable=False),
        Column("secret_hash", LargeBinary(32), nullable=False, unique=True),
        Column("scopes", JSON, nullable=False),
        Column("organizations", JSON, nullable=False),
        Column("teams", JSON, nullable=False),
        Column("created_at", MOMENT, nullable=False),
        Column("expires_at", MOMENT, nullable=False),
        Column("last_used_at", MOMENT),
    )
    op.create_index("ix_api_tokens_account_id", "api_tokens", ["account_id"])


def _repeats() -> None:
    op.create_table(
        "repeats",
        Column("name", LargeBinary(32), primary_key=True),
        Column("asked", LargeBinary(32), nullable=False),
        Column("answer", LargeBinary),
        Column("made_at", MOMENT, nullable=False),
    )
    op.create_index("ix_repeats_made_at", "repeats", ["made_at"])
