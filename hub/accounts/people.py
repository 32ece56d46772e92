"""Registration, and a person's own account.

The rule: registering answers alike, and takes as long, whether or not the address is known.
"""

from typing import Literal

from hub.accounts import invitations
from hub.accounts.addresses import Address
from hub.accounts.models import Account, Actor
from hub.accounts.passwords import Passwords
from hub.accounts.store import people
from hub.accounts.work import Ledger
from hub.errors import Code, TeammarksError

Registration = Literal["open", "invitation", "closed"]


class People:
    def __init__(self, ledger: Ledger, passwords: Passwords, registration: Registration) -> None:
        self._ledger = ledger
        self._passwords = passwords
        self._registration = registration

    async def register(self, address: Address, password: str, display_name: str, invitation: str | None) -> None:
        """Makes an account, or does nothing where the address has one. `invitation` is an invitation's token.

        Raises REGISTRATION_CLOSED, which depends on the settings and the invitation and on nothing else.
        """
        if not await self._may_register(address, invitation):
            raise TeammarksError(
                Code.REGISTRATION_CLOSED,
                "This hub creates no accounts."
                if self._registration == "closed"
                else "This hub creates accounts by invitation: use your invitation, with the address it was made for.",
            )
        password_hash = await self._passwords.hash(password)
        async with self._ledger.write() as work:
            known = await people.by_address(work.connection, address.key)
            if known:
                await people.touch(work.connection, known.account.id)
            else:
                await people.add(work.connection, address, display_name, password_hash, work.now)

    async def me(self, actor: Actor) -> Account:
        async with self._ledger.read() as connection:
            return await people.one(connection, actor.account)

    async def rename_me(self, actor: Actor, display_name: str) -> Account:
        async with self._ledger.write() as work:
            await people.rename(work.connection, actor.account, display_name)
            return await people.one(work.connection, actor.account)

    async def _may_register(self, address: Address, invitation: str | None) -> bool:
        if self._registration != "invitation":
            return self._registration == "open"
        if invitation is None:
            return False
        async with self._ledger.read() as connection:
            try:
                found = await invitations.open_by_token(connection, invitation, self._ledger.now())
            except TeammarksError:
                return False
        return found.email_key == address.key
