"""The hub's own door for the command on its machine: a socket in the data folder.

The rule: who may open the data folder can read all that is in it anyway, so whoever reaches the socket is believed, and
it is not to be reached from elsewhere. What is asked is done by the hub that runs, so all who are connected hear of it
at once. One line of JSON is asked, `{"do": …}`, and one answered: `{"done": …}` or `{"refused": "a sentence"}`.
"""

import asyncio
import json
import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar

from hub.accounts import Accounts, audit
from hub.accounts.addresses import address
from hub.accounts.models import Page, Slice
from hub.errors import TeammarksError
from hub.ids import OrganizationId

log = logging.getLogger(__name__)

T = TypeVar("T")
Request: TypeAlias = Mapping[str, str]

SOCKET: Final = "command.sock"
PAGE: Final = 200
MOST_BYTES: Final = 64 * 1024**2
"""A line: a hundred thousand accounts."""


class Refused(Exception):
    """The hub's sentence, for the operator."""


async def perform(accounts: Accounts, request: Request) -> Any:
    """What is asked, done as the operator. The answer fits into JSON. Raises TeammarksError."""
    audit.origin.set(audit.Origin(audit.Source.OPERATOR))
    return await _OPERATIONS[request["do"]](accounts, request)


class Console:
    def __init__(self, accounts: Accounts, folder: Path) -> None:
        self._accounts = accounts
        self._path = folder / SOCKET
        self._server: asyncio.Server | None = None
        self._inode = 0

    async def open(self) -> None:
        """Listens, in place of whoever was there before. Where it can't, the hub works without it and says so."""
        before = os.umask(0o177)
        try:
            self._server = await asyncio.start_unix_server(self._serve, self._path, limit=MOST_BYTES)
            self._inode = self._path.stat().st_ino
        except OSError as error:
            log.warning("`teammarks admin` cannot reach this hub: %s: %s", self._path, error)
        finally:
            os.umask(before)

    async def close(self) -> None:
        if self._server:
            self._server.close()
            with suppress(OSError):
                if self._path.stat().st_ino == self._inode:  # another hub may have come with the same folder
                    self._path.unlink()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            answer = await self._answer(json.loads(await reader.readline()))
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
        except (OSError, ValueError):
            pass  # whoever asked has gone, or speaks something else
        finally:
            writer.close()

    async def _answer(self, request: Request) -> dict[str, Any]:
        try:
            return {"done": await perform(self._accounts, request)}
        except TeammarksError as error:
            return {"refused": error.safe}
        except Exception:
            log.exception("an admin's command failed")
            return {"refused": "Something went wrong inside the hub; its log says what."}


async def ask(folder: Path, request: Request) -> Any:
    """The running hub's answer. Raises Refused, or OSError where no hub listens there."""
    reader, writer = await asyncio.open_unix_connection(folder / SOCKET, limit=MOST_BYTES)
    try:
        writer.write(json.dumps(dict(request)).encode() + b"\n")
        line = await reader.readline()
    finally:
        writer.close()
    if not line:
        raise Refused("The hub ended before it answered; look whether it was done.")
    answer = json.loads(line)
    if "refused" in answer:
        raise Refused(answer["refused"])
    return answer["done"]


async def _accounts(accounts: Accounts, request: Request) -> Any:
    return await _all(lambda part: accounts.administration.accounts(None, part, request["search"]))


async def _organizations(accounts: Accounts, request: Request) -> Any:
    return await _all(lambda part: accounts.administration.organizations(None, part, request["search"]))


async def _stats(accounts: Accounts, request: Request) -> Any:
    return asdict(await accounts.administration.statistics(None))


async def _grant(accounts: Accounts, request: Request) -> None:
    await accounts.administration.grant(await accounts.administration.account(address(request["email"])))


async def _revoke(accounts: Accounts, request: Request) -> None:
    await accounts.administration.revoke(await accounts.administration.account(address(request["email"])))


async def _disable(accounts: Accounts, request: Request) -> None:
    await accounts.administration.disable(None, await accounts.administration.account(address(request["email"])))


async def _enable(accounts: Accounts, request: Request) -> None:
    await accounts.administration.enable(None, await accounts.administration.account(address(request["email"])))


async def _reset_second_factor(accounts: Accounts, request: Request) -> None:
    account = await accounts.administration.account(address(request["email"]))
    await accounts.administration.remove_second_factor(None, account)


async def _create(accounts: Accounts, request: Request) -> None:
    await accounts.administration.create(address(request["email"]), request["password"], request["name"])


async def _suspend(accounts: Accounts, request: Request) -> None:
    await accounts.administration.suspend(None, OrganizationId(request["organization"]))


async def _resume(accounts: Accounts, request: Request) -> None:
    await accounts.administration.resume(None, OrganizationId(request["organization"]))


async def _rescue(accounts: Accounts, request: Request) -> None:
    await accounts.administration.rescue(None, OrganizationId(request["organization"]), address(request["email"]))


_OPERATIONS: Final[Mapping[str, Callable[[Accounts, Request], Awaitable[Any]]]] = {
    "accounts": _accounts,
    "organizations": _organizations,
    "stats": _stats,
    "grant": _grant,
    "revoke": _revoke,
    "disable": _disable,
    "enable": _enable,
    "reset-second-factor": _reset_second_factor,
    "create": _create,
    "suspend": _suspend,
    "resume": _resume,
    "rescue": _rescue,
}


async def _all(read: Callable[[Slice], Awaitable[Page[Any]]]) -> list[dict[str, Any]]:
    found: list[Any] = []
    wanted = Slice(PAGE)
    while True:
        page = await read(wanted)
        found += page.items
        if page.next_cursor is None:
            return [asdict(item) | {"created_at": item.created_at.isoformat()} for item in found]
        wanted = Slice(PAGE, page.next_cursor)
