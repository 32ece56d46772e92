"""Everything put together, once: settings → database → store → rooms → accounts → one ASGI application."""

import os
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from fastapi import FastAPI

from hub import __version__
from hub.accounts import Accounts
from hub.accounts.changes import Changes
from hub.bus import Bus, LocalBus
from hub.bus.envelope import NAME_BYTES, Seal
from hub.bus.redis import RedisBus
from hub.bus.secret import shared_secret
from hub.console import Console
from hub.crdt_store import CrdtStore
from hub.database import Database
from hub.folders import Folders
from hub.mail.delivery import Delivery
from hub.mail.files import Files
from hub.mail.sender import Sender
from hub.mail.smtp import Smtp
from hub.metrics import Metrics
from hub.rates import Rates
from hub.rates.redis import RedisBuckets
from hub.rooms import Rooms
from hub.settings import Settings
from hub.web import health, metrics, pages, problems, rest, tags
from hub.web.sync import SyncSockets


@dataclass(frozen=True, slots=True)
class Hub:
    """A running hub: its ASGI application, and the sockets that are to be drained before it stops."""

    app: FastAPI
    sockets: SyncSockets


@asynccontextmanager
async def open_hub(settings: Settings, *, public_url: str) -> AsyncIterator[Hub]:
    """Opens all parts of a hub; leaving closes them in order, the database last.

    Raises DatabaseBusy where another hub has the data, OSError where data folder, database or the address of Redis
    cannot be used.
    """
    measured = Metrics()
    async with AsyncExitStack() as stack:
        database = await Database.open(settings.database, shared=bool(settings.redis_url))
        stack.push_async_callback(database.close)
        store = CrdtStore(database, time.time, measured)
        await store.start()
        stack.push_async_callback(store.close)
        bus: Bus = LocalBus()
        counts: RedisBuckets | None = None
        if settings.redis_url:
            bus = await _join(settings, database, public_url, measured)
            stack.push_async_callback(bus.close)
            counts = RedisBuckets(
                settings.redis_url, await shared_secret(database, "rates"), public_url, settings.limits
            )
            stack.push_async_callback(counts.close)
        rates = Rates(settings.limits, time.monotonic, counts)
        measured.bus_connected.set_function(lambda: bus.connected)
        rooms = Rooms(store, bus, settings.limits, measured)
        stack.push_async_callback(rooms.close)
        changes = Changes(database, bus, settings.limits)
        stack.push_async_callback(changes.close)
        accounts = Accounts(database, settings, public_url=public_url, announce=changes.committed, clock=time.time)
        sockets = SyncSockets(rooms, accounts.authority, settings.limits, measured, time.time)
        stack.push_async_callback(sockets.close)
        await changes.start(sockets)
        delivery: Delivery = Smtp(settings.smtp_url) if settings.smtp_url else Files(settings.data_dir / "mail")
        sender = Sender(database, accounts.outbox, delivery, measured, time.time, sender=settings.mail_from)
        sender.start()
        stack.push_async_callback(sender.close)
        console = Console(accounts, settings.data_dir)
        stack.push_async_callback(console.close)
        await console.open()

        app = FastAPI(title="Teammarks hub", version=__version__, docs_url=None, redoc_url=None, redirect_slashes=False)
        app.add_middleware(metrics.Measured, metrics=measured)
        app.add_middleware(tags.Tagged)
        problems.install(app, is_draining=lambda: sockets.draining)
        app.include_router(health.router(database, store, bus, changes, is_draining=lambda: sockets.draining))
        app.state.accounts = accounts
        app.state.folders = Folders(store)
        app.state.rates = rates
        app.include_router(rest.router)
        app.include_router(pages.router)
        app.router.routes.extend(metrics.routes(measured, settings.metrics_token))
        app.router.routes.extend(sockets.routes)
        yield Hub(app, sockets)


async def _join(settings: Settings, database: Database, public_url: str, measured: Metrics) -> RedisBus:
    """To the hubs on the same database that people reach at the same address."""
    seal = Seal(await shared_secret(database, "bus"), public_url, os.urandom(NAME_BYTES), time.time)
    try:
        return RedisBus(settings.redis_url, seal, settings.limits, measured)
    except ValueError as error:
        raise OSError(f"TEAMMARKS_REDIS_URL cannot be used: {error}") from None
