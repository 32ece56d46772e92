"""The REST resources, one module per noun, as in `hub.accounts`."""

from fastapi import APIRouter, Depends, Request

from hub.accounts import Accounts
from hub.errors import Code
from hub.web.problems import answers
from hub.web.rest import invitations, meta, organizations, people, sessions, teams

BASE = "/api/v1"


def router(accounts: Accounts) -> APIRouter:
    """Everything under `/api/v1`, and the published keys."""

    async def provide(request: Request) -> None:
        request.state.accounts = accounts

    routes = APIRouter(dependencies=[Depends(provide)], responses=answers(Code.STORAGE, Code.INTERNAL))
    for part in (people, sessions, organizations, teams, invitations, meta):
        routes.include_router(part.router, prefix=BASE)
    routes.include_router(meta.outside)
    return routes
