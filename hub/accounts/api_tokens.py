"""API tokens: what programs of an account's owner use, for what it says on them and for so long.

The rule: a token can do what its owner can at that moment, of that what its scopes say, and that where it is pinned to.
It is shown once, and it ends: one that nobody remembers must not open anything for ever.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import ChangeKind
from hub.accounts import api_secret
from hub.accounts.audit import Event
from hub.accounts.models import Actor, ApiToken, Page, Pins, Slice
from hub.accounts.rights import in_organization, in_team, require_recent, still_here
from hub.accounts.store import api_tokens
from hub.accounts.store.api_tokens import Held
from hub.accounts.work import Ledger
from hub.errors import Code, TeammarksError
from hub.ids import ApiTokenId, SessionId
from hub.mail.letters import ApiTokenMade
from hub.permissions import Action, nothing_here
from hub.scopes import Scope

LONGEST: Final = timedelta(days=366)
"""A year, whichever. By then whoever needs it makes another, and those that nobody needs are gone."""
MOST: Final = 100
"""That one account has at a time."""
NOTED_EVERY: Final = timedelta(minutes=1)
"""When it was last used is written down this often at most."""


class ApiTokens:
    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def mine(self, actor: Actor, wanted: Slice) -> Page[ApiToken]:
        async with self._ledger.read() as connection:
            found = await api_tokens.of_account(connection, actor.account, wanted, self._ledger.now())
        return Page.of(found, wanted, lambda token: token.id)

    async def create(
        self, actor: Actor, name: str, scopes: frozenset[Scope], pins: Pins, expires_at: datetime
    ) -> tuple[ApiToken, str]:
        """The token and its secret, which nobody learns again.

        Raises RECENT_LOGIN_REQUIRED; INVALID for an end that is too far or past, NOT_FOUND for a place that the actor
        does not see, CONFLICT for one too many.
        """
        now = self._ledger.now()
        require_recent(actor)
        if not now < expires_at <= now + LONGEST:
            raise TeammarksError(Code.INVALID, "`expires_at` must be a moment to come, within a year.")
        async with self._ledger.read() as connection:
            for organization in pins.organizations:
                await in_organization(connection, actor, organization, Action.SEE_ORGANIZATION)
            for team in pins.teams:
                await in_team(connection, actor, team, Action.SEE_TEAM)
        secret = api_secret.make()
        async with self._ledger.write() as work:
            me = await still_here(work, actor)
            await api_tokens.remove_expired(work.connection, actor.account, work.now)
            if await api_tokens.count(work.connection, actor.account) >= MOST:
                raise TeammarksError(Code.CONFLICT, f"You have {MOST} tokens; delete those that you do not need.")
            made = await api_tokens.add(
                work.connection, actor.account, name, scopes, pins, api_secret.hashed(secret), work.now, expires_at
            )
            work.mail(me.email, ApiTokenMade(me.display_name, name))
            work.record(Event.TOKEN_MADE, account=actor.account, token=made.id)
        return made, secret

    async def delete(self, actor: Actor, token: ApiTokenId) -> None:
        """Raises NOT_FOUND."""
        async with self._ledger.write() as work:
            if not await api_tokens.remove(work.connection, actor.account, token):
                raise nothing_here()
            work.tell(ChangeKind.SESSION, actor.account, session=SessionId(token))
            work.record(Event.TOKEN_REVOKED, account=actor.account, token=token)

    async def authenticate(self, secret: str) -> Actor:
        """Raises TOKEN_INVALID, TOKEN_EXPIRED or ACCOUNT_DISABLED."""
        held = await used(self._ledger, secret)
        return Actor(
            held.account,
            SessionId(held.token.id),
            held.email_key,
            held.token.created_at,
            self._ledger.now(),
            held.token,
        )


async def used(ledger: Ledger, secret: str) -> Held:
    """The token with this secret, while it is good. Raises TOKEN_INVALID, TOKEN_EXPIRED or ACCOUNT_DISABLED."""
    now = ledger.now()
    found = None
    if api_secret.is_whole(secret):
        async with ledger.read() as connection:
            found = await api_tokens.by_secret(connection, api_secret.hashed(secret))
    held = _good(found, now)
    if held.token.last_used_at is None or now - held.token.last_used_at >= NOTED_EVERY:
        async with ledger.write() as work:
            await api_tokens.note_use(work.connection, held.token.id, now)
    return held


async def by_id(connection: AsyncConnection, token: ApiTokenId, now: datetime) -> Held:
    """The token of this id, while it is good. Raises as `used`."""
    return _good(await api_tokens.by_id(connection, token), now)


def _good(found: Held | None, now: datetime) -> Held:
    if found is None:
        raise TeammarksError(Code.TOKEN_INVALID, "This API token is not valid here.")
    if found.disabled:
        raise TeammarksError(Code.ACCOUNT_DISABLED, "This account is disabled; ask who runs this hub.")
    if found.token.expires_at <= now:
        raise TeammarksError(Code.TOKEN_EXPIRED, "This API token has expired; make another one.")
    return found
