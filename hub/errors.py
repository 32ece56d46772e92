"""The one family of errors that may reach a person or a peer.

The rule: only `code` and `safe` ever leave the hub. A peer's mistake is one of these; our own bug is an
AssertionError with a sentence, and reaches nobody but the log.
"""

from enum import StrEnum


class Code(StrEnum):
    """Stable names of everything that can go wrong. Replies map them to HTTP statuses and close codes, once."""

    # authentication
    UNAUTHENTICATED = "unauthenticated"
    TOKEN_INVALID = "token-invalid"
    TOKEN_EXPIRED = "token-expired"
    SESSION_ENDED = "session-ended"
    CREDENTIALS_WRONG = "credentials-wrong"
    SECOND_FACTOR_REQUIRED = "second-factor-required"
    SECOND_FACTOR_WRONG = "second-factor-wrong"
    ACCOUNT_DISABLED = "account-disabled"
    UNVERIFIED = "unverified"
    RECENT_LOGIN_REQUIRED = "recent-login-required"
    """Say again who you are, then ask again."""
    # rights
    FORBIDDEN = "forbidden"
    TOKEN_NOT_ALLOWED = "token-not-allowed"
    """An API token does not reach this, whatever its owner may do."""
    NOT_FOUND = "not-found"
    READ_ONLY = "read-only"
    LAST_OWNER = "last-owner"
    ORGANIZATION_SUSPENDED = "organization-suspended"
    # requests
    INVALID = "invalid"
    CONFLICT = "conflict"
    PRECONDITION_FAILED = "precondition-failed"
    KEY_REUSED = "idempotency-key-reused"
    """For another request than the first."""
    KEY_IN_USE = "idempotency-key-in-use"
    """The request is carried out, and how it was answered is not known yet, or not any more."""
    TOO_LARGE = "too-large"
    TOO_MANY = "too-many"
    RATE_LIMITED = "rate-limited"
    GONE = "gone"
    METHOD_NOT_ALLOWED = "method-not-allowed"
    REGISTRATION_CLOSED = "registration-closed"
    # sync
    PROTOCOL = "protocol"
    AUTHENTICATION_TIMEOUT = "authentication-timeout"
    # the hub itself
    UNAVAILABLE = "unavailable"
    RESTARTING = "restarting"
    STORAGE = "storage"
    INTERNAL = "internal"


class TeammarksError(Exception):
    """A refusal or failure with an inside text and a safe one.

    `safe` is the only text that leaves the hub: it names no other person's data and never echoes input. `inside`
    is for the log. `retry` says whether the same request may succeed later without being changed, `retry_after_s`
    from when on one that came too early may.
    """

    def __init__(
        self, code: Code, safe: str, *, inside: str = "", retry: bool = False, retry_after_s: int | None = None
    ) -> None:
        super().__init__(inside or safe)
        self.code = code
        self.safe = safe
        self.retry = retry
        self.retry_after_s = retry_after_s
