"""Teams, their members, and the teams one may open."""

from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field, model_validator

from hub.accounts import models
from hub.accounts.teams import KEPT
from hub.errors import Code
from hub.ids import AccountId, DocumentId, OrganizationId, TeamId, document_of
from hub.web.problems import answers
from hub.web.rest.asking import BODY, HERE, PAGED, SIGNED_IN, Asked, Body, ByAny, Listed, Name, Wanted, kept
from hub.web.rest.conditions import REPLACES, OnlyIf
from hub.web.rest.once import ONCE, REPEATABLE, Once

router = APIRouter(route_class=Once, tags=["teams"])


class TeamBody(Body):
    name: Name


class TeamPatch(Body):
    """A merge patch: what is left out stays."""

    name: Name = kept()


class Team(BaseModel):
    id: TeamId
    name: str
    organization_id: OrganizationId
    created_at: datetime
    deleted_at: datetime | None = Field(description="When it was deleted; null: it is there")

    @classmethod
    def of(cls, team: models.Team) -> "Team":
        return cls(
            id=team.id,
            name=team.name,
            organization_id=team.organization,
            created_at=team.created_at,
            deleted_at=team.deleted_at,
        )


class OrganizationOfTeam(BaseModel):
    id: OrganizationId
    name: str


class MyTeam(BaseModel):
    id: TeamId
    name: str
    organization: OrganizationOfTeam
    can_read: bool
    can_write: bool
    is_manager: bool
    document: DocumentId = Field(description="The address of its folder on the sync socket")
    suspended: bool = Field(description="With its organization: the folder is closed, and nothing is deleted")

    @classmethod
    def of(cls, team: models.MyTeam) -> "MyTeam":
        return cls(
            id=team.id,
            name=team.name,
            organization=OrganizationOfTeam(id=team.organization, name=team.organization_name),
            can_read=team.access.can_read,
            can_write=team.access.can_write,
            is_manager=team.access.is_manager,
            document=document_of(team.id),
            suspended=team.suspended,
        )


class AccessBody(Body):
    can_read: bool = True
    can_write: bool = False
    is_manager: bool = False

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.can_write and not self.can_read:
            raise ValueError("can_write needs can_read: nobody writes what they may not read")
        if not (self.can_read or self.is_manager):
            raise ValueError("a membership that allows nothing is none: remove the member instead")
        return self


class TeamMember(BaseModel):
    account_id: AccountId
    display_name: str
    email: str | None = Field(description="null for who may not see addresses")
    can_read: bool
    can_write: bool
    is_manager: bool
    joined_at: datetime

    @classmethod
    def of(cls, member: models.TeamMember) -> "TeamMember":
        return cls(
            account_id=member.account,
            display_name=member.display_name,
            email=member.email,
            can_read=member.access.can_read,
            can_write=member.access.can_write,
            is_manager=member.access.is_manager,
            joined_at=member.joined_at,
        )


@router.get(
    "/me/teams",
    operation_id="listMyTeams",
    summary="The teams you are in",
    responses=answers(*SIGNED_IN, *PAGED),
)
async def list_my_teams(accounts: Asked, actor: ByAny, wanted: Wanted) -> Listed[MyTeam]:
    return Listed.of(await accounts.teams.mine(actor, wanted), MyTeam.of)


@router.get(
    "/organizations/{organization}/teams",
    operation_id="listTeams",
    summary="The teams of an organization that you may see",
    responses=answers(*SIGNED_IN, *PAGED, *HERE),
)
async def list_teams(
    accounts: Asked,
    actor: ByAny,
    organization: OrganizationId,
    wanted: Wanted,
    deleted: Annotated[
        bool, Query(description="Instead those that can be brought back, for owners and admins")
    ] = False,
) -> Listed[Team]:
    if deleted:
        return Listed.of(await accounts.teams.deleted(actor, organization, wanted), Team.of)
    return Listed.of(await accounts.teams.of_organization(actor, organization, wanted), Team.of)


@router.post(
    "/organizations/{organization}/teams",
    status_code=201,
    operation_id="createTeam",
    summary="Create a team; you become its first manager",
    responses=answers(*SIGNED_IN, *HERE, *BODY, *REPEATABLE),
    dependencies=[ONCE],
)
async def create_team(accounts: Asked, actor: ByAny, organization: OrganizationId, body: TeamBody) -> Team:
    return Team.of(await accounts.teams.create(actor, organization, body.name))


@router.get("/teams/{team}", operation_id="getTeam", summary="A team", responses=answers(*SIGNED_IN, *HERE))
async def get_team(accounts: Asked, actor: ByAny, team: TeamId) -> Team:
    return Team.of(await accounts.teams.one(actor, team))


@router.patch(
    "/teams/{team}",
    operation_id="renameTeam",
    summary="Rename a team",
    responses=answers(*SIGNED_IN, *HERE, *BODY, *REPLACES),
)
async def rename_team(accounts: Asked, actor: ByAny, team: TeamId, body: TeamPatch, only_if: OnlyIf) -> Team:
    return Team.of(await accounts.teams.rename(actor, team, body.name or None, only_if.on(Team.of)))


@router.delete(
    "/teams/{team}",
    status_code=204,
    operation_id="deleteTeam",
    summary=f"Delete a team and its folder; it can be brought back for {KEPT.days} days",
    responses=answers(*SIGNED_IN, *HERE),
)
async def delete_team(accounts: Asked, actor: ByAny, team: TeamId) -> None:
    await accounts.teams.delete(actor, team)


@router.post(
    "/teams/{team}/undelete",
    operation_id="undeleteTeam",
    summary=f"Bring back a team that was deleted within the last {KEPT.days} days, with its folder and its members",
    responses=answers(*SIGNED_IN, *HERE, Code.GONE),
)
async def undelete_team(accounts: Asked, actor: ByAny, team: TeamId) -> Team:
    return Team.of(await accounts.teams.undelete(actor, team))


@router.get(
    "/teams/{team}/members",
    operation_id="listTeamMembers",
    summary="The members of a team",
    responses=answers(*SIGNED_IN, *PAGED, *HERE),
)
async def list_team_members(accounts: Asked, actor: ByAny, team: TeamId, wanted: Wanted) -> Listed[TeamMember]:
    return Listed.of(await accounts.teams.members(actor, team, wanted), TeamMember.of)


@router.put(
    "/teams/{team}/members/{account}",
    operation_id="setTeamMember",
    summary="Give a member of the organization this access to the team and no other",
    responses={
        **answers(*SIGNED_IN, *HERE, *BODY, *REPLACES),
        201: {"model": TeamMember, "description": "Was not in the team before"},
    },
)
async def set_team_member(
    accounts: Asked,
    actor: ByAny,
    team: TeamId,
    account: AccountId,
    body: AccessBody,
    only_if: OnlyIf,
    response: Response,
) -> TeamMember:
    access = models.Access(body.can_read, body.can_write, body.is_manager)
    member, added = await accounts.teams.set_member(actor, team, account, access, only_if.on(TeamMember.of))
    response.status_code = 201 if added else 200
    return TeamMember.of(member)


@router.delete(
    "/teams/{team}/members/{account}",
    status_code=204,
    operation_id="removeTeamMember",
    summary="Take a member out of a team, or leave it yourself",
    responses=answers(*SIGNED_IN, *HERE),
)
async def remove_team_member(accounts: Asked, actor: ByAny, team: TeamId, account: AccountId) -> None:
    await accounts.teams.remove_member(actor, team, account)
