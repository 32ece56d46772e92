"""The lock by which hubs know of each other on one PostgreSQL.

The rule: a hub that no Redis joins to others has the database for itself. It begins with the lock or not at all; a lock
that is lost later, because the server was restarted, is taken again as soon as it can be. If another hub has come
meanwhile, this one serves on: nothing is lost by it, updates of the other reach its clients late. It says so again and
again.
"""

import asyncio
import logging
from contextlib import suppress
from typing import Final, Self

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from hub.database.failures import FAILURES, DatabaseBusy

log = logging.getLogger(__name__)

LOCK: Final = 0x7465616D
"""Advisory lock: shared by hubs that are joined by Redis, exclusive for one that is not."""
LOOKS_EVERY_S: Final = 2.0
"""Whether its connection still lives, and after a loss whether the lock can be had again."""
SAYS_EVERY: Final = 30
"""Looks, between two complaints about another hub."""


class HubsLock:
    def __init__(self, engine: AsyncEngine, place: str, *, shared: bool) -> None:
        self.held = False
        """False: lost, and not taken again yet."""
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._place = place
        self._take = f"SELECT pg_try_advisory_lock{'_shared' if shared else ''}({LOCK})"
        self._connection: AsyncConnection | None = None
        self._watch: asyncio.Task[None] | None = None

    @classmethod
    async def take(cls, engine: AsyncEngine, place: str, *, shared: bool) -> Self:
        """Raises DatabaseBusy."""
        lock = cls(engine, place, shared=shared)
        if not await lock._taken():
            raise DatabaseBusy(f"another hub is using {place}, and no Redis joins it with this one")
        lock.held = True
        lock._watch = asyncio.create_task(lock._keep(), name="the hubs' lock")
        return lock

    async def release(self) -> None:
        if self._watch:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        await self._let_go()

    async def _taken(self) -> bool:
        """Whether the lock could be had, on a connection that is kept then."""
        self._connection = await self._engine.connect()
        try:
            if (await self._connection.exec_driver_sql(self._take)).scalar_one():
                return True
        except BaseException:
            await self._let_go()
            raise
        await self._let_go()
        return False

    async def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection:
            with suppress(*FAILURES):
                await connection.close()

    async def _keep(self) -> None:
        refused = 0
        while True:
            await asyncio.sleep(LOOKS_EVERY_S)
            try:
                if self.held and self._connection:
                    await self._connection.exec_driver_sql("SELECT 1")
                elif await self._taken():
                    self.held, refused = True, 0
                    log.info("the lock on %s is held again", self._place)
                else:
                    if refused % SAYS_EVERY == 0:
                        log.error(
                            "another hub that is not joined with this one has come to use %s: what is written there "
                            "reaches this hub's clients late. Stop one of them, or join them by Redis",
                            self._place,
                        )
                    refused += 1
            except FAILURES as error:
                if self.held:
                    log.warning("the lock on %s is lost with its connection: %s", self._place, error)
                self.held = False
                await self._let_go()
