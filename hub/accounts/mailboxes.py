"""What a person proves by reading the mail of an address: that it is theirs, and so who they are.

The rule: a link is used once and for what it was sent for, and only by whoever reads the mail. Asking for one is
answered alike, and takes as long, whether or not the address is known. An account may have been made by somebody who
only claimed its address: with a new password, all that they have left behind ends. Whose address was proved before is
asked for the second factor all the same: reading mail is no proof of having it.
"""

from sqlalchemy.exc import IntegrityError

from hub.access import ChangeKind
from hub.accounts.addresses import Address
from hub.accounts.audit import Event
from hub.accounts.models import Actor
from hub.accounts.passwords import Passwords
from hub.accounts.rights import require_recent
from hub.accounts.store import administration, api_tokens, mailed_tokens, people, second_factors
from hub.accounts.store.mailed_tokens import MailedToken, Purpose
from hub.accounts.work import Ledger, Work
from hub.errors import Code, TeammarksError
from hub.mail.letters import (
    AddressChangeAsked,
    AddressChanged,
    AddressTaken,
    ConfirmNewAddress,
    PasswordChanged,
    ResetPassword,
    VerifyAddress,
)


class Mailboxes:
    def __init__(self, ledger: Ledger, passwords: Passwords) -> None:
        self._ledger = ledger
        self._passwords = passwords

    async def ask_for_verification(self, address: Address) -> None:
        """Sends the link by which an address is proved once more, where that is still to be done."""
        async with self._ledger.write() as work:
            known = await people.by_address(work.connection, address.key)
            to_do = known is not None and not known.account.verified
            account, email = (known.account.id, known.account.email) if known and to_do else (None, None)
            token = await mailed_tokens.add(work.connection, Purpose.VERIFY, account, work.now)
            work.mail(email, VerifyAddress(token))
            work.record(Event.MAIL_REQUESTED, account=account)

    async def ask_for_reset(self, address: Address) -> None:
        """Sends the link by which the account of this address gets a new password."""
        async with self._ledger.write() as work:
            known = await people.by_address(work.connection, address.key)
            account, email = (known.account.id, known.account.email) if known else (None, None)
            token = await mailed_tokens.add(work.connection, Purpose.RESET_PASSWORD, account, work.now)
            work.mail(email, ResetPassword(token))
            work.record(Event.PASSWORD_RESET_REQUESTED, account=account)

    async def ask_for_change(self, actor: Actor, address: Address) -> None:
        """Sends the link by which the actor's account gets this address, to it; and tells the one it has.

        Raises RECENT_LOGIN_REQUIRED.
        """
        async with self._ledger.write() as work:
            require_recent(actor)
            known = await people.by_address(work.connection, address.key)
            me = await people.credentials(work.connection, actor.account)
            taken = known is not None and known.account.id != actor.account
            token = await mailed_tokens.add(
                work.connection, Purpose.CHANGE_ADDRESS, None if taken else actor.account, work.now, address
            )
            work.mail(address.written, AddressTaken() if taken else ConfirmNewAddress(token))
            work.mail(me.account.email, AddressChangeAsked(me.account.display_name, address.written))
            work.record(Event.EMAIL_CHANGE_REQUESTED, account=actor.account)

    async def verify(self, token: str) -> None:
        """The address that the token was sent to is its account's. Raises GONE; CONFLICT where another one has it."""
        try:
            async with self._ledger.write() as work:
                used, owner = await _used(work, token, Purpose.VERIFY, Purpose.CHANGE_ADDRESS)
                if used.address is None:
                    await people.verify(work.connection, used.account, work.now)
                    await mailed_tokens.void(work.connection, used.account, Purpose.VERIFY)
                    work.record(Event.ACCOUNT_VERIFIED, account=used.account)
                else:
                    await people.set_address(work.connection, used.account, used.address, work.now)
                    # They went to the address that it had.
                    await mailed_tokens.void(work.connection, used.account, *Purpose)
                    work.mail(owner.account.email, AddressChanged(owner.account.display_name, used.address.written))
                    work.record(Event.EMAIL_CHANGED, account=used.account)
        except IntegrityError:
            raise TeammarksError(Code.CONFLICT, "Another account has this address by now.") from None

    async def reset(self, token: str, password: str) -> None:
        """Gives the account that the token was sent to this password, and ends all its sessions. Raises GONE."""
        async with self._ledger.read() as connection:
            if not await mailed_tokens.found(connection, token, self._ledger.now(), Purpose.RESET_PASSWORD):
                raise _gone()  # before the costly part, which is for those who hold a token
        password_hash = await self._passwords.hash(password)
        async with self._ledger.write() as work:
            used, owner = await _used(work, token, Purpose.RESET_PASSWORD)
            await people.set_password_hash(work.connection, used.account, owner.password_hash, password_hash)
            if not owner.account.verified:
                await second_factors.remove(work.connection, used.account)
                await people.verify(work.connection, used.account, work.now)
            await administration.end_sessions(work.connection, used.account, "password reset", work.now)
            await api_tokens.remove_all(work.connection, used.account)
            await mailed_tokens.void(work.connection, used.account, *Purpose)
            work.tell(ChangeKind.SESSION, used.account)
            work.mail(owner.account.email, PasswordChanged(owner.account.display_name))
            work.record(Event.PASSWORD_RESET, account=used.account)


async def _used(work: Work, token: str, *purposes: Purpose) -> tuple[MailedToken, people.Credentials]:
    """The token, which is used by it, and the account that it is for, held. Raises GONE."""
    known = await mailed_tokens.found(work.connection, token, work.now, *purposes)
    # The account before the token, as for whoever deletes the account.
    owner = await people.held(work.connection, known.account) if known else None
    if known is None or owner is None or not await mailed_tokens.use(work.connection, known):
        raise _gone()
    return known, owner


def _gone() -> TeammarksError:
    return TeammarksError(Code.GONE, "This link is used, expired or not complete; ask for a new one.")
