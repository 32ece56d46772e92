"""The outermost layer of HTTP: headers on every answer, CORS, and what happens when our own code fails.

The rule: any web page may call this hub, and gains nothing by it: there are no cookies, and a token has to be brought.
That is why the origin is `*`, and why it must never come together with `Access-Control-Allow-Credentials`.
"""

import logging
from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

SECURITY = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After, WWW-Authenticate"}
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Max-Age": "600",
}


class Edge:
    """ASGI middleware. `on_bug` makes the answer when an exception arrives here that nobody expected."""

    def __init__(self, app: ASGIApp, on_bug: Callable[[], Response]) -> None:
        self._app = app
        self._on_bug = on_bug

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def dressed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in (SECURITY | CORS).items():
                    headers.setdefault(name, value)
            await send(message)

        if _is_preflight(scope):
            await Response(status_code=204, headers=PREFLIGHT)(scope, receive, dressed)
            return
        try:
            await self._app(scope, receive, dressed)
        except Exception:
            log.exception("%s %s failed", scope["method"], scope["path"])
            if started:
                raise  # half an answer is out: only a broken connection tells the client so
            await self._on_bug()(scope, receive, dressed)


def _is_preflight(scope: Scope) -> bool:
    names = {name for name, _ in scope["headers"]}
    return scope["method"] == "OPTIONS" and {b"origin", b"access-control-request-method"} <= names
