"""The few pages that a person may open in a browser: what this address is, and what to do with an invitation link.

The rule: nothing on them comes from a request. An invitation's token stays in the browser; the page reads it from the
fragment, which is never sent.
"""

from functools import cache
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from hub import __version__

STATIC = Path(__file__).parent / "static"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
}

router = APIRouter(include_in_schema=False)


@router.get("/")
async def home() -> Response:
    return HTMLResponse(_text("home.html").replace("{version}", __version__), headers=HEADERS)


@router.get("/join")
async def join() -> Response:
    return HTMLResponse(_text("join.html"), headers=HEADERS)


@router.get("/join.js")
async def join_script() -> Response:
    return Response(_text("join.js"), media_type="text/javascript")


@router.get("/page.css")
async def style() -> Response:
    return Response(_text("page.css"), media_type="text/css")


@cache
def _text(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")
