"""Requests that create something, made again without harm: those with an `Idempotency-Key` are carried out once.

The rule: within a day the same request under the same key gets the same answer, whoever has done what since. Requests
that were refused are not remembered: nothing was done, and the next may be granted.
"""

import hashlib
import logging
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Final

from fastapi import Depends, Header, Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from hub.accounts import Accounts
from hub.accounts.repeats import Claim, Repeated, claim
from hub.errors import Code, TeammarksError
from hub.web.rest.asking import Anyone

log = logging.getLogger(__name__)

CREATED: Final = 201


async def _once(
    request: Request,
    actor: Anyone,
    idempotency_key: Annotated[
        str,
        Header(
            pattern=r"^[\x21-\x7e]{0,200}$",
            description="Of your choice, best a random UUID: under it this is done once, and answered alike for a day",
        ),
    ] = "",
) -> None:
    if idempotency_key:
        asked = f"{request.method} {request.url.path}\0".encode() + await request.body()
        claim.set(Claim(actor, idempotency_key, hashlib.sha256(asked).digest()))


ONCE = Depends(_once)
"""For operations that create something and answer 201, on a router whose routes are of class `Once`."""
REPEATABLE = (Code.KEY_REUSED, Code.KEY_IN_USE)
"""What such an operation can be refused for."""


class Once(APIRoute):
    """A route that keeps what was answered to a request that is to be carried out once."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        carry_out = super().get_route_handler()

        async def once(request: Request) -> Response:
            claim.set(None)
            accounts: Accounts = request.app.state.accounts
            try:
                response = await carry_out(request)
            except Repeated as repeated:
                made = claim.get()
                assert made is not None, "only a claim is found to be a repetition"
                return Response(accounts.repeats.answer(made, repeated), CREATED, media_type="application/json")
            made = claim.get()
            if made and made.taken and response.status_code == CREATED:
                try:
                    await accounts.repeats.answered(made, bytes(response.body))
                except TeammarksError as error:
                    # It is done, and who asked is still here to be told so.
                    log.warning("an answer could not be kept: %s", error)
            return response

        return once
