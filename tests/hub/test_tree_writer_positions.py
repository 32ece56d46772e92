"""Where the writer puts things among their siblings, and what it moves to make room."""

from hub.tree.node import ROOT, Kind, NodeId
from hub.tree.position import MAX_WRITTEN
from hub.tree.writer import Editor
from tests.hub.tree_folder import TRASH, A, B, C, D, Folder, K, L, M, two_folders
from tests.vectors.scene import URL, bookmark, deleted, folder, named, place, saw


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
