"""Who is looking at a document right now, on this hub and on others, as the clients say: Yjs awareness, never stored.

The rule: it is told in one frame for all, a change soon and a mere renewal seldom, or a room of many would be busy
with nothing else. Each hub answers for its own clients; what another says is told here and never passed on.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from hub.lib0 import ProtocolError, Reader, check_json, varstring, varuint

GONE = "null"
FEW = 64
"""Presences that one may speak of in an empty room. In a fuller one some clients repeat what everyone said."""


@dataclass(slots=True)
class _Client:
    owner: Hashable
    clock: int
    state: str
    elsewhere: bool = False
    """On another hub."""
    told: bool = False
    renewed: bool = False
    missed: bool = False
    """Of another hub, and not heard of since the last sweep."""


class Untold(NamedTuple):
    """For this room's members one awareness update, or None; for other hubs, in pieces, what is about clients here."""

    members: bytes | None
    hubs: list[bytes]


class Presence:
    """Presences by Yjs client id. An owner is whoever brought one and answers for it: a member, or another hub."""

    def __init__(self, *, max_bytes: int, max_clients: int) -> None:
        self._max_bytes = max_bytes
        self._max_clients = max_clients
        self._clients: dict[int, _Client] = {}

    def take(self, owner: Hashable, payload: bytes, *, elsewhere: bool = False) -> bool:
        """Take in an awareness update. Whether others should be told soon. Raises ProtocolError."""
        reader = Reader(payload)
        count = reader.varuint()
        if count > reader.left:
            raise ProtocolError("more is announced than there is")
        if count > 2 * len(self._clients) + FEW:
            return False
        # All is read before any is believed.
        entries = [(reader.varuint(), reader.varuint(), self._state(reader)) for _ in range(count)]
        changed = False
        mine = sum(client.owner == owner for client in self._clients.values())
        for id_, clock, state in entries:
            known = self._clients.get(id_)
            if known and (clock, state) == (known.clock, known.state):
                if elsewhere or known.owner == owner or not mine:
                    # The same client, perhaps on its next socket, before the hub saw the last one end.
                    mine += known.owner != owner
                    known.owner, known.elsewhere, known.missed = owner, elsewhere, False
                # Else one who is here under another name repeats it: y-websocket clients do, of all they hear.
                continue
            if known and (clock, state == GONE) <= (known.clock, known.state == GONE):
                continue
            if state == GONE and (not known or (clock == known.clock and known.owner != owner)):
                # Its last hub saw it leave. It is with another owner by now.
                continue
            if not known or known.owner != owner:
                if mine >= self._max_clients and not elsewhere:
                    continue
                mine += 1
            renewal = known is not None and known.state == state and known.told
            self._clients[id_] = _Client(owner, clock, state, elsewhere, told=renewal, renewed=renewal)
            changed = changed or not renewal
        return changed

    def leave(self, owner: Hashable) -> bool:
        """This member is gone, and its presences with it. Whether there were any."""
        mine = [client for client in self._clients.values() if client.owner == owner and client.state != GONE]
        for client in mine:
            client.state, client.told = GONE, False
        return bool(mine)

    def sweep(self) -> bool:
        """To be called now and then: who is on another hub and was not renewed since the last time is gone."""
        lost = [client for client in self._clients.values() if client.elsewhere and client.missed]
        for client in lost:
            client.state, client.told, client.missed = GONE, False, False
        for client in self._clients.values():
            client.missed = client.elsewhere
        return bool(lost)

    def news(self) -> Untold:
        """What has not been told, renewals included. From now on it has."""
        fresh = {id_: client for id_, client in self._clients.items() if not client.told or client.renewed}
        for id_, client in fresh.items():
            client.told, client.renewed = True, False
            if client.state == GONE:
                del self._clients[id_]
        return Untold(_encoded(fresh) if fresh else None, self._pieces(fresh))

    @property
    def has_renewals(self) -> bool:
        return any(client.renewed for client in self._clients.values())

    def everyone(self) -> bytes | None:
        """All who are present, for a newcomer; None if there is nobody."""
        present = self._present()
        return _encoded(present) if present else None

    def of_this_hub(self) -> list[bytes]:
        """All who are present here, for other hubs."""
        return self._pieces(self._present())

    @property
    def has_others(self) -> bool:
        """Whether anybody is on another hub."""
        return any(client.elsewhere for client in self._clients.values())

    def _present(self) -> dict[int, _Client]:
        return {id_: client for id_, client in self._clients.items() if client.state != GONE}

    def _pieces(self, clients: Mapping[int, _Client]) -> list[bytes]:
        """Of those on this hub. Each piece is small enough for `take`."""
        mine = iter([(id_, client) for id_, client in clients.items() if not client.elsewhere])
        return [_encoded(piece) for piece in iter(lambda: dict(islice(mine, self._max_clients)), {})]

    def _state(self, reader: Reader) -> str:
        state = reader.string()
        if len(state) > self._max_bytes:
            raise ProtocolError("a presence is too large")
        # A stock client parses what we relay, and would fail on what is no JSON.
        check_json(state)
        return state


def _encoded(clients: Mapping[int, _Client]) -> bytes:
    entries = (varuint(id_) + varuint(client.clock) + varstring(client.state) for id_, client in clients.items())
    return varuint(len(clients)) + b"".join(entries)
