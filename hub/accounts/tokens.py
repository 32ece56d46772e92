"""Access tokens (RFC 9068: ES256, `typ` at+jwt) and the refresh tokens behind them.

The rule: an access token says who and which session, never what is allowed; the database says that, at once. There is
one `verify`, and it accepts one algorithm, one type and our own key ids: nothing in a token chooses how it is checked.
"""

import base64
import hashlib
import hmac
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import jwt

from hub.accounts.keys import ALGORITHM, SigningKeys
from hub.errors import Code, TeammarksError
from hub.ids import AccountId, SessionId, new_id

TYPE = "at+jwt"
LIFETIME_S = 600
LEEWAY_S = 30
"""How far ahead of ours the clock of another hub may be."""
LONGEST = 2_000
"""Characters. Ours have about 500; longer ones are not even parsed."""

_HEADER = {"alg", "kid", "typ"}
_CLAIMS = {"iss", "aud", "sub", "sid", "iat", "exp", "jti"}


class Audience(StrEnum):
    """One token opens both; each part insists on its own name."""

    REST = "teammarks-rest"
    SYNC = "teammarks-sync"


@dataclass(frozen=True, slots=True)
class Claims:
    account: AccountId
    session: SessionId
    expires_at: float
    """Seconds since the epoch."""


class AccessTokens:
    def __init__(self, keys: SigningKeys, issuer: str, clock: Callable[[], float]) -> None:
        self._keys = keys
        self._issuer = issuer
        self._clock = clock

    def issue(self, account: AccountId, session: SessionId) -> str:
        now = int(self._clock())
        claims = {
            "iss": self._issuer,
            "aud": list(Audience),
            "sub": account,
            "sid": session,
            "iat": now,
            "exp": now + LIFETIME_S,
            "jti": new_id(),
        }
        return jwt.encode(claims, self._keys.signing, ALGORITHM, headers={"kid": self._keys.active, "typ": TYPE})

    def verify(self, token: str, audience: Audience) -> Claims:
        """Raises TOKEN_INVALID for what we did not issue for `audience`, TOKEN_EXPIRED for what we did, once."""
        try:
            claims = self._verified(token, audience)
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise TeammarksError(
                Code.TOKEN_INVALID, "This access token is not valid here.", inside=f"access token refused: {error}"
            ) from None
        if claims["exp"] <= self._clock():
            raise TeammarksError(Code.TOKEN_EXPIRED, "This access token has expired; refresh it.")
        return Claims(AccountId(claims["sub"]), SessionId(claims["sid"]), claims["exp"])

    def _verified(self, token: str, audience: Audience) -> dict[str, Any]:
        if len(token) > LONGEST:
            raise ValueError("too long")
        header = jwt.get_unverified_header(token)
        # Exactly ours: no jku, jwk, x5u or crit that would speak of other keys or rules.
        if header.keys() != _HEADER or header["alg"] != ALGORITHM or header["typ"] != TYPE:
            raise ValueError("unexpected header")
        key = self._keys.verifying(header["kid"])
        if key is None:
            raise ValueError("unknown key")
        # PyJWT reads the system's clock; the times are checked against ours instead.
        claims = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=audience,
            issuer=self._issuer,
            options={"require": sorted(_CLAIMS), "verify_exp": False, "verify_iat": False},
        )
        for name in ("sub", "sid", "jti"):
            if not isinstance(claims[name], str):
                raise TypeError(f"{name} is no string")
        for name in ("iat", "exp"):
            if type(claims[name]) is not int:
                raise TypeError(f"{name} is no whole number")
        if claims["iat"] > self._clock() + LEEWAY_S:
            raise ValueError("issued in the future")
        return claims


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """`tmr_` and the base64url of session id (16 bytes), generation (6 bytes) and proof (32 bytes).

    Opaque to clients. All generations of a session derive from its secret, so that the successor of a lost reply can
    be given again without keeping any token; whoever lacks the secret can make none of them.
    """

    session: SessionId
    generation: int
    proof: bytes

    PREFIX = "tmr_"

    @classmethod
    def of(cls, session: SessionId, generation: int, secret: bytes) -> "RefreshToken":
        body = uuid.UUID(session).bytes + generation.to_bytes(6)
        return cls(session, generation, hmac.digest(secret, body, hashlib.sha256))

    @classmethod
    def parse(cls, text: str) -> "RefreshToken":
        """Raises ValueError for what has not the shape."""
        if not text.startswith(cls.PREFIX):
            raise ValueError("expected the prefix of a refresh token")
        raw = base64.b64decode(text.removeprefix(cls.PREFIX), altchars=b"-_", validate=True)
        if len(raw) != 54:
            raise ValueError(f"expected 54 bytes, got {len(raw)}")
        return cls(SessionId(str(uuid.UUID(bytes=raw[:16]))), int.from_bytes(raw[16:22]), raw[22:])

    def made_with(self, secret: bytes) -> bool:
        return hmac.compare_digest(self.proof, RefreshToken.of(self.session, self.generation, secret).proof)

    def __str__(self) -> str:
        raw = uuid.UUID(self.session).bytes + self.generation.to_bytes(6) + self.proof
        return self.PREFIX + base64.urlsafe_b64encode(raw).decode()
