"""Entity tags: whether an answer is the one that a client has already, and whether it writes over what it has seen.

The rule: a tag says what an answer shows and not how it is written down. So what is read inside a transaction, shown as
it would be to this client, has the tag that the client was given if nothing has changed.
"""

import hashlib
import json

from pydantic import BaseModel
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BELOW = "/api/"
METHODS = frozenset({"GET", "PUT", "PATCH"})
"""Whose answers are what is at the address now."""


def tag_of(shown: BaseModel) -> str:
    return _tag(shown.model_dump(mode="json"))


def tags_in(header: str) -> set[str]:
    """Of `If-Match` or `If-None-Match`. A proxy that compresses makes tags weak, which means no less here."""
    return {tag.strip().removeprefix("W/") for tag in header.split(",")} - {""}


class Tagged:
    """ASGI middleware: gives JSON answers their tags, and 304 where that is all that a client needs."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in METHODS or not scope["path"].startswith(BELOW):
            await self._app(scope, receive, send)
            return
        known = tags_in(Headers(scope=scope).get("if-none-match", "")) if scope["method"] == "GET" else set()
        begun: Message | None = None

        async def tagged(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start" and _to_be_tagged(message):
                begun = message
                return
            if begun is not None:
                start, begun = begun, None
                if not message.get("more_body"):
                    tag = _tag(json.loads(message["body"]))
                    if known & {"*", tag}:
                        start = {**start, "status": 304, "headers": []}
                        message = {**message, "body": b""}
                    MutableHeaders(scope=start)["ETag"] = tag
                await send(start)
            await send(message)

        await self._app(scope, receive, tagged)


def _to_be_tagged(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    return start["status"] in (200, 201) and headers.get("content-type") == "application/json" and "etag" not in headers


def _tag(shown: object) -> str:
    written = json.dumps(shown, sort_keys=True, separators=(",", ":"))
    return f'"{hashlib.sha256(written.encode()).hexdigest()[:32]}"'
