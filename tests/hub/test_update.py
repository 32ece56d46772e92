from contextlib import suppress
from random import Random

import pytest
from histories import updates
from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Array, Doc, Map, Text, XmlElement, XmlFragment, get_state, merge_updates

from hub.lib0 import ProtocolError, varuint
from hub.update import MAX_VALUE_DEPTH, inspect

randoms = st.integers(min_value=0).map(Random)
ONE_VALUE = b"\x01\x01\x01\x00" + b"\x08\x01\x01n"
"""An update up to and including the announcement of values in the root type "n"."""


def all_kinds() -> Doc:
    doc = Doc(client_id=1)
    nodes, text = doc.get("n", type=Map), doc.get("t", type=Text)
    nodes["values"] = {"a": [1, 2.5, None, True, False, {"z": "y"}], "b": b"bytes", "c": 2**60, "d": -5, "e": -500_000}
    nodes["types"] = Map({"a": Array([1, Map()])})
    nodes["document"] = Doc()
    text += "hello"
    text.insert(0, "h", {"bold": True})
    text.insert_embed(0, {"a": 1})
    doc.get("x", type=XmlFragment).children.append(XmlElement("div", {"k": "v"}))
    del nodes["values"]
    return doc


def test_every_kind_of_content_is_stepped_over() -> None:
    inspect(all_kinds().get_update())


def test_shared_types_within_others_are_counted() -> None:
    assert inspect(all_kinds().get_update()).nested == 4


def test_first_values_in_the_map_of_nodes_are_counted() -> None:
    doc = Doc(client_id=1)
    with doc.transaction():
        for root in ("n", "t"):
            doc.get(root, type=Map).update(dict.fromkeys("abc", "v"))
    assert inspect(doc.get_update()).nodes == 3


def test_a_later_value_of_a_node_is_not_counted() -> None:
    doc = Doc(client_id=1)
    doc.get("n", type=Map)["a"] = "v"
    before = doc.get_state()
    doc.get("n", type=Map)["a"] = "w"
    assert inspect(doc.get_update(before)).nodes == 0


def test_a_node_is_counted_however_long_the_map_s_name_is_written() -> None:
    assert inspect(b"\x01\x01\x01\x00" + b"\x28\x01\x81\x00n" + b"\x01k" + b"\x01\x7e" + b"\x00").nodes == 1


@given(randoms)
def test_what_the_library_writes_passes(random: Random) -> None:
    history = updates(random)
    for update in history:
        inspect(update)
    if history:
        inspect(merge_updates(*random.sample(history, len(history))))


@given(randoms, st.binary(max_size=3))
def test_what_passes_is_of_a_size_that_the_library_can_bear(random: Random, junk: bytes) -> None:
    damaged = bytearray(random.choice(updates(random)))
    at = random.randrange(len(damaged))
    damaged[at : at + random.randrange(3)] = junk
    with suppress(ProtocolError):
        inspect(bytes(damaged))
        with suppress(ValueError):
            get_state(bytes(damaged))


@given(st.binary(max_size=80))
def test_whatever_bytes_pass_or_are_a_protocol_error(data: bytes) -> None:
    with suppress(ProtocolError):
        inspect(data)


MANY = varuint(250_000_000)


@pytest.mark.parametrize(
    "update",
    [
        MANY + b"\x01\x01\x00",
        b"\x01" + MANY + b"\x01\x00",
        b"\x00" + MANY + b"\x01",
        b"\x00\x01\x05" + MANY + b"\x01",
        ONE_VALUE + MANY + b"\x76",
        ONE_VALUE + b"\x01\x76" + MANY + b"\x01a",
        ONE_VALUE + b"\x01\x75" + MANY + b"\x7d",
    ],
    ids=["clients", "structs", "deleting clients", "deletions", "values", "object", "array"],
)
def test_more_announced_than_there_is_is_refused(update: bytes) -> None:
    with pytest.raises(ProtocolError, match="announced"):
        inspect(update)


@pytest.mark.parametrize("level", [b"\x75\x01", b"\x76\x01\x01a"], ids=["arrays", "objects"])
def test_values_nested_too_deeply_are_refused(level: bytes) -> None:
    inspect(ONE_VALUE + b"\x01" + level * MAX_VALUE_DEPTH + b"\x7e" + b"\x00")
    with pytest.raises(ProtocolError, match="deeply"):
        inspect(ONE_VALUE + b"\x01" + level * 1_000_000 + b"\x7e" + b"\x00")


def test_bytes_behind_an_update_are_refused() -> None:
    with pytest.raises(ProtocolError, match="follows"):
        inspect(b"\x00\x00" + b"more")


@pytest.mark.parametrize("update", [b"", b"\x00", b"\x01\x01\x01\x00\x04\x01\x01n\x7fshort"])
def test_an_update_cut_short_is_refused(update: bytes) -> None:
    with pytest.raises(ProtocolError, match="too early"):
        inspect(update)


ROOT_N = b"\x01\x01n"
VALUES = b"\x08" + ROOT_N
VALUE = VALUES + b"\x01\x7e"
INTEGER = VALUES + b"\x01\x7d"
EMBED, FORMAT, JSON = b"\x05" + ROOT_N, b"\x06" + ROOT_N + b"\x01b", b"\x02" + ROOT_N + b"\x01"


def written(struct: bytes, client: int = 1, clock: int = 0) -> bytes:
    """An update of one struct and no deletions."""
    return b"\x01\x01" + varuint(client) + varuint(clock) + struct + b"\x00"


def deleted(client: int, clock: int, length: int) -> bytes:
    return b"\x00\x01" + varuint(client) + b"\x01" + varuint(clock) + varuint(length)


@pytest.mark.parametrize(
    ("fine", "wrong"),
    [
        (deleted(2**53 - 1, 0, 1), deleted(2**53, 0, 1)),
        (deleted(1, 2**32 - 2, 1), deleted(1, 2**32 - 2, 2)),
        (deleted(1, 0, 1), deleted(1, 0, 0)),
        (written(VALUE, client=2**53 - 1), written(VALUE, client=2**53)),
        (written(VALUE, clock=2**32 - 2), written(VALUE, clock=2**32 - 1)),
        (written(b"\x01" + ROOT_N + b"\x01"), written(b"\x01" + ROOT_N + b"\x00")),
        (written(b"\x04" + ROOT_N + b"\x01a"), written(b"\x04" + ROOT_N + b"\x00")),
        (written(b"\x04" + ROOT_N + b"\x02\xc3\xa9"), written(b"\x04" + ROOT_N + b"\x02\xff\xff")),
        (written(b"\x88\x01\x00\x01\x7e", clock=1), written(b"\x88\x01\x01\x01\x7e", clock=1)),
        (written(b"\x48\x01\x00\x01\x7e", clock=1), written(b"\x48\x01\x01\x01\x7e", clock=1)),
        (written(b"\x08\x00\x01\x00\x01\x7e", clock=1), written(b"\x08\x00\x01\x05\x01\x7e", clock=1)),
        (written(INTEGER + b"\xbf" + b"\xff" * 6 + b"\x1f"), written(INTEGER + b"\x80" * 7 + b"\x20")),
        (written(b"\x09" + ROOT_N + b"\x01g\x76\x00"), written(b"\x09" + ROOT_N + b"\x01g\x7e")),
        (written(EMBED + b"\x02[]"), written(EMBED + b"\x02{{")),
        (written(FORMAT + b"\x02{}"), written(FORMAT + b"\x03NaN")),
        (written(JSON + b"\x09undefined"), written(JSON + b"\x08undefine")),
    ],
    ids=[
        "deleting client", "deleted clock", "deleted range", "client", "clock", "deletion", "string", "text",
        "origin", "right origin", "parent", "integer", "document", "embed", "format", "JSON",
    ],
)  # fmt: skip
def test_what_the_browsers_library_would_fail_on_or_read_differently_is_refused(fine: bytes, wrong: bytes) -> None:
    inspect(fine)
    with pytest.raises(ProtocolError):
        inspect(wrong)
