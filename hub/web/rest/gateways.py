"""What a gateway asks for each request to a service behind it: who is this, and may they pass?

The rule: what has to be true of whoever passes is said by the gateway's operator, and what a client adds can only ask
for more. An answer is 200, 401 or 403, which is what nginx, Traefik and Envoy understand, or a failure, which no
gateway takes for a yes.
"""

from typing import Annotated, Literal
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Header, Query
from fastapi.exceptions import RequestValidationError
from pydantic import Field, ValidationError
from starlette.responses import Response

from hub.accounts.gateways import Demand, Identity
from hub.errors import Code
from hub.ids import OrganizationId, TeamId
from hub.permissions import Role
from hub.web.problems import answers
from hub.web.rest.asking import Asked, Body, Id, Passing

PATH = "/forward-auth"
USER = "X-Auth-Request-User"
EMAIL = "X-Auth-Request-Email"
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

outside = APIRouter(tags=["gateways"])


class DemandQuery(Body):
    organization: Id | None = Field(None, description="Members of it may pass")
    role: Annotated[Role, Field(strict=False)] = Field(Role.MEMBER, description="In the organization, at least")
    team: Id | None = Field(None, description="Those may pass for whom this team's folder is open")
    access: Literal["read", "write"] = Field("read", description="To the team's folder, at least")

    @property
    def demand(self) -> Demand:
        return Demand(
            OrganizationId(self.organization) if self.organization else None,
            self.role,
            TeamId(self.team) if self.team else None,
            self.access == "write",
        )


async def _of_header(x_teammarks_require: Annotated[str, Header()] = "") -> Demand:
    """Refuses what it does not know: a misspelt demand must not let everybody pass."""
    named = parse_qsl(x_teammarks_require, keep_blank_values=True)
    try:
        return DemandQuery.model_validate(dict(named)).demand
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from None


@outside.get(
    PATH,
    response_class=Response,
    operation_id="forwardAuth",
    summary="Whether who sent this request may pass a gateway, and who they are",
    description="For `auth_request` of nginx and `forwardAuth` of Traefik. Below this address any path and method is "
    "answered alike, for `ext_authz` of Envoy, with the demand in the header `X-Teammarks-Require`, as a query.",
    responses={
        **answers(
            *(Code.UNAUTHENTICATED, Code.TOKEN_INVALID, Code.TOKEN_EXPIRED, Code.SESSION_ENDED),
            *(Code.ACCOUNT_DISABLED, Code.FORBIDDEN, Code.TOKEN_NOT_ALLOWED, Code.ORGANIZATION_SUSPENDED),
            *(Code.INVALID, Code.RATE_LIMITED),
        ),
        200: {
            "description": "They may",
            "headers": {
                USER: {"schema": {"type": "string", "format": "uuid"}, "description": "The account"},
                EMAIL: {"schema": {"type": "string"}, "description": "Only where it was confirmed by its owner"},
            },
        },
    },
)
async def forward_auth(accounts: Asked, actor: Passing, wanted: Annotated[DemandQuery, Query()]) -> Response:
    return _passed(await accounts.gateways.admit(actor, wanted.demand))


@outside.api_route(PATH + "/{original:path}", methods=METHODS, include_in_schema=False)
async def forward_auth_below(
    accounts: Asked, actor: Passing, demand: Annotated[Demand, Depends(_of_header)]
) -> Response:
    return _passed(await accounts.gateways.admit(actor, demand))


def _passed(identity: Identity) -> Response:
    headers = {USER: str(identity.account)}
    if identity.email and identity.email.isascii():  # a header holds nothing else
        headers[EMAIL] = identity.email
    return Response(headers=headers)
