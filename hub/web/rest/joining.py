"""Answering invitations, and the requests of those who came by a link that needs approval."""

from datetime import datetime

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from hub.accounts import models
from hub.errors import Code
from hub.ids import AccountId, InvitationId, OrganizationId, RequestId
from hub.web.problems import answers
from hub.web.rest.asking import BODY, HERE, PAGED, RECENTLY, SIGNED_IN, Asked, By, ByAny, Listed, Wanted
from hub.web.rest.invitations import Invitation, TokenBody
from hub.web.rest.pacing import secret_tried

router = APIRouter(tags=["invitations"])


class JoinRequest(BaseModel):
    """Somebody who came by a link that needs approval, and waits for it."""

    id: RequestId
    invitation_id: InvitationId
    account_id: AccountId
    display_name: str
    email: str = Field(description="Of who asks, for you to know whom you approve")
    created_at: datetime

    @classmethod
    def of(cls, request: models.JoinRequest) -> "JoinRequest":
        return cls(
            id=request.id,
            invitation_id=request.invitation,
            account_id=request.account,
            display_name=request.display_name,
            email=request.email,
            created_at=request.created_at,
        )


@router.post(
    "/invitations/accept",
    operation_id="acceptInvitation",
    summary="Join what an invitation offers",
    responses={
        **answers(*SIGNED_IN, *HERE, *BODY, Code.GONE),
        202: {"model": Invitation, "description": "You have joined once somebody who may invite approves"},
    },
    dependencies=[secret_tried()],
)
async def accept_invitation(accounts: Asked, actor: By, body: TokenBody, response: Response) -> Invitation:
    invitation, joined = await accounts.joining.accept(actor, body.token)
    response.status_code = 200 if joined else 202
    return Invitation.of(invitation)


@router.post(
    "/invitations/decline",
    status_code=204,
    operation_id="declineInvitation",
    summary="Decline an invitation, or take back what you asked for by it",
    responses=answers(*SIGNED_IN, *HERE, *BODY, Code.GONE),
    dependencies=[secret_tried()],
)
async def decline_invitation(accounts: Asked, actor: By, body: TokenBody) -> None:
    await accounts.joining.decline(actor, body.token)


@router.get(
    "/organizations/{organization}/join-requests",
    operation_id="listJoinRequests",
    summary="Who waits for approval: all for owners and admins, otherwise those who came by your links",
    responses=answers(*SIGNED_IN, *PAGED, *HERE),
)
async def list_join_requests(
    accounts: Asked, actor: ByAny, organization: OrganizationId, wanted: Wanted
) -> Listed[JoinRequest]:
    return Listed.of(await accounts.joining.requests(actor, organization, wanted), JoinRequest.of)


@router.post(
    "/organizations/{organization}/join-requests/{request}/approve",
    status_code=204,
    operation_id="approveJoinRequest",
    summary="Let somebody join who came by a link; you have to be able to invite to the same",
    responses=answers(*SIGNED_IN, *RECENTLY, *HERE),
)
async def approve_join_request(accounts: Asked, actor: ByAny, organization: OrganizationId, request: RequestId) -> None:
    await accounts.joining.approve(actor, organization, request)


@router.post(
    "/organizations/{organization}/join-requests/{request}/refuse",
    status_code=204,
    operation_id="refuseJoinRequest",
    summary="Keep somebody from joining who came by a link; by this link they cannot come again",
    responses=answers(*SIGNED_IN, *HERE),
)
async def refuse_join_request(accounts: Asked, actor: ByAny, organization: OrganizationId, request: RequestId) -> None:
    await accounts.joining.refuse(actor, organization, request)
