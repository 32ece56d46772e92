"""The writer's rules, one by one, on a document's maps without a CRDT under them."""

from collections.abc import Callable
from random import Random

import pytest

from hub.errors import Code, TeammarksError
from hub.tree import writer
from hub.tree.node import ROOT, Kind, NodeId, RawTree
from hub.tree.position import MAX_WRITTEN
from hub.tree.trash import TrashId
from hub.tree.tree import Tree, materialise
from hub.tree.writer import MAX_TITLE, MAX_URL, Editor, Write
from tests.vectors.scene import URL, Entry, bookmark, deleted, folder, named, place, saw, separator

A, B, C, D = (NodeId(named(name)) for name in "ABCD")
K, L, M = (NodeId(named(name)) for name in "klm")
TRASH, OTHER = TrashId(named("trash")), TrashId(named("trash-2"))


class Folder:
    """A team's folder whose maps can be read, and written by others behind an editor's back."""

    def __init__(self, *entries: Entry) -> None:
        self.raw = RawTree({}, {}, {}, {}, {})
        self.random = Random(1)
        for entry in entries:
            self.take(entry)

    def take(self, entry: Entry) -> None:
        name, key, value = entry
        entries = getattr(self.raw, name)
        if value is None:
            del entries[key]
        else:
            entries[key] = value

    def act(self, action: Callable[[Editor], object], meta: str = "") -> list[Write]:
        editor = Editor(self.raw, self.random, meta)
        action(editor)
        writes = list(editor.writes())
        for write in writes:
            self.take(write)
        return writes

    @property
    def tree(self) -> Tree:
        return materialise(self.raw)

    def inside(self, parent: str) -> list[NodeId]:
        return [node.id for node in self.tree.children(NodeId(parent))]


def two_folders() -> Folder:
    """A with the bookmarks k and l in it, B, and the bookmark m."""
    return Folder(
        folder(A, "a1 root"),
        folder(B, "a2 root"),
        bookmark(M, "a3 root"),
        bookmark(K, f"a1 {A}"),
        bookmark(L, f"a2 {A}"),
    )


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
        (Code.NOT_FOUND, lambda editor: editor.create(Kind.BOOKMARK, A, NodeId(named("gone")))),
        (Code.INVALID, lambda editor: editor.create(Kind.BOOKMARK, K, None)),
        (Code.INVALID, lambda editor: editor.create(Kind.BOOKMARK, A, M)),
        (Code.TOO_LARGE, lambda editor: editor.create(Kind.BOOKMARK, A, K, url="x" * (MAX_URL + 1))),
        (Code.TOO_LARGE, lambda editor: editor.set_url(K, "🔖" * (MAX_URL // 2) + "x")),
        (Code.NOT_FOUND, lambda editor: editor.rename(NodeId("root"), "Root")),
        (Code.NOT_FOUND, lambda editor: editor.move(NodeId(named("gone")), A, None)),
        (Code.INVALID, lambda editor: editor.move(K, L, None)),
        (Code.INVALID, lambda editor: editor.move(K, B, K)),
        (Code.NOT_FOUND, lambda editor: editor.restore(TRASH)),
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


def test_a_pin_does_not_bring_a_delete_back_to_life() -> None:
    """A was once deleted in the root. Pinned there it is again what that deleter saw."""
    here = ring()
    here.take(deleted(TRASH, A, (A, saw("root")), (M, saw("root", "m", URL))))
    here.act(lambda editor: editor.create(Kind.BOOKMARK, B, None))
    assert not here.tree.nodes[A].dead
    assert TRASH not in here.raw.x


# --- Delete and restore -----------------------------------------------------------------------------------------------


def test_a_delete_lists_all_that_its_author_saw() -> None:
    here = two_folders()
    [(name, _, record)] = here.act(lambda editor: editor.remove(A), meta="lq2x ann")
    assert name == "x"
    assert record == "\n".join(
        [A, "lq2x ann", f"{A} {saw('root')}", f"{K} {saw(A, 'k', URL)}", f"{L} {saw(A, 'l', URL)}"]
    )
    assert here.inside(ROOT) == [B, M]


def test_a_delete_does_not_list_what_was_deleted_before() -> None:
    here = two_folders()
    here.act(lambda editor: editor.remove(K))
    here.act(lambda editor: editor.remove(A))
    keys = [TrashId(key) for key in here.raw.x]
    here.act(lambda editor: editor.restore(keys[0]))
    assert (here.inside(ROOT), here.inside(A)) == ([A, B, M], [K])


def test_a_delete_made_elsewhere_lists_only_what_was_seen_there() -> None:
    """The deleter's browser had not shown l yet, and had k under another title."""
    here = two_folders()
    old = {A: here.tree.nodes[A].hash, K: here.tree.nodes[K].hash}
    here.take(("t", K, "Renamed since"))
    here.act(lambda editor: editor.remove(A, saw=old))
    assert (here.inside(ROOT), here.inside(A)) == ([A, B, M], [K, L])


def test_what_was_dragged_out_before_a_delete_is_not_deleted() -> None:
    here = two_folders()

    def action(editor: Editor) -> None:
        editor.move(K, B, None)
        editor.remove(A)

    here.act(action)
    assert (here.inside(ROOT), here.inside(B)) == ([B, M], [K])


def test_nothing_is_written_for_a_delete_of_what_is_not_shown() -> None:
    here = two_folders()
    here.act(lambda editor: editor.remove(A))
    assert here.act(lambda editor: editor.remove(K)) == []


def test_restored_nodes_return_in_place() -> None:
    here = two_folders()
    [(_, key, _)] = here.act(lambda editor: editor.remove(A))
    here.act(lambda editor: editor.move(M, ROOT, B))
    here.act(lambda editor: editor.create(Kind.BOOKMARK, B, None))
    here.act(lambda editor: editor.restore(TrashId(key)))
    assert (here.inside(ROOT), here.inside(A)) == ([A, B, M], [K, L])


def test_one_bookmark_restored_leaves_the_rest_in_the_trash() -> None:
    here = two_folders()
    here.act(lambda editor: editor.remove(A))
    here.act(lambda editor: editor.restore_one(L))
    assert (here.inside(ROOT), here.inside(A)) == ([A, B, M], [L])


def test_a_deleted_folder_restored_alone_is_empty() -> None:
    here = two_folders()
    here.act(lambda editor: editor.remove(A))
    here.act(lambda editor: editor.restore_one(A))
    assert (here.inside(ROOT), here.inside(A)) == ([A, B, M], [])


def test_a_record_goes_with_its_last_entry() -> None:
    here = two_folders()
    here.act(lambda editor: editor.remove(M))
    here.act(lambda editor: editor.restore_one(M))
    assert here.raw.x == {}


def test_what_a_later_version_wrote_into_a_record_stays() -> None:
    a, k, l_in_a = (f"{id} {hash}" for id, hash in ((A, saw("root")), (K, saw(A, "k", URL)), (L, saw(A, "l", URL))))
    here = two_folders()
    here.take(("x", TRASH, f"{A}\nmeta of another kind\n{a} x=1\n{k} y=2\n#later\n{l_in_a} z=3"))
    here.act(lambda editor: editor.restore_one(K))
    assert here.raw.x[TRASH] == f"{A}\nmeta of another kind\n{a} x=1\n#later\n{l_in_a} z=3"


# --- Coming back to what was once deleted -----------------------------------------------------------------------------


def deleted_and_rescued() -> Folder:
    """A was deleted with k and l; somebody else had moved k out to B at the same time."""
    here = two_folders()
    here.take(deleted(TRASH, A, (A, saw("root")), (K, saw(A, "k", URL)), (L, saw(A, "l", URL))))
    here.take(place(K, f"a1 {B}"))
    return here


def test_a_bookmark_moved_back_to_where_it_was_deleted_lives() -> None:
    here = deleted_and_rescued()
    here.act(lambda editor: editor.move(K, A, None))
    assert (here.inside(ROOT), here.inside(A)) == ([A, B, M], [K])
    assert str(K) not in str(here.raw.x[TRASH])


def test_a_folder_moved_back_to_where_it_was_deleted_lives_with_its_contents() -> None:
    here = two_folders()
    here.take(deleted(TRASH, A, (A, saw("root")), (K, saw(A, "k", URL))))
    here.take(place(A, f"a1 {B}"))
    here.act(lambda editor: editor.move(A, ROOT, M))
    assert (here.inside(ROOT), here.inside(A)) == ([B, M, A], [K, L])
    assert here.raw.x == {}


def test_a_bookmark_renamed_back_to_what_was_deleted_lives() -> None:
    here = two_folders()
    here.take(deleted(TRASH, K, (K, saw(A, "k", URL))))
    here.take(deleted(OTHER, "-", (K, saw(A, "k", URL)), (L, saw(A, "l", URL))))
    here.take(("t", K, "New"))
    here.take(("u", K, "https://new.example/"))
    here.act(lambda editor: (editor.rename(K, "k"), editor.set_url(K, URL)))
    assert here.inside(A) == [K]
    assert here.raw.x == {OTHER: f"-\n\n{L} {saw(A, 'l', URL)}"}


def test_a_folder_renamed_in_the_trash_stays_there() -> None:
    here = two_folders()
    here.act(lambda editor: editor.remove(A))
    here.act(lambda editor: editor.rename(A, "New"))
    assert here.inside(ROOT) == [B, M]


def test_a_reorder_brings_nothing_back() -> None:
    here = deleted_and_rescued()
    here.take(bookmark(D, f"a9 {A}"))
    assert here.inside(ROOT) == [A, B, M]
    here.act(lambda editor: editor.move(A, ROOT, M))
    assert here.inside(ROOT) == [B, M, A]
    assert here.tree.nodes[A].dead


def test_a_ghost_that_is_moved_comes_back_without_its_old_contents() -> None:
    here = deleted_and_rescued()
    here.take(bookmark(D, f"a9 {A}"))
    here.act(lambda editor: editor.move(A, B, None))
    tree = here.tree
    assert (here.inside(B), here.inside(A)) == ([A, K], [D])
    assert not tree.nodes[A].dead
    assert tree.nodes[L].dead


def test_a_moved_ghost_puts_no_void_record_in_force() -> None:
    here = deleted_and_rescued()
    here.take(bookmark(D, f"a9 {A}"))
    here.take(deleted(OTHER, A, (A, saw(C)), (M, saw("root", "m", URL))))
    here.act(lambda editor: editor.move(A, B, None))
    assert here.inside(ROOT) == [B, M]


# --- Positions --------------------------------------------------------------------------------------------------------


def test_several_put_down_together_share_one_jitter() -> None:
    here = two_folders()

    def action(editor: Editor) -> None:
        after = K
        for _ in range(3):
            after = editor.create(Kind.BOOKMARK, A, after)

    here.act(action)
    first, second, third = [node.pos for node in here.tree.children(A)][1:4]
    assert second.startswith(first)
    assert third.startswith(first)


def test_a_batch_of_moves_keeps_its_order() -> None:
    here = two_folders()
    here.take(bookmark(D, f"a1 {B}"))

    def action(editor: Editor) -> None:
        editor.move(M, B, D)
        editor.move(L, B, M)
        editor.move(K, B, L)

    here.act(action)
    assert here.inside(B) == [D, M, L, K]


def test_between_equal_neighbours_the_right_ones_make_room() -> None:
    here = Folder(*(bookmark(named(name), "a1 root") for name in "abcd"), bookmark(M, "a2 root"))
    a, b, c, d = (NodeId(named(name)) for name in "abcd")
    made: list[NodeId] = []
    writes = here.act(lambda editor: made.append(editor.create(Kind.BOOKMARK, ROOT, b)))
    assert here.inside(ROOT) == [a, b, made[0], c, d, M]
    assert {key for name, key, _ in writes if name == "p"} == {c, d}


def test_a_node_moved_among_equal_neighbours() -> None:
    here = Folder(*(bookmark(named(name), "a1 root") for name in "abcd"))
    a, b, c, d = (NodeId(named(name)) for name in "abcd")
    here.act(lambda editor: editor.move(d, ROOT, a))
    assert here.inside(ROOT) == [a, d, b, c]
    here.act(lambda editor: editor.move(a, ROOT, c))
    assert here.inside(ROOT) == [d, b, c, a]


def test_making_room_brings_no_deleted_neighbour_back() -> None:
    here = Folder(*(folder(named(name), "a1 root") for name in "abc"), bookmark(K, f"a1 {named('b')}"))
    a, b, c = (NodeId(named(name)) for name in "abc")
    here.take(deleted(TRASH, b, (b, saw("root"))))
    here.act(lambda editor: editor.create(Kind.BOOKMARK, ROOT, a))
    assert here.inside(ROOT)[2:] == [b, c]
    assert here.tree.nodes[b].dead


def test_making_room_keeps_every_former_parent() -> None:
    here = Folder(folder(A, "a5 root"), folder(B, "a6 root"), folder(C, f"a7 {A}"))
    here.take(place(C, f"a5 root {B}"))
    here.take(folder(D, "a5 root"))
    before = here.tree.nodes[C].parents
    here.act(lambda editor: editor.create(Kind.BOOKMARK, ROOT, A))
    assert here.raw.p[C] != f"a5 root {B}"
    assert here.tree.nodes[C].parents == before == (ROOT, B, A)


def test_a_folder_whose_positions_grow_too_long_is_spaced_anew() -> None:
    here = Folder(bookmark(K, "a1 root"), bookmark(L, "a2 root"))
    made: list[NodeId] = []
    here.act(lambda editor: made.extend(editor.create(Kind.BOOKMARK, ROOT, K) for _ in range(600)))
    assert here.inside(ROOT) == [K, *reversed(made), L]
    assert all(len(node.pos) <= MAX_WRITTEN for node in here.tree.nodes.values())
    assert len(here.raw.p) > 1


def test_a_folder_spaced_anew_keeps_its_order_and_the_place_of_what_is_deleted() -> None:
    long = "a1" + "z" * 60
    here = Folder(
        bookmark(K, f"{long}1 root"),
        bookmark(L, f"{long}2 root"),
        bookmark(M, f"{long}3 root"),
        deleted(TRASH, L, (L, saw("root", "l", URL))),
    )
    made: list[NodeId] = []
    here.act(lambda editor: made.append(editor.create(Kind.BOOKMARK, ROOT, K)))
    assert here.inside(ROOT) == [K, made[0], M]
    here.act(lambda editor: editor.restore(TRASH))
    assert here.inside(ROOT) in ([K, made[0], L, M], [K, L, made[0], M])
    assert all(len(node.pos) <= MAX_WRITTEN for node in here.tree.nodes.values())


def test_positions_longer_than_readers_accept_are_never_written() -> None:
    here = Folder(bookmark(K, "0" * 255 + "1 root"), bookmark(M, "z" * 256 + " root"))
    here.act(lambda editor: editor.create(Kind.BOOKMARK, ROOT, None))
    here.act(lambda editor: editor.create(Kind.BOOKMARK, ROOT, M))
    assert len(here.inside(ROOT)) == 4
    assert here.inside(ROOT)[1:3] == [K, M]


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
