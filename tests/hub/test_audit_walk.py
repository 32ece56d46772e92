"""Every operation that changes something writes one event, and none where it is refused.

The operations come from `/openapi.json`: whoever adds one has to say here what it writes, or why it writes nothing.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from api_programs import makes_token, token_body
from asking_hub import PASSWORD, Contract, Hub, Person
from authenticator import begins_second_factor, has_second_factor
from posted import posted_to
from sqlalchemy import select

from hub.accounts.audit import Event
from hub.ids import AccountId
from hub.schema import audit_events

SILENT = {
    "refresh": "each device does so six times an hour, and it changes nothing for anybody",
    "lookUpInvitation": "it reads; the token is in the body so that it lands in no log",
}


@dataclass
class Cast:
    """Ann owns an organization, in which Bob is a member of the team. Root is an admin of the hub; Eve is nobody."""

    hub: Hub
    ann: Person
    bob: Person
    root: Person
    eve: Person
    organization: str
    team: str


@dataclass
class Ask:
    """What is asked. By nobody: without a token."""

    by: Person | None
    method: str
    path: str
    body: Any = None


Scene = Callable[[Cast], Awaitable[Ask]]
"""Prepares what is needed, and says what is to be asked then."""
WALK: dict[str, tuple[Event, Scene]] = {}


def writes(operation: str, event: Event) -> Callable[[Scene], Scene]:
    def known(scene: Scene) -> Scene:
        WALK[operation] = (event, scene)
        return scene

    return known


@writes("register", Event.REGISTERED)
async def _(cast: Cast) -> Ask:
    return Ask(None, "POST", "/accounts", {"email": "new@example.org", "password": PASSWORD, "display_name": "New"})


@writes("updateMe", Event.ACCOUNT_CHANGED)
async def _(cast: Cast) -> Ask:
    return Ask(cast.ann, "PATCH", "/me", {"display_name": "Anna"})


@writes("deleteMe", Event.ACCOUNT_DELETED)
async def _(cast: Cast) -> Ask:
    return Ask(cast.bob, "DELETE", "/me")


@writes("askForVerification", Event.MAIL_REQUESTED)
async def _(cast: Cast) -> Ask:
    return Ask(None, "POST", "/accounts/verification-mails", {"email": cast.ann.email})


@writes("verifyAddress", Event.ACCOUNT_VERIFIED)
async def _(cast: Cast) -> Ask:
    (letter,) = await posted_to(cast.hub, cast.ann.email)
    return Ask(None, "POST", "/accounts/verify", {"token": letter.token("verify")})


@writes("askForReset", Event.PASSWORD_RESET_REQUESTED)
async def _(cast: Cast) -> Ask:
    return Ask(None, "POST", "/accounts/password-resets", {"email": cast.ann.email})


@writes("resetPassword", Event.PASSWORD_RESET)
async def _(cast: Cast) -> Ask:
    await cast.hub.ask("POST", "/accounts/password-resets", {"email": cast.ann.email})
    token = (await posted_to(cast.hub, cast.ann.email))[-1].token("reset")
    return Ask(None, "PUT", "/accounts/password-resets", {"token": token, "new_password": "another horse battery"})


@writes("changeAddress", Event.EMAIL_CHANGE_REQUESTED)
async def _(cast: Cast) -> Ask:
    return Ask(cast.ann, "PUT", "/me/email", {"email": "new@example.org"})


@writes("logIn", Event.LOGGED_IN)
async def _(cast: Cast) -> Ask:
    return Ask(None, "POST", "/sessions", {"email": cast.ann.email, "password": PASSWORD, "device": "phone"})


@writes("logOut", Event.SESSION_ENDED)
async def _(cast: Cast) -> Ask:
    return Ask(cast.ann, "DELETE", "/sessions/current")


@writes("endSession", Event.SESSION_ENDED)
async def _(cast: Cast) -> Ask:
    phone = await Person(cast.hub, "ann").log_in()
    return Ask(cast.ann, "DELETE", f"/sessions/{phone.session}")


@writes("reauthenticate", Event.REAUTHENTICATED)
async def _(cast: Cast) -> Ask:
    return Ask(cast.ann, "POST", "/sessions/reauthenticate", {"password": PASSWORD})


@writes("changePassword", Event.PASSWORD_CHANGED)
async def _(cast: Cast) -> Ask:
    body = {"current_password": PASSWORD, "new_password": "another horse battery"}
    return Ask(cast.ann, "PUT", "/me/password", body)


@writes("endOtherSessions", Event.SESSIONS_ENDED)
async def _(cast: Cast) -> Ask:
    await Person(cast.hub, "ann").log_in()
    return Ask(cast.ann, "DELETE", "/sessions?keep=current")


@writes("beginSecondFactor", Event.SECOND_FACTOR_BEGUN)
async def _(cast: Cast) -> Ask:
    return Ask(cast.ann, "POST", "/me/second-factor")


@writes("confirmSecondFactor", Event.SECOND_FACTOR_ADDED)
async def _(cast: Cast) -> Ask:
    authenticator = await begins_second_factor(cast.ann)
    return Ask(cast.ann, "PUT", "/me/second-factor", {"otp": authenticator.code()})


@writes("removeSecondFactor", Event.SECOND_FACTOR_REMOVED)
async def _(cast: Cast) -> Ask:
    await has_second_factor(cast.ann)
    return Ask(cast.ann, "DELETE", "/me/second-factor")


@writes("makeRecoveryCodes", Event.RECOVERY_CODES_MADE)
async def _(cast: Cast) -> Ask:
    await has_second_factor(cast.ann)
    return Ask(cast.ann, "POST", "/me/second-factor/recovery-codes")


@writes("makeToken", Event.TOKEN_MADE)
async def _(cast: Cast) -> Ask:
    return Ask(cast.ann, "POST", "/me/tokens", token_body(cast.hub, "read"))


@writes("deleteToken", Event.TOKEN_REVOKED)
async def _(cast: Cast) -> Ask:
    token = await makes_token(cast.ann, "read")
    return Ask(cast.ann, "DELETE", f"/me/tokens/{token.id}")


@writes("createOrganization", Event.ORGANIZATION_CREATED)
async def _(cast: Cast) -> Ask:
    return Ask(cast.ann, "POST", "/organizations", {"name": "New"})


@writes("renameOrganization", Event.ORGANIZATION_RENAMED)
async def _(cast: Cast) -> Ask:
    return Ask(cast.ann, "PATCH", f"/organizations/{cast.organization}", {"name": "New"})


@writes("deleteOrganization", Event.ORGANIZATION_DELETED)
async def _(cast: Cast) -> Ask:
    return Ask(cast.ann, "DELETE", f"/organizations/{cast.organization}")


@writes("changeRole", Event.ROLE_CHANGED)
async def _(cast: Cast) -> Ask:
    return Ask(cast.ann, "PATCH", f"/organizations/{cast.organization}/members/{cast.bob.id}", {"role": "admin"})


@writes("removeMember", Event.MEMBER_REMOVED)
async def _(cast: Cast) -> Ask:
    return Ask(cast.ann, "DELETE", f"/organizations/{cast.organization}/members/{cast.bob.id}")


@writes("createTeam", Event.TEAM_CREATED)
async def _(cast: Cast) -> Ask:
    return Ask(cast.ann, "POST", f"/organizations/{cast.organization}/teams", {"name": "New"})


@writes("renameTeam", Event.TEAM_RENAMED)
async def _(cast: Cast) -> Ask:
    return Ask(cast.ann, "PATCH", f"/teams/{cast.team}", {"name": "New"})


@writes("deleteTeam", Event.TEAM_DELETED)
async def _(cast: Cast) -> Ask:
    return Ask(cast.ann, "DELETE", f"/teams/{cast.team}")


@writes("undeleteTeam", Event.TEAM_UNDELETED)
async def _(cast: Cast) -> Ask:
    await cast.ann.delete(f"/teams/{cast.team}")
    return Ask(cast.ann, "POST", f"/teams/{cast.team}/undelete")


@writes("setTeamMember", Event.TEAM_MEMBER_CHANGED)
async def _(cast: Cast) -> Ask:
    access = {"can_read": True, "can_write": False, "is_manager": False}
    return Ask(cast.ann, "PUT", f"/teams/{cast.team}/members/{cast.bob.id}", access)


@writes("removeTeamMember", Event.TEAM_MEMBER_REMOVED)
async def _(cast: Cast) -> Ask:
    return Ask(cast.ann, "DELETE", f"/teams/{cast.team}/members/{cast.bob.id}")


@writes("invite", Event.INVITED)
async def _(cast: Cast) -> Ask:
    body = {"email": "new@example.org", "teams": [{"team_id": cast.team}]}
    return Ask(cast.ann, "POST", f"/organizations/{cast.organization}/invitations", body)


@writes("withdrawInvitation", Event.INVITATION_WITHDRAWN)
async def _(cast: Cast) -> Ask:
    await cast.ann.invites(cast.organization, "new@example.org")
    (invitation,) = (await cast.ann.get(f"/organizations/{cast.organization}/invitations")).items
    return Ask(cast.ann, "DELETE", f"/organizations/{cast.organization}/invitations/{invitation['id']}")


@writes("resendInvitation", Event.INVITATION_SENT_AGAIN)
async def _(cast: Cast) -> Ask:
    await cast.ann.invites(cast.organization, "new@example.org")
    (invitation,) = (await cast.ann.get(f"/organizations/{cast.organization}/invitations")).items
    return Ask(cast.ann, "POST", f"/organizations/{cast.organization}/invitations/{invitation['id']}/resend")


async def request_of_root(cast: Cast) -> str:
    link = await cast.ann.invites_by_link(cast.organization, cast.team, needs_approval=True)
    await cast.root.post("/invitations/accept", {"token": link})
    (request,) = (await cast.ann.get(f"/organizations/{cast.organization}/join-requests")).items
    return f"/organizations/{cast.organization}/join-requests/{request['id']}"


@writes("approveJoinRequest", Event.INVITATION_APPROVED)
async def _(cast: Cast) -> Ask:
    return Ask(cast.ann, "POST", f"{await request_of_root(cast)}/approve")


@writes("refuseJoinRequest", Event.INVITATION_REFUSED)
async def _(cast: Cast) -> Ask:
    return Ask(cast.ann, "POST", f"{await request_of_root(cast)}/refuse")


@writes("acceptInvitation", Event.INVITATION_ACCEPTED)
async def _(cast: Cast) -> Ask:
    token = await cast.ann.invites(cast.organization, cast.root, "member", cast.team)
    return Ask(cast.root, "POST", "/invitations/accept", {"token": token})


@writes("declineInvitation", Event.INVITATION_DECLINED)
async def _(cast: Cast) -> Ask:
    token = await cast.ann.invites(cast.organization, cast.root)
    return Ask(cast.root, "POST", "/invitations/decline", {"token": token})


@writes("disableAccount", Event.ACCOUNT_DISABLED)
async def _(cast: Cast) -> Ask:
    return Ask(cast.root, "POST", f"/admin/accounts/{cast.bob.id}/disable")


@writes("enableAccount", Event.ACCOUNT_ENABLED)
async def _(cast: Cast) -> Ask:
    await cast.hub.accounts.administration.disable(None, AccountId(cast.bob.id))
    return Ask(cast.root, "POST", f"/admin/accounts/{cast.bob.id}/enable")


@writes("endSessionsOfAccount", Event.SESSIONS_ENDED)
async def _(cast: Cast) -> Ask:
    return Ask(cast.root, "DELETE", f"/admin/accounts/{cast.bob.id}/sessions")


@writes("removeSecondFactorOfAccount", Event.SECOND_FACTOR_REMOVED)
async def _(cast: Cast) -> Ask:
    await has_second_factor(cast.bob)
    return Ask(cast.root, "DELETE", f"/admin/accounts/{cast.bob.id}/second-factor")


@writes("suspendOrganization", Event.ORGANIZATION_SUSPENDED)
async def _(cast: Cast) -> Ask:
    return Ask(cast.root, "POST", f"/admin/organizations/{cast.organization}/suspend")


@writes("resumeOrganization", Event.ORGANIZATION_RESUMED)
async def _(cast: Cast) -> Ask:
    await cast.root.post(f"/admin/organizations/{cast.organization}/suspend", None)
    return Ask(cast.root, "POST", f"/admin/organizations/{cast.organization}/resume")


@writes("rescueOrganization", Event.ORGANIZATION_RESCUED)
async def _(cast: Cast) -> Ask:
    await cast.root.post(f"/admin/accounts/{cast.ann.id}/disable", None)
    return Ask(cast.root, "POST", f"/admin/organizations/{cast.organization}/rescue", {"email": cast.bob.email})


def changing() -> set[str]:
    return {operation["operationId"] for method, _, operation in Contract.read().operations() if method != "GET"}


@pytest.fixture
async def cast(hub: Hub) -> Cast:
    ann, bob, root, eve = [await hub.register(name) for name in ("ann", "bob", "root", "eve")]
    organization = await ann.makes_organization()
    team = await ann.makes_team(organization)
    await bob.accepts(await ann.invites(organization, bob, "member", team))
    await hub.accounts.administration.grant(AccountId(root.id))
    return Cast(hub, ann, bob, root, eve, organization, team)


async def written(hub: Hub) -> list[str]:
    """The names of all events, the oldest first."""
    async with hub.database.read() as connection:
        return list(await connection.scalars(select(audit_events.c.event).order_by(audit_events.c.id)))


def test_every_operation_that_changes_something_is_walked() -> None:
    assert WALK.keys() | SILENT.keys() == changing()
    assert not WALK.keys() & SILENT.keys()


@pytest.mark.parametrize("operation", WALK)
async def test_a_change_writes_one_event(cast: Cast, operation: str) -> None:
    event, scene = WALK[operation]
    ask = await scene(cast)
    before = await written(cast.hub)
    answer = await cast.hub.ask(ask.method, ask.path, ask.body, token=ask.by and ask.by.access_token)
    assert answer.status < 300, answer.text
    assert await written(cast.hub) == [*before, event]


@pytest.mark.parametrize("operation", WALK)
async def test_a_refusal_writes_none(cast: Cast, operation: str) -> None:
    _, scene = WALK[operation]
    ask = await scene(cast)
    before = await written(cast.hub)
    for token, path, body in (
        (None, ask.path, {"nonsense": True}),
        (cast.eve.access_token, ask.path, ask.body),
        (ask.by and ask.by.access_token, ask.path, {"nonsense": True}),
        (ask.by and ask.by.access_token, ask.path.replace(cast.organization, cast.bob.id), ask.body),
    ):
        expected = await written(cast.hub)
        answer = await cast.hub.ask(ask.method, path, body, token=token)
        if answer.status >= 300:
            assert await written(cast.hub) == expected
        else:
            assert len(await written(cast.hub)) == len(expected) + 1  # theirs to do as well
    assert (await written(cast.hub))[: len(before)] == before


async def test_what_writes_none_writes_none(cast: Cast) -> None:
    token = await cast.ann.invites(cast.organization, cast.root)
    before = await written(cast.hub)
    assert (await cast.hub.ask("POST", "/sessions/refresh", {"refresh_token": cast.ann.refresh_token})).status == 200
    assert (await cast.hub.ask("POST", "/invitations/lookup", {"token": token})).status == 200
    assert await written(cast.hub) == before
