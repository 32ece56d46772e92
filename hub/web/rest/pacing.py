"""Which requests are counted, for whom, and which of them only where they fail. `hub.limits` says how many are allowed.

The rule: what is counted for an account or an address that somebody names is counted whether or not it exists.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Annotated, Any, Final

from fastapi import Depends, Request

from hub.accounts.addresses import Address
from hub.accounts.tokens import RefreshToken
from hub.ids import AccountId
from hub.rates import Rates
from hub.web.edge import network

FAMILIAR_S: Final = 30 * 24 * 3600
"""How long a network is known to be one from which an account is logged in to."""


async def _rates(request: Request) -> Rates:
    rates = request.app.state.rates
    assert isinstance(rates, Rates), "the application holds them"
    return rates


async def _origin(request: Request) -> str:
    return network(request.client.host) if request.client else ""


Counted = Annotated[Rates, Depends(_rates)]
Origin = Annotated[str, Depends(_origin)]
"""The network that the request comes from, as far as trusted proxies say."""


def counted(limit: str) -> Any:
    """A dependency that counts every request for the network that it comes from."""

    async def count(rates: Counted, origin: Origin) -> None:
        await rates.take(**{limit: origin})

    return Depends(count)


def secret_tried(limit: str = "secrets_per_network") -> Any:
    """A dependency that counts the request where it is refused: somebody tried a token that is none."""

    async def count(rates: Counted, origin: Origin) -> AsyncIterator[None]:
        async with rates.failures(**{limit: origin}):
            yield

    return Depends(count)


@asynccontextmanager
async def log_in(rates: Rates, origin: str, address: Address) -> AsyncIterator[None]:
    """Around an attempt to log in."""
    pair = f"{address.key} {origin}"
    familiar = f"familiar {pair}"
    among = pair if await rates.remembers(familiar) else address.key
    await rates.take(log_ins_per_account_and_network=pair)
    async with rates.failures(log_ins_per_network=origin, log_ins_per_account=among):
        yield
    await rates.remember(familiar, FAMILIAR_S)


@asynccontextmanager
async def second_factor(rates: Rates, account: AccountId, otp: str | None) -> AsyncIterator[None]:
    """Around an attempt to prove who one is with this code. Whose password is wrong does not come so far."""
    if not otp:
        yield
        return
    async with rates.failures(second_factors_per_account=account):
        yield


async def refresh(rates: Rates, origin: str, token: str) -> None:
    """Before new tokens are given for this one."""
    with suppress(ValueError):
        # For the network too: whoever merely knows a session's id shall not stop its owner.
        await rates.take(refreshes_per_session=f"{RefreshToken.parse(token).session} {origin}")
