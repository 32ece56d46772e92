"""Invitations as those see them who make them, and whoever holds a token."""

from datetime import datetime, timedelta
from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import BaseModel, Field, model_validator

from hub.accounts import models
from hub.accounts.addresses import Address
from hub.accounts.invitations import LIFETIME, Offer
from hub.errors import Code
from hub.ids import AccountId, InvitationId, OrganizationId, TeamId
from hub.permissions import Role
from hub.web.problems import answers
from hub.web.rest.asking import (
    BODY,
    HERE,
    PAGED,
    RECENTLY,
    SENDS,
    SIGNED_IN,
    Asked,
    Body,
    By,
    ByAny,
    Email,
    Id,
    Listed,
    Token,
    Wanted,
)
from hub.web.rest.once import ONCE, REPEATABLE, Once
from hub.web.rest.pacing import secret_tried

router = APIRouter(route_class=Once, tags=["invitations"])

Days = Annotated[int, Field(ge=1, le=90, description="How long it can be used")]


class OfferedTeam(Body):
    team_id: Id
    can_write: bool = False
    is_manager: bool = False


class LinkBody(Body):
    max_uses: Annotated[int, Field(ge=1, le=1000, description="Accounts that may join by it")]
    needs_approval: bool = Field(False, description="Who comes by it waits until somebody who may invite approves")


class InvitationBody(Body):
    """For one e-mail address, or a link for whoever holds it."""

    email: Email | None = None
    link: LinkBody | None = None
    role: Annotated[Role, Field(strict=False)] = Role.MEMBER
    teams: list[OfferedTeam] = Field(default_factory=list, max_length=200)
    expires_in_days: Days = LIFETIME.days

    @model_validator(mode="after")
    def _names_each_team_once(self) -> Self:
        if len({team.team_id for team in self.teams}) < len(self.teams):
            raise ValueError("teams: name each team once")
        return self

    @model_validator(mode="after")
    def _is_for_an_address_or_a_link(self) -> Self:
        if (self.email is None) == (self.link is None):
            raise ValueError("expected an e-mail address or a link, and not both")
        return self

    @property
    def invited(self) -> Address | models.Link:
        if self.email is not None:
            return self.email
        assert self.link is not None, "it is one of the two"
        return models.Link(self.link.max_uses, 0, self.link.needs_approval)


class AgainBody(Body):
    expires_in_days: Days = LIFETIME.days


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


class Link(BaseModel):
    max_uses: int
    uses: int = Field(description="Accounts that joined by it or wait for approval")
    needs_approval: bool


class Invitation(BaseModel):
    id: InvitationId
    organization: OrganizationOfInvitation
    email: str | None = Field(description="null for a link")
    link: Link | None = Field(description="null for an invitation to an address")
    role: Role
    teams: list[InvitedTeam]
    invited_by: Inviter
    created_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, invitation: models.Invitation) -> "Invitation":
        link = invitation.link
        return cls(
            id=invitation.id,
            organization=OrganizationOfInvitation(id=invitation.organization, name=invitation.organization_name),
            email=invitation.email,
            link=Link(max_uses=link.max_uses, uses=link.uses, needs_approval=link.needs_approval) if link else None,
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
    accept_url: str | None = Field(
        description="The address to give to who is invited, told this once; null: it has been mailed to them"
    )

    @classmethod
    def made(cls, invitation: models.Invitation, url: str | None) -> "NewInvitation":
        return cls(**Invitation.of(invitation).model_dump(), accept_url=url)


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
    accounts: Asked, actor: ByAny, organization: OrganizationId, wanted: Wanted
) -> Listed[Invitation]:
    return Listed.of(await accounts.invitations.of_organization(actor, organization, wanted), Invitation.of)


@router.post(
    "/organizations/{organization}/invitations",
    status_code=201,
    operation_id="invite",
    summary="Invite somebody by e-mail address, or make a link by which people join",
    responses=answers(*SIGNED_IN, *RECENTLY, *HERE, *BODY, *REPEATABLE),
    dependencies=[ONCE, SENDS],
)
async def invite(accounts: Asked, actor: ByAny, organization: OrganizationId, body: InvitationBody) -> NewInvitation:
    offers = [Offer(TeamId(team.team_id), team.can_write, team.is_manager) for team in body.teams]
    lifetime = timedelta(days=body.expires_in_days)
    return NewInvitation.made(
        *await accounts.invitations.create(actor, organization, body.invited, body.role, offers, lifetime)
    )


@router.post(
    "/organizations/{organization}/invitations/{invitation}/resend",
    operation_id="resendInvitation",
    summary="Send an invitation again, as yours and with a new link; the old link is worth nothing any more",
    responses=answers(*SIGNED_IN, *RECENTLY, *HERE, *BODY),
    dependencies=[SENDS],
)
async def resend_invitation(
    accounts: Asked, actor: ByAny, organization: OrganizationId, invitation: InvitationId, body: AgainBody | None = None
) -> NewInvitation:
    lifetime = timedelta(days=(body or AgainBody()).expires_in_days)
    return NewInvitation.made(*await accounts.invitations.send_again(actor, organization, invitation, lifetime))


@router.delete(
    "/organizations/{organization}/invitations/{invitation}",
    status_code=204,
    operation_id="withdrawInvitation",
    summary="Withdraw an invitation",
    responses=answers(*SIGNED_IN, *HERE),
)
async def withdraw_invitation(
    accounts: Asked, actor: ByAny, organization: OrganizationId, invitation: InvitationId
) -> None:
    await accounts.invitations.withdraw(actor, organization, invitation)


@router.post(
    "/invitations/lookup",
    operation_id="lookUpInvitation",
    summary="What an invitation offers, for whoever holds its token",
    responses=answers(*BODY, Code.NOT_FOUND, Code.GONE, Code.ORGANIZATION_SUSPENDED, Code.RATE_LIMITED),
    dependencies=[secret_tried()],
)
async def look_up_invitation(accounts: Asked, body: TokenBody) -> Invitation:
    return Invitation.of(await accounts.invitations.look_up(body.token))
