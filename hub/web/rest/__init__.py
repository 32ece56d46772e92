"""The REST resources, one module per noun, as in `hub.accounts`.

Each asks the `Accounts` that the application holds as `app.state.accounts`.
"""

from fastapi import APIRouter

from hub.errors import Code
from hub.web.problems import answers
from hub.web.rest import (
    administration,
    api_tokens,
    audit,
    bookmarks,
    gateways,
    invitations,
    joining,
    mailboxes,
    meta,
    organizations,
    people,
    second_factors,
    sessions,
    teams,
)

BASE = "/api/v1"

router = APIRouter(responses=answers(Code.STORAGE, Code.INTERNAL))
"""Everything under `/api/v1`, and the published keys."""

for part in (
    people,
    mailboxes,
    sessions,
    second_factors,
    api_tokens,
    organizations,
    teams,
    invitations,
    joining,
    bookmarks,
    audit,
    administration,
    meta,
):
    router.include_router(part.router, prefix=BASE)
router.include_router(meta.outside)
router.include_router(gateways.outside)
