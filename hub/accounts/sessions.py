"""Log-in, log-out and what keeps a device logged in.

The rule: a refresh token is used once. Its successor is given again for a minute, because a lost reply is no theft;
any other second use ends the session, because then two hold it and nobody can say which is its owner.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import ChangeKind
from hub.accounts.addresses import Address
from hub.accounts.audit import Event
from hub.accounts.models import Account, Actor, Page, Session, Slice
from hub.accounts.passwords import Passwords
from hub.accounts.second_factors import SecondFactors
from hub.accounts.store import mailed_tokens, people, sessions
from hub.accounts.store.mailed_tokens import Purpose
from hub.accounts.tokens import LIFETIME_S, AccessTokens, Audience, RefreshToken
from hub.accounts.work import Ledger, Work
from hub.errors import Code, TeammarksError
from hub.ids import AccountId, SessionId
from hub.mail.letters import PasswordChanged
from hub.permissions import nothing_here

IDLE_LIFETIME = timedelta(days=90)
"""A session ends when its device has not been seen for so long."""
GRACE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Opened:
    """What a device gets at log-in and at every refresh."""

    access_token: str
    expires_in_s: int
    refresh_token: str
    session: Session
    account: Account


@dataclass(frozen=True, slots=True)
class Identified:
    """Who has just given the right password, and what its hash is to become."""

    credentials: people.Credentials
    renewed: str | None

    @property
    def account(self) -> AccountId:
        return self.credentials.account.id


class Sessions:
    def __init__(
        self,
        ledger: Ledger,
        passwords: Passwords,
        tokens: AccessTokens,
        second_factors: SecondFactors,
        *,
        to_be_verified: bool = False,
    ) -> None:
        """`to_be_verified`: only those log in who have proved that their address is theirs."""
        self._ledger = ledger
        self._passwords = passwords
        self._tokens = tokens
        self._second_factors = second_factors
        self.to_be_verified = to_be_verified

    async def identify(self, address: Address, password: str) -> Identified:
        """The first half of a log-in. Raises CREDENTIALS_WRONG, for an unknown address as for a wrong password."""
        async with self._ledger.read() as connection:
            known = await people.by_address(connection, address.key)
        right = await self._passwords.verify(password, known.password_hash if known else None)
        if known is None or not right:
            raise _credentials_wrong()
        renewed = await self._passwords.hash(password) if self._passwords.outdated(known.password_hash) else None
        return Identified(known, renewed)

    async def log_in(self, identified: Identified, device: str, otp: str | None) -> Opened:
        """The second half. `otp`: a code of the second factor.

        Raises CREDENTIALS_WRONG where the password is another one by now; ACCOUNT_DISABLED, UNVERIFIED,
        SECOND_FACTOR_REQUIRED, SECOND_FACTOR_WRONG.
        """
        known = identified.credentials
        secret = secrets.token_bytes(32)
        async with self._ledger.write() as work:
            # Again: checking the password took a while.
            now = await people.held(work.connection, known.account.id)
            if now is None or now.password_hash != known.password_hash:
                raise _credentials_wrong()
            if now.disabled:
                raise _disabled()
            if self.to_be_verified and not now.account.verified:
                raise _unverified()
            await self._second_factors.require(work, now.account, otp)
            if identified.renewed:
                await people.set_password_hash(
                    work.connection, known.account.id, known.password_hash, identified.renewed
                )
            session = await sessions.add(
                work.connection, known.account.id, device, secret, work.now, work.now + IDLE_LIFETIME
            )
            work.record(Event.LOGGED_IN, account=known.account.id, session=session.id)
        return self._opened(session, known.account, RefreshToken.of(session.id, 0, secret))

    async def refresh(self, text: str) -> Opened:
        """New tokens for a refresh token. Raises TOKEN_INVALID, SESSION_ENDED or ACCOUNT_DISABLED."""
        try:
            token = RefreshToken.parse(text)
        except ValueError:
            raise _no_refresh_token() from None
        async with self._ledger.write() as work:
            known = await sessions.refreshable(work.connection, token.session, work.now)
            # Only who holds a token that we made may learn anything about its session, or end it.
            if known is None or not token.made_with(known.secret):
                raise _no_refresh_token()
            if known.ended:
                raise _session_ended()
            # After the session's lock, which whoever disables an account needs too.
            owner = await people.credentials(work.connection, known.account)
            if owner.disabled:
                raise _disabled()
            opened = await self._succeed(work, token, known, owner.account)
            if opened is None:
                await sessions.revoke(work.connection, known.account, token.session, "refresh token reused", work.now)
                work.tell(ChangeKind.SESSION, known.account, session=token.session)
                work.record(Event.REFRESH_REUSED, account=known.account, session=token.session)
        if opened is None:
            raise _session_ended()
        return opened

    async def authenticate(self, access_token: str) -> Actor:
        """Raises TOKEN_INVALID, TOKEN_EXPIRED, SESSION_ENDED or ACCOUNT_DISABLED."""
        claims = self._tokens.verify(access_token, Audience.REST)
        async with self._ledger.read() as connection:
            now = self._ledger.now()
            found = await alive(connection, claims.account, claims.session, now)
        return Actor(claims.account, claims.session, found.email_key, found.proved_at, now)

    async def reauthenticate(self, actor: Actor, password: str | None, otp: str | None) -> None:
        """By this the actor says again who they are, with one of the two.

        Raises CREDENTIALS_WRONG, SECOND_FACTOR_WRONG or SESSION_ENDED.
        """
        async with self._ledger.read() as connection:
            known = await people.credentials(connection, actor.account)
        if password is not None and not await self._passwords.verify(password, known.password_hash):
            raise _password_wrong()
        async with self._ledger.write() as work:
            # The account before the session, as for whoever disables it.
            now = await people.held(work.connection, actor.account)
            if now is None or not await sessions.prove(work.connection, actor.account, actor.session, work.now):
                raise _session_ended()
            if password is not None and now.password_hash != known.password_hash:
                raise _password_wrong()  # it has changed meanwhile
            if otp is not None:
                await self._second_factors.prove(work, now.account, otp)
            work.record(Event.REAUTHENTICATED, account=actor.account, session=actor.session)

    async def change_password(self, actor: Actor, current: str, new: str) -> None:
        """Ends the actor's other sessions, for somebody may have used the old password. Raises CREDENTIALS_WRONG."""
        async with self._ledger.read() as connection:
            known = await people.credentials(connection, actor.account)
        if not await self._passwords.verify(current, known.password_hash):
            raise _password_wrong()
        password_hash = await self._passwords.hash(new)
        async with self._ledger.write() as work:
            now = await people.held(work.connection, actor.account)
            if now is None or now.password_hash != known.password_hash:
                raise _password_wrong()  # it has changed meanwhile
            await people.set_password_hash(work.connection, actor.account, known.password_hash, password_hash)
            await mailed_tokens.void(work.connection, actor.account, Purpose.RESET_PASSWORD)
            await sessions.revoke_others(work.connection, actor.account, actor.session, "password changed", work.now)
            work.tell(ChangeKind.SESSION, actor.account)
            work.mail(now.account.email, PasswordChanged(now.account.display_name))
            work.record(Event.PASSWORD_CHANGED, account=actor.account)

    async def mine(self, actor: Actor, wanted: Slice) -> Page[Session]:
        async with self._ledger.read() as connection:
            found = await sessions.of_account(connection, actor.account, wanted, self._ledger.now())
        return Page.of(found, wanted, lambda session: session.id)

    async def end(self, actor: Actor, session: SessionId) -> None:
        """Logs one of the actor's devices out. Raises NOT_FOUND."""
        async with self._ledger.write() as work:
            if not await sessions.revoke(work.connection, actor.account, session, "logged out", work.now):
                raise nothing_here()
            work.tell(ChangeKind.SESSION, actor.account, session=session)
            work.record(Event.SESSION_ENDED, account=actor.account, session=session)

    async def end_others(self, actor: Actor) -> None:
        """Logs all of the actor's devices out but this one."""
        async with self._ledger.write() as work:
            await people.held(work.connection, actor.account)
            ended = await sessions.revoke_others(work.connection, actor.account, actor.session, "logged out", work.now)
            work.tell(ChangeKind.SESSION, actor.account)
            work.record(Event.SESSIONS_ENDED, account=actor.account, sessions=ended)

    async def _succeed(
        self, work: Work, token: RefreshToken, known: sessions.Refreshable, account: Account
    ) -> Opened | None:
        """What follows `token`; None where it was used before and too long ago."""
        if token.generation >= known.generation:
            # Ahead of ours: we made it and forgot, so the database was restored from a backup. The client is right.
            following = token.generation + 1
            session = await sessions.rotate(work.connection, known, following, work.now, work.now + IDLE_LIFETIME)
        elif token.generation == known.generation - 1 and work.now - known.session.last_used_at <= GRACE:
            following, session = known.generation, known.session
        else:
            return None
        return self._opened(session, account, RefreshToken.of(session.id, following, known.secret))

    def _opened(self, session: Session, account: Account, refresh_token: RefreshToken) -> Opened:
        return Opened(self._tokens.issue(account.id, session.id), LIFETIME_S, str(refresh_token), session, account)


async def alive(connection: AsyncConnection, account: AccountId, session: SessionId, now: datetime) -> sessions.Alive:
    """The session, while `account` may use it. Raises SESSION_ENDED or ACCOUNT_DISABLED."""
    found = await sessions.alive(connection, session, now)
    if found is None or found.account != account or found.ended:
        raise _session_ended()
    if found.disabled:
        raise _disabled()
    return found


def _credentials_wrong() -> TeammarksError:
    return TeammarksError(Code.CREDENTIALS_WRONG, "The e-mail address or the password is wrong.")


def _password_wrong() -> TeammarksError:
    return TeammarksError(Code.CREDENTIALS_WRONG, "The password is wrong.")


def _session_ended() -> TeammarksError:
    return TeammarksError(Code.SESSION_ENDED, "This session has ended; log in again.")


def _no_refresh_token() -> TeammarksError:
    return TeammarksError(Code.TOKEN_INVALID, "This refresh token is not valid here; log in again.")


def _unverified() -> TeammarksError:
    return TeammarksError(
        Code.UNVERIFIED, "Confirm your e-mail address first, by the link that was sent to it; or ask for another link."
    )


def _disabled() -> TeammarksError:
    return TeammarksError(Code.ACCOUNT_DISABLED, "This account is disabled; ask who runs this hub.")
