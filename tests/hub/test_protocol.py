from contextlib import suppress
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub import protocol
from hub.lib0 import ProtocolError, Reader, varbytes, varstring, varuint
from hub.protocol import Framing, encode, read_client_frame, read_hub_frame, read_y_websocket

addresses = st.text(min_size=1, max_size=40)
numbers = st.integers(min_value=0, max_value=2**53 - 1)
messages = {
    protocol.Step1: st.builds(protocol.Step1, st.binary()),
    protocol.Step2: st.builds(protocol.Step2, st.binary()),
    protocol.Update: st.builds(protocol.Update, st.binary()),
    protocol.Awareness: st.builds(protocol.Awareness, st.binary()),
    protocol.QueryAwareness: st.just(protocol.QueryAwareness()),
    protocol.Token: st.builds(protocol.Token, st.text(), st.none() | st.text()),
    protocol.TokenWanted: st.just(protocol.TokenWanted()),
    protocol.Denied: st.builds(protocol.Denied, st.text()),
    protocol.Granted: st.builds(protocol.Granted, st.booleans()),
    protocol.Stateless: st.builds(protocol.Stateless, st.text()),
    protocol.Close: st.builds(protocol.Close, st.text()),
    protocol.Stored: st.builds(protocol.Stored, numbers, numbers),
    protocol.Refused: st.builds(protocol.Refused, numbers, st.text()),
}
bare = {protocol.Ping: protocol.Ping(), protocol.Pong: protocol.Pong()}
from_client = st.one_of(messages[kind] for kind in get_args(protocol.FromClient) if kind not in bare)
from_hub = st.one_of(messages[kind] for kind in get_args(protocol.FromHub) if kind not in bare)
sync = (protocol.Step1, protocol.Step2, protocol.Update, protocol.Awareness, protocol.QueryAwareness)
shared = st.one_of(messages[kind] for kind in sync)


@given(addresses, from_client)
def test_the_hub_reads_what_a_client_wrote(address: str, message: protocol.FromClient) -> None:
    assert read_client_frame(encode(Framing.HOCUSPOCUS, address, message)) == (address, message)


@given(addresses, from_hub)
def test_a_client_reads_what_the_hub_wrote(address: str, message: protocol.FromHub) -> None:
    assert read_hub_frame(encode(Framing.HOCUSPOCUS, address, message)) == (address, message)


@given(shared)
def test_y_websocket_frames_read_as_they_were_written(message: protocol.Update) -> None:
    assert read_y_websocket(encode(Framing.Y_WEBSOCKET, "not part of it", message)) == message


@pytest.mark.parametrize("message", bare.values())
@pytest.mark.parametrize("read", [read_client_frame, read_hub_frame])
def test_ping_and_pong_are_whole_frames_of_one_byte(message: protocol.Ping, read: object) -> None:
    frame = encode(Framing.HOCUSPOCUS, "an address", message)
    assert len(frame) == 1
    assert read(frame) == ("", message)  # type: ignore[operator]


def test_an_address_of_nine_letters_is_no_ping() -> None:
    frame = encode(Framing.HOCUSPOCUS, "ninechars", protocol.QueryAwareness())
    assert frame[:1] == protocol.PING
    assert read_client_frame(frame) == ("ninechars", protocol.QueryAwareness())


@given(st.binary(max_size=80))
def test_whatever_bytes_are_a_frame_or_a_protocol_error(data: bytes) -> None:
    for read in (read_client_frame, read_hub_frame, read_y_websocket):
        with suppress(ProtocolError):
            read(data)


@given(addresses, from_client, st.data())
def test_a_frame_cut_short_is_a_protocol_error_or_a_shorter_frame(
    address: str, message: protocol.FromClient, data: st.DataObject
) -> None:
    frame = encode(Framing.HOCUSPOCUS, address, message)
    with suppress(ProtocolError):
        read_client_frame(frame[: data.draw(st.integers(0, len(frame)))])


@pytest.mark.parametrize("kind", [4, 6, 8, 11, 2**40])
def test_messages_that_only_a_hub_may_send_are_refused_from_a_client(kind: int) -> None:
    with pytest.raises(ProtocolError):
        read_client_frame(varstring("address") + varuint(kind) + varstring("body"))


def test_a_client_may_close_a_document_without_a_reason() -> None:
    assert read_client_frame(varstring("address") + b"\x07") == ("address", protocol.Close(""))


def test_a_status_starts_as_a_stock_client_expects_it() -> None:
    frame = encode(Framing.HOCUSPOCUS, "a", protocol.Stored(count=3, seq=200))
    assert frame == b"\x01a" + b"\x08\x01" + b"\x03" + b"\xc8\x01"


def test_a_refusal_in_y_websocket_framing_is_its_permission_denied() -> None:
    assert encode(Framing.Y_WEBSOCKET, "a", protocol.Denied("no")) == b"\x02\x00\x02no"


@given(numbers)
def test_numbers_read_as_they_were_written(number: int) -> None:
    assert Reader(varuint(number)).varuint() == number


@given(st.binary(), st.text())
def test_values_follow_one_another(data: bytes, text: str) -> None:
    reader = Reader(varbytes(data) + varstring(text))
    assert (reader.byte_string(), reader.string(), reader.left) == (data, text, 0)


def test_a_number_without_an_end_is_refused() -> None:
    with pytest.raises(ProtocolError):
        Reader(b"\xff" * 100).varuint()


def test_a_length_beyond_the_frame_is_refused_without_reserving_anything() -> None:
    with pytest.raises(ProtocolError):
        Reader(varuint(2**53 - 1) + b"short").byte_string()


def test_a_text_that_is_not_utf_8_is_refused() -> None:
    with pytest.raises(ProtocolError):
        Reader(varbytes(b"\xff\xfe")).string()


@pytest.mark.parametrize("number", [2**53, 2**63])
def test_a_number_that_javascript_cannot_hold_is_refused(number: int) -> None:
    assert Reader(varuint(2**53 - 1)).varuint() == 2**53 - 1
    with pytest.raises(ProtocolError):
        Reader(varuint(number)).varuint()
