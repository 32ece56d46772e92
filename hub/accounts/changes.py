"""Tells the sockets of this hub what was committed about accounts, here or by another hub.

The rule: what is told comes from the table of changes alone, into which every transaction puts its own; so nothing is
told that is not committed, nothing committed is overlooked, and no message from outside does more than have the table
read sooner. Where other hubs write too, it is read now and then in any case; and while it cannot be read, this hub does
not know who has been removed, and says so.
"""

import asyncio
import logging
from contextlib import suppress
from typing import Final, Protocol

from hub.access import Change
from hub.accounts.store import changes
from hub.bus import Bus
from hub.database import Database
from hub.errors import TeammarksError
from hub.limits import Limits

log = logging.getLogger(__name__)

ANSWERS_WITHIN_S: Final = 5.0
"""A database that takes longer is asked anew: the connection may be dead."""


class Audience(Protocol):
    """The sockets. None of these waits or raises."""

    def changed(self, change: Change) -> None: ...

    def may_have_changed(self) -> None:
        """What anybody may do."""
        ...

    def lose_sight(self) -> None:
        """From now on it is not known what was changed."""
        ...

    def regain_sight(self) -> None:
        """It is known again, and what was changed has been told."""
        ...


class Changes:
    """`start` it before there are sockets that want to hear; `close` it after them."""

    def __init__(self, database: Database, bus: Bus, limits: Limits) -> None:
        self.blind = False
        """It is not known what was changed."""
        self._database = database
        self._bus = bus
        self._limits = limits
        self._seq = 0
        self._to_rouse = False
        self._asked = asyncio.Event()
        self._blinding: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self, audience: Audience) -> None:
        """Tell this audience what is committed from now on. Raises TeammarksError STORAGE."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with self._database.read() as connection:
            self._seq = await changes.newest(connection)
        if not self._bus.alone:
            self._blinding = loop.call_at(began + self._limits.blind_s, self._lose_sight, audience)
        self._bus.on_rouse(self._asked.set)
        self._task = asyncio.create_task(self._tell_for_ever(audience), name="changes")

    def committed(self, change: Change) -> None:
        """A transaction of this hub has put a change into the table. Returns at once."""
        self._to_rouse = True
        self._asked.set()

    async def close(self) -> None:
        if self._blinding:
            self._blinding.cancel()
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _tell_for_ever(self, audience: Audience) -> None:
        loop = asyncio.get_running_loop()
        failing = False
        while True:
            self._asked.clear()
            if self._to_rouse:
                self._to_rouse = False
                self._bus.rouse()
            began = loop.time()
            try:
                async with asyncio.timeout(ANSWERS_WITHIN_S):
                    await self._tell(audience)
            except (TeammarksError, TimeoutError) as error:
                if not failing:
                    log.warning("changes of accounts cannot be read: %s", str(error) or "no answer")
                failing = True
            except Exception:
                log.exception("changes of accounts were not told")
                failing = True
            else:
                failing = False
                self._seen(audience, began)
            # What this hub commits it hears of at once. So one that is alone looks again only where it failed.
            alone = self._bus.alone and not failing
            with suppress(TimeoutError):
                async with asyncio.timeout(None if alone else self._limits.changes_check_s):
                    await self._asked.wait()

    async def _tell(self, audience: Audience) -> None:
        async with self._database.read() as connection:
            found = await changes.after(connection, self._seq)
        self._seq = found.newest
        for change in found.changes:
            audience.changed(change)
        if found.missing:
            audience.may_have_changed()

    def _seen(self, audience: Audience, at: float) -> None:
        """Everything that was committed before `at` has been told."""
        loop = asyncio.get_running_loop()
        until = at + self._limits.blind_s
        if self._bus.alone or until <= loop.time():
            return
        if self._blinding:
            self._blinding.cancel()
        self._blinding = loop.call_at(until, self._lose_sight, audience)
        if self.blind:
            log.warning("changes of accounts can be read again")
            self.blind = False
            audience.regain_sight()

    def _lose_sight(self, audience: Audience) -> None:
        log.warning("nothing is sent to anybody until changes of accounts can be read again")
        self.blind = True
        audience.lose_sight()
