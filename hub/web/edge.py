"""The outermost layer of HTTP: headers on every answer, HEAD, CORS, the size of bodies, and our own bugs.

The rule: any web page may call this hub, and gains nothing by it: there are no cookies, and a token has to be brought.
That is why the origin is `*`, and why it must never come together with `Access-Control-Allow-Credentials`.
"""

import logging
from collections.abc import Callable
from ipaddress import ip_address, ip_network

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 64 * 1024
"""The largest body there is, an invitation to 200 teams, needs a third of it."""

SECURITY = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "ETag, Retry-After, WWW-Authenticate"}
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match",
    "Access-Control-Max-Age": "600",
}

METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def place(scope: Scope) -> tuple[str, str]:
    """Method and route of a request, as declared, for logs and numbers: words of ours, whatever was asked for.

    What a person types or pastes can be in a path.
    """
    method, route = scope["method"], scope.get("route")
    return method if method in METHODS else "other", getattr(route, "path", "none")


def network(host: str) -> str:
    """What counts as one network address: of IPv6 a /64, all of which one subscriber has."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if address.version == 4:
        return host
    return str(address.ipv4_mapped or ip_network((address, 64), strict=False))


class Edge:
    """ASGI middleware. `on_bug` makes the answer when an exception arrives here that nobody expected."""

    def __init__(self, app: ASGIApp, on_bug: Callable[[], Response], is_draining: Callable[[], bool]) -> None:
        self._app = app
        self._on_bug = on_bug
        self._is_draining = is_draining

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_head = scope["method"] == "HEAD"
        if is_head:
            scope = {**scope, "method": "GET"}
        started = False

        async def dressed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in (SECURITY | CORS).items():
                    headers.setdefault(name, value)
                if self._is_draining():
                    headers["Connection"] = "close"  # the next request would meet a hub that has stopped
                if message["status"] == 204:
                    del headers["Content-Type"]  # FastAPI names one for bodies that aren't there
            elif is_head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        if _is_preflight(scope):
            await Response(status_code=204, headers=PREFLIGHT)(scope, receive, dressed)
            return
        try:
            await self._app(scope, _capped(scope, receive), dressed)
        except Exception:
            log.exception("%s %s failed", *place(scope))
            if started:
                raise  # half an answer is out: only a broken connection tells the client so
            await self._on_bug()(scope, receive, dressed)


def _capped(scope: Scope, receive: Receive) -> Receive:
    """`receive`, raising 413 as soon as the body is known to be too large: it is never held as a whole."""
    announced = Headers(scope=scope).get("content-length", "")
    left = MAX_BODY_BYTES

    async def capped() -> Message:
        nonlocal left
        if announced.isdecimal() and int(announced) > MAX_BODY_BYTES:
            raise HTTPException(413)
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(413)
        return message

    return capped


def _is_preflight(scope: Scope) -> bool:
    names = {name for name, _ in scope["headers"]}
    return scope["method"] == "OPTIONS" and {b"origin", b"access-control-request-method"} <= names
