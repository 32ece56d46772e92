"""Registration, and a person's own account.

The rule: registering answers alike, and takes as long, whether or not the address is known. And whatever the settings
say, a hub without any account lets its first one be made: somebody has to invite the others. Only the letter to the
address says more, to its owner.
"""

from collections.abc import Callable
from contextlib import suppress

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import ChangeKind
from hub.accounts import invitations
from hub.accounts.addresses import Address
from hub.accounts.audit import Event
from hub.accounts.models import Account, Actor, anything
from hub.accounts.organizations import leave_all
from hub.accounts.passwords import Passwords
from hub.accounts.rights import require_recent
from hub.accounts.store import mailed_tokens, people
from hub.accounts.store.mailed_tokens import Purpose
from hub.accounts.work import Ledger
from hub.errors import Code, TeammarksError
from hub.mail.letters import AccountDeleted, AlreadyRegistered, VerifyAddress
from hub.settings import Registration


class People:
    def __init__(self, ledger: Ledger, passwords: Passwords, registration: Registration) -> None:
        self._ledger = ledger
        self._passwords = passwords
        self._registration = registration

    async def registration(self) -> Registration:
        """Who may register now."""
        async with self._ledger.read() as connection:
            return await self._registration_now(connection)

    async def register(self, address: Address, password: str, display_name: str, invitation: str | None) -> None:
        """Makes an account, or tells its owner where the address has one. `invitation` is an invitation's token.

        Raises REGISTRATION_CLOSED, whether or not the address has one.
        """
        async with self._ledger.read() as connection:
            await self._require_open(connection, address, invitation)
        password_hash = await self._passwords.hash(password)
        # One who registers the same address at this moment: then it is known.
        with suppress(IntegrityError):
            await self._add(address, password_hash, display_name, invitation)

    async def _add(self, address: Address, password_hash: str, display_name: str, invitation: str | None) -> None:
        async with self._ledger.write() as work:
            if self._registration != "open":
                # Again: of two who come first to a closed hub at once, one is second.
                await people.take_turn(work.connection)
                await self._require_open(work.connection, address, invitation)
            known = await people.by_address(work.connection, address.key)
            if known:
                await people.touch(work.connection, known.account.id)
                token = await mailed_tokens.add(work.connection, Purpose.RESET_PASSWORD, known.account.id, work.now)
                work.mail(known.account.email, AlreadyRegistered(token))
                work.record(Event.REGISTERED_AGAIN, account=known.account.id)
            else:
                made = await people.add(work.connection, address, display_name, password_hash, work.now)
                token = await mailed_tokens.add(work.connection, Purpose.VERIFY, made, work.now)
                work.mail(address.written, VerifyAddress(token))
                work.record(Event.REGISTERED, account=made)

    async def me(self, actor: Actor) -> Account:
        async with self._ledger.read() as connection:
            return await _me(connection, actor)

    async def rename_me(
        self, actor: Actor, display_name: str, only_if: Callable[[Account], None] = anything
    ) -> Account:
        async with self._ledger.write() as work:
            await people.held(work.connection, actor.account)
            only_if(await _me(work.connection, actor))
            await people.rename(work.connection, actor.account, display_name)
            work.record(Event.ACCOUNT_CHANGED, account=actor.account)
            return await _me(work.connection, actor)

    async def delete_me(self, actor: Actor) -> None:
        """Deletes the actor's account with its sessions and memberships; what it wrote into folders stays there.

        Raises RECENT_LOGIN_REQUIRED, and LAST_OWNER where an organization would be left without an owner.
        """
        async with self._ledger.write() as work:
            require_recent(actor)
            await leave_all(work, actor.account)
            gone = await _me(work.connection, actor)
            await people.remove(work.connection, actor.account)
            work.tell(ChangeKind.SESSION, actor.account)
            work.mail(gone.email, AccountDeleted(gone.display_name))
            work.record(Event.ACCOUNT_DELETED, account=actor.account)

    async def _registration_now(self, connection: AsyncConnection) -> Registration:
        if self._registration == "open" or await people.anybody(connection):
            return self._registration
        return "open"

    async def _require_open(self, connection: AsyncConnection, address: Address, invitation: str | None) -> None:
        match await self._registration_now(connection):
            case "closed":
                raise TeammarksError(Code.REGISTRATION_CLOSED, "This hub creates no accounts.")
            case "invitation" if not await self._is_invited(connection, address, invitation):
                raise TeammarksError(
                    Code.REGISTRATION_CLOSED,
                    "This hub creates accounts by invitation: use your invitation, with the address it was made for.",
                )

    async def _is_invited(self, connection: AsyncConnection, address: Address, invitation: str | None) -> bool:
        if invitation is None:
            return False
        try:
            found = await invitations.open_by_token(connection, invitation, self._ledger.now())
        except TeammarksError:
            return False
        return found.is_for(address.key)


async def _me(connection: AsyncConnection, actor: Actor) -> Account:
    found = await people.one(connection, actor.account)
    if found is None:
        raise TeammarksError(Code.SESSION_ENDED, "This account has just been deleted.")
    return found
