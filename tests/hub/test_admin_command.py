"""`teammarks admin`: of a hub that runs, over its socket; of a database that no hub has; or refused with a sentence."""

import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from asking_hub import PASSWORD, PUBLIC_URL
from command import address_of, start
from histories import one
from sqlalchemy import update
from sqlalchemy.ext.asyncio import create_async_engine
from sync_hub import Wire
from test_joined_hubs import Person

from hub import admin, console
from hub.app import Hub, open_hub
from hub.errors import Code, TeammarksError
from hub.protocol import Close, Denied, Refused, Stored, Token, Update
from hub.schema import documents
from hub.settings import Settings
from hub.web.sync_socket import CLOSES
from loadtest.backends import free_port

A = one("a", "1", 1)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder whose path is short: that of a socket has some hundred characters at most."""
    with tempfile.TemporaryDirectory(prefix="tm-") as path:
        yield Path(path)


class World:
    """Ann in a team of her own, on hubs that run."""

    def __init__(self, *hubs: Hub, ann: Person, ann_id: str, organization: str, team: str) -> None:
        self.hubs, self.ann, self.ann_id, self.organization, self.team = hubs, ann, ann_id, organization, team


@asynccontextmanager
async def world(*hubs_settings: Settings) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        hubs = [await stack.enter_async_context(open_hub(each, public_url=PUBLIC_URL)) for each in hubs_settings]
        transport = httpx.ASGITransport(hubs[0].app)  # type: ignore[arg-type]
        client = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1"))
        ann = Person(client, "ann")
        ann_id = await ann.register()
        organization = (await ann.ask("POST", "/organizations", {"name": "Acme"}))["id"]
        team = (await ann.ask("POST", f"/organizations/{organization}/teams", {"name": "Services"}))["id"]
        yield World(*hubs, ann=ann, ann_id=ann_id, organization=organization, team=team)


async def denied(hub: Hub, person: Person, team: str, reason: str) -> None:
    wire = Wire(hub.app, "/sync")
    wire.say(Token(person.token, "4.8.0"), team)
    await wire.hears(Denied(reason), team)


# A hub that runs


async def test_suspending_an_organization_closes_its_open_folders_and_resuming_opens_them(
    folder: Path, database_url: str
) -> None:
    async with world(Settings(data_dir=folder, database_url=database_url)) as it:
        wire = await it.ann.enter(it.hubs[0], it.team)
        wire.say(Update(A), it.team)
        await wire.hears(Stored(1, 1), it.team)
        await console.ask(folder, {"do": "suspend", "organization": it.organization})
        await wire.hears(Close("forbidden"), it.team)
        await denied(it.hubs[0], it.ann, it.team, "organization-suspended")
        await console.ask(folder, {"do": "resume", "organization": it.organization})
        back = await it.ann.enter(it.hubs[0], it.team)
        back.say(Update(one("b", "2", 2)), it.team)
        await back.hears(Stored(1, 2), it.team)


async def test_a_write_that_is_under_way_when_the_suspension_commits_is_kept_by_its_client(
    folder: Path, database_url: str
) -> None:
    """The socket ends without an answer to it: a refusal would have the client drop the edit."""
    async with world(Settings(data_dir=folder, database_url=database_url)) as it:
        wire = await it.ann.enter(it.hubs[0], it.team)
        # Past everything that would tell the socket first.
        engine = create_async_engine(Settings(database_url=database_url).database.replace("l://", "l+asyncpg://"))
        async with engine.begin() as connection:
            await connection.execute(update(documents).values(suspended_at=datetime.now(UTC)))
        await engine.dispose()
        wire.say(Update(A), it.team)
        assert await wire.hangs_up() == CLOSES[Code.ORGANIZATION_SUSPENDED][0]
        assert not [message for message in wire.heard(it.team) if isinstance(message, Stored | Refused)]


async def test_disabling_an_account_cuts_its_open_sockets(folder: Path, database_url: str) -> None:
    async with world(Settings(data_dir=folder, database_url=database_url)) as it:
        wire = await it.ann.enter(it.hubs[0], it.team)
        await console.ask(folder, {"do": "disable", "email": "ann@example.org"})
        await wire.hears(Close("session-ended"), it.team)


async def test_what_the_hub_refuses_is_refused_in_its_words(folder: Path, database_url: str) -> None:
    async with world(Settings(data_dir=folder, database_url=database_url)):
        with pytest.raises(console.Refused, match="No account has this address"):
            await console.ask(folder, {"do": "disable", "email": "nobody@example.org"})


async def test_nobody_but_the_hubs_user_reaches_the_socket(folder: Path, sqlite_url: str) -> None:
    async with world(Settings(data_dir=folder, database_url=sqlite_url)):
        assert (folder / console.SOCKET).stat().st_mode & 0o777 == 0o600
    assert not (folder / console.SOCKET).exists()


async def test_nonsense_on_the_socket_hurts_nobody(folder: Path, sqlite_url: str) -> None:
    async with world(Settings(data_dir=folder, database_url=sqlite_url)):
        for request in ({"do": "explode"}, {"do": "disable"}):
            with pytest.raises(console.Refused):
                await console.ask(folder, request)
        assert (await console.ask(folder, {"do": "stats"}))["accounts"] == 1


# Hubs elsewhere, joined by Redis


async def test_hubs_that_run_elsewhere_heed_what_is_done_in_the_database(folder: Path, postgres_url: str) -> None:
    (folder / "there").mkdir()
    shared = {
        "database_url": postgres_url,
        "redis_url": f"redis://127.0.0.1:{free_port()}",  # and it does not even run
        "public_url": PUBLIC_URL,
    }
    async with world(Settings(data_dir=folder / "there", **shared)) as it:
        wire = await it.ann.enter(it.hubs[0], it.team)
        await admin.ask(Settings(data_dir=folder, **shared), {"do": "disable", "email": "ann@example.org"})
        await wire.hears(Close("session-ended"), it.team)


# No hub


async def test_where_no_hub_runs_it_is_done_in_the_database(folder: Path, database_url: str) -> None:
    settings = Settings(data_dir=folder, database_url=database_url)
    request = {"do": "create", "email": "root@example.org", "password": PASSWORD, "name": "Root"}
    assert await admin.ask(settings, request) is None
    (root,) = await admin.ask(settings, {"do": "accounts", "search": ""})
    assert (root["email"], root["is_admin"]) == ("root@example.org", True)
    with pytest.raises(TeammarksError, match="An account has this address"):
        await admin.ask(settings, request)


# The process


def command(data: Path, *arguments: str, says: str = "", **settings: str) -> tuple[int, str, str]:
    """Exit status, output and complaints of `teammarks admin …`, with `says` on its input."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TEAMMARKS_")}
    environment |= {"TEAMMARKS_DATA_DIR": str(data)} | {f"TEAMMARKS_{name}": value for name, value in settings.items()}
    done = subprocess.run(
        [sys.executable, "-m", "hub", "admin", *arguments],
        env=environment,
        input=says,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


@pytest.mark.slow
def test_the_first_admin_is_made_before_the_first_start_and_is_there_after_it(folder: Path) -> None:
    assert command(folder, "create", "root@example.org", "--name", "Root", says=f"{PASSWORD}\n")[0] == 0
    process = start(folder)
    try:
        address_of(process)
        status, output, _ = command(folder, "accounts")
        assert (status, "root@example.org  Root  [admin]" in output) == (0, True)
        assert command(folder, "stats")[1].splitlines()[0].split() == ["accounts", "1"]
        assert command(folder, "disable", "root@example.org")[0] == 0
        assert command(folder, "disable", "root@example.org")[2] == "teammarks: This account is disabled already.\n"
    finally:
        process.kill()
        process.communicate()


@pytest.mark.slow
def test_a_hub_that_cannot_be_reached_is_said(folder: Path) -> None:
    process = start(folder)
    try:
        address_of(process)
        (folder / console.SOCKET).unlink()
        status, _, complaint = command(folder, "accounts")
        assert status == 1
        assert f"another hub (process {process.pid})" in complaint
        assert "Run this where that hub runs" in complaint
    finally:
        process.kill()
        process.communicate()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "says", "complaint"),
    [
        (["create", "root@example.org"], "short\n", "the password cannot be used"),
        (["create", "root@example.org", "--name", "\t"], f"{PASSWORD}\n", "the name cannot be used"),
        (["grant", "nobody"], "", "expected an e-mail address"),
        (["suspend", "acme"], "", "ORG is no id"),
        (["create", "root@example.org", "secret"], "", "unrecognized arguments"),
    ],
)
def test_what_is_wrong_with_the_arguments_is_said(
    folder: Path, arguments: list[str], says: str, complaint: str
) -> None:
    status, _, said = command(folder, *arguments, says=says)
    assert (status, complaint in said) == (2, True), said
