"""The life of an invitation, as a table: what it was brought to, what happens then, and what comes of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
from asking_hub import Answer, Hub, Person

from hub.accounts.invitations import LIFETIME
from hub.ids import AccountId


@dataclass
class Scene:
    """Ada, an admin of Olga's organization, invites Bob, or whoever holds a link. Eve has an account."""

    hub: Hub
    olga: Person
    ada: Person
    bob: Person
    eve: Person
    organization: str
    team: str
    invitation: str
    """Its address for those who may see it."""
    token: str
    """The first one."""

    @property
    def members(self) -> str:
        return f"/organizations/{self.organization}/members"

    async def answer(self, person: Person, how: str = "accept") -> Answer:
        return await person.post(f"/invitations/{how}", {"token": self.token})

    async def request(self, how: str) -> Answer:
        """Olga answers the one who waits; where nobody does, a request that there is not."""
        listed = await self.olga.get(f"/organizations/{self.organization}/join-requests")
        request = listed.items[0]["id"] if listed.items else self.ada.id
        return await self.olga.post(f"/organizations/{self.organization}/join-requests/{request}/{how}", None)


Step = Callable[[Scene], Awaitable[object]]


async def nothing(scene: Scene) -> None:
    pass


async def sent_again(scene: Scene) -> None:
    answer = await scene.ada.post(f"{scene.invitation}/resend", None)
    assert answer.status == 200
    assert answer.json["accept_url"].partition("#")[2] != scene.token


async def expired(scene: Scene) -> None:
    scene.hub.clock.pass_s(LIFETIME.total_seconds())
    for person in (scene.olga, scene.ada, scene.bob, scene.eve):
        await person.log_in()


async def withdrawn(scene: Scene) -> None:
    assert (await scene.ada.delete(scene.invitation)).status == 204


async def inviter_demoted(scene: Scene) -> None:
    assert (await scene.olga.patch(f"{scene.members}/{scene.ada.id}", {"role": "member"})).status == 200


async def inviter_left(scene: Scene) -> None:
    assert (await scene.ada.delete(f"{scene.members}/{scene.ada.id}")).status == 204


async def inviter_disabled(scene: Scene) -> None:
    await scene.hub.accounts.administration.disable(None, AccountId(scene.ada.id))


async def organization_deleted(scene: Scene) -> None:
    assert (await scene.olga.delete(f"/organizations/{scene.organization}")).status == 204


async def accepted(scene: Scene) -> None:
    assert (await scene.answer(scene.bob)).status in (200, 202)


async def declined(scene: Scene) -> None:
    assert (await scene.answer(scene.bob, "decline")).status == 204


async def approved(scene: Scene) -> None:
    await accepted(scene)
    assert (await scene.request("approve")).status == 204


async def refused(scene: Scene) -> None:
    await accepted(scene)
    assert (await scene.request("refuse")).status == 204


async def removed(scene: Scene) -> None:
    await accepted(scene)
    assert (await scene.olga.delete(f"{scene.members}/{scene.bob.id}")).status == 204


async def waiting_and_withdrawn(scene: Scene) -> None:
    await accepted(scene)
    await withdrawn(scene)


async def waiting_and_expired(scene: Scene) -> None:
    await accepted(scene)
    await expired(scene)


async def waiting_and_inviter_demoted(scene: Scene) -> None:
    await accepted(scene)
    await inviter_demoted(scene)


EVENTS: dict[str, Callable[[Scene], Awaitable[Answer]]] = {
    "look up": lambda scene: scene.hub.ask("POST", "/invitations/lookup", {"token": scene.token}),
    "bob accepts": lambda scene: scene.answer(scene.bob),
    "bob declines": lambda scene: scene.answer(scene.bob, "decline"),
    "eve accepts": lambda scene: scene.answer(scene.eve),
    "eve declines": lambda scene: scene.answer(scene.eve, "decline"),
    "ada accepts": lambda scene: scene.answer(scene.ada),
    "olga withdraws": lambda scene: scene.olga.delete(scene.invitation),
    "olga resends": lambda scene: scene.olga.post(f"{scene.invitation}/resend", {"expires_in_days": 1}),
    "olga approves": lambda scene: scene.request("approve"),
    "olga refuses": lambda scene: scene.request("refuse"),
}


Table = dict[str, tuple[Step, str]]
"""What comes of the events, in the order of the columns."""

ADDRESS_COLUMNS = (
    "look up",
    "bob accepts",
    "bob declines",
    "eve accepts",
    "eve declines",
    "ada accepts",
    "olga withdraws",
    "olga resends",
)
TO_AN_ADDRESS: Table = {
    #                                           look bob bob eve eve ada olga olga
    "open": (nothing, "                          200 200 204 403 403 403 204 200"),
    "sent again": (sent_again, "                 404 404 404 404 404 404 204 200"),
    "expired": (expired, "                       410 410 410 403 403 403 204 200"),
    "withdrawn": (withdrawn, "                   410 410 410 403 403 403 404 404"),
    "accepted": (accepted, "                     410 410 410 403 403 403 404 404"),
    "declined": (declined, "                     410 410 410 403 403 403 404 404"),
    "accepted, then removed": (removed, "        410 410 410 403 403 403 404 404"),
    "inviter demoted": (inviter_demoted, "       410 410 410 403 403 403 204 200"),
    "inviter left": (inviter_left, "             410 410 410 403 403 403 204 200"),
    "inviter disabled": (inviter_disabled, "     410 410 410 403 403 401 204 200"),
    "organization deleted": (organization_deleted, "404 404 404 404 404 404 404 404"),
}
LINK_COLUMNS = (
    "look up",
    "bob accepts",
    "bob declines",
    "eve accepts",
    "ada accepts",
    "olga withdraws",
    "olga resends",
)
BY_A_LINK_FOR_TWO: Table = {
    #                                           look bob bob eve ada olga olga
    "open": (nothing, "                          200 200 204 200 403 204 200"),
    "sent again": (sent_again, "                 404 404 404 404 404 204 200"),
    "expired": (expired, "                       410 410 410 410 403 204 200"),
    "withdrawn": (withdrawn, "                   410 410 410 410 403 404 404"),
    "used by bob": (accepted, "                  200 410 410 200 403 204 200"),
    "declined by bob": (declined, "              200 410 410 200 403 204 200"),
    "used by bob, who was removed": (removed, "  200 410 410 200 403 204 200"),
    "inviter demoted": (inviter_demoted, "       410 410 410 410 403 204 200"),
    "inviter left": (inviter_left, "             410 410 410 410 403 204 200"),
    "inviter disabled": (inviter_disabled, "     410 410 410 410 401 204 200"),
    "organization deleted": (organization_deleted, "404 404 404 404 404 404 404"),
}
BY_A_LINK_FOR_ONE: Table = {
    "open": (nothing, "                          200 200 204 200 403 204 200"),
    "used by bob": (accepted, "                  410 410 410 410 403 404 404"),
    "declined by bob": (declined, "              200 410 410 200 403 204 200"),
}
APPROVAL_COLUMNS = (
    "look up",
    "bob accepts",
    "bob declines",
    "eve accepts",
    "olga withdraws",
    "olga resends",
    "olga approves",
    "olga refuses",
)
BY_A_LINK_WITH_APPROVAL_FOR_ONE: Table = {
    #                                                      look bob bob eve olga olga olga olga
    "open": (nothing, "                                     200 202 204 202 204 200 404 404"),
    "bob waits": (accepted, "                               410 202 204 410 204 200 204 204"),
    "bob waits, expired": (waiting_and_expired, "           410 202 204 410 204 200 204 204"),
    "bob waits, withdrawn": (waiting_and_withdrawn, "       410 410 410 410 404 404 404 404"),
    "bob waits, inviter demoted": (waiting_and_inviter_demoted, "410 202 204 410 204 200 204 204"),
    "bob took it back": (declined, "                        200 410 410 202 204 200 404 404"),
    "bob approved": (approved, "                            410 410 410 410 404 404 404 404"),
    "bob refused": (refused, "                              200 410 410 202 204 200 404 404"),
}
KINDS: dict[str, tuple[Table, tuple[str, ...], dict[str, object]]] = {
    "to an address": (TO_AN_ADDRESS, ADDRESS_COLUMNS, {"email": "bob@example.org"}),
    "by a link for two": (BY_A_LINK_FOR_TWO, LINK_COLUMNS, {"link": {"max_uses": 2}}),
    "by a link for one": (BY_A_LINK_FOR_ONE, LINK_COLUMNS, {"link": {"max_uses": 1}}),
    "by a link with approval": (
        BY_A_LINK_WITH_APPROVAL_FOR_ONE,
        APPROVAL_COLUMNS,
        {"link": {"max_uses": 1, "needs_approval": True}},
    ),
}
CASES = [
    pytest.param(whom, step, event, int(status), id=f"{kind}, {state}: {event}")
    for kind, (table, columns, whom) in KINDS.items()
    for state, (step, outcomes) in table.items()
    for event, status in zip(columns, outcomes.split(), strict=True)
]


async def staged(hub: Hub, whom: dict[str, object]) -> Scene:
    olga, ada, bob, eve = [await hub.register(name) for name in ("olga", "ada", "bob", "eve")]
    organization = await olga.makes_organization()
    team = await olga.makes_team(organization)
    await ada.accepts(await olga.invites(organization, ada, "admin"))
    body = {**whom, "role": "member", "teams": [{"team_id": team, "can_write": True}]}
    made = await ada.post(f"/organizations/{organization}/invitations", body)
    assert made.status == 201, made.text
    token = made.json["accept_url"].partition("#")[2]
    invitation = f"/organizations/{organization}/invitations/{made.json['id']}"
    return Scene(hub, olga, ada, bob, eve, organization, team, invitation, token)


@pytest.mark.parametrize(("whom", "step", "event", "status"), CASES)
async def test_an_invitation_goes_through_its_life_as_the_table_says(
    hub: Hub, whom: dict[str, object], step: Step, event: str, status: int
) -> None:
    scene = await staged(hub, whom)
    await step(scene)
    before = (await scene.bob.get("/me/teams")).items, (await scene.eve.get("/me/teams")).items
    answer = await EVENTS[event](scene)
    assert answer.status == status, answer.text
    after = (await scene.bob.get("/me/teams")).items, (await scene.eve.get("/me/teams")).items
    joins = (event, status) in [("bob accepts", 200), ("eve accepts", 200), ("olga approves", 204)]
    assert (after != before) == joins, "who joins, and nobody else, gets the team"
