"""Invitations: made and withdrawn in an organization, answered with a token."""

from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import BaseModel, Field, model_validator

from hub.accounts import models
from hub.accounts.invitations import Offer
from hub.errors import Code
from hub.ids import AccountId, InvitationId, OrganizationId, TeamId
from hub.permissions import Role
from hub.web.problems import answers
from hub.web.rest.asking import BODY, HERE, PAGED, SIGNED_IN, Asked, Body, By, Email, Id, Listed, Token, Wanted

router = APIRouter(tags=["invitations"])


class OfferedTeam(Body):
    team_id: Id
    can_write: bool = False
    is_manager: bool = False


class InvitationBody(Body):
    email: Email
    role: Annotated[Role, Field(strict=False)] = Role.MEMBER
    teams: list[OfferedTeam] = Field(default_factory=list, max_length=200)

    @model_validator(mode="after")
    def _names_each_team_once(self) -> Self:
        if len({team.team_id for team in self.teams}) < len(self.teams):
            raise ValueError("teams: name each team once")
        return self


class TokenBody(Body):
    token: Token


class OrganizationOfInvitation(BaseModel):
    id: OrganizationId
    name: str


class Inviter(BaseModel):
    id: AccountId
    display_name: str


class InvitedTeam(BaseModel):
    team_id: TeamId
    name: str
    can_write: bool
    is_manager: bool


class Invitation(BaseModel):
    id: InvitationId
    organization: OrganizationOfInvitation
    email: str
    role: Role
    teams: list[InvitedTeam]
    invited_by: Inviter
    created_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, invitation: models.Invitation) -> "Invitation":
        return cls(
            id=invitation.id,
            organization=OrganizationOfInvitation(id=invitation.organization, name=invitation.organization_name),
            email=invitation.email,
            role=invitation.role,
            teams=[
                InvitedTeam(team_id=team.id, name=team.name, can_write=team.can_write, is_manager=team.is_manager)
                for team in invitation.teams
            ],
            invited_by=Inviter(id=invitation.inviter, display_name=invitation.inviter_name),
            created_at=invitation.created_at,
            expires_at=invitation.expires_at,
        )


class NewInvitation(Invitation):
    accept_url: str = Field(description="The link to give to the invited person. It is told this once")


@router.get(
    "/me/invitations",
    operation_id="listMyInvitations",
    summary="The invitations that wait for you",
    responses=answers(*SIGNED_IN, *PAGED),
)
async def list_my_invitations(accounts: Asked, actor: By, wanted: Wanted) -> Listed[Invitation]:
    return Listed.of(await accounts.invitations.for_me(actor, wanted), Invitation.of)


@router.get(
    "/organizations/{organization}/invitations",
    operation_id="listInvitations",
    summary="The unanswered invitations you may see: all for owners and admins, otherwise those you made",
    responses=answers(*SIGNED_IN, *PAGED, *HERE),
)
async def list_invitations(
    accounts: Asked, actor: By, organization: OrganizationId, wanted: Wanted
) -> Listed[Invitation]:
    return Listed.of(await accounts.invitations.of_organization(actor, organization, wanted), Invitation.of)


@router.post(
    "/organizations/{organization}/invitations",
    status_code=201,
    operation_id="invite",
    summary="Invite somebody by e-mail address",
    responses=answers(*SIGNED_IN, *HERE, *BODY),
)
async def invite(accounts: Asked, actor: By, organization: OrganizationId, body: InvitationBody) -> NewInvitation:
    offers = [Offer(TeamId(team.team_id), team.can_write, team.is_manager) for team in body.teams]
    invitation, url = await accounts.invitations.create(actor, organization, body.email, body.role, offers)
    return NewInvitation(**Invitation.of(invitation).model_dump(), accept_url=url)


@router.delete(
    "/organizations/{organization}/invitations/{invitation}",
    status_code=204,
    operation_id="withdrawInvitation",
    summary="Withdraw an invitation",
    responses=answers(*SIGNED_IN, *HERE),
)
async def withdraw_invitation(
    accounts: Asked, actor: By, organization: OrganizationId, invitation: InvitationId
) -> None:
    await accounts.invitations.withdraw(actor, organization, invitation)


@router.post(
    "/invitations/lookup",
    operation_id="lookUpInvitation",
    summary="What an invitation offers, for whoever holds its token",
    responses=answers(*BODY, Code.NOT_FOUND, Code.GONE, Code.ORGANIZATION_SUSPENDED),
)
async def look_up_invitation(accounts: Asked, body: TokenBody) -> Invitation:
    return Invitation.of(await accounts.invitations.look_up(body.token))


@router.post(
    "/invitations/accept",
    operation_id="acceptInvitation",
    summary="Join what an invitation offers",
    responses=answers(*SIGNED_IN, *HERE, *BODY, Code.GONE),
)
async def accept_invitation(accounts: Asked, actor: By, body: TokenBody) -> Invitation:
    return Invitation.of(await accounts.invitations.accept(actor, body.token))


@router.post(
    "/invitations/decline",
    status_code=204,
    operation_id="declineInvitation",
    summary="Decline an invitation",
    responses=answers(*SIGNED_IN, *HERE, *BODY, Code.GONE),
)
async def decline_invitation(accounts: Asked, actor: By, body: TokenBody) -> None:
    await accounts.invitations.decline(actor, body.token)
