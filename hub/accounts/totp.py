"""Codes of an authenticator (RFC 6238), as every one of them makes them: SHA-1, six digits, a new one each 30 seconds.

The rule: a code is good for its own step and for the one before and after, because clocks differ; and once it is used,
neither it nor an older one is good again.
"""

import base64
import re
import secrets
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.constant_time import bytes_eq
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

DIGITS: Final = 6
STEP_S: Final = 30
WINDOW: Final = 1
"""Steps that a clock may be ahead or behind."""
SECRET_BYTES: Final = 20
"""As long as what SHA-1 gives (RFC 4226 §4, R6)."""


def new_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def written(secret: bytes) -> str:
    """As people type it into an authenticator."""
    return base64.b32encode(secret).decode()


def uri(secret: bytes, email: str) -> str:
    """As an authenticator reads it from a picture."""
    return _codes(secret).get_provisioning_uri(email, "Teammarks")


def code(secret: bytes, step: int) -> str:
    return _codes(secret).generate(step * STEP_S).decode()


def step_of(now: datetime) -> int:
    return int(now.timestamp()) // STEP_S


def used(secret: bytes, given: str, now: datetime, last: int | None) -> int | None:
    """The step whose code `given` is, to be remembered as the next `last`; None: it is none that is good now."""
    if not re.fullmatch(rf"[0-9]{{{DIGITS}}}", given):
        return None
    current = step_of(now)
    steps = range(current - WINDOW, current + WINDOW + 1)
    good = [step for step in steps if bytes_eq(code(secret, step).encode(), given.encode())]
    return next((step for step in good if last is None or step > last), None)


def _codes(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), STEP_S)  # noqa: S303 - as an HMAC, and what authenticators know
