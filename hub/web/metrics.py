"""The hub's numbers: those of HTTP, and all of them for who has the token. Others learn not even that there are any."""

import time
from secrets import compare_digest

from prometheus_client.exposition import choose_encoder
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.metrics import Metrics
from hub.web.edge import place


def routes(metrics: Metrics, token: str) -> list[Route]:
    """None without a token: then nobody may read them."""
    expected = f"Bearer {token}".encode()

    async def read(request: Request) -> Response:
        brought = request.headers.get("Authorization", "").encode()
        if not compare_digest(brought, expected):
            raise HTTPException(404)
        encode, media_type = choose_encoder(request.headers.get("Accept", ""))
        return Response(encode(metrics.registry), headers={"Content-Type": media_type})

    return [Route("/metrics", read)] if token else []


class Measured:
    """ASGI middleware inside the edge, which makes the answer to what is raised here."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500
        began = time.perf_counter()

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            self._metrics.http_requests.labels(*place(scope), status).inc()
            self._metrics.http_s.observe(time.perf_counter() - began)
