"""Who may pass a gateway, behind which other services take this hub's word for who somebody is.

The rule: an e-mail address is told only where its owner has shown that it is theirs. Whoever merely claimed one must
not be taken for somebody else by a service that knows people by their addresses.
"""

from dataclasses import dataclass

from hub.accounts.models import Actor
from hub.accounts.rights import in_organization, in_team
from hub.accounts.store import people
from hub.accounts.work import Ledger
from hub.errors import Code, TeammarksError
from hub.ids import AccountId, OrganizationId, TeamId
from hub.permissions import Action, Role, suspended

_AT_LEAST = {
    Role.MEMBER: frozenset(Role),
    Role.ADMIN: frozenset({Role.ADMIN, Role.OWNER}),
    Role.OWNER: frozenset({Role.OWNER}),
}


@dataclass(frozen=True, slots=True)
class Demand:
    """What a gateway asks of those who pass it, besides that they are logged in: all that is named."""

    organization: OrganizationId | None = None
    role: Role = Role.MEMBER
    """In the organization, at least."""
    team: TeamId | None = None
    can_write: bool = False
    """In the team, whose folder has to be open to them at any rate."""


@dataclass(frozen=True, slots=True)
class Identity:
    account: AccountId
    email: str | None
    """None: not confirmed."""


class Gateways:
    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def admit(self, actor: Actor, demand: Demand) -> Identity:
        """Raises FORBIDDEN, for what the actor does not see as for what they are too little in."""
        try:
            return await self._admit(actor, demand)
        except TeammarksError as error:
            if error.code is Code.NOT_FOUND:
                raise _not_theirs() from None
            raise

    async def _admit(self, actor: Actor, demand: Demand) -> Identity:
        async with self._ledger.read() as connection:
            if demand.organization:
                place = await in_organization(connection, actor, demand.organization, Action.SEE_ORGANIZATION)
                if place.suspended:
                    raise suspended()
                if place.role not in _AT_LEAST[demand.role]:
                    raise _not_theirs()
            if demand.team:
                wanted = Action.WRITE_FOLDER if demand.can_write else Action.READ_FOLDER
                await in_team(connection, actor, demand.team, wanted)
            account = (await people.credentials(connection, actor.account)).account
        return Identity(account.id, account.email if account.verified else None)


def _not_theirs() -> TeammarksError:
    return TeammarksError(Code.FORBIDDEN, "This is for members of a team or organization that you do not belong to.")
