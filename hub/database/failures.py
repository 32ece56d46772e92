"""How databases fail."""

from typing import Any, Final

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

FAILURES: Final = (DBAPIError, PoolTimeout, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
"""Before there is a connection, failures come as the driver and the system raise them."""


class DatabaseBusy(Exception):
    """Another hub holds this data. Its text is for the operator."""


class WrongShape(Exception):
    """Its tables are not those that this version works with. Its text is for the operator."""


class CommitUnanswered(Exception):
    """The connection broke while it committed: it has, or it has not. `result`: what the work had returned."""

    def __init__(self, result: Any) -> None:
        super().__init__("the connection broke during the commit")
        self.result = result
