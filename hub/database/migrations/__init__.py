"""The shape of the database, made and changed step by step.

A revision is `ERA.STEP`. The rule: within an era a step only adds what an older hub need not know of, so hubs of two
versions work side by side while an upgrade rolls through them; a step that takes away or changes what an older hub
uses begins a new era. So what is to go is first replaced (expand), then no longer used (migrate), then dropped in a new
era (contract). A released step is never edited.
"""

import logging
import re
from typing import Final

from sqlalchemy import Connection, inspect

from hub.database.failures import WrongShape

log = logging.getLogger(__name__)

HEAD: Final = "1.3"
"""The newest step here, which this version of the hub works with."""
UNNUMBERED: Final = "1.1"
"""The shape that version 0.1 made before shapes had numbers."""
ITS_TABLES: Final = frozenset({"accounts", "memberships", "documents", "updates"})
"""Enough of them to know it by."""
NOT_OURS: Final = "it holds tables that are not Teammarks's"
_VERSION: Final = "alembic_version"
_REVISION: Final = re.compile(r"\d+\.\d+")


def shape(connection: Connection) -> str | None:
    """The revision this database is at; None where it is empty. Raises WrongShape for somebody else's tables."""
    tables = set(inspect(connection).get_table_names())
    if _VERSION in tables:
        found = str(connection.exec_driver_sql(f"SELECT version_num FROM {_VERSION}").scalar())  # noqa: S608 - a constant
        if _REVISION.fullmatch(found):
            return found
        raise WrongShape(NOT_OURS)
    if tables >= ITS_TABLES:
        return UNNUMBERED
    if tables:
        raise WrongShape(NOT_OURS)
    return None


def is_behind(found: str | None) -> bool:
    """Whether a database of this shape must be migrated. Raises WrongShape where it is beyond this version."""
    if found is None:
        return True
    (era, step), (our_era, our_step) = _parts(found), _parts(HEAD)
    if era > our_era:
        raise WrongShape(f"it is of shape {found}, and this version of Teammarks knows {HEAD}; use a newer version")
    return era < our_era or step < our_step


def migrate(connection: Connection, to: str = HEAD) -> None:
    """Brings a database to a shape, the newest, within the caller's transaction, which is all or nothing.

    One at a time in a process: Alembic keeps what it works on in a module.
    """
    # Imported for the rare start that needs it: it takes as long as the rest of opening a database.
    from alembic import command
    from alembic.config import Config

    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = Config()
    config.set_main_option("script_location", "hub.database:migrations")
    config.attributes["connection"] = connection
    found = shape(connection)
    if found == UNNUMBERED:
        command.stamp(config, UNNUMBERED)
    command.upgrade(config, to)
    log.info("the database was %s and is of shape %s now", f"of shape {found}" if found else "empty", to)


def _parts(revision: str) -> tuple[int, int]:
    era, step = revision.split(".")
    return int(era), int(step)
