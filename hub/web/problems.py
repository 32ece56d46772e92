"""Every refusal and failure as `application/problem+json` (RFC 9457), whoever noticed it: we, the framework, or nobody.

The rule: an answer carries a stable `code` and a sentence of ours. It never repeats what was sent: a mistyped password
belongs in no answer and no log.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from hub.errors import Code, TeammarksError
from hub.web.description import describe
from hub.web.edge import Edge, place

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 2
MOST_WRONGS = 20
"""Listed in one answer: a small body can be wrong in ten thousand places."""

STATUS: Mapping[Code, HTTPStatus] = {
    Code.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    Code.TOKEN_INVALID: HTTPStatus.UNAUTHORIZED,
    Code.TOKEN_EXPIRED: HTTPStatus.UNAUTHORIZED,
    Code.SESSION_ENDED: HTTPStatus.UNAUTHORIZED,
    Code.CREDENTIALS_WRONG: HTTPStatus.UNAUTHORIZED,
    Code.SECOND_FACTOR_REQUIRED: HTTPStatus.UNAUTHORIZED,
    Code.SECOND_FACTOR_WRONG: HTTPStatus.UNAUTHORIZED,
    Code.ACCOUNT_DISABLED: HTTPStatus.FORBIDDEN,
    Code.UNVERIFIED: HTTPStatus.FORBIDDEN,
    Code.RECENT_LOGIN_REQUIRED: HTTPStatus.FORBIDDEN,
    Code.FORBIDDEN: HTTPStatus.FORBIDDEN,
    Code.TOKEN_NOT_ALLOWED: HTTPStatus.FORBIDDEN,
    Code.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Code.READ_ONLY: HTTPStatus.FORBIDDEN,
    Code.LAST_OWNER: HTTPStatus.CONFLICT,
    Code.ORGANIZATION_SUSPENDED: HTTPStatus.FORBIDDEN,
    Code.INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.CONFLICT: HTTPStatus.CONFLICT,
    Code.PRECONDITION_FAILED: HTTPStatus.PRECONDITION_FAILED,
    Code.KEY_REUSED: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.KEY_IN_USE: HTTPStatus.CONFLICT,
    Code.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Code.TOO_MANY: HTTPStatus.TOO_MANY_REQUESTS,
    Code.RATE_LIMITED: HTTPStatus.TOO_MANY_REQUESTS,
    Code.GONE: HTTPStatus.GONE,
    Code.METHOD_NOT_ALLOWED: HTTPStatus.METHOD_NOT_ALLOWED,
    Code.REGISTRATION_CLOSED: HTTPStatus.FORBIDDEN,
    Code.PROTOCOL: HTTPStatus.BAD_REQUEST,
    Code.AUTHENTICATION_TIMEOUT: HTTPStatus.REQUEST_TIMEOUT,
    Code.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Code.RESTARTING: HTTPStatus.SERVICE_UNAVAILABLE,
    Code.STORAGE: HTTPStatus.SERVICE_UNAVAILABLE,
    Code.INTERNAL: HTTPStatus.INTERNAL_SERVER_ERROR,
}

# What the framework refuses by itself, in our words.
_FRAMEWORK: Mapping[int, TeammarksError] = {
    400: TeammarksError(Code.INVALID, "The request could not be read."),
    404: TeammarksError(Code.NOT_FOUND, "There is nothing at this address."),
    405: TeammarksError(Code.METHOD_NOT_ALLOWED, "This address does not know this method."),
    413: TeammarksError(Code.TOO_LARGE, "The request is larger than this hub takes."),
}


# What comes with an answer of that status, where there is something to say.
_HEADERS: Mapping[HTTPStatus, str] = {
    HTTPStatus.UNAUTHORIZED: "WWW-Authenticate",
    HTTPStatus.TOO_MANY_REQUESTS: "Retry-After",
    HTTPStatus.SERVICE_UNAVAILABLE: "Retry-After",
}


class Wrong(BaseModel):
    """One thing that is wrong with a request."""

    field: str = Field(description="Where: names and indices joined by dots; empty for the whole body")
    message: str


class Problem(BaseModel):
    """RFC 9457, with a stable code."""

    type: str = Field(description="A URN made from the code")
    title: str
    status: int
    code: Code
    detail: str = Field(description="A sentence for a person")
    errors: list[Wrong] | None = Field(None, description="What is wrong with the request, for the code `invalid`")


def answers(*codes: Code) -> dict[int | str, dict[str, Any]]:
    """What an operation documents when it can fail with these codes, besides what `ANYWHERE` can."""
    grouped: dict[int | str, dict[str, Any]] = {}
    for code in codes:
        found = grouped.setdefault(
            int(STATUS[code]),
            {"description": "", "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}},
        )
        found["description"] = ", ".join(filter(None, [found["description"], f"`{code}`"]))
        if header := _HEADERS.get(STATUS[code]):
            found["headers"] = {header: {"schema": {"type": "string"}}}
    return grouped


def response(error: TeammarksError, wrong: Iterable[Wrong] | None = None, allow: str | None = None) -> Response:
    """`allow` is the header of that name, which a 405 has to carry."""
    status = STATUS[error.code]
    problem = Problem(
        type=f"urn:teammarks:problem:{error.code}",
        title=status.phrase,
        status=status,
        code=error.code,
        detail=error.safe,
        errors=list(wrong) if wrong is not None else None,
    )
    headers = {}
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if error.retry or error.retry_after_s:
        headers["Retry-After"] = str(error.retry_after_s or RETRY_AFTER_S)
    if allow:
        headers["Allow"] = allow
    return JSONResponse(problem.model_dump(exclude_none=True), status, headers, MEDIA_TYPE)


def internal() -> Response:
    """For our own bugs, of which nobody outside learns more than that."""
    return response(TeammarksError(Code.INTERNAL, "Something went wrong inside the hub; its log says what."))


def install(app: FastAPI, *, is_draining: Callable[[], bool]) -> None:
    """Makes `app` answer like this, and guards its edge."""

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, TeammarksError)
        level = logging.ERROR if STATUS[error.code] >= 500 else logging.DEBUG
        log.log(level, "%s %s: %s: %s", *place(request.scope), error.code, error)
        return response(error)

    async def unreadable(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return response(
            TeammarksError(Code.INVALID, "The request is not as it should be."),
            map(_wrong, error.errors()[:MOST_WRONGS]),
        )

    async def framework(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        known = _FRAMEWORK.get(error.status_code)
        if known is None:
            raise error  # our omission, so a line in the log
        return response(known, allow=(error.headers or {}).get("Allow"))

    app.add_exception_handler(TeammarksError, refused)
    app.add_exception_handler(RequestValidationError, unreadable)
    app.add_exception_handler(HTTPException, framework)
    app.add_middleware(Edge, on_bug=internal, is_draining=is_draining)
    describe(app, Problem)


def _wrong(error: Mapping[str, Any]) -> Wrong:
    """From one of pydantic's errors, leaving out `input`, and `ctx` which may hold it."""
    # The first part says body, query or path. Keys that we don't know are the client's own text, so not repeated.
    place = [str(part) for part in error["loc"][1:]]
    if error["type"] == "extra_forbidden":
        return Wrong(field=".".join(place[:-1]), message="has a field that is not known here")
    if error["type"] == "json_invalid":
        return Wrong(field="", message="expected JSON")
    return Wrong(field=".".join(place), message=_MESSAGES.get(error["type"]) or _own(error))


def _own(error: Mapping[str, Any]) -> str:
    return str(error["msg"]).removeprefix("Value error, ")


_MESSAGES = {
    "missing": "is required",
    "model_attributes_type": "expected an object",
    "bool_type": "expected true or false",
    "string_unicode": "expected whole characters",
}
