"""Presence: whatever members say, what is told can be read by a stock client, and nobody fills the room."""

import json

import atheris
from engine import fuzz

with atheris.instrument_imports(include=["hub"]):
    from hub.lib0 import ProtocolError, Reader, varbytes, varstring, varuint
    from hub.presence import Presence

MEMBERS, MAX_BYTES, MAX_CLIENTS = 4, 30, 2


def one_input(data: bytes) -> None:
    presence = Presence(max_bytes=MAX_BYTES, max_clients=MAX_CLIENTS)
    script = Reader(data)
    try:
        while script.left:
            what, member = script.varuint() % 5, script.varuint() % MEMBERS
            match what:
                case 0:
                    presence.leave(member)
                case 1:
                    told = presence.news()
                    for payload in [told.members, *told.hubs]:
                        _check(payload, len(data))
                case 2:
                    presence.sweep()
                case _:
                    _say(presence, member, script.byte_string(), elsewhere=member == 0)
            _check(presence.everyone(), len(data))
    except ProtocolError:
        pass  # the script is at its end


def _say(presence: Presence, member: int, payload: bytes, *, elsewhere: bool) -> None:
    before = presence.everyone()
    try:
        presence.take(member, payload, elsewhere=elsewhere)
    except ProtocolError:
        assert presence.everyone() == before, "what is refused leaves nothing behind"


def _check(payload: bytes | None, said: int) -> None:
    if payload is None:
        return
    reader = Reader(payload)
    for _ in range(reader.varuint()):
        reader.varuint(), reader.varuint()
        text = reader.string()
        json.loads(text)
        assert len(text) <= MAX_BYTES
    assert not reader.left
    assert len(payload) <= 2 * said, "more is told than was said"


def spoken(*clients: tuple[int, int, str]) -> bytes:
    return varuint(len(clients)) + b"".join(varuint(i) + varuint(c) + varstring(s) for i, c, s in clients)


SCRIPTS = [
    [(3, 1, spoken((1, 1, "{}"))), (1, 0, b""), (3, 2, spoken((1, 2, "null"))), (0, 1, b"")],
    [(3, 0, spoken((1, 1, "{}"), (2, 1, '{"a":1}'))), (2, 0, b""), (3, 1, spoken((1, 1, "{}"))), (2, 0, b"")],
    [(3, 1, spoken((1, 1, "{}"), (2, 1, "1"), (3, 1, "2"))), (1, 0, b""), (3, 1, spoken((1, 2, "{}"))), (1, 1, b"")],
]


def _bytes(what: int, member: int, payload: bytes) -> bytes:
    return varuint(what) + varuint(member) + (varbytes(payload) if what > 2 else b"")


fuzz(one_input, [b"".join(_bytes(*step) for step in script) for script in SCRIPTS])
