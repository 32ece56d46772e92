"""What accounts need to be complete."""

revision = "1.3"
down_revision = "1.2"


def upgrade() -> None:
    pass
