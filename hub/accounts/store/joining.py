"""Who came by which link, in the database: one row for each account and link, and what became of it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.accounts.models import JoinRequest, Slice
from hub.accounts.store.rows import Found, Query, sliced
from hub.ids import AccountId, InvitationId, OrganizationId, RequestId, new_id
from hub.schema import accounts, invitations, join_requests


class State(StrEnum):
    WAITING = "waiting"
    JOINED = "joined"
    REFUSED = "refused"
    """Also without having come: the link is closed to this account."""
    DECLINED = "declined"


_USES = (State.WAITING, State.JOINED)


async def uses(connection: AsyncConnection, links: Collection[InvitationId]) -> Mapping[InvitationId, int]:
    """How many came by each of these, where any did."""
    if not links:
        return {}
    query = (
        select(join_requests.c.invitation_id, func.count())
        .where(join_requests.c.invitation_id.in_(links), join_requests.c.state.in_(_USES))
        .group_by(join_requests.c.invitation_id)
    )
    return {InvitationId(link): count for link, count in await connection.execute(query)}


async def joined(connection: AsyncConnection, link: InvitationId) -> int:
    query = select(func.count()).where(join_requests.c.invitation_id == link, join_requests.c.state == State.JOINED)
    return await connection.scalar(query) or 0


async def state(connection: AsyncConnection, link: InvitationId, account: AccountId) -> State | None:
    """None: has not come yet."""
    query = select(join_requests.c.state).where(
        join_requests.c.invitation_id == link, join_requests.c.account_id == account
    )
    found = await connection.scalar(query)
    return State(found) if found else None


async def put(
    connection: AsyncConnection, link: InvitationId, account: AccountId, new: State, now: datetime
) -> RequestId:
    """The organization is the caller's alone, so nobody else puts the same."""
    this = (join_requests.c.invitation_id == link, join_requests.c.account_id == account)
    known = await connection.scalar(select(join_requests.c.id).where(*this))
    if known:
        await connection.execute(update(join_requests).where(join_requests.c.id == known).values(state=new))
        return RequestId(known)
    request = RequestId(new_id())
    await connection.execute(
        insert(join_requests).values(id=request, invitation_id=link, account_id=account, state=new, created_at=now)
    )
    return request


async def bar(connection: AsyncConnection, links: Select[str], account: AccountId, now: datetime) -> None:
    """Closes these links to the account. By one that it joined by it cannot come again in any case."""
    for link in await connection.scalars(links):
        if await state(connection, InvitationId(link), account) is not State.JOINED:
            await put(connection, InvitationId(link), account, State.REFUSED, now)


async def waiting(
    connection: AsyncConnection, organization: OrganizationId, wanted: Slice, *, only_by: AccountId | None
) -> Sequence[JoinRequest]:
    """Those by the organization's links; all, or by those that `only_by` made."""
    query = _rows().where(invitations.c.organization_id == organization)
    if only_by is not None:
        query = query.where(invitations.c.invited_by == only_by)
    return [_request(row) for row in await connection.execute(sliced(query, join_requests.c.id, wanted))]


async def one(connection: AsyncConnection, request: RequestId) -> JoinRequest | None:
    """None where it does not wait."""
    row = (await connection.execute(_rows().where(join_requests.c.id == request))).one_or_none()
    return _request(row) if row else None


def _rows() -> Query:
    return (
        select(join_requests, accounts.c.display_name, accounts.c.email)
        .join_from(join_requests, invitations, join_requests.c.invitation_id == invitations.c.id)
        .join(accounts, join_requests.c.account_id == accounts.c.id)
        .where(
            join_requests.c.state == State.WAITING,
            invitations.c.withdrawn_at.is_(None),
            accounts.c.disabled_at.is_(None),
        )
    )


def _request(row: Found) -> JoinRequest:
    return JoinRequest(
        RequestId(row.id),
        InvitationId(row.invitation_id),
        AccountId(row.account_id),
        row.display_name,
        row.email,
        row.created_at,
    )
