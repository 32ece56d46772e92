"""One use case's transaction, and what is told after it.

The rule: a change is committed with what it tells of and with its event of the audit log, in one transaction, so that
every hub learns of it; and it is announced after that commit and never before, and not at all where the commit fails.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import Change, ChangeKind
from hub.accounts import repeats
from hub.accounts.audit import Event, Occurrence, origin
from hub.accounts.store import audit, changes
from hub.database import Database
from hub.ids import AccountId, OrganizationId, SessionId, TeamId
from hub.mail.letters import Letter
from hub.mail.outbox import Outbox


@dataclass(slots=True)
class Work:
    """An open write transaction."""

    connection: AsyncConnection
    now: datetime
    changes: list[Change] = field(default_factory=list)
    occurrences: list[Occurrence] = field(default_factory=list)
    letters: list[tuple[str | None, Letter]] = field(default_factory=list)

    def tell(
        self, kind: ChangeKind, account: AccountId, *, team: TeamId | None = None, session: SessionId | None = None
    ) -> None:
        """Announce to `account` when this work is committed."""
        self.changes.append(Change(kind, account, team, session))

    def record(
        self,
        event: Event,
        *,
        organization: OrganizationId | None = None,
        team: TeamId | None = None,
        account: AccountId | None = None,
        **detail: str | int | bool | None,
    ) -> None:
        """Writes the change into the audit log, once for each change. What is named is what it was done to.

        `team` brings its organization. `detail` holds no secret, and nothing that a person wrote.
        """
        self.occurrences.append(Occurrence(event, organization, team, account, detail))

    def mail(self, to: str | None, letter: Letter) -> None:
        """Sends a letter once this work is committed.

        To nobody, where who asks must not find out by the time it takes that there is nobody.
        """
        self.letters.append((to, letter))


class Ledger:
    """The database as the use cases see it."""

    def __init__(
        self, database: Database, announce: Callable[[Change], None], clock: Callable[[], float], outbox: Outbox
    ) -> None:
        self._database = database
        self._announce = announce
        self._clock = clock
        self._outbox = outbox

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)

    def read(self) -> AbstractAsyncContextManager[AsyncConnection]:
        return self._database.read()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Work]:
        """A transaction that holds the write lock from its first moment.

        An exception inside undoes everything: whatever must stay although the caller is refused is committed first,
        and the refusal raised outside.
        """
        async with self._database.write() as connection:
            work = Work(connection, self.now())
            if made := repeats.claim.get():
                await repeats.take(connection, made, work.now)
            yield work
            await audit.add(connection, work.occurrences, origin.get(), work.now)
            for to, letter in work.letters:
                await self._outbox.add(connection, to, letter, work.now)
            if work.changes:
                await changes.add(connection, work.changes, work.now)
        if work.letters:
            self._outbox.filled.set()
        for change in work.changes:
            self._announce(change)
