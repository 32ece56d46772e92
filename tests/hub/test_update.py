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
    assert inspect(all_kinds().get_update()) == 4


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
