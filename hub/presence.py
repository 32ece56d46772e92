"""Who is looking at a document right now, as the clients of one room say: Yjs awareness, never stored.

The rule: it is told in one frame for all, a change soon and a mere renewal seldom, or a room of many would be busy
with nothing else.
"""

from collections.abc import Hashable
from dataclasses import dataclass

from hub.lib0 import ProtocolError, Reader, check_json, varstring, varuint

GONE = "null"


@dataclass(slots=True)
class _Client:
    owner: Hashable
    clock: int
    state: str
    told: bool = False
    renewed: bool = False


class Presence:
    """Presences by Yjs client id. An owner is whoever brought one and answers for it: a member of the room."""

    def __init__(self, *, max_bytes: int, max_clients: int) -> None:
        self._max_bytes = max_bytes
        self._max_clients = max_clients
        self._clients: dict[int, _Client] = {}

    def take(self, owner: Hashable, payload: bytes) -> bool:
        """Take in an awareness update. Whether others should be told soon. Raises ProtocolError."""
        reader = Reader(payload)
        count = reader.varuint()
        if count > self._max_clients:
            raise ProtocolError("too many presences")
        # All is read before any is believed.
        entries = [(reader.varuint(), reader.varuint(), self._state(reader)) for _ in range(count)]
        changed = False
        for client, clock, state in entries:
            known = self._clients.get(client)
            if known and (clock, state) == (known.clock, known.state):
                known.owner = owner  # the same client on its next socket, before the hub saw the last one end
                continue
            if known and (clock, state == GONE) <= (known.clock, known.state == GONE):
                continue
            if state == GONE and not known:
                continue
            if not known or known.owner != owner:
                mine = sum(other.owner == owner for other in self._clients.values())
                if mine >= self._max_clients:
                    raise ProtocolError("too many presences")
            renewal = known is not None and known.state == state and known.told
            self._clients[client] = _Client(owner, clock, state, told=renewal, renewed=renewal)
            changed = changed or not renewal
        return changed

    def leave(self, owner: Hashable) -> bool:
        """This member is gone, and its presences with it. Whether there were any."""
        mine = [client for client in self._clients.values() if client.owner == owner and client.state != GONE]
        for client in mine:
            client.state, client.told = GONE, False
        return bool(mine)

    def news(self) -> bytes | None:
        """What has not been told, renewals included, as one awareness update; None if there is nothing."""
        fresh = {id_: client for id_, client in self._clients.items() if not client.told or client.renewed}
        for id_, client in fresh.items():
            client.told, client.renewed = True, False
            if client.state == GONE:
                del self._clients[id_]
        return _encoded(fresh) if fresh else None

    @property
    def has_renewals(self) -> bool:
        return any(client.renewed for client in self._clients.values())

    def everyone(self) -> bytes | None:
        """All who are present, for a newcomer; None if there is nobody."""
        present = {id_: client for id_, client in self._clients.items() if client.state != GONE}
        return _encoded(present) if present else None

    def _state(self, reader: Reader) -> str:
        state = reader.string()
        if len(state) > self._max_bytes:
            raise ProtocolError("a presence is too large")
        # A stock client parses what we relay, and would fail on what is no JSON.
        check_json(state)
        return state


def _encoded(clients: dict[int, _Client]) -> bytes:
    entries = (varuint(id_) + varuint(client.clock) + varstring(client.state) for id_, client in clients.items())
    return varuint(len(clients)) + b"".join(entries)
