import base64
import hashlib
import hmac
import json
from typing import Any

import jwt
import pytest
from asking_hub import START, Clock, Hub
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from hub.accounts.keys import SigningKeys
from hub.accounts.tokens import LEEWAY_S, LIFETIME_S, AccessTokens, Audience, RefreshToken
from hub.errors import Code, TeammarksError
from hub.ids import AccountId, SessionId, new_id

ISSUER = "https://hub.example.org"
ANN = AccountId(new_id())
LAPTOP = SessionId(new_id())


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> SigningKeys:
    return SigningKeys.open(tmp_path_factory.mktemp("keys") / "keys.json")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(keys: SigningKeys, clock: Clock) -> AccessTokens:
    return AccessTokens(keys, ISSUER, clock)


def refusal(tokens: AccessTokens, token: str, audience: Audience = Audience.REST) -> Code:
    with pytest.raises(TeammarksError) as refused:
        tokens.verify(token, audience)
    return refused.value.code


def genuine() -> dict[str, Any]:
    return {
        "iss": ISSUER,
        "aud": list(Audience),
        "sub": ANN,
        "sid": LAPTOP,
        "iat": int(START),
        "exp": int(START) + 600,
        "jti": new_id(),
    }


def signed(
    keys: SigningKeys, claims: dict[str, Any], *, key: Any = None, algorithm: str = "ES256", **header: Any
) -> str:
    header = {"kid": keys.active, "typ": "at+jwt", **header}
    return jwt.encode(claims, key or keys.signing, algorithm, {n: v for n, v in header.items() if v is not None})


def by_hand(header: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> str:
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


@pytest.mark.parametrize("audience", Audience)
def test_a_token_says_who_and_which_session_and_opens_rest_and_sync(tokens: AccessTokens, audience: Audience) -> None:
    claims = tokens.verify(tokens.issue(ANN, LAPTOP), audience)
    assert (claims.account, claims.session, claims.expires_at) == (ANN, LAPTOP, START + LIFETIME_S)


def test_the_genuine_claims_that_the_forgeries_start_from_are_accepted(keys: SigningKeys, tokens: AccessTokens) -> None:
    assert tokens.verify(signed(keys, genuine()), Audience.REST).account == ANN


def test_a_token_ends_after_ten_minutes(tokens: AccessTokens, clock: Clock) -> None:
    token = tokens.issue(ANN, LAPTOP)
    clock.pass_s(LIFETIME_S - 1)
    tokens.verify(token, Audience.REST)
    clock.pass_s(1)
    assert refusal(tokens, token) is Code.TOKEN_EXPIRED


def test_a_token_from_a_hub_whose_clock_is_a_little_ahead_is_accepted(tokens: AccessTokens, clock: Clock) -> None:
    clock.pass_s(LEEWAY_S)
    token = tokens.issue(ANN, LAPTOP)
    clock.pass_s(-LEEWAY_S)
    assert tokens.verify(token, Audience.REST).account == ANN


STRANGERS_KEY = ec.generate_private_key(ec.SECP256R1())


def public_pem(keys: SigningKeys) -> bytes:
    return keys.signing.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def hs256_with_our_public_key(keys: SigningKeys, secret: bytes) -> str:
    """PyJWT refuses to sign with such a key, so by hand."""
    unsigned = by_hand({"alg": "HS256", "kid": keys.active, "typ": "at+jwt"}, genuine())[:-1]
    mac = hmac.digest(secret, unsigned.encode(), hashlib.sha256)
    return f"{unsigned}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def without(name: str) -> dict[str, Any]:
    claims = genuine()
    del claims[name]
    return claims


FORGERIES: dict[str, Any] = {
    "empty": lambda keys: "",
    "one part": lambda keys: "abc",
    "two parts": lambda keys: signed(keys, genuine()).rpartition(".")[0],
    "four parts": lambda keys: signed(keys, genuine()) + ".e30",
    "not base64": lambda keys: "a.b.c",
    "not ASCII": lambda keys: "ä.ö.ü",
    "header is nested deep": lambda keys: base64.urlsafe_b64encode(b"[" * 1440).decode() + ".e30.AAAA",
    "header is a list": lambda keys: by_hand([], genuine(), b"x" * 64),  # type: ignore[arg-type]
    "claims are a list": lambda keys: by_hand({"alg": "ES256", "kid": keys.active, "typ": "at+jwt"}, []),  # type: ignore[arg-type]
    "very long": lambda keys: signed(keys, {**genuine(), "more": "x" * 10_000}),
    "alg none": lambda keys: by_hand({"alg": "none", "kid": keys.active, "typ": "at+jwt"}, genuine()),
    "alg None": lambda keys: by_hand({"alg": "None", "kid": keys.active, "typ": "at+jwt"}, genuine()),
    "alg missing": lambda keys: by_hand({"kid": keys.active, "typ": "at+jwt"}, genuine()),
    "no signature": lambda keys: by_hand({"alg": "ES256", "kid": keys.active, "typ": "at+jwt"}, genuine()),
    "HS256 with our public key": lambda keys: hs256_with_our_public_key(keys, public_pem(keys)),
    "HS256 with our kid": lambda keys: hs256_with_our_public_key(keys, keys.active.encode()),
    "ES384": lambda keys: signed(keys, genuine(), key=ec.generate_private_key(ec.SECP384R1()), algorithm="ES384"),
    "a stranger's key under our kid": lambda keys: signed(keys, genuine(), key=STRANGERS_KEY),
    "unknown kid": lambda keys: signed(keys, genuine(), key=STRANGERS_KEY, kid="0123456789abcdef"),
    "kid is a path": lambda keys: signed(keys, genuine(), kid="../../../dev/null"),
    "kid is a number": lambda keys: by_hand({"alg": "ES256", "kid": 1, "typ": "at+jwt"}, genuine(), b"x" * 64),
    "kid missing": lambda keys: signed(keys, genuine(), kid=None),
    "jku": lambda keys: signed(keys, genuine(), key=STRANGERS_KEY, jku="https://evil.example/jwks.json"),
    "jwk": lambda keys: signed(
        keys, genuine(), jwk=json.loads(jwt.algorithms.ECAlgorithm.to_jwk(STRANGERS_KEY.public_key()))
    ),
    "crit": lambda keys: signed(keys, genuine(), crit=["exp"]),
    "typ JWT": lambda keys: signed(keys, genuine(), typ="JWT"),
    "typ missing": lambda keys: signed(keys, genuine(), typ=None),
    "wrong audience": lambda keys: signed(keys, {**genuine(), "aud": "somewhere-else"}),
    "sync only": lambda keys: signed(keys, {**genuine(), "aud": Audience.SYNC}),
    "wrong issuer": lambda keys: signed(keys, {**genuine(), "iss": "https://evil.example"}),
    "from the future": lambda keys: signed(keys, {**genuine(), "iat": int(START) + LEEWAY_S + 1}),
    "exp is text": lambda keys: signed(keys, {**genuine(), "exp": "99999999999"}),
    "exp is infinite": lambda keys: signed(keys, {**genuine(), "exp": float("inf")}),
    "exp is true": lambda keys: signed(keys, {**genuine(), "exp": True}),
    "sub is a number": lambda keys: by_hand({"alg": "ES256", "kid": keys.active, "typ": "at+jwt"}, {"sub": 1}),
    "sid is null": lambda keys: signed(keys, {**genuine(), "sid": None}),
    "a letter of the claims changed": lambda keys: signed(keys, genuine()).replace(".eyJ", ".eyK", 1),
    **{f"{name} missing": lambda keys, name=name: signed(keys, without(name)) for name in genuine()},
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_token_is_refused(keys: SigningKeys, tokens: AccessTokens, forgery: str) -> None:
    assert refusal(tokens, FORGERIES[forgery](keys)) is Code.TOKEN_INVALID


def test_an_expired_token_of_another_hub_is_invalid_rather_than_expired(
    tokens: AccessTokens, clock: Clock, tmp_path: Any
) -> None:
    foreign = AccessTokens(SigningKeys.open(tmp_path / "other.json"), ISSUER, clock).issue(ANN, LAPTOP)
    clock.pass_s(LIFETIME_S)
    assert refusal(tokens, foreign) is Code.TOKEN_INVALID


@given(st.text(max_size=300))
def test_no_text_whatever_is_taken_for_a_token(keys: SigningKeys, text: str) -> None:
    assert refusal(AccessTokens(keys, ISSUER, Clock()), text) is Code.TOKEN_INVALID


def test_every_signed_bit_matters(keys: SigningKeys, tokens: AccessTokens) -> None:
    token = tokens.issue(ANN, LAPTOP)
    head, _, signature = token.rpartition(".")
    raw = bytearray(base64.urlsafe_b64decode(signature + "=="))
    for position in range(len(raw)):
        raw[position] ^= 1
        changed = base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("=")
        assert refusal(tokens, f"{head}.{changed}") is Code.TOKEN_INVALID
        raw[position] ^= 1


async def test_a_forged_token_is_answered_401_with_a_challenge(hub: Hub) -> None:
    answer = await hub.ask("GET", "/me", token="forged")
    assert (answer.status, answer.code, answer.headers["www-authenticate"]) == (401, "token-invalid", "Bearer")


@given(st.binary(min_size=32, max_size=32), st.integers(0, 2**31), st.uuids())
def test_a_refresh_token_survives_its_text_form(secret: bytes, generation: int, session: Any) -> None:
    token = RefreshToken.of(SessionId(str(session)), generation, secret)
    parsed = RefreshToken.parse(str(token))
    assert parsed == token
    assert parsed.made_with(secret)


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32), st.integers(0, 2**31))
def test_a_refresh_token_proves_the_secret_it_was_made_with(secret: bytes, other: bytes, generation: int) -> None:
    assert RefreshToken.of(LAPTOP, generation, secret).made_with(other) == (secret == other)


@given(st.integers(0, 2**31), st.integers(0, 2**31))
def test_the_proof_of_one_generation_is_none_for_another(one: int, another: int) -> None:
    proof = RefreshToken.of(LAPTOP, one, b"s" * 32).proof
    assert RefreshToken(LAPTOP, another, proof).made_with(b"s" * 32) == (one == another)


@given(st.text(max_size=200))
def test_any_other_text_is_no_refresh_token(text: str) -> None:
    for candidate in (text, RefreshToken.PREFIX + text):
        try:
            assert len(str(RefreshToken.parse(candidate))) == len(candidate)
        except ValueError:
            continue
