"""Reading a tree: what the vectors cannot say, the trash, and documents made to do harm."""

from collections.abc import Iterator, Mapping
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.tree import tree as tree_module
from hub.tree.node import ROOT, NodeId, RawTree, seen
from hub.tree.trash import TrashId
from hub.tree.tree import MAX_ROUNDS, canonical, canonical_text, materialise
from tests.vectors.scene import URL, Entry, bookmark, deleted, folder, named, place, saw, separator

A, B, K, L = named("A"), named("B"), named("k"), named("l")
TRASH = named("trash")


def raw_tree(*entries: Entry) -> RawTree:
    maps: dict[str, dict[str, object]] = {name: {} for name in ("n", "p", "t", "u", "x")}
    for name, key, value in entries:
        maps[name][key] = value
    return RawTree(**maps)


# --- What is shown ----------------------------------------------------------------------------------------------------


def test_the_canonical_text_is_one_line_of_json_for_each_node() -> None:
    tree = materialise(raw_tree(folder(A, "a1 root", "日本"), bookmark(K, f"a1 {A}", 'a "b"'), separator(L, "a2 root")))
    assert canonical_text(tree) == (
        f'[0,"{A}","f","日本",""]\n[1,"{K}","b","a \\"b\\"","{URL}"]\n[0,"{L}","s","",""]\n'
    )


def test_reading_changes_nothing() -> None:
    raw = raw_tree(folder(A, f"a1 {B}"), folder(B, f"a1 {A}"), ("p", A, 5), deleted(TRASH, A, (A, saw(B))))
    before = {name: dict(getattr(raw, name)) for name in ("n", "p", "t", "u", "x")}
    materialise(raw)
    assert before == {name: getattr(raw, name) for name in ("n", "p", "t", "u", "x")}


def test_a_node_knows_where_it_was_put_and_where_it_is_shown() -> None:
    node = materialise(raw_tree(bookmark(K, f"a1 {A}"))).nodes[NodeId(K)]
    assert (node.written_parent, node.parent) == (A, ROOT)


@pytest.mark.parametrize(
    ("title", "as_if"), [("\ud83d", "\ufffd"), ("a\udd16\ud83db", "a\ufffd\ufffdb"), ("\ud83d\udd16", "🔖")]
)
def test_a_lone_surrogate_is_hashed_as_the_replacement_it_becomes(title: str, as_if: str) -> None:
    node = materialise(raw_tree(bookmark(K, "a1 root", title))).nodes[NodeId(K)]
    assert seen(node) == saw("root", as_if, URL)


# --- The trash --------------------------------------------------------------------------------------------------------


def test_the_trash_tells_what_each_delete_took() -> None:
    k = (K, saw(A, "k", URL))
    raw = raw_tree(
        folder(A, "a1 root"),
        bookmark(K, f"a1 {A}"),
        bookmark(L, f"a2 {A}", "Edited since"),
        deleted(TRASH, A, (A, saw("root")), k, k, (L, saw(A, "l", URL)), (named("gone"), saw("root")), meta="lq2x ann"),
    )
    tree = materialise(raw)
    assert [node.id for node in tree.buried_by(TrashId(TRASH))] == [A, K]
    record = tree.trash.records[TrashId(TRASH)]
    assert (record.root, record.meta) == (A, "lq2x ann")


def test_a_void_record_took_nothing() -> None:
    tree = materialise(raw_tree(folder(A, "a1 root"), deleted(TRASH, A, (A, saw(B)))))
    assert tree.buried_by(TrashId(TRASH)) == []


def test_deleted_nodes_are_known_and_not_shown() -> None:
    tree = materialise(raw_tree(folder(A, "a1 root", "Old"), deleted(TRASH, A, (A, saw("root")))))
    node = tree.nodes[NodeId(A)]
    assert (node.title, node.dead, node.visible) == ("Old", True, False)
    assert canonical(tree) == []


# --- Documents made to do harm ----------------------------------------------------------------------------------------


class Surprise:
    """A shared type in a shared type: no text, whatever it says of itself."""

    def __str__(self) -> str:
        return "a1 root"


keys = st.sampled_from([A, B, K, L, TRASH, "root", "", "short", A + "\n"]) | st.text(max_size=14)
words = st.lists(st.sampled_from(["a1", "a0", "root", A, B, K, "", "-", "\n", "f", "b"]), max_size=6).map(" ".join)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.binary() | st.builds(Surprise)
anything = scalars | words | st.text() | st.dictionaries(st.text(), scalars) | st.lists(words | scalars)
births = st.tuples(st.sampled_from(["f", "b", "s", "x", "f f"]), words).map(list) | anything
trash = st.lists(words | st.builds(" ".join, st.tuples(keys, st.sampled_from([saw("root"), saw(A)])))).map("\n".join)


@settings(deadline=None)
@given(
    st.dictionaries(keys, births),
    st.dictionaries(keys, anything),
    st.dictionaries(keys, anything),
    st.dictionaries(keys, anything),
    st.dictionaries(keys, trash | anything),
)
def test_no_junk_stops_the_reader(
    n: Mapping[str, object],
    p: Mapping[str, object],
    t: Mapping[str, object],
    u: Mapping[str, object],
    x: Mapping[str, object],
) -> None:
    tree = materialise(RawTree(n, p, t, u, x))
    canonical_text(tree)
    assert {id for id, node in tree.nodes.items() if node.visible} == {id for _, id, *_ in canonical(tree)}


def test_a_chain_of_fifty_thousand_folders() -> None:
    ids = [f"chain-{n:06}" for n in range(50_000)]
    raw = raw_tree(*(folder(id, f"a1 {parent}", "") for id, parent in zip(ids, ["root", *ids[:-1]], strict=True)))
    assert [depth for depth, *_ in canonical(materialise(raw))] == list(range(50_000))


def test_a_ring_of_fifty_thousand_folders() -> None:
    ids = [f"chain-{n:06}" for n in range(50_000)]
    raw = raw_tree(*(folder(id, f"a1 {parent}", "") for id, parent in zip(ids, [ids[-1], *ids[:-1]], strict=True)))
    assert [id for _, id, *_ in canonical(materialise(raw))] == ids


@pytest.fixture
def walks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many nodes each search for cycles began at."""
    begun: list[int] = []
    search = tree_module._cycles

    def counted(starts: Mapping[NodeId, object], parent_of: Mapping[NodeId, NodeId]) -> Iterator[list[NodeId]]:
        begun.append(len(starts))
        return search(starts, parent_of)

    monkeypatch.setattr(tree_module, "_cycles", counted)
    return begun


@pytest.mark.parametrize("last", ["", " root Leaf________"], ids=["ends at the root", "goes on past the root"])
def test_however_cycles_follow_on_each_other_the_rounds_are_bounded(last: str, walks: list[int]) -> None:
    """A ladder of thousands of folders, each of which closes a new cycle by giving way in the one before."""
    count = 5_000
    rungs = ["Leaf________", *(f"V{n:05}______" for n in range(1, count + 2))]
    places = [f"a1 {rungs[1]}"]
    places += [f"a1 {rungs[n - 1]} {rungs[n + 1]}" for n in range(1, 33)]
    places += [f"a1 {rungs[n - 1]}{last}" for n in range(33, count)]
    entries = [folder(id, words) for id, words in zip(rungs, places, strict=False)]
    tree = materialise(raw_tree(*entries))
    assert len(canonical(tree)) == count
    assert 33 < len(walks) <= MAX_ROUNDS + 2
    assert sum(walks) < count + 200


def test_rings_that_only_the_root_can_open(walks: list[int]) -> None:
    """Everyone's last parent is a child of his own, and the root stands before it."""
    random = Random(5)
    ids = [f"hostile-{n:04}" for n in range(600)]
    entries = [folder(id, " ".join(["a1", *random.sample(ids, 1), "root", *random.sample(ids, 1)])) for id in ids]
    tree = materialise(raw_tree(*entries))
    assert len(canonical(tree)) == 600
    assert len(walks) <= MAX_ROUNDS + 2


def test_one_enormous_title_in_thousands_of_records() -> None:
    title = "x" * 1_000_000
    records = [deleted(f"trash-{n:06}", K, (K, saw("root")), (L, saw("root"))) for n in range(20_000)]
    tree = materialise(raw_tree(bookmark(K, "a1 root", title), bookmark(L, "a2 root"), *records))
    assert len(canonical(tree)) == 2


def test_one_record_that_lists_one_node_a_hundred_thousand_times() -> None:
    record = deleted(TRASH, A, *[(A, saw(B))] * 100_000, (A, saw("root")))
    place_again = place(A, "a5 root")
    assert canonical(materialise(raw_tree(folder(A, "a1 root"), record, place_again))) == []
