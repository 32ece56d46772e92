"""What API tokens may be for, as data beside the permission matrix: the code enforces this table, a test walks it.

The rule: a token may do what its owner may, and of that only what one of its scopes allows. What is dangerous enough to
ask for a recent log-in no token can do, and nothing that concerns its owner alone or the whole hub.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from hub.errors import Code, TeammarksError
from hub.permissions import Action


class Scope(StrEnum):
    READ = "read"
    """See organizations, teams and their members, without e-mail addresses."""
    FOLDERS_READ = "folders:read"
    FOLDERS_WRITE = "folders:write"
    """Read too: nobody writes what they may not read."""
    MEMBERS_MANAGE = "members:manage"
    """See addresses, invite and remove plain members."""
    TEAMS_MANAGE = "teams:manage"
    """Make, rename and delete teams, and say who is in them."""
    ORGANIZATIONS_MANAGE = "organizations:manage"
    """Make and rename organizations."""
    AUDIT_READ = "audit:read"
    """Read the audit logs of organizations and teams."""


_NEVER: Final[frozenset[Scope]] = frozenset()
_ALWAYS: Final = frozenset(Scope)
_MEMBERS, _TEAMS = frozenset({Scope.MEMBERS_MANAGE}), frozenset({Scope.TEAMS_MANAGE})
_READ = frozenset({Scope.READ})

SCOPES: Final[Mapping[Action, frozenset[Scope]]] = MappingProxyType(
    {
        Action.CREATE_ORGANIZATION: frozenset({Scope.ORGANIZATIONS_MANAGE}),
        Action.SEE_ORGANIZATION: _ALWAYS,
        Action.RENAME_ORGANIZATION: frozenset({Scope.ORGANIZATIONS_MANAGE}),
        Action.DELETE_ORGANIZATION: _NEVER,
        Action.LIST_MEMBERS: _READ | _MEMBERS,
        Action.SEE_ADDRESSES: _MEMBERS,
        Action.CHANGE_ROLE: _NEVER,
        Action.REMOVE_OWNER_OR_ADMIN: _NEVER,
        Action.REMOVE_MEMBER: _MEMBERS,
        Action.LEAVE_ORGANIZATION: _NEVER,
        Action.INVITE_TO_ORGANIZATION: _MEMBERS,
        Action.INVITE_AS_OWNER_OR_ADMIN: _NEVER,
        Action.LIST_INVITATIONS: _MEMBERS,
        Action.SEE_ALL_INVITATIONS: _MEMBERS,
        Action.LIST_TEAMS: _READ | _TEAMS,
        Action.CREATE_TEAM: _TEAMS,
        Action.SEE_TEAM: _ALWAYS,
        Action.RENAME_TEAM: _TEAMS,
        Action.DELETE_TEAM: _TEAMS,
        Action.LIST_DELETED_TEAMS: _TEAMS,
        Action.LIST_TEAM_MEMBERS: _READ | _TEAMS,
        Action.CHANGE_TEAM_MEMBERS: _TEAMS,
        Action.ADD_ONESELF_TO_TEAM: _TEAMS,
        Action.LEAVE_TEAM: _NEVER,
        Action.INVITE_TO_TEAM: _MEMBERS,
        Action.READ_FOLDER: frozenset({Scope.FOLDERS_READ, Scope.FOLDERS_WRITE}),
        Action.WRITE_FOLDER: frozenset({Scope.FOLDERS_WRITE}),
        Action.SEE_TEAM_EVENTS: frozenset({Scope.AUDIT_READ}),
        Action.SEE_EVENTS: frozenset({Scope.AUDIT_READ}),
        Action.SEE_HUB: _NEVER,
        Action.RUN_HUB: _NEVER,
    }
)
"""For each action the scopes of which one is enough. None: no token ever does it."""


def not_for_tokens() -> TeammarksError:
    """To who may do it, though not by this token."""
    return TeammarksError(Code.TOKEN_NOT_ALLOWED, "This API token is not for this; log in, or use another one.")
