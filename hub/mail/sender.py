"""Takes letters from the outbox and delivers them, with growing pauses where that fails.

The rule: nobody waits for the mail server but this. Any hub on the database may send any letter.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

from hub.database import Database
from hub.errors import TeammarksError
from hub.mail import outbox
from hub.mail.delivery import Delivery, Trouble, Undelivered, compose
from hub.mail.outbox import Claimed, Outbox
from hub.metrics import Metrics

log = logging.getLogger(__name__)

CHECK_S: Final = 5.0
"""How often it is looked for letters of other hubs, and for those whose pause has ended."""
FIRST_PAUSE: Final = timedelta(seconds=10)
LONGEST_PAUSE: Final = timedelta(minutes=10)
KEPT: Final = timedelta(days=3)
"""Then a letter is given up: its links have long expired."""
LAST_LETTER_S: Final = 10.0
"""How long a hub that stops waits for the letter that it is delivering."""


class Sender:
    """`start` it when letters may go; `close` it before the database."""

    def __init__(
        self,
        database: Database,
        letters: Outbox,
        delivery: Delivery,
        metrics: Metrics,
        clock: Callable[[], float],
        *,
        sender: str,
    ) -> None:
        """`sender`: whom letters are from."""
        self._database = database
        self._letters = letters
        self._delivery = delivery
        self._metrics = metrics
        self._clock = clock
        self._sender = sender
        self._oldest: datetime | None = None
        self._failing = False
        self._closing = False
        self._task: asyncio.Task[None] | None = None
        metrics.mail_age_s.set_function(self._age_s)

    def start(self) -> None:
        self._task = asyncio.create_task(self._send_for_ever(), name="mail")

    async def close(self) -> None:
        """The letter under way still goes: one that is cut off might be sent twice."""
        self._closing = True
        self._letters.filled.set()
        if self._task:
            await asyncio.wait([self._task], timeout=LAST_LETTER_S)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def send_due(self) -> None:
        """Sends what is due, until nothing is or the server is in trouble. Raises TeammarksError STORAGE."""
        try:
            while not self._closing and (letter := await self._claimed()):
                if not await self._send(letter):
                    break
        finally:
            await self._delivery.hang_up()

    async def _send_for_ever(self) -> None:
        while not self._closing:
            self._letters.filled.clear()
            try:
                await self.send_due()
            except TeammarksError as error:
                log.warning("the outbox cannot be read: %s", error)
            except Exception:
                log.exception("letters were not sent")
            with suppress(TimeoutError):
                async with asyncio.timeout(CHECK_S):
                    await self._letters.filled.wait()

    async def _claimed(self) -> Claimed | None:
        # Most looks find nothing, and must not take the place of a writer.
        async with self._database.read() as connection:
            waiting = await outbox.waiting(connection)
        self._oldest = waiting.oldest
        if waiting.next_due is None or waiting.next_due > self._now():
            return None
        async with self._database.write() as connection:
            return await outbox.claim(connection, self._now())

    async def _send(self, letter: Claimed) -> bool:
        """False: it is no use to try the next one now."""
        try:
            if letter.to is not None:
                await self._delivery.deliver(compose(letter, letter.to, self._sender))
                self._metrics.mail_sent.inc()
        except Undelivered as error:
            await self._undelivered(letter, error)
            return error.trouble is not Trouble.SERVER
        except Exception:
            log.exception("letter %s could not be delivered", letter.id)
            await self._undelivered(letter, Undelivered(Trouble.DEFERRED, "a mistake of ours"))
            return True
        async with self._database.write() as connection:
            await outbox.take_out(connection, letter.id)
        if self._failing:
            log.warning("letters are taken again")
            self._failing = False
        return True

    async def _undelivered(self, letter: Claimed, why: Undelivered) -> None:
        self._metrics.mail_troubles.labels(why.trouble).inc()
        given_up = why.trouble is Trouble.REFUSED or self._now() - letter.made_at >= KEPT
        if given_up:
            log.warning("letter %s is given up: %s", letter.id, why)
        elif why.trouble is Trouble.SERVER and not self._failing:
            log.warning("letters wait: %s", why)
            self._failing = True
        async with self._database.write() as connection:
            if given_up:
                await outbox.take_out(connection, letter.id)
            else:
                await outbox.postpone(connection, letter.id, self._now() + pause(letter.attempts))

    def _age_s(self) -> float:
        return (self._now() - self._oldest).total_seconds() if self._oldest else 0.0

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)


def pause(attempts: int) -> timedelta:
    """After so many attempts."""
    doublings: int = min(attempts - 1, 10)
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)
