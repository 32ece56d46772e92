"""Accounts as the sync side sees them: may this token open this document, and does it still?

An access token speaks for a person, an API token for one of their programs, and what that may do is read again with the
membership. The account's own address is for persons alone.
"""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import Grant
from hub.accounts import api_secret, api_tokens
from hub.accounts.models import ApiToken
from hub.accounts.rights import standings
from hub.accounts.sessions import alive
from hub.accounts.store import teams
from hub.accounts.tokens import AccessTokens, Audience
from hub.accounts.work import Ledger
from hub.errors import Code, TeammarksError
from hub.ids import ME, ApiTokenId, DocumentId, SessionId, is_id, team_of
from hub.permissions import Action, allows, nothing_here
from hub.scopes import not_for_tokens


class SyncAuthority:
    """Satisfies `hub.access.Authority`."""

    def __init__(self, ledger: Ledger, tokens: AccessTokens) -> None:
        self._ledger = ledger
        self._tokens = tokens

    async def admit(self, token: str, address: DocumentId) -> Grant:
        if api_secret.is_meant(token):
            held = await api_tokens.used(self._ledger, token)
            expires_at = held.token.expires_at.timestamp()
            grant = Grant(held.account, SessionId(held.token.id), address, False, expires_at, by_api_token=True)
        else:
            claims = self._tokens.verify(token, Audience.SYNC)
            grant = Grant(claims.account, claims.session, address, False, claims.expires_at)
        if address != ME and not is_id(address):
            raise nothing_here()
        return await self._current(grant)

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
            token = await self._alive(connection, grant)
            if grant.document == ME:
                if token:
                    raise not_for_tokens()
                return replace(grant, can_write=False)
            if token and not await _reaches(connection, token, grant.document):
                raise nothing_here()
            access = await teams.access_to_document(connection, grant.document, grant.account)
        held = frozenset(standings(None, access))
        if not allows(Action.READ_FOLDER, held):
            raise nothing_here()
        if token and not token.may(Action.READ_FOLDER):
            raise not_for_tokens()
        can_write = allows(Action.WRITE_FOLDER, held) and (token is None or token.may(Action.WRITE_FOLDER))
        return replace(grant, can_write=can_write)

    async def _alive(self, connection: AsyncConnection, grant: Grant) -> ApiToken | None:
        """The API token that it is by; None: a session. Raises as `admit` where that has ended."""
        now = self._ledger.now()
        if grant.by_api_token:
            return (await api_tokens.by_id(connection, ApiTokenId(grant.session), now)).token
        await alive(connection, grant.account, grant.session, now)
        return None


async def _reaches(connection: AsyncConnection, token: ApiToken, document: DocumentId) -> bool:
    if not token.pins:
        return True
    team = await teams.one(connection, team_of(document))
    return team is not None and token.pins.reach(team.organization, team.id)
