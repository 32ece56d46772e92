"""The nouns, as accounts hand them out: read from the database a moment ago, never written back."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from hub.ids import AccountId, ApiTokenId, InvitationId, OrganizationId, RequestId, SessionId, TeamId
from hub.permissions import Action, Role, Standing
from hub.scopes import SCOPES, Scope

T = TypeVar("T")


def anything(_: object) -> None:
    """A condition that always holds. Others raise a TeammarksError."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Which part of a list is wanted: at most `limit` items, those after the item that `after` names."""

    limit: int = 50
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    items: Sequence[T]
    next_cursor: str | None
    """What `Slice.after` is for the next page; None: this is the last one."""

    @classmethod
    def of(cls, found: Sequence[T], wanted: Slice, place: Callable[[T], str]) -> "Page[T]":
        """`found` is what a query for `limit + 1` items gave: the one too many only says that more follows."""
        items = found[: wanted.limit]
        return cls(items, place(items[-1]) if len(found) > wanted.limit else None)


@dataclass(frozen=True, slots=True)
class Pins:
    """Where an API token is good: in these organizations, with all of their teams, and in these teams.

    Neither: everywhere.
    """

    organizations: frozenset[OrganizationId] = frozenset()
    teams: frozenset[TeamId] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.organizations or self.teams)

    def reach(self, organization: OrganizationId, team: TeamId | None = None) -> bool:
        return not self or organization in self.organizations or team in self.teams


@dataclass(frozen=True, slots=True)
class ApiToken:
    """What a program of the account's owner may do in their name."""

    id: ApiTokenId
    name: str
    scopes: frozenset[Scope]
    pins: Pins
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    """To the minute."""

    def may(self, action: Action) -> bool:
        """Where its owner may."""
        return bool(SCOPES[action] & self.scopes)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: an account, by one of its sessions or API tokens, both alive a moment ago."""

    account: AccountId
    session: SessionId
    """By an API token: the token's id."""
    email_key: str
    proved_at: datetime
    """When its person last gave password or second factor, by this session."""
    asked_at: datetime
    token: ApiToken | None = None
    """None: a session."""

    @property
    def pins(self) -> Pins:
        return self.token.pins if self.token else Pins()


@dataclass(frozen=True, slots=True)
class Account:
    id: AccountId
    email: str
    display_name: str
    verified: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Session:
    id: SessionId
    device: str
    created_at: datetime
    last_used_at: datetime
    """When it last got new tokens."""
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Organization:
    """As one of its members sees it, or an admin of the hub."""

    id: OrganizationId
    name: str
    role: Role | None
    """None: an admin of the hub who is no member."""
    created_at: datetime
    suspended: bool = False
    """By an admin of the hub: nothing of it can be changed, and its folders are closed."""


@dataclass(frozen=True, slots=True)
class Member:
    account: AccountId
    display_name: str
    email: str | None
    """None for a reader who may not see addresses."""
    role: Role
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class Access:
    """What a membership lets its holder do. Writing without reading is refused before one is made."""

    can_read: bool
    can_write: bool
    is_manager: bool

    @property
    def standings(self) -> Iterable[Standing]:
        if self.is_manager:
            yield Standing.MANAGER
        if self.can_write:
            yield Standing.WRITER
        if self.can_read:
            yield Standing.READER

    def joined(self, other: "Access") -> "Access":
        return Access(
            self.can_read or other.can_read, self.can_write or other.can_write, self.is_manager or other.is_manager
        )


@dataclass(frozen=True, slots=True)
class Team:
    id: TeamId
    name: str
    organization: OrganizationId
    created_at: datetime
    deleted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MyTeam:
    """A team with the access that the asking account has."""

    id: TeamId
    name: str
    organization: OrganizationId
    organization_name: str
    access: Access
    suspended: bool
    """With its organization: the folder is closed, and nothing is deleted."""


@dataclass(frozen=True, slots=True)
class TeamMember:
    account: AccountId
    display_name: str
    email: str | None
    """None for a reader who may not see addresses."""
    access: Access
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class InvitedTeam:
    id: TeamId
    name: str
    can_write: bool
    is_manager: bool

    @property
    def access(self) -> Access:
        return Access(can_read=True, can_write=self.can_write, is_manager=self.is_manager)


@dataclass(frozen=True, slots=True)
class Link:
    """How an invitation may be used that is for whoever holds it."""

    max_uses: int
    uses: int
    """Accounts that joined by it or wait for approval."""
    needs_approval: bool


@dataclass(frozen=True, slots=True)
class Invitation:
    id: InvitationId
    organization: OrganizationId
    organization_name: str
    email: str | None
    """None: a link."""
    email_key: str
    link: Link | None
    role: Role
    teams: Sequence[InvitedTeam]
    """Those that still exist."""
    inviter: AccountId
    inviter_name: str
    created_at: datetime
    expires_at: datetime
    closed: bool
    """Used up, declined or withdrawn."""
    inviter_disabled: bool

    def is_for(self, email_key: str) -> bool:
        """Whether who has this address may use it."""
        return self.link is not None or self.email_key == email_key

    @property
    def full(self) -> bool:
        """Whether as many have come by this link as may; one of them may still be refused."""
        return self.link is not None and self.link.uses >= self.link.max_uses


@dataclass(frozen=True, slots=True)
class JoinRequest:
    """Somebody who came by a link that needs approval, and waits for it."""

    id: RequestId
    invitation: InvitationId
    account: AccountId
    display_name: str
    email: str
    """Whoever may approve it sees who it is."""
    created_at: datetime


@dataclass(frozen=True, slots=True)
class AccountOverview:
    """An account as an admin of the hub sees it."""

    id: AccountId
    email: str
    display_name: str
    verified: bool
    disabled: bool
    is_admin: bool
    sessions: int
    """Those that live."""
    created_at: datetime


@dataclass(frozen=True, slots=True)
class OrganizationOverview:
    """An organization as an admin of the hub sees it."""

    id: OrganizationId
    name: str
    suspended: bool
    orphaned: bool
    """None of its owners can log in."""
    members: int
    teams: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Statistics:
    """How many there are of each."""

    accounts: int
    accounts_disabled: int
    admins: int
    sessions: int
    organizations: int
    organizations_suspended: int
    teams: int
    memberships: int
    updates: int
    """Ever stored in folders."""
