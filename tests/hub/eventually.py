"""Waiting for what must come true, without guessing how long it takes."""

import asyncio
from collections.abc import Awaitable, Callable

PATIENCE_S = 60


async def eventually(what: str, holds: Callable[[], bool] | Callable[[], Awaitable[bool]]) -> None:
    """Returns once `holds`. Fails after a time that no healthy run needs."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                outcome = holds()
                if outcome if isinstance(outcome, bool) else await outcome:
                    return
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(f"waited in vain for {what}") from None
