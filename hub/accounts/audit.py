"""What is written down of every change: who made it, what it was, when, from where, and whom it concerns.

The rule: a change and its one event are committed together, and no event is ever changed or taken away; the database
refuses it too. Only a refresh has none: each device makes six an hour, and they change nothing for anybody. Events hold
ids, names of roles and flags; never a secret, and nothing that a person wrote.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeAlias

from hub.ids import AccountId, OrganizationId, SessionId, TeamId

Detail: TypeAlias = Mapping[str, str | int | bool | None]


class Event(StrEnum):
    """What happened, by a name that never changes: people filter and alert by it."""

    # accounts
    REGISTERED = "account.registered"
    REGISTERED_AGAIN = "account.registered-again"
    """Somebody tried to register an address that has an account."""
    ACCOUNT_CHANGED = "account.changed"
    ACCOUNT_VERIFIED = "account.verified"
    ACCOUNT_DELETED = "account.deleted"
    ACCOUNT_DISABLED = "account.disabled"
    ACCOUNT_ENABLED = "account.enabled"
    ADMIN_GRANTED = "account.admin-granted"
    ADMIN_REVOKED = "account.admin-revoked"
    MAIL_REQUESTED = "account.mail-requested"
    EMAIL_CHANGE_REQUESTED = "account.email-change-requested"
    EMAIL_CHANGED = "account.email-changed"
    PASSWORD_CHANGED = "account.password-changed"
    PASSWORD_RESET_REQUESTED = "account.password-reset-requested"
    PASSWORD_RESET = "account.password-reset"
    SECOND_FACTOR_BEGUN = "account.second-factor-begun"
    SECOND_FACTOR_ADDED = "account.second-factor-added"
    SECOND_FACTOR_REMOVED = "account.second-factor-removed"
    RECOVERY_CODES_MADE = "account.recovery-codes-made"
    RECOVERY_CODE_USED = "account.recovery-code-used"
    """Beside what it was used for."""
    # sessions and tokens
    LOGGED_IN = "session.logged-in"
    REAUTHENTICATED = "session.reauthenticated"
    SESSION_ENDED = "session.ended"
    SESSIONS_ENDED = "session.all-ended"
    REFRESH_REUSED = "session.refresh-token-reused"
    TOKEN_MADE = "token.made"
    TOKEN_REVOKED = "token.revoked"
    # organizations
    ORGANIZATION_CREATED = "organization.created"
    ORGANIZATION_RENAMED = "organization.renamed"
    ORGANIZATION_CHANGED = "organization.changed"
    ORGANIZATION_DELETED = "organization.deleted"
    ORGANIZATION_SUSPENDED = "organization.suspended"
    ORGANIZATION_RESUMED = "organization.resumed"
    ORGANIZATION_RESCUED = "organization.rescued"
    ROLE_CHANGED = "organization.role-changed"
    MEMBER_REMOVED = "organization.member-removed"
    MEMBER_LEFT = "organization.member-left"
    # invitations
    INVITED = "invitation.made"
    INVITATION_SENT_AGAIN = "invitation.sent-again"
    INVITATION_WITHDRAWN = "invitation.withdrawn"
    INVITATION_ACCEPTED = "invitation.accepted"
    INVITATION_DECLINED = "invitation.declined"
    JOINING_ASKED = "invitation.approval-asked"
    """Somebody came by a link that needs approval."""
    INVITATION_APPROVED = "invitation.approved"
    INVITATION_REFUSED = "invitation.refused"
    # teams
    TEAM_CREATED = "team.created"
    TEAM_RENAMED = "team.renamed"
    TEAM_DELETED = "team.deleted"
    TEAM_UNDELETED = "team.undeleted"
    TEAM_MEMBER_ADDED = "team.member-added"
    TEAM_MEMBER_CHANGED = "team.member-changed"
    TEAM_MEMBER_REMOVED = "team.member-removed"
    TEAM_MEMBER_LEFT = "team.member-left"
    # the hub
    KEYS_ROTATED = "hub.keys-rotated"


class Source(StrEnum):
    ACCOUNT = "account"
    """Somebody who is logged in."""
    TOKEN = "token"
    """A program of somebody's, with an API token."""
    VISITOR = "visitor"
    """Somebody who is not, or not yet."""
    OPERATOR = "operator"
    """Whoever may run the command on the hub's machine."""
    SYSTEM = "system"
    """The hub by itself."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Who makes changes, and from where."""

    source: Source
    account: AccountId | None = None
    session: SessionId | None = None
    """Of a program: its token's id."""
    address: str | None = None
    """The client's, as the hub believes it: of a proxy that is not trusted, the proxy's own."""


SYSTEM: Final = Origin(Source.SYSTEM)
origin: ContextVar[Origin] = ContextVar("origin", default=SYSTEM)
"""Of what is done in this context. The edge sets it anew for each request, so no use case can forget to say it."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An event that is to be written down. `organization` may be left out where `team` says it."""

    event: Event
    organization: OrganizationId | None = None
    team: TeamId | None = None
    account: AccountId | None = None
    detail: Detail = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """An event as it was written down. Whom and what it names may be gone since."""

    id: str
    event: Event
    made_at: datetime
    origin: Origin
    organization: OrganizationId | None
    team: TeamId | None
    account: AccountId | None
    detail: Detail


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events are wanted: those for which everything holds that is not None."""

    event: Event | None = None
    actor: AccountId | None = None
    since: datetime | None = None
    until: datetime | None = None
    """Those from `since` on and before `until`."""
