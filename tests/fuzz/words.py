"""What comes from other hubs: envelopes that somebody else made up are none, and words are read or refused."""

import atheris
from engine import fuzz

with atheris.instrument_imports(include=["hub"]):
    from hub.bus import News, Presences, RollCall
    from hub.bus.envelope import Seal, decode, encode
    from hub.ids import DocumentId
    from hub.lib0 import ProtocolError

NOW = 1_800_000_000.0
FOLDER = DocumentId("folder")
HERE, THERE = (Seal(b"secret", "installation", bytes([name]) * 16, lambda: NOW) for name in (1, 2))
WORDS = [News(FOLDER, 1, 2, (b"a", b"b")), News(FOLDER, 3, 300), Presences(FOLDER, "there", b"\x00"), RollCall(FOLDER)]
HONEST = {THERE.seal("channel", encode(word)) for word in WORDS}


def one_input(data: bytes) -> None:
    try:
        HERE.open("channel", data)
    except ProtocolError:
        pass
    else:
        assert data in HONEST or data[1:17] == bytes([1]) * 16, "what nobody sealed was opened"
    try:
        word = decode(FOLDER, "there", data)
    except ProtocolError:
        return
    assert decode(FOLDER, "there", encode(word)) == word


fuzz(one_input, [*map(encode, WORDS), *sorted(HONEST)])
