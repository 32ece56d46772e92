"""Accounts as the sync side sees them: may this token open this document, and does it still?"""

from dataclasses import replace

from hub.access import Grant
from hub.accounts.rights import standings
from hub.accounts.sessions import alive
from hub.accounts.store import teams
from hub.accounts.tokens import AccessTokens, Audience
from hub.accounts.work import Ledger
from hub.errors import Code, TeammarksError
from hub.ids import ME, DocumentId, is_id
from hub.permissions import Action, allows, nothing_here


class SyncAuthority:
    """Satisfies `hub.access.Authority`."""

    def __init__(self, ledger: Ledger, tokens: AccessTokens) -> None:
        self._ledger = ledger
        self._tokens = tokens

    async def admit(self, token: str, address: DocumentId) -> Grant:
        claims = self._tokens.verify(token, Audience.SYNC)
        if address != ME and not is_id(address):
            raise nothing_here()
        return await self._current(Grant(claims.account, claims.session, address, False, claims.expires_at))

    async def recheck(self, grant: Grant) -> Grant | None:
        try:
            return await self._current(grant)
        except TeammarksError as error:
            if error.code is Code.STORAGE:
                raise  # we don't know, which is not a no
            return None

    async def _current(self, grant: Grant) -> Grant:
        """`grant` as the database has it now."""
        async with self._ledger.read() as connection:
            await alive(connection, grant.account, grant.session, self._ledger.now())
            if grant.document == ME:
                return replace(grant, can_write=False)
            access = await teams.access_to_document(connection, grant.document, grant.account)
        held = frozenset(standings(None, access))
        if not allows(Action.READ_FOLDER, held):
            raise nothing_here()
        return replace(grant, can_write=allows(Action.WRITE_FOLDER, held))
