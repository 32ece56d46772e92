"""The permission matrix as data: the code enforces this table, the documentation shows it, a test walks it.

The rule: every question "may this account do that here?" is asked through `require` or `allows`, with the standings the
account has at that place. Standings add up: the best answer among them counts, so an organization's member who is a
reader of a team sees the team.
"""

from collections.abc import Iterable, Mapping
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Final

from hub.errors import Code, TeammarksError


class Role(StrEnum):
    """What a member is to an organization."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"


class Standing(StrEnum):
    """What an account is to the place it asks about. Everyone who is logged in is at least a stranger."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    MANAGER = "manager"
    WRITER = "writer"
    READER = "reader"
    STRANGER = "stranger"
    SYSTEM_ADMIN = "system admin"
    """Of the whole hub, at every place; and a stranger to every folder."""


class Answer(IntEnum):
    """Ordered, so that the best of several is their maximum."""

    HIDDEN = 0
    """404: the account must not learn that the place exists."""
    FORBIDDEN = 1
    """403: it sees the place and may not do this."""
    ALLOWED = 2


class Action(StrEnum):
    CREATE_ORGANIZATION = "create organization"
    SEE_ORGANIZATION = "see organization"
    RENAME_ORGANIZATION = "rename organization"
    DELETE_ORGANIZATION = "delete organization"
    LIST_MEMBERS = "list members"
    SEE_ADDRESSES = "see members' e-mail addresses"
    CHANGE_ROLE = "change a role"
    REMOVE_OWNER_OR_ADMIN = "remove an owner or admin"
    REMOVE_MEMBER = "remove a plain member"
    LEAVE_ORGANIZATION = "leave organization"
    INVITE_TO_ORGANIZATION = "invite as member, to any team or none"
    INVITE_AS_OWNER_OR_ADMIN = "invite as owner or admin"
    LIST_INVITATIONS = "list invitations; everyone sees those they made"
    SEE_ALL_INVITATIONS = "see and withdraw everyone's invitations"
    LIST_TEAMS = "list teams; everyone sees those they may see"
    CREATE_TEAM = "create team"
    SEE_TEAM = "see team"
    RENAME_TEAM = "rename team"
    DELETE_TEAM = "delete, undelete team"
    LIST_DELETED_TEAMS = "list deleted teams"
    LIST_TEAM_MEMBERS = "list team members"
    CHANGE_TEAM_MEMBERS = "add, change, remove team members"
    ADD_ONESELF_TO_TEAM = "add oneself to a team, or give oneself more access to it"
    LEAVE_TEAM = "leave team"
    INVITE_TO_TEAM = "invite as member, to this team"
    READ_FOLDER = "read the folder"
    WRITE_FOLDER = "write the folder"
    SEE_TEAM_EVENTS = "see the team's audit log"
    SEE_EVENTS = "see the organization's audit log"
    SEE_HUB = "see all accounts, organizations, events and statistics of the hub"
    RUN_HUB = "disable accounts, end their sessions, suspend and rescue organizations"


AFTER_RECENT_LOG_IN: Final = frozenset(
    {
        Action.DELETE_ORGANIZATION,
        Action.CHANGE_ROLE,
        Action.REMOVE_OWNER_OR_ADMIN,
        Action.INVITE_AS_OWNER_OR_ADMIN,
        Action.RUN_HUB,
    }
)
"""What those whom the matrix allows it do within ten minutes of saying who they are: it cannot be taken back, or it
makes somebody powerful."""

_COLUMNS = tuple(Standing)
_SIGNS = {"Y": Answer.ALLOWED, "-": Answer.FORBIDDEN, "0": Answer.HIDDEN}


def _row(signs: str) -> Mapping[Standing, Answer]:
    return MappingProxyType(dict(zip(_COLUMNS, (_SIGNS[sign] for sign in signs.split()), strict=True)))


# Y yes · - 403 · 0 404. Managers, writers and readers are members of the organization too: the constraint on
# `memberships` keeps it so. Only a membership's can_read and can_write open the folder, for whatever role.
MATRIX: Mapping[Action, Mapping[Standing, Answer]] = MappingProxyType(
    {
        #                                     own adm mem  man wri rea  str  sys
        Action.CREATE_ORGANIZATION: _row("     Y   Y   Y    Y   Y   Y    Y   Y "),
        Action.SEE_ORGANIZATION: _row("        Y   Y   Y    Y   Y   Y    0   Y "),
        Action.RENAME_ORGANIZATION: _row("     Y   Y   -    -   -   -    0   - "),
        Action.DELETE_ORGANIZATION: _row("     Y   -   -    -   -   -    0   - "),
        Action.LIST_MEMBERS: _row("            Y   Y   Y    Y   Y   Y    0   Y "),
        Action.SEE_ADDRESSES: _row("           Y   Y   -    -   -   -    0   - "),
        Action.CHANGE_ROLE: _row("             Y   -   -    -   -   -    0   - "),
        Action.REMOVE_OWNER_OR_ADMIN: _row("   Y   -   -    -   -   -    0   - "),
        Action.REMOVE_MEMBER: _row("           Y   Y   -    -   -   -    0   - "),
        Action.LEAVE_ORGANIZATION: _row("      Y   Y   Y    Y   Y   Y    0   0 "),
        Action.INVITE_TO_ORGANIZATION: _row("  Y   Y   -    -   -   -    0   - "),
        Action.INVITE_AS_OWNER_OR_ADMIN: _row("Y   -   -    -   -   -    0   - "),
        Action.LIST_INVITATIONS: _row("        Y   Y   Y    Y   Y   Y    0   Y "),
        Action.SEE_ALL_INVITATIONS: _row("     Y   Y   0    0   0   0    0   0 "),
        Action.LIST_TEAMS: _row("              Y   Y   Y    Y   Y   Y    0   Y "),
        Action.CREATE_TEAM: _row("             Y   Y   -    -   -   -    0   - "),
        Action.SEE_TEAM: _row("                Y   Y   0    Y   Y   Y    0   Y "),
        Action.RENAME_TEAM: _row("             Y   Y   0    Y   -   -    0   - "),
        Action.DELETE_TEAM: _row("             Y   Y   0    -   -   -    0   - "),
        Action.LIST_DELETED_TEAMS: _row("      Y   Y   -    -   -   -    0   - "),
        Action.LIST_TEAM_MEMBERS: _row("       Y   Y   0    Y   Y   Y    0   Y "),
        Action.CHANGE_TEAM_MEMBERS: _row("     Y   Y   0    Y   -   -    0   - "),
        Action.ADD_ONESELF_TO_TEAM: _row("     Y   Y   0    -   -   -    0   - "),
        Action.LEAVE_TEAM: _row("              0   0   0    Y   Y   Y    0   0 "),
        Action.INVITE_TO_TEAM: _row("          Y   Y   0    Y   -   -    0   - "),
        Action.READ_FOLDER: _row("             -   -   0    -   Y   Y    0   - "),
        Action.WRITE_FOLDER: _row("            -   -   0    -   Y   -    0   - "),
        Action.SEE_TEAM_EVENTS: _row("         Y   Y   0    Y   -   -    0   - "),
        Action.SEE_EVENTS: _row("              Y   Y   -    -   -   -    0   - "),
        Action.SEE_HUB: _row("                 -   -   -    -   -   -    -   Y "),
        Action.RUN_HUB: _row("                 -   -   -    -   -   -    -   Y "),
    }
)


def answer(action: Action, standings: Iterable[Standing]) -> Answer:
    row = MATRIX[action]
    return max((row[standing] for standing in standings), default=Answer.HIDDEN)


def allows(action: Action, standings: Iterable[Standing]) -> bool:
    return answer(action, standings) is Answer.ALLOWED


def require(action: Action, standings: Iterable[Standing]) -> None:
    """Raises NOT_FOUND for what the account may not see, FORBIDDEN for what it sees and may not do."""
    match answer(action, standings):
        case Answer.HIDDEN:
            raise nothing_here()
        case Answer.FORBIDDEN:
            raise TeammarksError(Code.FORBIDDEN, "Your role does not allow this.")


def nothing_here() -> TeammarksError:
    """The one answer for what does not exist and for what may not be seen: nobody can tell them apart."""
    return TeammarksError(Code.NOT_FOUND, "There is nothing here, or it is not yours to see.")


def suspended() -> TeammarksError:
    """To who belongs to the place: nothing of it is lost."""
    return TeammarksError(Code.ORGANIZATION_SUSPENDED, "This organization is suspended; ask who runs this hub.")
