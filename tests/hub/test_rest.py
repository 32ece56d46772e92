import json
import logging
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asking_hub import Contract, Hub
from openapi_spec_validator import validate
from sqlalchemy import text

from hub.errors import Code, TeammarksError
from hub.web.edge import MAX_BODY_BYTES
from hub.web.problems import MOST_WRONGS, STATUS

JSON = {"Content-Type": "application/json"}
PUBLIC = {
    *("register", "verifyAddress", "askForVerification", "askForReset", "resetPassword"),
    *("logIn", "refresh", "lookUpInvitation", "getMeta", "getKeys"),
}
"""Operations that need no access token."""
PAGES = ["/", "/join", "/verify", "/reset", "/docs"]
PARTS = ["/page.css", "/join.js", "/letter.js", "/docs.js", "/docs.css"]


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    return list(Contract.read().operations())


def filled(path: str) -> str:
    return "/" + re.sub(r"\{\w+\}", "01a209d8-3836-71d6-85c4-2a1bbb1b3b84", path)


def test_the_description_is_valid_openapi() -> None:
    validate(Contract.read().description)


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(names) == len(set(names))
    assert all(operation["summary"] for _, _, operation in operations())


def test_every_failure_is_described_as_a_problem() -> None:
    for method, path, operation in operations():
        for status, answer in operation["responses"].items():
            if int(status) >= 400:
                assert list(answer["content"]) == ["application/problem+json"], f"{method} {path} {status}"


def test_headers_that_a_client_has_to_heed_are_described() -> None:
    for method, path, operation in operations():
        for status, answer in operation["responses"].items():
            wanted = {"401": "WWW-Authenticate", "429": "Retry-After", "503": "Retry-After"}.get(status)
            assert wanted is None or wanted in answer["headers"], f"{method} {path} {status}"


def test_every_code_has_a_status() -> None:
    assert set(STATUS) == set(Code)
    assert all(status >= 400 for status in STATUS.values())


@pytest.mark.parametrize(("method", "path", "operation"), operations())
async def test_without_a_token_only_what_is_public_is_answered(
    hub: Hub, method: str, path: str, operation: dict[str, Any]
) -> None:
    answer = await hub.ask(method, filled(path), {} if method in ("POST", "PUT", "PATCH") else None)
    if operation["operationId"] in PUBLIC:
        assert answer.status != 401
        assert "security" not in operation
    else:
        assert (answer.status, answer.code) == (401, "unauthenticated")
        assert answer.headers["www-authenticate"] == "Bearer"
        assert operation["security"] in ([{"accessToken": []}], [{"accessToken": []}, {"apiToken": []}])


@pytest.mark.parametrize("scheme", ["Basic YW5uOnNlY3JldA==", "Bearer", "Bearer ", "bearer-ish x", "Token abc"])
async def test_another_way_to_authenticate_is_none(hub: Hub, scheme: str) -> None:
    answer = await hub.ask("GET", "/me", headers={"Authorization": scheme})
    assert (answer.status, answer.code) == (401, "unauthenticated")


async def test_a_token_in_the_address_is_none(hub: Hub) -> None:
    ann = await hub.register("ann")
    assert (await hub.ask("GET", f"/me?access_token={ann.access_token}")).code == "unauthenticated"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "//nowhere", 404, "not-found"),
        ("GET", "/nowhere", 404, "not-found"),
        ("GET", "/me/", 404, "not-found"),
        ("GET", "//api/v2/me", 404, "not-found"),
        ("PUT", "/me", 405, "method-not-allowed"),
        ("POST", "//join", 405, "method-not-allowed"),
        ("PATCH", "/sessions", 405, "method-not-allowed"),
    ],
)
async def test_what_the_framework_refuses_is_a_problem_too(
    hub: Hub, method: str, path: str, status: int, code: str
) -> None:
    answer = await hub.ask(method, path)
    assert (answer.status, answer.code) == (status, code)
    assert ("allow" in answer.headers) == (status == 405)


@pytest.mark.parametrize("path", [*PAGES, "/page.css", "/api/v1/meta", "/.well-known/jwks.json", "/nowhere"])
async def test_head_is_answered_like_get_without_the_body(hub: Hub, path: str) -> None:
    got, head = await hub.client.get(path), await hub.client.head(path)
    assert (head.status_code, head.headers, head.content) == (got.status_code, got.headers, b"")


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe", b"{'email': 1}", b"[" * 30_000, b'{"a":' * 10_000, b"NaN", b"1" * 5000, b"\x00", b"null"],
)
async def test_a_body_that_is_not_what_it_should_be_is_refused(hub: Hub, content: bytes) -> None:
    answer = await hub.ask("POST", "/sessions", content=content)
    assert (answer.status, answer.code) == (422, "invalid")


async def test_a_body_that_is_wrong_in_a_thousand_places_gets_a_short_answer(hub: Hub) -> None:
    answer = await hub.ask("POST", "/sessions", {f"{number}": number for number in range(1000)})
    assert (answer.status, answer.code) == (422, "invalid")
    assert 0 < len(answer.json["errors"]) <= MOST_WRONGS


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x"]
)
async def test_only_json_is_taken_for_json(hub: Hub, content_type: str) -> None:
    """So no page can send a form, which a browser lets it do without asking first."""
    body = json.dumps({"email": "ann@example.org", "password": "correct horse", "display_name": "Ann"}).encode()
    answer = await hub.ask("POST", "/accounts", content=body, headers={"Content-Type": content_type})
    assert (answer.status, answer.code) == (422, "invalid")


async def test_a_body_over_the_limit_is_refused_whether_or_not_it_says_its_size(hub: Hub) -> None:
    async def in_pieces() -> AsyncIterator[bytes]:
        for _ in range(MAX_BODY_BYTES // 1024 + 1):
            yield b" " * 1024

    answer = await hub.ask("POST", "/sessions", content=b" " * (MAX_BODY_BYTES + 1))
    assert (answer.status, answer.code) == (413, "too-large")
    response = await hub.client.post("/api/v1/sessions", content=in_pieces(), headers=JSON)
    assert (response.status_code, response.json()["code"]) == (413, "too-large")
    assert (await hub.ask("POST", "/sessions", content=b" " * MAX_BODY_BYTES)).status == 422


async def test_every_answer_says_what_a_browser_may_do_with_it(hub: Hub) -> None:
    for path in (*PAGES, *PARTS, "/api/v1/meta", "/api/v1/me", "/nowhere", "/openapi.json"):
        headers = (await hub.client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-frame-options"] == "DENY"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]


async def test_tokens_are_never_kept_by_a_cache(hub: Hub) -> None:
    ann = await hub.register("ann")
    assert (await ann.get("/me")).headers["cache-control"] == "no-store"


EXTENSION = "chrome-extension://abcdefghijklmnopabcdefghijklmnop"


async def test_any_origin_may_call_and_no_credentials_of_a_browser_ever_count(hub: Hub) -> None:
    for path in ("/meta", "/me", "/nowhere"):
        answer = await hub.ask("GET", path, headers={"Origin": EXTENSION})
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_a_preflight_allows_what_the_extension_sends(hub: Hub, method: str) -> None:
    response = await hub.client.options(
        "/api/v1/me",
        headers={
            "Origin": EXTENSION,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": "authorization,content-type",
        },
    )
    assert response.status_code == 204
    assert response.headers["access-control-allow-origin"] == "*"
    assert method in response.headers["access-control-allow-methods"].split(", ")
    allowed = response.headers["access-control-allow-headers"].lower().split(", ")
    assert {"authorization", "content-type", "idempotency-key", "if-match", "if-none-match"} == set(allowed)


async def test_storage_that_fails_is_503_with_a_time_to_come_back_and_logs_nobody_out(hub: Hub) -> None:
    ann = await hub.register("ann")
    async with hub.database.write() as connection:
        await connection.execute(text("alter table sessions rename to hidden"))
    for answer in (
        await ann.get("/me"),
        await hub.ask("POST", "/sessions/refresh", {"refresh_token": ann.refresh_token}),
    ):
        assert (answer.status, answer.code) == (503, "storage")
        assert int(answer.headers["retry-after"]) > 0
        assert "sessions" not in answer.text
    async with hub.database.write() as connection:
        await connection.execute(text("alter table hidden rename to sessions"))
    assert (await ann.get("/me")).status == 200


async def test_our_own_bug_is_a_problem_that_says_nothing_and_a_line_in_the_log(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> None:
        raise AssertionError("the secret inside")

    ann = await hub.register("ann")
    monkeypatch.setattr(hub.accounts.people, "me", broken)
    with caplog.at_level(logging.ERROR):
        answer = await ann.get("/me")
    assert (answer.status, answer.code) == (500, "internal")
    assert "secret" not in answer.text
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "the secret inside" in caplog.text


async def test_only_the_safe_text_of_an_error_leaves(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    async def failing(*_: object) -> None:
        raise TeammarksError(Code.CONFLICT, "safe text", inside="inside text")

    ann = await hub.register("ann")
    monkeypatch.setattr(hub.accounts.people, "rename_me", failing)
    response = await hub.client.patch(
        "/api/v1/me", json={"display_name": "x"}, headers={"Authorization": f"Bearer {ann.access_token}"}
    )
    assert response.json()["detail"] == "safe text"
    assert "inside" not in response.text


async def test_no_secret_reaches_the_log(hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        ann = await hub.register("ann")
        organization = await ann.makes_organization()
        token = await ann.invites(organization, "bob@example.org")
        await hub.ask("POST", "/sessions", {"email": ann.email, "password": "the wrong password"})
        await hub.ask("POST", "/invitations/lookup", {"token": token})
        await hub.ask("POST", "/sessions/refresh", {"refresh_token": ann.refresh_token})
        await hub.ask("GET", "/me", token=ann.access_token + "x")
    for secret in (token, ann.refresh_token, ann.access_token, "the wrong password", "correct horse battery"):
        assert secret not in caplog.text


async def test_meta_says_what_a_client_must_know_before_anybody_logs_in(hub: Hub) -> None:
    assert (await hub.ask("GET", "/meta")).json["registration"] == "open"


async def test_the_front_page_says_what_this_address_is(hub: Hub) -> None:
    page = await hub.client.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "This is a Teammarks hub" in page.text
    assert "{version}" not in page.text


@pytest.mark.parametrize("wanted", ["bytes=0-1", "bytes=9999999-", "nonsense"])
async def test_a_page_is_always_given_whole(hub: Hub, wanted: str) -> None:
    for path in (*PAGES, *PARTS):
        assert (await hub.client.get(path, headers={"Range": wanted})).status_code == 200


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_brings_all_it_needs_from_this_hub_and_has_nothing_inline(hub: Hub, path: str) -> None:
    page = (await hub.client.get(path)).text
    assert "://" not in page
    assert "style=" not in page
    assert "onclick" not in page
    assert "<style" not in page
    assert "<script>" not in page


@pytest.mark.parametrize("path", ["/join", "/verify", "/reset"])
async def test_the_page_of_a_link_is_the_same_for_every_link(hub: Hub, path: str) -> None:
    plain = await hub.client.get(path)
    with_query = await hub.client.get(f"{path}?x=<script>alert(1)</script>")
    assert plain.text == with_query.text
