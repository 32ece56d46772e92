from contextlib import suppress
from random import Random

import pytest
from histories import one, updates, view
from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Doc, Map

from hub.document import EMPTY_STATE_VECTOR, EMPTY_UPDATE, Document, UnreadableUpdate, check, check_state_vector, merge

randoms = st.integers(min_value=0).map(Random)


def holding(*parts: bytes) -> Document:
    document = Document()
    document.apply(parts)
    return document


def truth(history: list[bytes]) -> object:
    return view(holding(*history).doc)


@given(randoms)
def test_any_order_of_the_same_updates_ends_the_same(random: Random) -> None:
    history = updates(random)
    shuffled = random.sample(history, len(history))
    document = Document()
    for update in shuffled:
        document.apply([update])
    assert view(document.doc) == truth(history)


@given(randoms)
def test_taking_updates_twice_changes_nothing(random: Random) -> None:
    history = updates(random)
    assert view(holding(*history, *history).doc) == truth(history)


@given(randoms)
def test_a_state_carries_what_still_waits_for_what_it_builds_on(random: Random) -> None:
    history = updates(random)
    shuffled = random.sample(history, len(history))
    cut = random.randint(0, len(history))
    resumed = holding(holding(*shuffled[:cut]).state())
    resumed.apply(shuffled[cut:])
    assert view(resumed.doc) == truth(history)


@given(randoms)
def test_a_replica_that_knows_some_gets_all_the_rest(random: Random) -> None:
    history = updates(random)
    shuffled = random.sample(history, len(history))
    known = holding(*shuffled[: random.randint(0, len(history))])
    known.apply([holding(*history).missing(known.state_vector)])
    assert view(known.doc) == truth(history)


@given(randoms)
def test_merged_updates_do_what_they_do_one_by_one(random: Random) -> None:
    history = updates(random)
    shuffled = random.sample(history, len(history))
    cut = random.randint(0, len(history))
    parts = [part for part in (shuffled[:cut], shuffled[cut:]) if part]
    assert view(holding(*(merge(part) for part in parts)).doc) == truth(history)


@given(randoms)
def test_a_document_has_all_of_what_it_was_given(random: Random) -> None:
    history = updates(random)
    document = holding(*history)
    assert all(document.has_all_of(update) for update in history)
    assert document.has_all_of(document.state())


def test_a_deletion_alone_is_something_new() -> None:
    doc = Doc[Map[object]](client_id=1)
    nodes = doc.get("n", type=Map)
    nodes["k"] = "v"
    document = holding(doc.get_update())
    del nodes["k"]
    assert doc.get_state() == document.state_vector
    assert not document.has_all_of(doc.get_update())


def test_a_deletion_that_comes_before_what_it_deletes_is_not_forgotten() -> None:
    doc = Doc[Map[object]](client_id=1)
    nodes = doc.get("n", type=Map)
    nodes["k"] = "v"
    written = doc.get_update()
    state_vector = doc.get_state()
    del nodes["k"]
    deletion = doc.get_update(state_vector)
    newcomer = holding(holding(deletion).state())
    newcomer.apply([written])
    assert view(newcomer.doc) == ({}, [])


def test_many_updates_that_wait_are_kept_as_one() -> None:
    late = [one("k", str(client), client) for client in range(1, 100)]
    doc = Doc[Map[object]](client_id=500)
    nodes = doc.get("n", type=Map)
    steps: list[bytes] = []
    doc.observe(lambda event: steps.append(event.update))
    for number in range(100):
        nodes[f"k{number}"] = "v"
    document = Document()
    for update in [*late, *reversed(steps)]:
        document.apply([update])
    assert len(document.doc.get("n", type=Map)) == 101


@given(st.binary(max_size=60))
def test_whatever_bytes_are_an_update_or_refused(data: bytes) -> None:
    with suppress(UnreadableUpdate):
        check(data)
        holding(data)


@given(randoms)
def test_a_damaged_update_never_raises_anything_else(random: Random) -> None:
    damaged = bytearray(random.choice(updates(random)))
    for _ in range(random.randint(1, 4)):
        damaged[random.randrange(len(damaged))] = random.choice([0, 1, 127, 128, 255, random.randrange(256)])
    for use in (check, check_state_vector, holding, Document().has_all_of, Document().missing):
        with suppress(UnreadableUpdate):
            use(bytes(damaged))


@pytest.mark.parametrize("data", [b"", b"\x01", b"\xff" * 20])
def test_bytes_that_are_no_state_vector_are_refused(data: bytes) -> None:
    with pytest.raises(UnreadableUpdate):
        check_state_vector(data)


def test_an_empty_document_gives_the_empty_update() -> None:
    document = Document()
    assert (document.state(), document.state_vector) == (EMPTY_UPDATE, EMPTY_STATE_VECTOR)


def test_each_document_has_a_client_id_that_a_yjs_client_could_have() -> None:
    ids = {Document().doc.client_id for _ in range(50)}
    assert len(ids) == 50
    assert max(ids) < 2**32
