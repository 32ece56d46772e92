"""The writer's rules for creating, renaming and moving, one by one, on a document's maps without a CRDT under them."""

from collections.abc import Callable

import pytest

from hub.errors import Code, TeammarksError
from hub.tree import writer
from hub.tree.node import ROOT, Kind, NodeId, RawTree
from hub.tree.text import MAX_TITLE, MAX_URL
from hub.tree.tree import Tree, materialise
from hub.tree.writer import Editor
from tests.hub.tree_folder import TRASH, A, B, C, D, Folder, K, L, M, two_folders
from tests.vectors.scene import URL, bookmark, deleted, folder, named, place, saw, separator

# --- Create -----------------------------------------------------------------------------------------------------------


def test_a_birth_is_as_short_as_its_kind_allows() -> None:
    here = Folder()
    births = [
        here.act(lambda editor: editor.create(Kind.FOLDER, ROOT, None, "F", "ignored")),
        here.act(lambda editor: editor.create(Kind.BOOKMARK, ROOT, None, "", "")),
        here.act(lambda editor: editor.create(Kind.SEPARATOR, ROOT, None, "ignored", "ignored")),
    ]
    elements = [value for [(_, _, value)] in births if isinstance(value, list)]
    assert [[birth[0], *birth[2:]] for birth in elements] == [["f", "F"], ["b", "", ""], ["s"]]
    assert all(birth[1].endswith(" root") for birth in elements)


def test_a_birth_tells_who_and_when() -> None:
    here = Folder()
    [(_, _, birth)] = here.act(lambda editor: editor.create(Kind.FOLDER, ROOT, None, "F"), meta="lq2x ann")
    assert birth is not None
    assert [birth[0], *birth[2:]] == ["f", "F", "", "lq2x ann"]


def test_a_new_node_stands_behind_its_neighbour() -> None:
    here = two_folders()
    made: list[NodeId] = []
    here.act(lambda editor: made.append(editor.create(Kind.BOOKMARK, A, K)))
    here.act(lambda editor: made.append(editor.create(Kind.BOOKMARK, A, None)))
    here.act(lambda editor: made.append(editor.create(Kind.BOOKMARK, A, L)))
    assert here.inside(A) == [made[1], K, made[0], L, made[2]]


@pytest.mark.parametrize("shown", [True, False], ids=["a ghost", "not shown"])
def test_a_deleted_folder_can_be_a_parent(shown: bool) -> None:
    here = Folder(folder(A, "a1 root"), deleted(TRASH, A, (A, saw("root"))))
    if shown:
        here.take(bookmark(K, f"a1 {A}"))
    here.act(lambda editor: editor.create(Kind.BOOKMARK, A, None, "New"))
    assert "New" in [node.title for node in here.tree.children(A)]
    assert here.inside(ROOT) == [A]


def test_what_cannot_be_written_is_refused() -> None:
    here = two_folders()
    refusals: list[tuple[Code, Callable[[Editor], object]]] = [
        (Code.NOT_FOUND, lambda editor: editor.create(Kind.BOOKMARK, NodeId(named("gone")), None)),
        (Code.INVALID, lambda editor: editor.create(Kind.BOOKMARK, K, None)),
        (Code.TOO_LARGE, lambda editor: editor.create(Kind.BOOKMARK, A, K, url="x" * (MAX_URL + 1))),
        (Code.TOO_LARGE, lambda editor: editor.set_url(K, "🔖" * (MAX_URL // 2) + "x")),
        (Code.NOT_FOUND, lambda editor: editor.rename(NodeId("root"), "Root")),
        (Code.NOT_FOUND, lambda editor: editor.move(NodeId(named("gone")), A, None)),
        (Code.INVALID, lambda editor: editor.move(K, L, None)),
    ]
    for code, action in refusals:
        with pytest.raises(TeammarksError) as refused:
            here.act(action)
        assert refused.value.code == code


def test_a_folder_can_be_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MAX_NODES", 6)
    here = two_folders()
    here.act(lambda editor: editor.create(Kind.SEPARATOR, ROOT, None))
    with pytest.raises(TeammarksError) as refused:
        here.act(lambda editor: editor.create(Kind.SEPARATOR, ROOT, None))
    assert refused.value.code == Code.TOO_MANY


# --- Rename -----------------------------------------------------------------------------------------------------------


def test_lone_surrogates_are_replaced_before_they_are_written() -> None:
    here = two_folders()
    writes = here.act(lambda editor: (editor.rename(K, "a\ud83d"), editor.set_url(K, "\udd16b")))
    assert writes == [("t", K, "a\ufffd"), ("u", K, "\ufffdb")]


def test_a_long_title_is_cut_and_never_in_the_middle_of_a_character() -> None:
    here = two_folders()
    here.act(lambda editor: editor.rename(K, "x" * (MAX_TITLE - 1) + "🔖 and more"))
    assert here.tree.nodes[K].title == "x" * (MAX_TITLE - 1)


def test_what_changes_nothing_is_not_written() -> None:
    here = two_folders()
    here.take(separator(D, "a9 root"))

    def action(editor: Editor) -> None:
        editor.rename(K, "k")
        editor.set_url(K, URL)
        editor.set_url(A, "https://a-folder.example/")
        editor.rename(D, "A separator")
        editor.rename(L, "New")
        editor.rename(L, "l")
        editor.move(L, A, K)
        editor.move(A, ROOT, None)
        editor.restore_one(K)
        key = editor.remove(M)
        assert key is not None
        editor.restore(key)

    written = here.act(action)
    assert written == [("t", L, "l")]  # It has been written before, so it is not known to be what others see.
    assert here.act(lambda editor: editor.rename(L, "l")) == []


# --- Move -------------------------------------------------------------------------------------------------------------


def test_a_moved_node_remembers_where_it_was() -> None:
    here = two_folders()
    here.act(lambda editor: editor.move(K, B, None))
    assert here.tree.nodes[K].parents == (B, A)
    here.act(lambda editor: editor.move(K, ROOT, None))
    assert here.tree.nodes[K].parents == (ROOT, B, A)
    here.act(lambda editor: editor.move(K, A, None))
    assert here.tree.nodes[K].parents == (A, ROOT)


@pytest.mark.parametrize(
    ("moves", "words"), [((), []), ((B,), [B]), ((B, ROOT), [ROOT, B]), ((B, A), [A, B]), ((A,), [A])]
)
def test_no_parent_is_written_that_readers_know_anyway(moves: tuple[NodeId, ...], words: list[NodeId]) -> None:
    here = two_folders()
    for parent in moves:
        here.act(lambda editor, parent=parent: editor.move(L, parent, None))
    override = here.raw.p.get(L)
    assert (override.split(" ")[1:] if isinstance(override, str) else []) == words


def test_a_folder_is_not_moved_into_itself_or_below_itself() -> None:
    here = two_folders()
    here.act(lambda editor: editor.move(B, A, None))
    moved: list[bool] = []
    writes = here.act(lambda editor: moved.extend((editor.move(A, A, None), editor.move(A, B, None))))
    assert (moved, writes) == ([False, False], [])


def test_below_itself_means_as_it_is_shown() -> None:
    """B was written into A, but is shown beside it: A may go into B."""
    here = Folder(folder(A, "a1 root"), folder(B, "a2 root"), place(A, f"a1 {B}"), place(B, f"a1 {A}"))
    assert here.inside(ROOT) == [A]
    moved: list[bool] = []
    here.act(
        lambda editor: moved.extend((editor.move(A, B, None), editor.move(B, ROOT, None), editor.move(A, B, None)))
    )
    assert moved == [False, True, True]
    assert (here.inside(ROOT), here.inside(B)) == ([B], [A])


def test_a_neighbour_that_is_elsewhere_stands_for_the_end() -> None:
    here = two_folders()
    for gone in (M, NodeId(named("gone"))):
        here.act(lambda editor, gone=gone: editor.move(K, A, gone))
        assert here.inside(A) == [L, K]


def test_a_neighbour_that_is_deleted_stands_for_where_it_was() -> None:
    here = two_folders()
    here.act(lambda editor: editor.remove(B))
    here.act(lambda editor: editor.move(K, ROOT, B))
    assert here.inside(ROOT) == [A, K, M]


# --- Pin --------------------------------------------------------------------------------------------------------------


def ring() -> Folder:
    """A and B were put into each other; A gives way and is shown in the root, with B, and k in it."""
    return Folder(
        folder(A, "a1 root"),
        folder(B, "a2 root"),
        place(A, f"a5 {B}"),
        place(B, f"a6 {A}"),
        bookmark(K, f"a1 {B}"),
        bookmark(M, "a1 root"),
    )


@pytest.mark.parametrize(
    "action",
    [
        lambda editor: editor.create(Kind.BOOKMARK, B, None),
        lambda editor: editor.move(M, B, None),
        lambda editor: editor.move(K, ROOT, None),
        lambda editor: editor.move(B, ROOT, None),
    ],
    ids=["create inside", "move into", "move out of", "move one of it"],
)
def test_folders_on_the_way_are_pinned_where_they_are_shown(action: Callable[[Editor], object]) -> None:
    here = ring()
    assert ("p", A, "a5 root") in here.act(action)


def test_a_rename_pins_nothing() -> None:
    assert ring().act(lambda editor: editor.rename(B, "New")) == [("t", B, "New")]


def test_nothing_jumps_when_a_ring_opens() -> None:
    here = ring()
    here.act(lambda editor: editor.move(B, ROOT, None))
    assert here.inside(ROOT)[0] == B
    assert here.tree.nodes[A].parent == ROOT


def test_a_dead_folder_on_the_way_is_not_pinned() -> None:
    """Its written parent is what the deleter saw: another one would bring it back."""
    here = ring()
    here.take(deleted(TRASH, "-", (A, saw(B))))
    writes = here.act(lambda editor: editor.create(Kind.BOOKMARK, B, None))
    assert [name for name, _, _ in writes] == ["n"]
    assert here.tree.nodes[A].dead


def loose() -> Folder:
    """B, with C and D in it, was moved into its child A and gave way to the root. It is deleted, and D with it."""
    return Folder(
        folder(A, f"a1 {B}"),
        folder(B, "a1 root"),
        folder(C, f"a2 {B}"),
        bookmark(D, f"a3 {B}"),
        place(B, f"a1 {A}"),
        deleted(TRASH, B, (B, saw(A)), (D, saw(B, "D", URL))),
    )


def test_a_move_into_a_dead_folder_on_a_broken_cycle_stands() -> None:
    """Else A and C, in B, in A would be a new cycle. Only B comes back for that, not what was deleted with it."""
    here = loose()
    assert (here.inside(ROOT), here.inside(B)) == ([B], [A, C])
    here.act(lambda editor: editor.move(A, C, None))
    assert (here.inside(ROOT), here.inside(B), here.inside(C)) == ([B], [C], [A])
    assert not here.tree.nodes[B].dead


def test_a_dead_folder_goes_where_it_was_put_once_the_cycle_is_gone() -> None:
    here = loose()
    here.act(lambda editor: editor.move(A, ROOT, None))
    assert (here.inside(ROOT), here.inside(A), here.inside(B)) == ([A], [B], [C])


def test_a_pin_does_not_bring_a_delete_back_to_life() -> None:
    """A was once deleted in the root. Pinned there it is again what that deleter saw."""
    here = ring()
    here.take(deleted(TRASH, A, (A, saw("root")), (M, saw("root", "m", URL))))
    here.act(lambda editor: editor.create(Kind.BOOKMARK, B, None))
    assert not here.tree.nodes[A].dead
    assert TRASH not in here.raw.x


# --- One action of many edits -----------------------------------------------------------------------------------------


def test_an_action_of_ten_thousand_creates_reads_the_document_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[RawTree] = []

    def counted(raw: RawTree) -> Tree:
        read.append(raw)
        return materialise(raw)

    monkeypatch.setattr(writer, "materialise", counted)
    here = two_folders()

    def action(editor: Editor) -> None:
        after: NodeId | None = None
        parent: NodeId = A
        for number in range(10_000):
            if number % 1000 == 0:
                parent, after = editor.create(Kind.FOLDER, parent, None), None
            else:
                after = editor.create(Kind.BOOKMARK, parent, after)
            if number % 10 == 0:
                editor.move(after or parent, B, None)
                after = None

    assert len(here.act(action)) > 10_000
    assert len(read) == 1
