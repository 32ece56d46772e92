"""Second factors: an authenticator that its owner has, and recovery codes for the day when it is lost.

The rule: a code is used once, whichever kind it is. Nobody learns whether an account has a second factor who has not
given its password. The hub shows the authenticator's secret once, and the recovery codes once. To change any of it
takes a recent log-in: otherwise the actor's use cases raise RECENT_LOGIN_REQUIRED.
"""

import base64
import hashlib
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hub.accounts import totp
from hub.accounts.audit import Event
from hub.accounts.models import Account, Actor
from hub.accounts.rights import require_recent, still_here
from hub.accounts.safe import Safe
from hub.accounts.store import second_factors
from hub.accounts.work import Ledger, Work
from hub.errors import Code, TeammarksError
from hub.mail.letters import SecondFactorChange, SecondFactorChanged

log = logging.getLogger(__name__)

RECOVERY_CODES: Final = 10
_RECOVERY_BYTES: Final = 10
"""80 bits: a plain hash keeps them, as nobody can try them all."""


@dataclass(frozen=True, slots=True)
class Begun:
    """What an authenticator is told, once."""

    secret: str
    uri: str


@dataclass(frozen=True, slots=True)
class State:
    enabled: bool
    recovery_codes_left: int


class SecondFactors:
    def __init__(self, ledger: Ledger, safe: Safe) -> None:
        self._ledger = ledger
        self._safe = safe

    async def mine(self, actor: Actor) -> State:
        async with self._ledger.read() as connection:
            enabled = await second_factors.is_confirmed(connection, actor.account)
            return State(enabled, await second_factors.recovery_codes_left(connection, actor.account))

    async def begin(self, actor: Actor) -> Begun:
        """A secret for the actor's authenticator, of which nothing is asked until `confirm`. The one before is void.

        Raises CONFLICT where the account has a second factor.
        """
        secret = totp.new_secret()
        async with self._ledger.write() as work:
            require_recent(actor)
            me = await still_here(work, actor)
            known = await second_factors.held(work.connection, actor.account)
            if known and known.confirmed:
                raise TeammarksError(Code.CONFLICT, "Your account has a second factor; remove that one first.")
            await second_factors.begin(work.connection, actor.account, self._safe.seal(secret, actor.account))
            work.record(Event.SECOND_FACTOR_BEGUN, account=actor.account)
        return Begun(totp.written(secret), totp.uri(secret, me.email))

    async def confirm(self, actor: Actor, otp: str) -> Sequence[str]:
        """Turns it on, with a code that proves that the authenticator works. The recovery codes.

        Raises SECOND_FACTOR_WRONG, and CONFLICT where none was begun.
        """
        async with self._ledger.write() as work:
            require_recent(actor)
            me = await still_here(work, actor)
            known = await second_factors.held(work.connection, actor.account)
            if known is None or known.confirmed:
                raise TeammarksError(Code.CONFLICT, "Begin to set up a second factor first.")
            if not await self._is_code(work, me, known, otp):
                raise _wrong()
            await second_factors.confirm(work.connection, actor.account, work.now)
            codes = await _new_recovery_codes(work, me)
            _tell(work, me, Event.SECOND_FACTOR_ADDED, SecondFactorChange.ADDED)
        return codes

    async def remove(self, actor: Actor) -> None:
        """Raises CONFLICT where the account has none."""
        async with self._ledger.write() as work:
            require_recent(actor)
            await remove(work, await still_here(work, actor))

    async def new_recovery_codes(self, actor: Actor) -> Sequence[str]:
        """In place of those that there were. Raises CONFLICT where the account has no second factor."""
        async with self._ledger.write() as work:
            require_recent(actor)
            me = await still_here(work, actor)
            await _require_confirmed(work, me)
            codes = await _new_recovery_codes(work, me)
            _tell(work, me, Event.RECOVERY_CODES_MADE, SecondFactorChange.CODES_MADE)
        return codes

    async def require(self, work: Work, account: Account, otp: str | None) -> None:
        """Where `account`, whose password was right, has a second factor: that this is a code of it, which is used now.

        Raises SECOND_FACTOR_REQUIRED where there is no code, SECOND_FACTOR_WRONG where it is none.
        """
        if not await second_factors.is_confirmed(work.connection, account.id):
            return
        if not otp:
            raise TeammarksError(
                Code.SECOND_FACTOR_REQUIRED, "Give the code of your authenticator too, or one of your recovery codes."
            )
        await self.prove(work, account, otp)

    async def prove(self, work: Work, account: Account, otp: str) -> None:
        """That this is a code of its second factor, which is used now. Otherwise raises SECOND_FACTOR_WRONG."""
        known = await second_factors.held(work.connection, account.id)
        if known is None or not known.confirmed:
            raise _wrong()
        if await self._is_code(work, account, known, otp):
            return
        if not await second_factors.use_recovery_code(work.connection, account.id, _hashed(otp)):
            raise _wrong()
        _tell(work, account, Event.RECOVERY_CODE_USED, SecondFactorChange.CODE_USED)

    async def _is_code(self, work: Work, account: Account, known: second_factors.SecondFactor, otp: str) -> bool:
        secret = self._safe.unseal(known.sealed, account.id)
        if secret is None:
            log.error("a second factor was sealed with another key than this hub has; its recovery codes are good")
            return False
        step = totp.used(secret, _bare(otp), work.now, known.last_step)
        if step is None:
            return False
        await second_factors.set_last_step(work.connection, account.id, step)
        return True


async def remove(work: Work, account: Account) -> None:
    """Turns it off, whoever wants it, and tells its owner. Raises CONFLICT where the account has none."""
    await _require_confirmed(work, account)
    await second_factors.remove(work.connection, account.id)
    _tell(work, account, Event.SECOND_FACTOR_REMOVED, SecondFactorChange.REMOVED)


async def _require_confirmed(work: Work, account: Account) -> None:
    known = await second_factors.held(work.connection, account.id)
    if known is None or not known.confirmed:
        raise TeammarksError(Code.CONFLICT, "This account has no second factor.")


async def _new_recovery_codes(work: Work, account: Account) -> Sequence[str]:
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    await second_factors.set_recovery_codes(work.connection, account.id, map(_hashed, codes))
    return codes


def _tell(work: Work, account: Account, event: Event, change: SecondFactorChange) -> None:
    work.record(event, account=account.id)
    work.mail(account.email, SecondFactorChanged(account.display_name, change))


def _recovery_code() -> str:
    letters = base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode().lower()
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def _hashed(recovery_code: str) -> bytes:
    return hashlib.sha256(_bare(recovery_code).lower().encode()).digest()


def _bare(code: str) -> str:
    """Without what people put between its letters."""
    return code.replace("-", "").replace(" ", "")


def _wrong() -> TeammarksError:
    return TeammarksError(Code.SECOND_FACTOR_WRONG, "This code is wrong, or was used before.")
