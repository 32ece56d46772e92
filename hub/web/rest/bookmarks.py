"""A team's folder, to read."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Header, Request, Response
from pydantic import BaseModel, Field

from hub.folders import Folders
from hub.ids import TeamId, document_of
from hub.tree.export import as_json, as_netscape
from hub.tree.tree import Tree
from hub.web.problems import answers
from hub.web.rest.asking import HERE, SIGNED_IN, Asked, ByAny

router = APIRouter(tags=["bookmarks"])

JSON: Final = "application/json"
HTML: Final = "text/html"


class Bookmark(BaseModel):
    id: str
    kind: Literal["bookmark", "folder", "separator"]
    title: str = Field("", description="Not of a separator")
    url: str = Field("", description="Of a bookmark that is on the web: it begins with http:// or https://")
    unsafe_url: str = Field("", description="Of any other bookmark, in place of `url`: not to be opened")
    children: list["Bookmark"] = Field(default_factory=list, description="Of a folder, in order")


class Bookmarks(BaseModel):
    version: int = Field(description="Changes with the bookmarks, and only ever grows")
    children: list[Bookmark]


async def _folders(request: Request) -> Folders:
    folders = request.app.state.folders
    assert isinstance(folders, Folders), "the application holds them"
    return folders


@router.get(
    "/teams/{team}/bookmarks",
    operation_id="getBookmarks",
    summary="The bookmarks of a team",
    description=f"A tree as JSON; or, where `Accept` names `{HTML}` and not `{JSON}`, a bookmark file (Netscape) as "
    "every browser imports it. `If-None-Match` with the `ETag` of an earlier answer spares an answer that is the same.",
    response_model=Bookmarks,
    responses={
        200: {"content": {HTML: {"schema": {"type": "string"}}}},
        304: {"description": "As they were"},
        **answers(*SIGNED_IN, *HERE),
    },
)
async def get_bookmarks(
    accounts: Asked,
    actor: ByAny,
    folders: Annotated[Folders, Depends(_folders)],
    team: TeamId,
    accept: Annotated[str, Header(include_in_schema=False)] = JSON,
    if_none_match: Annotated[str, Header()] = "",
) -> Any:
    document = document_of((await accounts.teams.readable(actor, team)).id)
    form = HTML if HTML in accept and JSON not in accept else JSON
    known = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    version = await folders.version(document)
    if known & {"*", _tag(version, form)}:
        return Response(status_code=304, headers=_headers(version, form))
    shown, version = await folders.shown(document, _as_html if form == HTML else _as_json)
    return Response(shown, headers=_headers(version, form), media_type=form)


def _headers(version: int, form: str) -> dict[str, str]:
    headers = {"ETag": _tag(version, form), "Vary": "Accept"}
    return headers | {"Content-Disposition": 'attachment; filename="bookmarks.html"'} if form == HTML else headers


def _tag(version: int, form: str) -> str:
    return f'"{version}.{form.partition("/")[2]}"'


def _as_json(tree: Tree, version: int) -> bytes:
    return "".join(as_json(tree, version)).encode()


def _as_html(tree: Tree, version: int) -> bytes:
    return "".join(as_netscape(tree)).encode()
