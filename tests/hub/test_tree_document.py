"""The tree in a Yjs document."""

from random import Random
from typing import Any

import pytest
from pycrdt import Array, Doc, Map, Text

from hub.errors import Code, TeammarksError
from hub.tree.document import edit, new_document, read_tree, schema_too_new
from hub.tree.node import ROOT, Kind, NodeId
from hub.tree.tree import canonical, materialise
from hub.tree.writer import Editor
from tests.vectors.scene import Scene, bookmark, folder, named

A, K = NodeId(named("A")), NodeId(named("k"))


def copy_of(updates: list[bytes]) -> Doc[Any]:
    document = new_document()
    for update in updates:
        document.apply_update(update)
    return document


def test_client_ids_are_random_and_have_32_bits() -> None:
    ids = {new_document().client_id for _ in range(100)}
    assert len(ids) > 90
    assert all(0 <= id < 2**32 for id in ids)
    assert new_document(Random(1)).client_id == new_document(Random(1)).client_id


def test_one_action_is_one_update_that_carries_it_whole() -> None:
    document, updates = new_document(), []
    document.observe(lambda event: updates.append(event.update))

    def action(editor: Editor) -> None:
        folder_id = editor.create(Kind.FOLDER, ROOT, None, "Links")
        first = editor.create(Kind.BOOKMARK, folder_id, None, "One", "https://one.example/")
        editor.create(Kind.SEPARATOR, folder_id, first)
        editor.rename(first, "Two")

    update = edit(document, action)
    assert updates == [update]
    assert update is not None
    shown = canonical(materialise(read_tree(copy_of([update]))))
    assert [(depth, kind, title) for depth, _, kind, title, _ in shown] == [
        (0, "f", "Links"),
        (1, "b", "Two"),
        (1, "s", ""),
    ]


def test_an_action_that_changes_nothing_makes_no_update() -> None:
    document = copy_of(Scene(bookmark(K, "a1 root")).updates)
    state = document.get_state()
    assert edit(document, lambda editor: editor.rename(K, "k")) is None
    assert document.get_state() == state


def test_an_action_that_fails_writes_nothing() -> None:
    document = copy_of(Scene(bookmark(K, "a1 root")).updates)

    def action(editor: Editor) -> None:
        editor.rename(K, "New")
        editor.rename(A, "There is no such node")

    with pytest.raises(TeammarksError):
        edit(document, action)
    assert document.get_update() == copy_of(Scene(bookmark(K, "a1 root")).updates).get_update()


def test_a_record_can_be_taken_back() -> None:
    document = copy_of(Scene(bookmark(K, "a1 root")).updates)
    keys: list[Any] = []
    edit(document, lambda editor: keys.append(editor.remove(K)))
    assert canonical(materialise(read_tree(document))) == []
    edit(document, lambda editor: editor.restore(keys[0]))
    assert len(canonical(materialise(read_tree(document)))) == 1


def test_a_nested_text_is_not_taken_for_a_title() -> None:
    document = copy_of(Scene(bookmark(K, "a1 root", "Birth")).updates)
    document.get("t", type=Map)[K] = Text("Nested")
    assert not isinstance(read_tree(document).t[K], str)
    assert materialise(read_tree(document)).nodes[K].title == "Birth"


def test_a_root_of_another_type_is_an_empty_map() -> None:
    elsewhere: Doc[Any] = Doc()
    elsewhere["n"] = Array(["b", "a1 root"])
    elsewhere["x"] = Text("-\n\n")
    document = copy_of([elsewhere.get_update()])
    assert read_tree(document).n == read_tree(document).x == {}


def test_a_key_whose_item_holds_no_value_is_absent() -> None:
    """A formatting mark where a value should be: Yjs says undefined, this library lists the key and then fails."""
    mark = b"\x01\x01\x09\x00" + b"\x26\x01\x01t\x0c" + K.encode() + b"\x04bold\x04true" + b"\x00"
    document = copy_of([*Scene(bookmark(K, "a1 root"), folder(A, "a2 root"), ("t", A, "New")).updates, mark])
    assert read_tree(document).t == {A: "New"}


@pytest.mark.parametrize(
    ("schema", "too_new"),
    [
        (None, False),
        ("1", False),
        ("0", False),
        ("2", True),
        ("10", True),
        ("01", False),
        ("002", True),
        ("9" * 10_000, True),
        ("", False),
        ("two", False),
        ("-2", False),
        ("2.0", False),
        ("2\n", False),
        ("٢", False),
        (2, False),
        (["2"], False),
    ],
)
def test_a_document_of_a_later_schema_is_shown_and_not_edited(schema: object, too_new: bool) -> None:
    entries = [bookmark(K, "a1 root")] if schema is None else [bookmark(K, "a1 root"), ("meta", "schema", schema)]
    document = copy_of(Scene(*entries).updates)
    assert schema_too_new(document) == too_new
    assert len(canonical(materialise(read_tree(document)))) == 1
    if too_new:
        with pytest.raises(TeammarksError) as refused:
            edit(document, lambda editor: editor.rename(K, "New"))
        assert refused.value.code == Code.CONFLICT
    else:
        assert edit(document, lambda editor: editor.rename(K, "New")) is not None
