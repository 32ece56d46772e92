"""Organizations and their members."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from hub.accounts import models
from hub.errors import Code
from hub.ids import AccountId, OrganizationId
from hub.permissions import Role
from hub.web.problems import answers
from hub.web.rest.asking import (
    BODY,
    HERE,
    PAGED,
    RECENTLY,
    SIGNED_IN,
    Asked,
    Body,
    By,
    ByAny,
    Listed,
    Name,
    Wanted,
    kept,
)
from hub.web.rest.conditions import REPLACES, OnlyIf
from hub.web.rest.once import ONCE, REPEATABLE, Once

router = APIRouter(route_class=Once, prefix="/organizations", tags=["organizations"])


class OrganizationBody(Body):
    name: Name


class OrganizationPatch(Body):
    """A merge patch: what is left out stays."""

    name: Name = kept()


class Organization(BaseModel):
    id: OrganizationId
    name: str
    role: Role | None = Field(description="Yours; null for an admin of the hub who is no member")
    created_at: datetime
    suspended: bool = Field(description="By an admin of the hub: its folders are closed and nothing can be changed")

    @classmethod
    def of(cls, organization: models.Organization) -> "Organization":
        return cls(
            id=organization.id,
            name=organization.name,
            role=organization.role,
            created_at=organization.created_at,
            suspended=organization.suspended,
        )


class Member(BaseModel):
    account_id: AccountId
    display_name: str
    email: str | None = Field(description="null for who may not see addresses")
    role: Role
    joined_at: datetime

    @classmethod
    def of(cls, member: models.Member) -> "Member":
        return cls(
            account_id=member.account,
            display_name=member.display_name,
            email=member.email,
            role=member.role,
            joined_at=member.joined_at,
        )


class RolePatch(Body):
    role: Annotated[Role, Field(strict=False)]


@router.get(
    "",
    operation_id="listOrganizations",
    summary="The organizations you belong to",
    responses=answers(*SIGNED_IN, *PAGED),
)
async def list_organizations(accounts: Asked, actor: ByAny, wanted: Wanted) -> Listed[Organization]:
    return Listed.of(await accounts.organizations.mine(actor, wanted), Organization.of)


@router.post(
    "",
    status_code=201,
    operation_id="createOrganization",
    summary="Create an organization; you become its owner",
    responses=answers(*SIGNED_IN, *BODY, *REPEATABLE),
    dependencies=[ONCE],
)
async def create_organization(accounts: Asked, actor: ByAny, body: OrganizationBody) -> Organization:
    return Organization.of(await accounts.organizations.create(actor, body.name))


@router.get(
    "/{organization}",
    operation_id="getOrganization",
    summary="An organization",
    responses=answers(*SIGNED_IN, *HERE),
)
async def get_organization(accounts: Asked, actor: ByAny, organization: OrganizationId) -> Organization:
    return Organization.of(await accounts.organizations.one(actor, organization))


@router.patch(
    "/{organization}",
    operation_id="renameOrganization",
    summary="Rename an organization",
    responses=answers(*SIGNED_IN, *HERE, *BODY, *REPLACES),
)
async def rename_organization(
    accounts: Asked, actor: ByAny, organization: OrganizationId, body: OrganizationPatch, only_if: OnlyIf
) -> Organization:
    condition = only_if.on(Organization.of)
    return Organization.of(await accounts.organizations.rename(actor, organization, body.name or None, condition))


@router.delete(
    "/{organization}",
    status_code=204,
    operation_id="deleteOrganization",
    summary="Delete an organization with its teams and their folders",
    responses=answers(*SIGNED_IN, *RECENTLY, *HERE),
)
async def delete_organization(accounts: Asked, actor: By, organization: OrganizationId) -> None:
    await accounts.organizations.delete(actor, organization)


@router.get(
    "/{organization}/members",
    operation_id="listMembers",
    summary="The members of an organization",
    responses=answers(*SIGNED_IN, *PAGED, *HERE),
)
async def list_members(accounts: Asked, actor: ByAny, organization: OrganizationId, wanted: Wanted) -> Listed[Member]:
    return Listed.of(await accounts.organizations.members(actor, organization, wanted), Member.of)


@router.get(
    "/{organization}/members/{account}",
    operation_id="getMember",
    summary="A member of an organization",
    responses=answers(*SIGNED_IN, *HERE),
)
async def get_member(accounts: Asked, actor: ByAny, organization: OrganizationId, account: AccountId) -> Member:
    return Member.of(await accounts.organizations.member(actor, organization, account))


@router.patch(
    "/{organization}/members/{account}",
    operation_id="changeRole",
    summary="Change a member's role",
    responses=answers(*SIGNED_IN, *RECENTLY, *HERE, *BODY, Code.LAST_OWNER, *REPLACES),
)
async def change_role(
    accounts: Asked, actor: By, organization: OrganizationId, account: AccountId, body: RolePatch, only_if: OnlyIf
) -> Member:
    condition = only_if.on(Member.of)
    return Member.of(await accounts.organizations.change_role(actor, organization, account, body.role, condition))


@router.delete(
    "/{organization}/members/{account}",
    status_code=204,
    operation_id="removeMember",
    summary="Remove a member from the organization and its teams, or leave it yourself",
    responses=answers(*SIGNED_IN, *RECENTLY, *HERE, Code.LAST_OWNER),
)
async def remove_member(accounts: Asked, actor: ByAny, organization: OrganizationId, account: AccountId) -> None:
    await accounts.organizations.remove(actor, organization, account)
