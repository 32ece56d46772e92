"""How databases fail."""

from typing import Any, Final

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

FAILURES: Final = (DBAPIError, PoolTimeout, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
"""Before there is a connection, failures come as the driver and the system raise them."""
REPEATING: Final = ("22", "23", "44", "P0")
"""Classes of SQLSTATE whose words repeat what was to be written: people's, which belongs in no log."""


class DatabaseBusy(Exception):
    """Another hub holds this data. Its text is for the operator."""


class WrongShape(Exception):
    """Its tables are not those that this version works with. Its text is for the operator."""


class CommitUnanswered(Exception):
    """The connection broke while it committed: it has, or it has not. `result`: what the work had returned."""

    def __init__(self, result: Any) -> None:
        super().__init__("the connection broke during the commit")
        self.result = result


def cause(error: Exception) -> str:
    """In the words of the driver or the system, fit for a log."""
    if isinstance(error, DBAPIError) and error.orig:
        said = error.orig.__cause__ or error.orig
        repeats = str(getattr(said, "sqlstate", "")).startswith(REPEATING)
        return type(said).__name__ if repeats else str(said)
    return getattr(error, "strerror", None) or str(error) or "no answer"
