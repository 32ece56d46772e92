"""Passwords: hashed with argon2id, a few at a time, and never on the event loop.

The rule: verifying against no account at all costs what verifying against an account costs, so that time tells nobody
which addresses are registered. And a password that is among the first to be tried is none.
"""

import asyncio
import secrets
import unicodedata
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from hub.errors import Code, TeammarksError

T = TypeVar("T")

SHORTEST = 8
"""Characters."""
_COMMON = frozenset(word for word in FREQUENCY_LISTS["passwords"] if len(word) >= SHORTEST)

AT_ONCE = 4
"""Hashings side by side: 4 × 19 MiB is the most memory that a flood of log-ins can take."""
WAITING = 200
"""Who comes behind this many is told to come back: about two seconds of work on one core are queued by then."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Argon2id parameters. The defaults are OWASP's recommendation."""

    memory_kib: int = 19 * 1024
    passes: int = 2
    lanes: int = 1


class Passwords:
    def __init__(self, cost: Cost) -> None:
        self._hasher = PasswordHasher(time_cost=cost.passes, memory_cost=cost.memory_kib, parallelism=cost.lanes)
        self._nobodys = self._hasher.hash(secrets.token_urlsafe())
        self._places = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """Raises UNAVAILABLE when too many are waiting already."""
        return await self._aside(lambda: self._hasher.hash(_normal(password)))

    async def verify(self, password: str, known: str | None) -> bool:
        """Whether `password` belongs to the hash `known`; None means that there is no such account, and is False.

        Raises UNAVAILABLE when too many are waiting already.
        """

        def compare() -> bool:
            try:
                self._hasher.verify(known or self._nobodys, _normal(password))
            except (VerificationError, InvalidHashError):
                return False
            return known is not None

        return await self._aside(compare)

    def outdated(self, known: str) -> bool:
        """Whether `known` was made with other parameters than today's, and should be made again."""
        return self._hasher.check_needs_rehash(known)

    async def _aside(self, work: Callable[[], T]) -> T:
        async with self._place():
            return await asyncio.to_thread(work)

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        if self._waiting >= WAITING:
            raise TeammarksError(Code.UNAVAILABLE, "Too many people are logging in at this moment.", retry=True)
        self._waiting += 1
        try:
            await self._places.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._places.release()


def is_common(password: str) -> bool:
    """Whether it is among some 11 000 that people choose most, and so guessers try first (NIST SP 800-63B §5.1.1.2)."""
    return _normal(password).casefold() in _COMMON


def _normal(password: str) -> str:
    # The same keys give different code points on different systems (NIST SP 800-63B §5.1.1.2).
    return unicodedata.normalize("NFKC", password)
