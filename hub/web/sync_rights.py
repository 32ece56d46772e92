"""What sockets may do, kept as the database has it: after every change that is announced, and now and then without one.

The rule: an announcement carries no right, only the reason to read the database again. While announcements cannot be
heard, sockets are held; and until every grant that changed meanwhile has been read.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterable
from itertools import islice
from typing import Final

from hub.access import Change, ChangeKind
from hub.errors import Code
from hub.ids import AccountId, document_of
from hub.web.sync_socket import SyncSocket

AT_A_TIME: Final = 8
"""Grants read again at once; one removal from an organization may concern thousands."""
PAUSE_S: Final = 0.2
"""Before a database that did not answer is asked again."""

_Question = tuple[SyncSocket, int]
"""A socket and a document's ticket on it."""


class SyncRights:
    """Which account speaks on which sockets, and whose grants are to be read again."""

    def __init__(self, sockets_per_account: int) -> None:
        self.changes_heard = 0
        self._sockets_per_account = sockets_per_account
        self._by_account: defaultdict[AccountId, dict[SyncSocket, None]] = defaultdict(dict)
        self._accounts: defaultdict[SyncSocket, set[AccountId]] = defaultdict(set)
        self._urgent: dict[_Question, Code] = {}
        self._routine: dict[_Question, Code] = {}
        self._asked = asyncio.Event()
        self._holding = False
        self._seeing = True

    def note(self, account: AccountId, socket: SyncSocket) -> None:
        """This account speaks on this socket, until `forget`. Its oldest socket goes where it has too many."""
        sockets = self._by_account[account]
        sockets.setdefault(socket)
        self._accounts[socket].add(account)
        if self._holding:
            socket.hold()
        if len(sockets) > self._sockets_per_account:
            oldest = next(iter(sockets))
            self.forget(oldest)
            oldest.hang_up(Code.TOO_MANY)

    def forget(self, socket: SyncSocket) -> None:
        for account in self._accounts.pop(socket, ()):
            self._by_account[account].pop(socket, None)
            if not self._by_account[account]:
                del self._by_account[account]

    def changed(self, change: Change) -> None:
        """Something about an account is committed: tell it, and read again what its sockets may do."""
        self.changes_heard += 1
        code = Code.SESSION_ENDED if change.kind is ChangeKind.SESSION else Code.FORBIDDEN
        document = change.team and document_of(change.team)
        notice = json.dumps({"kind": change.kind, "team_id": change.team})
        for socket in list(self._by_account.get(change.account, ())):
            socket.perform(socket.connection.notify, notice)
            for ticket, grant in socket.connection.grants:
                if change.session in (None, grant.session) and document in (None, grant.document):
                    self._urgent[socket, ticket] = code
        self._asked.set()

    def read_all_again(self, sockets: Iterable[SyncSocket]) -> None:
        """Should an announcement have been missed. Those that were announced go first."""
        self._routine.update({(s, ticket): Code.FORBIDDEN for s in sockets for ticket, _ in s.connection.grants})
        self._asked.set()

    def read_all_now(self) -> None:
        """Announcements were missed."""
        self.changes_heard += 1
        self._urgent.update({(s, ticket): Code.FORBIDDEN for s in self._accounts for ticket, _ in s.connection.grants})
        self._asked.set()

    def lose_sight(self) -> None:
        """Nobody is given anything, for whoever is here may have been removed."""
        self._seeing, self._holding = False, True
        for socket in self._accounts:
            socket.hold()

    def regain_sight(self) -> None:
        self._seeing = True
        self._asked.set()

    def _release_if_known(self) -> None:
        if self._holding and self._seeing and not self._urgent:
            self._holding = False
            for socket in self._accounts:
                socket.release()

    async def watch(self) -> None:
        """Reads grants again, for ever. A socket whose grant is gone is told at once."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            self._release_if_known()
            while queue := self._urgent or self._routine:
                some = [(question, queue.pop(question)) for question in list(islice(queue, AT_A_TIME))]
                answered = await asyncio.gather(*(socket.recheck(ticket, code) for (socket, ticket), code in some))
                if not all(answered):
                    # The database does not answer, which is not a no.
                    queue.update(item for item, known in zip(some, answered, strict=True) if not known)
                    await asyncio.sleep(PAUSE_S)
                self._release_if_known()
