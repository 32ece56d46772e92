"""What hubs share: a secret to sign with, and the changes of accounts in commit order."""

from alembic import op
from sqlalchemy import BigInteger, Column, DateTime, LargeBinary, String

revision = "1.2"
down_revision = "1.1"


def upgrade() -> None:
    moment = DateTime(timezone=True)
    op.create_table(
        "secrets",
        Column("name", String(40), primary_key=True),
        Column("value", LargeBinary, nullable=False),
    )
    op.create_table(
        "changes",
        Column("seq", BigInteger, primary_key=True, autoincrement=False),
        Column("kind", String(20), nullable=False),
        Column("account_id", String(36), nullable=False),
        Column("team_id", String(36)),
        Column("session_id", String(36)),
        Column("made_at", moment, nullable=False),
    )
    op.create_table(
        "counters",
        Column("name", String(40), primary_key=True),
        Column("value", BigInteger, nullable=False),
    )
    op.execute("INSERT INTO counters (name, value) VALUES ('registrations', 0)")
