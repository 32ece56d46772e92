"""Everything put together, once: settings → database → store → rooms → accounts → one ASGI application."""

import logging
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from hub import __version__
from hub.access import Change
from hub.accounts import Accounts
from hub.bus import LocalBus
from hub.crdt_store import CrdtStore
from hub.database import Database
from hub.rooms import Rooms
from hub.settings import Settings
from hub.web import health, pages, problems, rest
from hub.web.sync import SyncSockets

log = logging.getLogger(__name__)


@asynccontextmanager
async def open_hub(settings: Settings, *, public_url: str) -> AsyncIterator[FastAPI]:
    """A running hub as an ASGI application; leaving stops it in order, the database last.

    Raises DatabaseBusy where another hub has the data, OSError where the data folder cannot be used.
    """
    async with AsyncExitStack() as stack:
        database = await Database.open(settings.database, shared=bool(settings.redis_url))
        stack.push_async_callback(database.close)
        store = CrdtStore(database, time.time)
        await store.start()
        stack.push_async_callback(store.close)
        rooms = Rooms(store, LocalBus(), settings.limits)
        stack.push_async_callback(rooms.close)

        def announce(change: Change) -> None:
            sockets.changed(change)

        accounts = Accounts(database, settings, public_url=public_url, announce=announce, clock=time.time)
        sockets = SyncSockets(rooms, accounts.authority, settings.limits, time.time)
        stack.push_async_callback(sockets.close)

        app = FastAPI(title="Teammarks hub", version=__version__, docs_url=None, redoc_url=None, redirect_slashes=False)
        problems.install(app)
        app.include_router(health.router(database))
        app.state.accounts = accounts
        app.include_router(rest.router)
        app.include_router(pages.router)
        app.router.routes.extend(sockets.routes)
        yield app
