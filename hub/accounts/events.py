"""Reading the audit log: of an organization, a team, oneself, or the whole hub.

The rule: newest first, and always with the rights of this moment: who loses them in the middle of a long export gets no
more of it.
"""

from dataclasses import replace

from hub.accounts.audit import AuditEvent, Filter
from hub.accounts.models import Actor, Page, Slice
from hub.accounts.rights import in_hub, in_organization, in_team
from hub.accounts.store import audit
from hub.accounts.store.audit import Place
from hub.accounts.work import Ledger
from hub.ids import OrganizationId, TeamId
from hub.permissions import Action


class Events:
    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def of_organization(
        self, actor: Actor, organization: OrganizationId, chosen: Filter, wanted: Slice
    ) -> Page[AuditEvent]:
        """Those of its teams among them."""
        async with self._ledger.read() as connection:
            await in_organization(connection, actor, organization, Action.SEE_EVENTS)
            return _page(await audit.found(connection, Place(organization=organization), chosen, wanted), wanted)

    async def of_team(self, actor: Actor, team: TeamId, chosen: Filter, wanted: Slice) -> Page[AuditEvent]:
        async with self._ledger.read() as connection:
            await in_team(connection, actor, team, Action.SEE_TEAM_EVENTS)
            return _page(await audit.found(connection, Place(team=team), chosen, wanted), wanted)

    async def mine(self, actor: Actor, chosen: Filter, wanted: Slice) -> Page[AuditEvent]:
        """What the actor did, and what was done to their account. Where others were who did it is not told."""
        async with self._ledger.read() as connection:
            found = await audit.found(connection, Place(account=actor.account), chosen, wanted)
        others = {event.id for event in found if event.origin.account not in (None, actor.account)}
        return _page(
            [
                replace(event, origin=replace(event.origin, session=None, address=None))
                if event.id in others
                else event
                for event in found
            ],
            wanted,
        )

    async def everything(self, actor: Actor, chosen: Filter, wanted: Slice) -> Page[AuditEvent]:
        async with self._ledger.read() as connection:
            await in_hub(connection, actor, Action.SEE_HUB)
            return _page(await audit.found(connection, Place(), chosen, wanted), wanted)


def _page(found: list[AuditEvent], wanted: Slice) -> Page[AuditEvent]:
    return Page.of(found, wanted, lambda event: event.id)
