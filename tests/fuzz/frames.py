"""Frames, both framings, either way: what can be read says the same when it is written and read again."""

import atheris
from engine import fuzz

with atheris.instrument_imports(include=["hub"]):
    from hub.lib0 import ProtocolError
    from hub.protocol import (
        Awareness,
        Close,
        Denied,
        Framing,
        Granted,
        Ping,
        QueryAwareness,
        Refused,
        Stateless,
        Step1,
        Step2,
        Stored,
        Token,
        TokenWanted,
        Update,
        encode,
        read_client_frame,
        read_hub_frame,
        read_y_websocket,
    )

MESSAGES = [
    Step1(b"\x00"), Step2(b"\x00\x00"), Update(b"\x00\x00"), Awareness(b"\x00"), QueryAwareness(), Token("t"),
    Token("t", "4.8.0"), TokenWanted(), Denied("no"), Granted(True), Stateless("{}"), Close("bye"), Stored(300, 70_000),
    Refused(2, "no"), Ping(),
]  # fmt: skip


def one_input(data: bytes) -> None:
    for read in (read_client_frame, read_hub_frame):
        try:
            address, message = read(data)
        except ProtocolError:
            continue
        assert read(encode(Framing.HOCUSPOCUS, address, message)) == (address, message)
    try:
        message = read_y_websocket(data)
    except ProtocolError:
        return
    assert read_y_websocket(encode(Framing.Y_WEBSOCKET, "", message)) == message


fuzz(one_input, [encode(framing, "doc", message) for framing in Framing for message in MESSAGES])
