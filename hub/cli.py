"""The command `teammarks`.

The rule: whatever goes wrong, the operator reads a sentence that says what to do, never a traceback.
"""

import argparse
import asyncio
import errno
import logging
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import uvloop
from pydantic_core import PydanticUndefined

from hub import __version__, admin, console, logs, server
from hub.app import open_hub
from hub.database import DatabaseBusy, WrongShape, migrate
from hub.errors import TeammarksError
from hub.settings import FROM_FILES, PREFIX, Settings, SettingsError
from hub.web.transport import make_room_for

log = logging.getLogger(__name__)

FAILED = 1
MISUSED = 2


class Stop(Exception):
    """Ends the command with a sentence for the operator."""

    def __init__(self, sentence: str, status: int = FAILED) -> None:
        super().__init__(sentence)
        self.status = status


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="teammarks", description="A team's bookmark folder, live in every browser.")
    parser.add_argument("--version", action="version", version=f"teammarks {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serve = commands.add_parser("serve", help="start the hub; settings come from the environment")
    serve.set_defaults(run=_serve)
    migration = commands.add_parser("migrate", help="bring the database to the shape this version works with")
    migration.set_defaults(run=_migrate)
    settings = commands.add_parser("settings", help="list every setting, its default and what it is for")
    settings.set_defaults(run=_settings)
    administration = commands.add_parser("admin", help="look after the hub's accounts and organizations")
    admin.declare(administration)
    administration.set_defaults(run=lambda: _admin(command))
    command: argparse.Namespace = parser.parse_args(arguments)
    try:
        command.run()
    except Stop as stop:
        print(f"teammarks: {stop}", file=sys.stderr)
        sys.exit(stop.status)
    except KeyboardInterrupt:
        sys.exit(130)


def _settings() -> None:
    for name, field in Settings.names().items():
        variable = PREFIX + name
        default = "" if field.default in (PydanticUndefined, "", ()) else f" [{field.default}]"
        also = f" (or {variable}_FILE: a file that holds it)" if name in FROM_FILES else ""
        print(f"{variable}{default}\n    {' '.join((field.description or '').split())}{also}")


def _read() -> Settings:
    try:
        return Settings.read()
    except SettingsError as error:
        raise Stop(f"these settings are wrong:\n{_indented(str(error))}", MISUSED) from None


def _migrate() -> None:
    settings = _read()
    with _database_failures_told(settings):
        done = asyncio.run(migrate(settings.database))
    if done.before == done.after:
        print(f"The database {done.place} is of shape {done.after}: there is nothing to do.")
    else:
        was = f"of shape {done.before}" if done.before else "empty"
        print(f"The database {done.place} was {was} and is of shape {done.after} now.")


async def _asked(settings: Settings, request: console.Request) -> object:
    try:
        return await admin.ask(settings, request)
    except DatabaseBusy as error:
        raise Stop(
            f"{error}, and does not listen in {settings.data_dir}. Run this where that hub runs, with its settings."
        ) from None


def _admin(command: argparse.Namespace) -> None:
    settings = _read()
    try:
        request = admin.read(command)
        with _database_failures_told(settings):
            answer = asyncio.run(_asked(settings, request))
    except admin.Misused as error:
        raise Stop(str(error), MISUSED) from None
    except (console.Refused, TeammarksError) as error:
        raise Stop(error.safe if isinstance(error, TeammarksError) else str(error)) from None
    print(admin.told(answer))


def _serve() -> None:
    settings = _read()
    logs.start(settings.log_level, settings.log_format)
    for variable in Settings.unknown():
        log.warning("%s is no setting and has no effect; `teammarks settings` lists them all", variable)
    make_room_for(settings.limits.connections)
    listener = _listen(settings)
    with listener:
        uvloop.run(_run(settings, listener))


async def _run(settings: Settings, listener: socket.socket) -> None:
    logs.watch(asyncio.get_running_loop())
    port = listener.getsockname()[1]
    address = settings.public_url or f"http://{_in_url(settings.host)}:{port}"

    def greet() -> None:
        print(
            f"Teammarks hub {__version__} is at {address}\n"
            f"Its data is in {settings.data_dir.resolve()}. Stop it with Ctrl+C.",
            flush=True,
        )

    with _database_failures_told(settings):
        async with open_hub(settings, public_url=address) as hub:
            await server.serve(hub, settings, listener, greet)


@contextmanager
def _database_failures_told(settings: Settings) -> Iterator[None]:
    try:
        yield
    except DatabaseBusy as error:
        alone = settings.database.startswith("sqlite")
        other = f"give this one another {PREFIX}DATA_DIR" if alone else f"set {PREFIX}REDIS_URL on every hub"
        raise Stop(f"{error}. Stop that hub, or {other}.") from None
    except WrongShape as error:
        raise Stop(f"{error}.") from None
    except OSError as error:
        if error.strerror is None:
            raise Stop(f"{error}.") from None  # one of ours, which says all
        raise Stop(
            f"cannot use the data folder {settings.data_dir}: {error.strerror}. "
            f"Make it writable, or set {PREFIX}DATA_DIR to another one."
        ) from None


def _listen(settings: Settings) -> socket.socket:
    """A listening socket, opened before anything else so that a taken port leaves no trace."""
    try:
        family = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((settings.host, settings.port), family=family, backlog=2048)
    except UnicodeError:
        raise Stop(f"{settings.host} is no name of a host. Check {PREFIX}HOST.") from None
    except OSError as error:
        where = f"{settings.host}:{settings.port}"
        if error.errno == errno.EADDRINUSE:
            raise Stop(f"port {settings.port} is taken. Stop what uses it, or set {PREFIX}PORT to another.") from None
        raise Stop(f"cannot listen on {where}: {error.strerror}. Check {PREFIX}HOST and {PREFIX}PORT.") from None


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
