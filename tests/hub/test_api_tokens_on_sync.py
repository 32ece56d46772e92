"""API tokens on sync: programs in folders."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from api_programs import makes_token
from asking_hub import PUBLIC_URL, START, Hub, Person
from histories import one
from sqlalchemy import update
from test_joined_hubs import Person as Member

from hub.access import Change, ChangeKind
from hub.accounts import api_secret
from hub.app import open_hub
from hub.errors import Code, TeammarksError
from hub.ids import ME, AccountId, DocumentId, SessionId
from hub.protocol import Close, Stored, Update
from hub.schema import api_tokens
from hub.scopes import Scope
from hub.settings import Settings

DAY_S = 24 * 3600


@pytest.fixture
async def ann(hub: Hub) -> Person:
    return await hub.register("ann")


@pytest.fixture
async def organization(ann: Person) -> str:
    return await ann.makes_organization()


@pytest.fixture
async def team(ann: Person, organization: str) -> str:
    return await ann.makes_team(organization)


async def refusal(hub: Hub, secret: str, document: str) -> Code:
    with pytest.raises(TeammarksError) as refused:
        await hub.accounts.authority.admit(secret, DocumentId(document))
    return refused.value.code


@pytest.mark.parametrize("scope", Scope)
async def test_a_token_opens_folders_on_sync_as_its_scope_says(hub: Hub, ann: Person, team: str, scope: Scope) -> None:
    program = await makes_token(ann, scope, days=1)
    if scope in (Scope.FOLDERS_READ, Scope.FOLDERS_WRITE):
        grant = await hub.accounts.authority.admit(program.secret, DocumentId(team))
        assert (grant.account, grant.can_write) == (ann.id, scope is Scope.FOLDERS_WRITE)
        assert grant.expires_at == START + DAY_S
    else:
        assert await refusal(hub, program.secret, team) is Code.TOKEN_NOT_ALLOWED


async def test_a_token_never_writes_where_its_owner_only_reads(
    hub: Hub, ann: Person, organization: str, team: str
) -> None:
    bob = await hub.register("bob")
    await bob.accepts(await ann.invites(organization, bob))
    await ann.put(f"/teams/{team}/members/{bob.id}", {"can_read": True})
    program = await makes_token(bob, "folders:write")
    assert not (await hub.accounts.authority.admit(program.secret, DocumentId(team))).can_write


async def test_a_pinned_token_opens_no_other_folder(hub: Hub, ann: Person, organization: str, team: str) -> None:
    other = await ann.makes_team(organization, "Other")
    elsewhere = await ann.makes_team(await ann.makes_organization("Elsewhere"))
    opened: dict[str, list[str]] = {}
    for name, pins in (("team", {"teams": [team]}), ("organization", {"organizations": [organization]}), ("none", {})):
        program = await makes_token(ann, "folders:read", **pins)
        for folder in (team, other, elsewhere):
            with suppress(TeammarksError):
                await hub.accounts.authority.admit(program.secret, DocumentId(folder))
                opened.setdefault(name, []).append(folder)
    assert opened == {"team": [team], "organization": [team, other], "none": [team, other, elsewhere]}
    assert await refusal(hub, (await makes_token(ann, "folders:read", teams=[team])).secret, other) is Code.NOT_FOUND


async def test_notices_about_the_account_are_for_its_owner_alone(hub: Hub, ann: Person) -> None:
    assert await refusal(hub, (await makes_token(ann, *Scope)).secret, ME) is Code.TOKEN_NOT_ALLOWED


async def test_an_invented_token_opens_no_folder(hub: Hub, team: str) -> None:
    for secret in ("tmp_", "tmp_" + "0" * 49, api_secret.make()):
        assert await refusal(hub, secret, team) is Code.TOKEN_INVALID


async def test_a_token_that_ends_takes_its_sockets_with_it(hub: Hub, ann: Person, team: str) -> None:
    program, other = await makes_token(ann, "folders:read"), await makes_token(ann, "folders:read", days=1)
    granted = await hub.accounts.authority.admit(program.secret, DocumentId(team))
    expiring = await hub.accounts.authority.admit(other.secret, DocumentId(team))
    assert await hub.accounts.authority.recheck(granted) == granted
    hub.told.clear()
    await ann.delete(f"/me/tokens/{program.id}")
    # By which sockets read their grants again: those of this session, as of any other.
    assert hub.told == [Change(ChangeKind.SESSION, AccountId(ann.id), session=SessionId(program.id))]
    assert granted.session == program.id
    assert await hub.accounts.authority.recheck(granted) is None
    assert await hub.accounts.authority.recheck(expiring) == expiring
    hub.clock.pass_s(DAY_S)
    assert await hub.accounts.authority.recheck(expiring) is None


async def test_a_deleted_token_is_cut_off_while_it_is_connected(tmp_path: Path, database_url: str) -> None:
    settings = Settings(data_dir=tmp_path, database_url=database_url)
    async with open_hub(settings, public_url=PUBLIC_URL) as running:
        transport = httpx.ASGITransport(running.app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            ann = Member(client, "ann")
            await ann.register()
            organization = (await ann.ask("POST", "/organizations", {"name": "Acme"}))["id"]
            team = (await ann.ask("POST", f"/organizations/{organization}/teams", {"name": "Services"}))["id"]
            end = datetime.now(UTC) + timedelta(days=1)
            body = {"name": "Bot", "scopes": ["folders:write"], "expires_at": end.isoformat()}
            made = await ann.ask("POST", "/me/tokens", body)
            program, person = (
                await Member(client, "bot", made["secret"]).enter(running, team),
                await ann.enter(running, team),
            )
            program.say(Update(one("a", "1", 1)), team)
            await program.hears(Stored(1, 1), team)
            await ann.ask("DELETE", f"/me/tokens/{made['id']}")
            await program.hears(Close("session-ended"), team)
            person.say(Update(one("b", "2", 2)), team)
            await person.hears(Stored(1, 2), team)


async def test_a_token_of_a_session_is_none_of_a_program(hub: Hub, ann: Person, team: str) -> None:
    """Their ids are of one kind; neither is taken for the other."""
    program = await makes_token(ann, "folders:read")
    as_session = await hub.accounts.authority.admit(ann.access_token, DocumentId(team))
    async with hub.database.write() as connection:
        await connection.execute(update(api_tokens).values(id=ann.session))
    await ann.delete("/sessions/current")
    assert await hub.accounts.authority.recheck(as_session) is None
    assert (await hub.accounts.authority.admit(program.secret, DocumentId(team))).by_api_token


async def test_a_folder_that_was_opened_counts_as_use(hub: Hub, ann: Person, team: str) -> None:
    program = await makes_token(ann, "folders:read")
    await hub.accounts.authority.admit(program.secret, DocumentId(team))
    (listed,) = (await ann.get("/me/tokens")).items
    assert listed["last_used_at"] is not None
