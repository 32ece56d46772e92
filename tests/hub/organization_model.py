"""Two organizations as they should be: what each request is to be answered, and what it changes.

Rights come from the matrix alone; everything else is said here a second time, in the plainest way.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from hub.permissions import Action, Answer, Role, Standing, answer

OK, CREATED, WAITS, DONE = 200, 201, 202, 204
FORBIDDEN, NOTHING_HERE, LAST_OWNER, GONE = 403, 404, 409, 410
RANK = [Role.MEMBER, Role.ADMIN, Role.OWNER]
ROOT = "root"
"""The admin of the hub."""


@dataclass(frozen=True)
class Access:
    can_read: bool
    can_write: bool
    is_manager: bool

    def joined(self, other: "Access") -> "Access":
        return Access(
            self.can_read or other.can_read, self.can_write or other.can_write, self.is_manager or other.is_manager
        )


@dataclass
class Organization:
    id: str
    members: dict[str, Role]
    deleted: bool = False

    def is_last_owner(self, person: str) -> bool:
        return [name for name, role in self.members.items() if role is Role.OWNER] == [person]


@dataclass
class Team:
    id: str
    organization: Organization
    members: dict[str, Access]
    deleted: bool = False


@dataclass
class Invitation:
    organization: Organization
    inviter: str
    role: Role
    teams: dict[str, Access]
    """By their ids, deleted ones too."""
    invited: str | None = None
    """None: a link."""
    max_uses: int = 1
    needs_approval: bool = False
    id: str = ""
    token: str = ""
    closed: bool = False
    came: dict[str, str] = field(default_factory=dict)
    requests: dict[str, str] = field(default_factory=dict)
    """Of those who wait, or waited: their request's id."""

    @property
    def full(self) -> bool:
        return self.invited is None and len([s for s in self.came.values() if s != "out"]) >= self.max_uses


class Model:
    def __init__(self) -> None:
        self.organizations: list[Organization] = []
        self.teams: list[Team] = []
        self.invitations: list[Invitation] = []

    # Rights

    def in_organization(self, who: str, place: Organization, action: Action) -> int:
        """OK, or how the request is refused."""
        if place.deleted or not (who in place.members or who == ROOT):
            return NOTHING_HERE
        return _status(action, self._held(who, place))

    def in_team(self, who: str, team: Team, action: Action, *, deleted: bool = False) -> int:
        if team.deleted != deleted:
            return NOTHING_HERE
        place = team.organization
        if place.deleted or not (who in place.members or who == ROOT):
            return NOTHING_HERE
        return _status(action, self._held(who, place, team))

    def _held(self, who: str, place: Organization, team: Team | None = None) -> set[Standing]:
        held = {Standing.STRANGER} | ({Standing.SYSTEM_ADMIN} if who == ROOT else set())
        if who in place.members:
            held.add(Standing(place.members[who]))
        access = team.members.get(who) if team else None
        if access:
            pairs = zip(
                (access.can_read, access.can_write, access.is_manager),
                (Standing.READER, Standing.WRITER, Standing.MANAGER),
                strict=True,
            )
            held |= {standing for has, standing in pairs if has}
        return held

    def may_offer(self, who: str, place: Organization, role: Role, teams: dict[str, Access]) -> int:
        asked = []
        if role is not Role.MEMBER:
            asked.append(self.in_organization(who, place, Action.INVITE_AS_OWNER_OR_ADMIN))
        if role is not Role.MEMBER or not teams:
            asked.append(self.in_organization(who, place, Action.INVITE_TO_ORGANIZATION))
        for team in self.teams:
            if team.id in teams:
                asked.append(self.in_team(who, team, Action.INVITE_TO_TEAM))
                asked.append(OK if team.organization is place else NOTHING_HERE)
        return next((status for status in asked if status != OK), OK)

    # Members

    def change_role(self, who: str, place: Organization, whom: str, role: Role) -> int:
        refused = self.in_organization(who, place, Action.CHANGE_ROLE)
        if refused != OK:
            return refused
        if whom not in place.members:
            return NOTHING_HERE
        if role is not Role.OWNER and place.is_last_owner(whom):
            return LAST_OWNER
        place.members[whom] = role
        self._withdraw(place, whom, [Role.OWNER, Role.ADMIN])
        return OK

    def remove(self, who: str, place: Organization, whom: str) -> int:
        refused = self.in_organization(who, place, Action.SEE_ORGANIZATION)
        if refused != OK:
            return refused
        if whom not in place.members:
            return NOTHING_HERE
        above = place.members[whom] is not Role.MEMBER
        action = Action.REMOVE_OWNER_OR_ADMIN if above else Action.REMOVE_MEMBER
        if who == whom:
            action = Action.LEAVE_ORGANIZATION
        refused = _status(action, self._held(who, place))
        if refused != OK:
            return refused
        if place.is_last_owner(whom):
            return LAST_OWNER
        del place.members[whom]
        for team in self.teams:
            if team.organization is place:
                team.members.pop(whom, None)
        self._withdraw(place, whom, list(Role))
        return DONE

    def delete_organization(self, who: str, place: Organization) -> int:
        refused = self.in_organization(who, place, Action.DELETE_ORGANIZATION)
        if refused == OK:
            place.deleted = True
            return DONE
        return refused

    def _withdraw(self, place: Organization, whom: str, roles: list[Role]) -> None:
        for one in self._open_in(place):
            if one.role in roles:
                self._bar(one, whom)
                one.closed = one.closed or one.invited == whom

    def _open_in(self, place: Organization) -> Iterator[Invitation]:
        return (one for one in self.invitations if one.organization is place and not one.closed)

    def _bar(self, link: Invitation, whom: str) -> None:
        if link.invited is None and link.came.get(whom) != "joined":
            link.came[whom] = "out"

    # Teams

    def set_access(self, who: str, team: Team, whom: str, access: Access) -> int:
        refused = self.in_team(who, team, Action.CHANGE_TEAM_MEMBERS)
        if refused != OK:
            return refused
        if whom not in team.organization.members:
            return NOTHING_HERE
        has = team.members.get(whom)
        if who == whom and (has is None or has.joined(access) != has):
            refused = self.in_team(who, team, Action.ADD_ONESELF_TO_TEAM)
            if refused != OK:
                return refused
        team.members[whom] = access
        self._leave_out(team, whom)
        return OK if has else CREATED

    def take_out(self, who: str, team: Team, whom: str) -> int:
        refused = self.in_team(who, team, Action.SEE_TEAM)
        if refused != OK:
            return refused
        if whom not in team.members:
            return NOTHING_HERE
        refused = self.in_team(who, team, Action.LEAVE_TEAM if who == whom else Action.CHANGE_TEAM_MEMBERS)
        if refused != OK:
            return refused
        del team.members[whom]
        self._leave_out(team, whom)
        return DONE

    def set_deleted(self, who: str, team: Team, deleted: bool) -> int:
        refused = self.in_team(who, team, Action.DELETE_TEAM, deleted=not deleted)
        if refused == OK:
            team.deleted = deleted
            return DONE if deleted else OK
        return refused

    def _leave_out(self, team: Team, whom: str) -> None:
        for one in self._open_in(team.organization):
            if team.id in one.teams:
                self._bar(one, whom)
                if one.invited == whom:
                    del one.teams[team.id]

    # Invitations

    def invite(self, offer: Invitation) -> int:
        refused = self.in_organization(offer.inviter, offer.organization, Action.LIST_INVITATIONS)
        if refused == OK:
            refused = self.may_offer(offer.inviter, offer.organization, offer.role, offer.teams)
        if refused == OK:
            self.invitations.append(offer)
            return CREATED
        return refused

    def withdraw(self, who: str, place: Organization, one: Invitation) -> int:
        refused = self._sees(who, place, one)
        if refused == OK:
            one.closed = True
            return DONE
        return refused

    def resend(self, who: str, place: Organization, one: Invitation) -> int:
        refused = self._sees(who, place, one)
        if refused == OK:
            refused = self.may_offer(who, place, one.role, self._living(one))
        if refused == OK:
            one.inviter = who
        return refused

    def answer(self, who: str, one: Invitation, *, accepts: bool) -> int:
        if one.organization.deleted:
            return NOTHING_HERE
        if one.invited not in (None, who) or one.inviter == who:
            return FORBIDDEN
        came = one.came.get(who)
        if came is None:
            right = self.may_offer(one.inviter, one.organization, one.role, self._living(one))
            if one.closed or one.full or right != OK:
                return GONE
        elif came != "waits" or one.closed:
            return GONE
        if not accepts:
            one.came[who] = "out"
            one.closed = one.closed or one.invited is not None
            return DONE
        if one.needs_approval:
            one.came[who] = "waits"
            return WAITS
        self._join(one, who)
        return OK

    def decide(self, who: str, place: Organization, one: Invitation, whom: str, *, approves: bool) -> int:
        """About the request of `whom`, who came by the link at some time."""
        refused = self.in_organization(who, place, Action.LIST_INVITATIONS)
        if refused != OK:
            return refused
        if one.organization is not place or one.came.get(whom) != "waits" or one.closed:
            return NOTHING_HERE
        refused = self._sees(who, place, one)
        if refused == OK and approves:
            refused = self.may_offer(who, place, one.role, self._living(one))
        if refused != OK:
            return refused
        if approves:
            self._join(one, whom)
        else:
            one.came[whom] = "out"
        return DONE

    def _sees(self, who: str, place: Organization, one: Invitation) -> int:
        refused = self.in_organization(who, place, Action.LIST_INVITATIONS)
        if refused != OK:
            return refused
        if one.organization is not place or one.closed:
            return NOTHING_HERE
        if one.inviter == who:
            return OK
        return _status(Action.SEE_ALL_INVITATIONS, self._held(who, place))

    def _living(self, one: Invitation) -> dict[str, Access]:
        return {team.id: one.teams[team.id] for team in self.teams if team.id in one.teams and not team.deleted}

    def _join(self, one: Invitation, who: str) -> None:
        members = one.organization.members
        members[who] = max(members.get(who, Role.MEMBER), one.role, key=RANK.index)
        for team in self.teams:
            if team.id in self._living(one):
                has = team.members.get(who)
                team.members[who] = one.teams[team.id].joined(has) if has else one.teams[team.id]
        one.came[who] = "joined"
        one.closed = list(one.came.values()).count("joined") >= one.max_uses


def _status(action: Action, held: set[Standing]) -> int:
    return {Answer.ALLOWED: OK, Answer.FORBIDDEN: FORBIDDEN, Answer.HIDDEN: NOTHING_HERE}[answer(action, held)]
