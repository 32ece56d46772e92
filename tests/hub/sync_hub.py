"""Sync sockets on a real log and real rooms. The wire is two queues; only accounts are pretended."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from eventually import eventually
from starlette.applications import Starlette

from hub.access import Grant
from hub.bus import LocalBus
from hub.crdt_store import CrdtStore
from hub.database import Database
from hub.errors import Code, TeammarksError
from hub.ids import ME, AccountId, DocumentId, SessionId
from hub.limits import Limits
from hub.metrics import Metrics
from hub.protocol import Framing, FromClient, FromHub, Token, encode, read_hub_frame
from hub.rooms import Rooms
from hub.web.sync import SyncSockets


@dataclass
class Accounts:
    """Tokens are `account/session`. Rights are what a test says they are."""

    access: dict[tuple[str, str], bool] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    failing: bool = False
    checks: int = 0
    before_answer: Callable[[], None] = lambda: None

    async def admit(self, token: str, address: DocumentId) -> Grant:
        account, session = token.split("/")
        grant = Grant(AccountId(account), SessionId(session), address, False, 2_000_000_000.0)
        current = self._current(grant)
        self.before_answer()
        if current is None:
            raise TeammarksError(Code.NOT_FOUND, "no")
        return current

    async def recheck(self, grant: Grant) -> Grant | None:
        return self._current(grant)

    def _current(self, grant: Grant) -> Grant | None:
        self.checks += 1
        if self.failing:
            raise TeammarksError(Code.STORAGE, "no", retry=True)
        if grant.session in self.ended:
            return None
        if grant.document == ME:
            return grant
        can_write = self.access.get((grant.account, grant.document))
        return None if can_write is None else replace(grant, can_write=can_write)


class Wire:
    """A WebSocket as its client sees it."""

    def __init__(self, app: Starlette, path: str, *, protocols: tuple[str, ...] = (), host: str = "10.0.0.1") -> None:
        self.sent: list[bytes] = []
        self.closed: tuple[int, str] | None = None
        self.reads = asyncio.Event()
        """While it is clear the client does not read, and whoever sends to it waits."""
        self.reads.set()
        self._to_hub: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._to_hub.put_nowait({"type": "websocket.connect"})
        scope = {
            "type": "websocket",
            "path": path,
            "headers": [],
            "query_string": b"",
            "client": (host, 1),
            "subprotocols": list(protocols),
        }
        self.task = asyncio.create_task(app(scope, self._to_hub.get, self._from_hub))  # type: ignore[arg-type]

    async def _from_hub(self, message: Any) -> None:
        await self.reads.wait()
        match message["type"]:
            case "websocket.send":
                self.sent.append(message["bytes"])
            case "websocket.close":
                self.closed = (message["code"], message["reason"])

    def say(self, message: FromClient, address: str) -> None:
        data = encode(Framing.HOCUSPOCUS, address, message)
        self._to_hub.put_nowait({"type": "websocket.receive", "bytes": data})

    def send(self, message: dict[str, Any]) -> None:
        self._to_hub.put_nowait(message)

    def heard(self, address: str) -> list[FromHub]:
        frames = [read_hub_frame(frame) for frame in self.sent]
        return [message for about, message in frames if about == address]

    async def hears(self, message: FromHub, address: str) -> None:
        await eventually(f"{message}", lambda: message in self.heard(address))

    async def hangs_up(self) -> int:
        await eventually("the hub to hang up", lambda: self.closed is not None)
        assert self.closed is not None
        return self.closed[0]


class Hub:
    def __init__(self, store: CrdtStore, bus: LocalBus, rooms: Rooms, limits: Limits) -> None:
        self.store = store
        self.bus = bus
        self.accounts = Accounts()
        self.now = 1_800_000_000.0
        self.rooms = rooms
        self.sockets = SyncSockets(rooms, self.accounts, limits, Metrics(), lambda: self.now)
        self.app = Starlette(routes=list(self.sockets.routes))

    def connect(self, path: str = "/sync", **options: Any) -> Wire:
        return Wire(self.app, path, **options)

    async def enter(self, account: str, address: str, *, session: str = "laptop") -> Wire:
        wire = self.connect()
        wire.say(Token(f"{account}/{session}", "4.8.0"), address)
        await eventually("an answer", lambda: bool(wire.heard(address)))
        return wire


@asynccontextmanager
async def sync_hub(database: Database, limits: Limits) -> AsyncIterator[Hub]:
    store = CrdtStore(database, lambda: 0.0, Metrics())
    await store.start()
    bus = LocalBus()
    rooms = Rooms(store, bus, limits, Metrics())
    opened = Hub(store, bus, rooms, limits)
    yield opened
    await opened.sockets.close()
    await rooms.close()
    await store.close()
