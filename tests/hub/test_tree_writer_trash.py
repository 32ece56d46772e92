"""Deletes and restores: exactly what their author meant, whatever anybody else has done."""

from hub.tree.node import ROOT, Kind
from hub.tree.trash import TrashId
from hub.tree.writer import Editor
from tests.hub.tree_folder import OTHER, TRASH, A, B, C, D, Folder, K, L, M, two_folders
from tests.vectors.scene import URL, bookmark, deleted, place, saw


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


def test_a_record_without_a_root_stays_void_when_it_is_rewritten() -> None:
    here = two_folders()
    k, m = (K, saw(A, "k", URL)), (M, saw("root", "m", URL))
    here.take(deleted(TRASH, "-", k))
    here.take(deleted(OTHER, "", k, m))
    here.act(lambda editor: editor.restore_one(K))
    assert here.inside(ROOT) == [A, B, M]


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


def displaced() -> Folder:
    """A and B were put into each other, and A gave way to the root. It is deleted with k, and shown for l and B."""
    here = two_folders()
    here.take(place(A, f"a1 {B}"))
    here.take(place(B, f"a1 {A}"))
    here.take(deleted(TRASH, A, (A, saw(B)), (K, saw(A, "k", URL))))
    return here


def test_a_ghost_moved_where_a_cycle_shows_it_comes_back_without_its_old_contents() -> None:
    here = displaced()
    assert (here.inside(ROOT), here.inside(A)) == ([A, M], [B, L])
    here.act(lambda editor: editor.move(A, ROOT, M))
    assert (here.inside(ROOT), here.inside(A)) == ([M, A], [B, L])
    assert not here.tree.nodes[A].dead


def test_a_delete_of_what_its_author_did_not_see_as_a_whole_stands_by_its_entries() -> None:
    here = two_folders()
    saw_k = {K: here.tree.nodes[K].hash}
    [(_, _, record)] = here.act(lambda editor: editor.remove(A, saw=saw_k))
    assert record == f"-\n\n{K} {saw_k[K]}"
    assert here.act(lambda editor: editor.remove(A, saw={})) == []


def test_to_delete_or_restore_what_is_not_there_changes_nothing() -> None:
    here = two_folders()
    assert here.act(lambda editor: (editor.remove(C), editor.restore(TRASH), editor.restore_one(C))) == []


def test_a_node_restored_alone_leaves_void_records_too() -> None:
    """B is elsewhere now, which voids the record that it is the root of, until somebody puts it back."""
    here = two_folders()
    k = (K, saw(A, "k", URL))
    here.take(deleted(TRASH, "-", k))
    here.take(deleted(OTHER, B, (B, saw(C)), k))
    here.act(lambda editor: editor.restore_one(K))
    assert here.raw.x == {OTHER: f"{B}\n\n{B} {saw(C)}"}


def test_a_moved_ghost_puts_no_void_record_in_force() -> None:
    here = deleted_and_rescued()
    here.take(bookmark(D, f"a9 {A}"))
    here.take(deleted(OTHER, A, (A, saw(C)), (M, saw("root", "m", URL))))
    here.act(lambda editor: editor.move(A, B, None))
    assert here.inside(ROOT) == [B, M]
