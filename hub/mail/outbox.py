"""The outbox: letters that wait in the database until a hub has given them to the mail server.

The rule: a letter is put in by the transaction that it tells of, so it is sent exactly where that was committed; and it
is claimed for a while before it is sent, so that of several hubs one sends it. A hub that is killed between sending a
letter and taking it out leaves the claim to end, and the letter is sent again, with the same Message-ID.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.ids import new_id
from hub.mail.letters import Letter, Writer, Written
from hub.schema import letters

CLAIM: Final = timedelta(minutes=5)
"""Longer than an attempt at sending may take."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A letter that a hub has claimed."""

    id: str
    to: str | None
    """None: nobody. Whoever is not known here is answered like everybody else, and takes as long."""
    written: Written
    made_at: datetime
    attempts: int
    """With the one that it is claimed for."""


@dataclass(frozen=True, slots=True)
class Queue:
    """None where no letter waits."""

    oldest: datetime | None
    """When the oldest letter was put in."""
    next_due: datetime | None


class Outbox:
    def __init__(self, public_url: str) -> None:
        self.filled = asyncio.Event()
        """Something was put in by this hub, and is committed. The sender clears it."""
        self._writer = Writer(public_url)

    async def add(self, connection: AsyncConnection, to: str | None, letter: Letter, now: datetime) -> None:
        written = self._writer.write(letter)
        await connection.execute(
            insert(letters).values(
                id=new_id(),
                recipient=to,
                subject=written.subject,
                text=written.text,
                html=written.html,
                made_at=now,
                due_at=now,
                attempts=0,
            )
        )


async def claim(connection: AsyncConnection, now: datetime) -> Claimed | None:
    """The letter that has been due for longest, if any; no other hub gets it while the claim lasts."""
    due = (
        select(letters.c.id)
        .where(letters.c.due_at <= now)
        .order_by(letters.c.due_at, letters.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    chosen = await connection.scalar(due)
    if chosen is None:
        return None
    row = (
        await connection.execute(
            update(letters)
            .where(letters.c.id == chosen)
            .values(due_at=now + CLAIM, attempts=letters.c.attempts + 1)
            .returning(letters)
        )
    ).one()
    return Claimed(row.id, row.recipient, Written(row.subject, row.text, row.html), row.made_at, row.attempts)


async def take_out(connection: AsyncConnection, letter: str) -> None:
    await connection.execute(delete(letters).where(letters.c.id == letter))


async def postpone(connection: AsyncConnection, letter: str, until: datetime) -> None:
    await connection.execute(update(letters).where(letters.c.id == letter).values(due_at=until))


async def waiting(connection: AsyncConnection) -> Queue:
    return Queue(*(await connection.execute(select(func.min(letters.c.made_at), func.min(letters.c.due_at)))).one())
