"""The hub's numbers, for who has the token. Anyone else learns nothing, not even that there are any."""

from secrets import compare_digest

from prometheus_client.exposition import choose_encoder
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.metrics import Metrics


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
