"""The tables, in one place, for both databases: portable types and constraints only.

`updates` is the truth about every folder and `memberships` the truth about who may open it; everything else can be
derived or asked for again. Times are RFC 3339-able UTC, stored by `Instant`.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)


class Instant(TypeDecorator[datetime]):
    """A moment in UTC. SQLite forgets the zone of a timestamp, so it is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        assert value is None or value.tzinfo is not None, "times carry their zone"
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and (value if value.tzinfo else value.replace(tzinfo=UTC))


metadata = MetaData(
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


accounts = Table(
    "accounts",
    metadata,
    _id(),
    Column("email", String(320), nullable=False, doc="as its owner wrote it"),
    Column(
        "email_key",
        String(320),
        nullable=False,
        unique=True,
        doc="normalised by us: databases disagree on case",
    ),
    Column("display_name", String(200), nullable=False),
    Column("password_hash", String(200), nullable=False),
    Column("verified_at", Instant),
    Column("disabled_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("is_admin", Boolean, nullable=False, server_default=false(), doc="of this hub, not of an organization"),
)

sessions = Table(
    "sessions",
    metadata,
    _id(),
    Column("account_id", String(36), ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("device", String(200), nullable=False),
    Column("generation", Integer, nullable=False, doc="of the refresh token; counts rotations"),
    Column("refresh_secret", LargeBinary(32), nullable=False, doc="tokens of all generations derive from it"),
    Column("rotated_at", Instant, nullable=False),
    Column("proved_at", Instant, doc="when password or second factor were given again; none: not since log-in"),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("revoked_because", String(40)),
)

organizations = Table(
    "organizations",
    metadata,
    _id(),
    Column("name", String(200), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("deleted_at", Instant),
    Column("suspended_at", Instant, doc="by an admin of the hub: its folders are closed, and nothing is deleted"),
)

organization_members = Table(
    "organization_members",
    metadata,
    Column("organization_id", String(36), ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True),
    Column("account_id", String(36), ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("role", String(10), nullable=False),
    Column("created_at", Instant, nullable=False),
    CheckConstraint("role IN ('owner', 'admin', 'member')", name="role"),
    Index(None, "account_id"),
)

teams = Table(
    "teams",
    metadata,
    _id(),
    Column("organization_id", String(36), ForeignKey("organizations.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("deleted_at", Instant),
    UniqueConstraint("organization_id", "id"),
)

memberships = Table(
    "memberships",
    metadata,
    Column("team_id", String(36), primary_key=True),
    Column("account_id", String(36), primary_key=True),
    Column("organization_id", String(36), nullable=False),
    Column("can_read", Boolean, nullable=False),
    Column("can_write", Boolean, nullable=False),
    Column("is_manager", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    ForeignKeyConstraint(["organization_id", "team_id"], ["teams.organization_id", "teams.id"], ondelete="CASCADE"),
    # Who leaves the organization cannot keep a team.
    ForeignKeyConstraint(
        ["organization_id", "account_id"],
        ["organization_members.organization_id", "organization_members.account_id"],
        ondelete="CASCADE",
    ),
    Index(None, "account_id"),
)

invitations = Table(
    "invitations",
    metadata,
    _id(),
    Column("organization_id", String(36), ForeignKey("organizations.id", ondelete="CASCADE"), nullable=False),
    Column("email", String(320), nullable=False, doc="whom it is for; empty: a link, for whoever holds it"),
    Column("email_key", String(320), nullable=False, index=True),
    Column("role", String(10), nullable=False),
    Column("token_hash", LargeBinary(32), nullable=False, unique=True),
    Column("invited_by", String(36), ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("accepted_at", Instant),
    Column("declined_at", Instant),
    Column("withdrawn_at", Instant),
    Column("max_uses", Integer, nullable=False, server_default="1", doc="of a link"),
    Column(
        "needs_approval", Boolean, nullable=False, server_default=false(), doc="whoever comes by this link has to wait"
    ),
    CheckConstraint("role IN ('owner', 'admin', 'member')", name="role"),
    Index(None, "organization_id"),
)

join_requests = Table(
    "join_requests",
    metadata,
    _id(),
    Column("invitation_id", String(36), ForeignKey("invitations.id", ondelete="CASCADE"), nullable=False),
    Column("account_id", String(36), ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("state", String(10), nullable=False, doc="what became of it; an account has one for each link"),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("invitation_id", "account_id"),
    CheckConstraint("state IN ('waiting', 'joined', 'refused', 'declined')", name="state"),
)

invitation_teams = Table(
    "invitation_teams",
    metadata,
    Column("invitation_id", String(36), ForeignKey("invitations.id", ondelete="CASCADE"), primary_key=True),
    Column("team_id", String(36), ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True),
    Column("can_write", Boolean, nullable=False),
    Column("is_manager", Boolean, nullable=False),
)

documents = Table(
    "documents",
    metadata,
    Column("id", String(36), ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True),
    Column("head", BigInteger, nullable=False, default=0, doc="number of the newest update; 0: none yet"),
    Column("deleted_at", Instant),
    Column("suspended_at", Instant, doc="with its organization"),
)

updates = Table(
    "updates",
    metadata,
    Column("document_id", String(36), ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", BigInteger, primary_key=True, doc="1, 2, 3 … per document, in commit order, without a gap"),
    Column("payload", LargeBinary, nullable=False, doc="the Yjs v1 update as it was received"),
    Column("account_id", String(36), nullable=False, doc="who sent it, by the session; no key: authors may leave"),
    Column("stored_at", Instant, nullable=False),
    Column("quarantined_because", String(200)),
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("document_id", String(36), ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", BigInteger, nullable=False, doc="every update up to this number is inside"),
    Column("state", LargeBinary, nullable=False, doc="one Yjs v1 update"),
    Column("made_at", Instant, nullable=False),
)

secrets = Table(
    "secrets",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", LargeBinary, nullable=False, doc="random; what all hubs on this database know, and nobody else"),
)

changes = Table(
    "changes",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False, doc="in commit order, without a gap"),
    Column("kind", String(20), nullable=False),
    Column("account_id", String(36), nullable=False, doc="whom to tell; no key: accounts may leave"),
    Column("team_id", String(36)),
    Column("session_id", String(36)),
    Column("made_at", Instant, nullable=False),
)

counters = Table(
    "counters",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", BigInteger, nullable=False, doc="the newest number; who takes one holds the row until its commit"),
)

# Rows are only ever added; the migration's triggers refuse anything else. No keys: whom and what it names may go.
audit_events = Table(
    "audit_events",
    metadata,
    _id(),
    Column("event", String(40), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("source", String(10), nullable=False, doc="account, visitor, operator or system"),
    Column("actor_id", String(36), doc="the account that did it"),
    Column("session_id", String(36)),
    Column("address", String(45), doc="the client's, as the hub believes it"),
    Column("organization_id", String(36)),
    Column("team_id", String(36)),
    Column("account_id", String(36), doc="the account it was done to"),
    Column("detail", JSON, nullable=False),
    Index(None, "organization_id", "id"),
    Index(None, "team_id", "id"),
    Index(None, "account_id", "id"),
    Index(None, "actor_id", "id"),
)

second_factors = Table(
    "second_factors",
    metadata,
    Column("account_id", String(36), ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("secret", LargeBinary, nullable=False, doc="sealed: it takes the key in the data folder to open it"),
    Column("confirmed_at", Instant, doc="none: its owner has not shown yet that the authenticator works"),
    Column("last_step", BigInteger, doc="of the newest code that was used; it and older ones are worth nothing"),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("account_id", String(36), ForeignKey("second_factors.account_id", ondelete="CASCADE"), primary_key=True),
    Column("code_hash", LargeBinary(32), primary_key=True, doc="SHA-256: 80 random bits need no slow hash"),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    _id(),
    Column("account_id", String(36), ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", String(200), nullable=False),
    Column("secret_hash", LargeBinary(32), nullable=False, unique=True, doc="SHA-256 of 256 random bits"),
    Column("scopes", JSON, nullable=False, doc="what it is for"),
    Column("organizations", JSON, nullable=False, doc="that it is for, with their teams; see `teams`"),
    Column("teams", JSON, nullable=False, doc="that it is for; no organization and no team: all there are"),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("last_used_at", Instant, doc="to the minute"),
)

mailed_tokens = Table(
    "mailed_tokens",
    metadata,
    Column("token_hash", LargeBinary(32), primary_key=True, doc="SHA-256: 256 random bits need no slow hash"),
    Column("purpose", String(20), nullable=False, doc="the only thing it may be used for, and once"),
    Column("account_id", String(36), ForeignKey("accounts.id", ondelete="CASCADE"), doc="none: it opens nothing"),
    Column("email", String(320), doc="that the account is to have"),
    Column("email_key", String(320)),
    Column("expires_at", Instant, nullable=False, index=True),
    Index(None, "account_id"),
)

letters = Table(
    "letters",
    metadata,
    _id(),
    Column("recipient", String(320), doc="none: nobody is to get it"),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False, doc="links in it are secrets, so a letter that is sent is deleted"),
    Column("html", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False, index=True, doc="when to try next; later, where a hub has claimed it"),
    Column("attempts", Integer, nullable=False),
)

# No key to accounts: it would be locked before organizations are, against the order of everything else.
repeats = Table(
    "repeats",
    metadata,
    Column("name", LargeBinary(32), primary_key=True, doc="digest of who asks and the idempotency key"),
    Column("asked", LargeBinary(32), nullable=False, doc="digest of the request"),
    Column("answer", LargeBinary, doc="sealed: it takes the key in the data folder to open it; none: not there yet"),
    Column("made_at", Instant, nullable=False, index=True),
)
