"""The audit log: pages for people, and all of it as NDJSON for whatever collects logs."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, Final, TypeAlias

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime, BaseModel, Field
from starlette.responses import StreamingResponse

from hub.accounts import audit
from hub.accounts.audit import Event, Filter, Source
from hub.accounts.models import Page, Slice
from hub.errors import Code
from hub.ids import AccountId, OrganizationId, SessionId, TeamId
from hub.web.problems import answers
from hub.web.rest.asking import HERE, MAX_PAGE, PAGED, SIGNED_IN, UUID, Asked, By, ByAny, Listed, Wanted

router = APIRouter(tags=["audit"])

NDJSON: Final = "application/x-ndjson"


class AuditEvent(BaseModel):
    id: str
    event: Event
    made_at: datetime
    source: Source
    actor_id: AccountId | None = Field(description="The account that did it; it may be gone")
    session_id: SessionId | None = Field(description="The session that it was done by, or the API token")
    address: str | None = Field(description="The client's network address, as the hub believes it")
    organization_id: OrganizationId | None
    team_id: TeamId | None
    account_id: AccountId | None = Field(description="The account that it was done to; it may be gone")
    detail: dict[str, str | int | bool | None]

    @classmethod
    def of(cls, event: audit.AuditEvent) -> "AuditEvent":
        return cls(
            id=event.id,
            event=event.event,
            made_at=event.made_at,
            source=event.origin.source,
            actor_id=event.origin.account,
            session_id=event.origin.session,
            address=event.origin.address,
            organization_id=event.organization,
            team_id=event.team,
            account_id=event.account,
            detail=dict(event.detail),
        )


async def _chosen(
    event: Annotated[Event | None, Query(description="Only events of this name")] = None,
    actor: Annotated[str | None, Query(pattern=UUID, description="Only what this account did")] = None,
    since: Annotated[AwareDatetime | None, Query(description="Only from this moment on")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Only before this moment")] = None,
) -> Filter:
    return Filter(event, AccountId(actor) if actor else None, since, until)


Chosen = Annotated[Filter, Depends(_chosen)]
Read: TypeAlias = Callable[[Slice], Awaitable[Page[audit.AuditEvent]]]
"""A page of the log that was asked for."""


def _operation(operation_id: str, summary: str, *codes: Code) -> dict[str, Any]:
    """What the four have in common, as the router takes it."""
    lines = {"description": "Successful Response", "content": {NDJSON: {"schema": {"type": "string"}}}}
    return {
        "operation_id": operation_id,
        "summary": summary,
        "description": "The newest first. With `Accept: application/x-ndjson` all of them from `cursor` on, one a "
        "line, whatever `limit` says.",
        "response_model": Listed[AuditEvent],
        "responses": {200: lines, **answers(*SIGNED_IN, *PAGED, *codes)},
    }


async def _answer(request: Request, wanted: Slice, read: Read) -> Any:
    if NDJSON not in request.headers.get("accept", ""):
        return Listed.of(await read(wanted), AuditEvent.of)
    # Before the first line: who is refused is told in the way of every refusal.
    first = await read(Slice(MAX_PAGE, wanted.after))
    return StreamingResponse(_lines(first, read), media_type=NDJSON)


async def _lines(page: Page[audit.AuditEvent], read: Read) -> AsyncIterator[str]:
    while True:
        yield "".join(AuditEvent.of(event).model_dump_json() + "\n" for event in page.items)
        if page.next_cursor is None:
            return
        page = await read(Slice(MAX_PAGE, page.next_cursor))


@router.get(
    "/organizations/{organization}/audit-events",
    **_operation("listOrganizationEvents", "What happened in an organization and its teams", *HERE),
)
async def list_organization_events(
    request: Request, accounts: Asked, actor: ByAny, organization: OrganizationId, chosen: Chosen, wanted: Wanted
) -> Any:
    async def read(part: Slice) -> Page[audit.AuditEvent]:
        return await accounts.events.of_organization(actor, organization, chosen, part)

    return await _answer(request, wanted, read)


@router.get("/teams/{team}/audit-events", **_operation("listTeamEvents", "What happened in a team", *HERE))
async def list_team_events(
    request: Request, accounts: Asked, actor: ByAny, team: TeamId, chosen: Chosen, wanted: Wanted
) -> Any:
    async def read(part: Slice) -> Page[audit.AuditEvent]:
        return await accounts.events.of_team(actor, team, chosen, part)

    return await _answer(request, wanted, read)


@router.get("/me/audit-events", **_operation("listMyEvents", "What you did, and what was done to your account"))
async def list_my_events(request: Request, accounts: Asked, actor: By, chosen: Chosen, wanted: Wanted) -> Any:
    async def read(part: Slice) -> Page[audit.AuditEvent]:
        return await accounts.events.mine(actor, chosen, part)

    return await _answer(request, wanted, read)


@router.get("/admin/audit-events", **_operation("listEvents", "What happened on this hub", Code.FORBIDDEN))
async def list_events(request: Request, accounts: Asked, actor: By, chosen: Chosen, wanted: Wanted) -> Any:
    async def read(part: Slice) -> Page[audit.AuditEvent]:
        return await accounts.events.everything(actor, chosen, part)

    return await _answer(request, wanted, read)
