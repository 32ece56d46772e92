"""The few pages that a person may open in a browser: what this address is, and what to do with a link from a letter.

The rule: nothing on them comes from a request. A link's token is in the fragment, which is never sent: an invitation's
stays in the browser, and those of an address or a password go to the hub when the person says so.
"""

from functools import cache
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from hub import __version__

STATIC = Path(__file__).parent / "static"
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {"Content-Security-Policy": POLICY}
ASKING = {"Content-Security-Policy": f"{POLICY}; connect-src 'self'"}
"""For pages that ask this hub."""

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


@router.get("/verify")
async def verify() -> Response:
    return HTMLResponse(_text("verify.html"), headers=ASKING)


@router.get("/reset")
async def reset() -> Response:
    return HTMLResponse(_text("reset.html"), headers=ASKING)


@router.get("/letter.js")
async def letter_script() -> Response:
    return Response(_text("letter.js"), media_type="text/javascript")


@router.get("/docs")
async def docs() -> Response:
    return HTMLResponse(_text("docs.html"), headers=ASKING)


@router.get("/docs.js")
async def docs_script() -> Response:
    return Response(_text("docs.js"), media_type="text/javascript")


@router.get("/docs.css")
async def docs_style() -> Response:
    return Response(_text("docs.css"), media_type="text/css")


@router.get("/page.css")
async def style() -> Response:
    return Response(_text("page.css"), media_type="text/css")


@cache
def _text(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")
