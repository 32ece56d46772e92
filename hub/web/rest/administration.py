"""The hub as a whole, for its admins: accounts, organizations and numbers."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from hub.accounts import models
from hub.errors import Code
from hub.ids import AccountId, OrganizationId
from hub.web.problems import answers
from hub.web.rest.asking import BODY, PAGED, RECENTLY, SIGNED_IN, Asked, Body, By, Email, Listed, Wanted

router = APIRouter(prefix="/admin", tags=["administration"])

FOUND = (*RECENTLY, Code.NOT_FOUND, Code.FORBIDDEN, Code.CONFLICT)

Search = Annotated[str, Query(max_length=100, description="Only those with this in their name or address")]


class Account(BaseModel):
    id: AccountId
    email: str
    display_name: str
    verified: bool
    disabled: bool
    is_admin: bool
    sessions: int = Field(description="Devices that are logged in")
    created_at: datetime

    @classmethod
    def of(cls, account: models.AccountOverview) -> "Account":
        return cls.model_validate(account, from_attributes=True)


class Organization(BaseModel):
    id: OrganizationId
    name: str
    suspended: bool
    orphaned: bool = Field(description="None of its owners can log in")
    members: int
    teams: int
    created_at: datetime

    @classmethod
    def of(cls, organization: models.OrganizationOverview) -> "Organization":
        return cls.model_validate(organization, from_attributes=True)


class Statistics(BaseModel):
    accounts: int
    accounts_disabled: int
    admins: int
    sessions: int
    organizations: int
    organizations_suspended: int
    teams: int
    memberships: int
    updates: int = Field(description="Ever stored in folders")


class Rescue(Body):
    email: Email


@router.get(
    "/accounts",
    operation_id="listAccounts",
    summary="All accounts, or those that are searched for",
    responses=answers(*SIGNED_IN, *PAGED, Code.FORBIDDEN),
)
async def list_accounts(accounts: Asked, actor: By, wanted: Wanted, search: Search = "") -> Listed[Account]:
    return Listed.of(await accounts.administration.accounts(actor, wanted, search), Account.of)


@router.post(
    "/accounts/{account}/disable",
    status_code=204,
    operation_id="disableAccount",
    summary="End an account's sessions, and keep it from logging in",
    responses=answers(*SIGNED_IN, *FOUND),
)
async def disable_account(accounts: Asked, actor: By, account: AccountId) -> None:
    await accounts.administration.disable(actor, account)


@router.post(
    "/accounts/{account}/enable",
    status_code=204,
    operation_id="enableAccount",
    summary="Let a disabled account log in again",
    responses=answers(*SIGNED_IN, *FOUND),
)
async def enable_account(accounts: Asked, actor: By, account: AccountId) -> None:
    await accounts.administration.enable(actor, account)


@router.delete(
    "/accounts/{account}/sessions",
    status_code=204,
    operation_id="endSessionsOfAccount",
    summary="Log all devices of an account out",
    responses=answers(*SIGNED_IN, *RECENTLY, Code.NOT_FOUND, Code.FORBIDDEN),
)
async def end_sessions_of_account(accounts: Asked, actor: By, account: AccountId) -> None:
    await accounts.administration.end_sessions(actor, account)


@router.delete(
    "/accounts/{account}/second-factor",
    status_code=204,
    operation_id="removeSecondFactorOfAccount",
    summary="Turn the second factor of an account off, for somebody who lost it with the recovery codes",
    responses=answers(*SIGNED_IN, *FOUND),
)
async def remove_second_factor_of_account(accounts: Asked, actor: By, account: AccountId) -> None:
    await accounts.administration.remove_second_factor(actor, account)


@router.get(
    "/organizations",
    operation_id="listAllOrganizations",
    summary="All organizations, or those that are searched for",
    responses=answers(*SIGNED_IN, *PAGED, Code.FORBIDDEN),
)
async def list_all_organizations(
    accounts: Asked, actor: By, wanted: Wanted, search: Search = ""
) -> Listed[Organization]:
    return Listed.of(await accounts.administration.organizations(actor, wanted, search), Organization.of)


@router.post(
    "/organizations/{organization}/suspend",
    status_code=204,
    operation_id="suspendOrganization",
    summary="Close the folders of an organization and keep it from being changed; nothing is deleted",
    responses=answers(*SIGNED_IN, *FOUND),
)
async def suspend_organization(accounts: Asked, actor: By, organization: OrganizationId) -> None:
    await accounts.administration.suspend(actor, organization)


@router.post(
    "/organizations/{organization}/resume",
    status_code=204,
    operation_id="resumeOrganization",
    summary="Open a suspended organization again",
    responses=answers(*SIGNED_IN, *FOUND),
)
async def resume_organization(accounts: Asked, actor: By, organization: OrganizationId) -> None:
    await accounts.administration.resume(actor, organization)


@router.post(
    "/organizations/{organization}/rescue",
    status_code=204,
    operation_id="rescueOrganization",
    summary="Give an owner to an organization that has none who can log in",
    responses=answers(*SIGNED_IN, *FOUND, *BODY),
)
async def rescue_organization(accounts: Asked, actor: By, organization: OrganizationId, body: Rescue) -> None:
    await accounts.administration.rescue(actor, organization, body.email)


@router.get(
    "/stats",
    operation_id="getStatistics",
    summary="How many there are of everything",
    responses=answers(*SIGNED_IN, Code.FORBIDDEN),
)
async def get_statistics(accounts: Asked, actor: By) -> Statistics:
    return Statistics.model_validate(await accounts.administration.statistics(actor), from_attributes=True)
