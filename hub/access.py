"""Who may do what: the vocabulary that accounts issue and that connections and rooms honour.

`Grant` lets rooms and accounts stay strangers: accounts make it from a token and a membership row, sync code only
reads it. `Change` travels the other way after a commit and carries ids alone, so that whoever hears it reads the
database again and no message can ever grant anything.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from hub.ids import AccountId, DocumentId, SessionId, TeamId


@dataclass(frozen=True, slots=True)
class Grant:
    """What one account may do with one document, as the database said a moment ago.

    `expires_at` is the token's end in seconds since the epoch: from then on the client must bring a new
    token, whatever the membership says.
    """

    account: AccountId
    session: SessionId
    """Where it is `by_api_token`, the token's id: what ends a session ends a token too."""
    document: DocumentId
    can_write: bool
    expires_at: float
    by_api_token: bool = False


class ChangeKind(StrEnum):
    MEMBERSHIP = "membership"
    """Added to a team, removed from it, or access changed."""
    RENAME = "rename"
    """A team or organization of this account has a new name."""
    INVITATION = "invitation"
    """An invitation waits for this account, or no longer does."""
    SESSION = "session"
    """A session of this account ended, or the account was disabled."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something about an account's rights or teams changed, and is committed."""

    kind: ChangeKind
    account: AccountId
    team: TeamId | None = None
    session: SessionId | None = None


class Authority(Protocol):
    """Accounts, as the sync side sees them."""

    async def admit(self, token: str, address: DocumentId) -> Grant:
        """The right that `token` gives on `address`.

        Raises TeammarksError: TOKEN_INVALID, TOKEN_EXPIRED, SESSION_ENDED, ACCOUNT_DISABLED; NOT_FOUND where there is
        no such document or the account has no membership (the two must not be told apart).
        """
        ...

    async def recheck(self, grant: Grant) -> Grant | None:
        """The same right as it is now, or None where the session ended or the membership is gone."""
        ...
