"""Requests that a client makes again because their answer was lost, and that are carried out once.

The rule: what a request does and that it was made are committed together. Its answer is kept for a day in the hub's
safe, because it may hold a secret that is told once: the database alone cannot open it.
"""

import hashlib
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from hub.accounts.models import Actor
from hub.accounts.safe import Safe
from hub.accounts.store import repeats
from hub.database import Database
from hub.errors import Code, TeammarksError

KEPT: Final = timedelta(days=1)


@dataclass(slots=True)
class Claim:
    """A request under a key of its client's choice. `asked` is a digest of all that it asks."""

    actor: Actor
    key: str
    asked: bytes
    taken: bool = field(default=False, init=False)
    """Whether the request has come so far as to write."""

    @property
    def name(self) -> bytes:
        """Each account has its own keys, and so has each of its API tokens, which may not learn what it can do."""
        token = self.actor.token.id if self.actor.token else ""
        return hashlib.sha256("\0".join((self.actor.account, token, self.key)).encode()).digest()


claim: ContextVar[Claim | None] = ContextVar("claim", default=None)
"""Of the request that is served in this context, where its client wants it carried out once."""


class Repeated(Exception):
    """The request was carried out before, and this was the answer."""

    def __init__(self, sealed: bytes) -> None:
        super().__init__("carried out before")
        self.sealed = sealed


class Repeats:
    def __init__(self, database: Database, safe: Safe) -> None:
        self._database = database
        self._safe = safe

    async def answered(self, made: Claim, answer: bytes) -> None:
        """Keeps the answer to a request that was carried out."""
        async with self._database.write() as connection:
            await repeats.answered(connection, made.name, self._safe.seal(answer, made.actor.account))

    def answer(self, made: Claim, repeated: Repeated) -> bytes:
        """Raises KEY_IN_USE where the safe has another key by now."""
        opened = self._safe.unseal(repeated.sealed, made.actor.account)
        if opened is None:
            raise _no_answer()
        return opened


async def take(connection: AsyncConnection, made: Claim, now: datetime) -> None:
    """Within the first transaction of the request; one with the same key waits here for the end of the other.

    Raises Repeated; KEY_REUSED where something else was asked under this key; KEY_IN_USE where the answer is not there.
    """
    if made.taken:
        return
    before = await repeats.add(connection, made.name, made.asked, now, now - KEPT)
    if before is None:
        made.taken = True
        return
    if before.asked != made.asked:
        raise TeammarksError(Code.KEY_REUSED, "Something else was asked under this idempotency key.")
    if before.answer is None:
        raise _no_answer()
    raise Repeated(before.answer)


def _no_answer() -> TeammarksError:
    return TeammarksError(
        Code.KEY_IN_USE,
        "This was done, and its answer is not there. If it does not come in a moment, it was lost: look what is there.",
        retry=True,
    )
