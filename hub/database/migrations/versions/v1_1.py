"""The tables as version 0.1 had them."""

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

revision = "1.1"
down_revision = None

MOMENT = DateTime(timezone=True)

tables = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[str]:
    return Column("id", String(36), primary_key=True)


Table(
    "accounts",
    tables,
    _id(),
    Column("email", String(320), nullable=False),
    Column("email_key", String(320), nullable=False, unique=True),
    Column("display_name", String(200), nullable=False),
    Column("password_hash", String(200), nullable=False),
    Column("verified_at", MOMENT),
    Column("disabled_at", MOMENT),
    Column("created_at", MOMENT, nullable=False),
)

Table(
    "sessions",
    tables,
    _id(),
    Column("account_id", String(36), ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("device", String(200), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("refresh_secret", LargeBinary(32), nullable=False),
    Column("rotated_at", MOMENT, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("expires_at", MOMENT, nullable=False),
    Column("revoked_at", MOMENT),
    Column("revoked_because", String(40)),
)

Table(
    "organizations",
    tables,
    _id(),
    Column("name", String(200), nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("deleted_at", MOMENT),
)

Table(
    "organization_members",
    tables,
    Column("organization_id", String(36), ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True),
    Column("account_id", String(36), ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("role", String(10), nullable=False),
    Column("created_at", MOMENT, nullable=False),
    CheckConstraint("role IN ('owner', 'admin', 'member')", name="role"),
    Index(None, "account_id"),
)

Table(
    "teams",
    tables,
    _id(),
    Column("organization_id", String(36), ForeignKey("organizations.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("deleted_at", MOMENT),
    UniqueConstraint("organization_id", "id"),
)

Table(
    "memberships",
    tables,
    Column("team_id", String(36), primary_key=True),
    Column("account_id", String(36), primary_key=True),
    Column("organization_id", String(36), nullable=False),
    Column("can_read", Boolean, nullable=False),
    Column("can_write", Boolean, nullable=False),
    Column("is_manager", Boolean, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    ForeignKeyConstraint(["organization_id", "team_id"], ["teams.organization_id", "teams.id"], ondelete="CASCADE"),
    # Who leaves the organization cannot keep a team.
    ForeignKeyConstraint(
        ["organization_id", "account_id"],
        ["organization_members.organization_id", "organization_members.account_id"],
        ondelete="CASCADE",
    ),
    Index(None, "account_id"),
)

Table(
    "invitations",
    tables,
    _id(),
    Column("organization_id", String(36), ForeignKey("organizations.id", ondelete="CASCADE"), nullable=False),
    Column("email", String(320), nullable=False),
    Column("email_key", String(320), nullable=False, index=True),
    Column("role", String(10), nullable=False),
    Column("token_hash", LargeBinary(32), nullable=False, unique=True),
    Column("invited_by", String(36), ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("expires_at", MOMENT, nullable=False),
    Column("accepted_at", MOMENT),
    Column("declined_at", MOMENT),
    Column("withdrawn_at", MOMENT),
    CheckConstraint("role IN ('owner', 'admin', 'member')", name="role"),
    Index(None, "organization_id"),
)

Table(
    "invitation_teams",
    tables,
    Column("invitation_id", String(36), ForeignKey("invitations.id", ondelete="CASCADE"), primary_key=True),
    Column("team_id", String(36), ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True),
    Column("can_write", Boolean, nullable=False),
    Column("is_manager", Boolean, nullable=False),
)

Table(
    "documents",
    tables,
    Column("id", String(36), ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True),
    Column("head", BigInteger, nullable=False),
    Column("deleted_at", MOMENT),
)

Table(
    "updates",
    tables,
    Column("document_id", String(36), ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("payload", LargeBinary, nullable=False),
    Column("account_id", String(36), nullable=False),
    Column("stored_at", MOMENT, nullable=False),
    Column("quarantined_because", String(200)),
)

Table(
    "snapshots",
    tables,
    Column("document_id", String(36), ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("state", LargeBinary, nullable=False),
    Column("made_at", MOMENT, nullable=False),
)


def upgrade() -> None:
    tables.create_all(op.get_bind(), checkfirst=False)
