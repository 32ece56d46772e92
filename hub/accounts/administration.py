"""Running a hub: its accounts and organizations as a whole, for its admins and for the command on its machine.

The rule: an admin of the hub decides who may be here, and gains no look into a folder by it. What is closed here is
closed for every open socket at once, nothing is deleted, and all of it can be taken back.
"""

from typing import TypeAlias

from sqlalchemy.exc import IntegrityError

from hub.access import ChangeKind
from hub.accounts import second_factors
from hub.accounts.addresses import Address
from hub.accounts.audit import Event
from hub.accounts.models import AccountOverview, Actor, OrganizationOverview, Page, Slice, Statistics
from hub.accounts.passwords import Passwords
from hub.accounts.rights import Within, in_hub
from hub.accounts.store import administration, api_tokens, organizations, people
from hub.accounts.work import Ledger, Work
from hub.errors import Code, TeammarksError
from hub.ids import AccountId, OrganizationId
from hub.permissions import Action, Role, nothing_here

Admin: TypeAlias = Actor | None
"""None: whoever may run the command on the hub's machine, and so could read its database as well."""


class Administration:
    def __init__(self, ledger: Ledger, passwords: Passwords) -> None:
        self._ledger = ledger
        self._passwords = passwords

    async def accounts(self, by: Admin, wanted: Slice, search: str = "") -> Page[AccountOverview]:
        """All, or those with `search` in their name or address."""
        async with self._ledger.read() as connection:
            await _require(connection, by, Action.SEE_HUB)
            found = await administration.accounts_found(connection, search, wanted, self._ledger.now())
        return Page.of(found, wanted, lambda account: account.id)

    async def organizations(self, by: Admin, wanted: Slice, search: str = "") -> Page[OrganizationOverview]:
        """All, or those with `search` in their name."""
        async with self._ledger.read() as connection:
            await _require(connection, by, Action.SEE_HUB)
            found = await administration.organizations_found(connection, search, wanted)
        return Page.of(found, wanted, lambda organization: organization.id)

    async def statistics(self, by: Admin) -> Statistics:
        async with self._ledger.read() as connection:
            await _require(connection, by, Action.SEE_HUB)
            return await administration.statistics(connection, self._ledger.now())

    async def account(self, address: Address) -> AccountId:
        """Whose address this is. Raises NOT_FOUND."""
        async with self._ledger.read() as connection:
            known = await people.by_address(connection, address.key)
        if known is None:
            raise TeammarksError(Code.NOT_FOUND, "No account has this address.")
        return known.account.id

    async def disable(self, by: Admin, account: AccountId) -> None:
        """Ends all its sessions, and it cannot log in. Raises CONFLICT for one that is disabled, or the admin's own."""
        if by is not None and by.account == account:
            raise TeammarksError(Code.CONFLICT, "Nobody can disable their own account.")
        async with self._ledger.write() as work:
            await _require(work, by, Action.RUN_HUB)
            if (await _held(work, account)).disabled:
                raise TeammarksError(Code.CONFLICT, "This account is disabled already.")
            await administration.set_disabled(work.connection, account, work.now)
            await administration.end_sessions(work.connection, account, "account disabled", work.now)
            await api_tokens.remove_all(work.connection, account)
            work.tell(ChangeKind.SESSION, account)
            work.record(Event.ACCOUNT_DISABLED, account=account)

    async def enable(self, by: Admin, account: AccountId) -> None:
        """It may log in again. Raises CONFLICT for one that is not disabled."""
        async with self._ledger.write() as work:
            await _require(work, by, Action.RUN_HUB)
            if not (await _held(work, account)).disabled:
                raise TeammarksError(Code.CONFLICT, "This account is not disabled.")
            await administration.set_disabled(work.connection, account, None)
            work.record(Event.ACCOUNT_ENABLED, account=account)

    async def end_sessions(self, by: Admin, account: AccountId) -> None:
        """Logs all its devices out."""
        async with self._ledger.write() as work:
            await _require(work, by, Action.RUN_HUB)
            await _held(work, account)
            ended = await administration.end_sessions(work.connection, account, "ended by an admin", work.now)
            work.tell(ChangeKind.SESSION, account)
            work.record(Event.SESSIONS_ENDED, account=account, sessions=ended)

    async def remove_second_factor(self, by: Admin, account: AccountId) -> None:
        """For somebody who lost authenticator and recovery codes. Raises CONFLICT for an account that has none."""
        async with self._ledger.write() as work:
            await _require(work, by, Action.RUN_HUB)
            await second_factors.remove(work, (await _held(work, account)).account)

    async def suspend(self, by: Admin, organization: OrganizationId) -> None:
        """Closes its folders and keeps it from being changed. Raises CONFLICT for one that is suspended."""
        async with self._ledger.write() as work:
            if await self._has_been_suspended(work, by, organization):
                raise TeammarksError(Code.CONFLICT, "This organization is suspended already.")
            await administration.set_suspended(work.connection, organization, work.now)
            await _tell_members(work, organization)
            work.record(Event.ORGANIZATION_SUSPENDED, organization=organization)

    async def resume(self, by: Admin, organization: OrganizationId) -> None:
        """Everything is as it was. Raises CONFLICT for one that is not suspended."""
        async with self._ledger.write() as work:
            if not await self._has_been_suspended(work, by, organization):
                raise TeammarksError(Code.CONFLICT, "This organization is not suspended.")
            await administration.set_suspended(work.connection, organization, None)
            await _tell_members(work, organization)
            work.record(Event.ORGANIZATION_RESUMED, organization=organization)

    async def rescue(self, by: Admin, organization: OrganizationId, address: Address) -> None:
        """Makes the account with this address an owner, of an organization that has none who can log in.

        Raises CONFLICT where one can.
        """
        async with self._ledger.write() as work:
            await self._has_been_suspended(work, by, organization)
            if await administration.living_owners(work.connection, organization):
                raise TeammarksError(Code.CONFLICT, "This organization has an owner who can log in.")
            known = await people.by_address(work.connection, address.key)
            if known is None or known.disabled:
                raise TeammarksError(Code.NOT_FOUND, "No account that can log in has this address.")
            account = known.account.id
            if await organizations.member(work.connection, organization, account):
                await organizations.set_role(work.connection, organization, account, Role.OWNER)
            else:
                await organizations.add_member(work.connection, organization, account, Role.OWNER, work.now)
            work.tell(ChangeKind.MEMBERSHIP, account)
            work.record(Event.ORGANIZATION_RESCUED, organization=organization, account=account)

    async def grant(self, account: AccountId) -> None:
        """Makes it an admin of the hub, for the command alone. Raises CONFLICT for one that is."""
        await self._set_admin(account, True)

    async def revoke(self, account: AccountId) -> None:
        """Makes it an account like others, for the command alone. Raises CONFLICT for one that is."""
        await self._set_admin(account, False)

    async def create(self, address: Address, password: str, display_name: str) -> None:
        """An admin of the hub, whatever registration is set to, for the command alone.

        Raises CONFLICT for an address that has an account.
        """
        password_hash = await self._passwords.hash(password)
        try:
            async with self._ledger.write() as work:
                account = await people.add(work.connection, address, display_name, password_hash, work.now)
                await people.verify(work.connection, account, work.now)  # who runs the hub vouches for it
                await administration.set_admin(work.connection, account, True)
                work.record(Event.REGISTERED, account=account, admin=True)
        except IntegrityError:
            raise TeammarksError(Code.CONFLICT, "An account has this address; grant it the right instead.") from None

    async def _set_admin(self, account: AccountId, is_admin: bool) -> None:
        async with self._ledger.write() as work:
            await _held(work, account)
            if await people.is_admin(work.connection, account) is is_admin:
                raise TeammarksError(Code.CONFLICT, f"This account is {'' if is_admin else 'not '}an admin.")
            await administration.set_admin(work.connection, account, is_admin)
            work.record(Event.ADMIN_GRANTED if is_admin else Event.ADMIN_REVOKED, account=account)

    async def _has_been_suspended(self, work: Work, by: Admin, organization: OrganizationId) -> bool:
        """For an admin who is going to change it. It is this work's alone from now on."""
        await _require(work, by, Action.RUN_HUB)
        await organizations.lock(work.connection, organization)
        found = await organizations.one(work.connection, organization)
        if found is None:
            raise nothing_here()
        return found.suspended


async def _require(within: Within, by: Admin, action: Action) -> None:
    if by is not None:
        await in_hub(within, by, action)


async def _held(work: Work, account: AccountId) -> people.Credentials:
    held = await people.held(work.connection, account)
    if held is None:
        raise nothing_here()
    return held


async def _tell_members(work: Work, organization: OrganizationId) -> None:
    for account in await organizations.member_ids(work.connection, organization):
        work.tell(ChangeKind.MEMBERSHIP, account)
