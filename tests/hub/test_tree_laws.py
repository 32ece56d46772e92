"""Laws of the tree that no history of edits may break, found out on random ones."""

from random import Random

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pycrdt import Doc

from hub.document import Document
from hub.tree.document import read_tree
from hub.tree.node import ROOT, Kind, NodeId, RawTree
from hub.tree.tree import Tree, canonical, canonical_text, materialise
from hub.tree.writer import Editor
from tests.vectors.people import Person, history, random_folder, random_neighbour, sync

randoms = st.integers(0, 2**32 - 1).map(Random)
histories = settings(max_examples=60, deadline=None)


def some_people(random: Random) -> list[Person]:
    return [Person(client_id) for client_id in random.sample(range(1, 2**32), random.randint(3, 5))]


def some_history(random: Random) -> list[Person]:
    people = some_people(random)
    history(people, random, edits=random.randint(8, 37))
    return people


def merged_history(random: Random) -> list[Person]:
    people = some_history(random)
    sync(people)
    return people


@histories
@given(randoms)
def test_replicas_that_know_the_same_show_the_same(random: Random) -> None:
    people = merged_history(random)
    assert len({canonical_text(person.tree) for person in people}) == 1


@histories
@given(randoms)
def test_a_document_read_from_bytes_shows_the_same(random: Random) -> None:
    person = merged_history(random)[0]
    reloaded: Doc[object] = Doc()  # type: ignore[type-var]  # roots of any type
    reloaded.apply_update(person.document.get_update())
    assert canonical(materialise(read_tree(reloaded))) == canonical(person.tree)


@histories
@given(randoms)
def test_updates_in_any_order_and_twice_show_the_same(random: Random) -> None:
    people = merged_history(random)
    updates = [update for person in people for update in person.made]
    shuffled = random.sample(updates, len(updates))
    replica = Document()
    for update in [*shuffled, *shuffled[:5]]:
        replica.apply([update])
    assert canonical(materialise(read_tree(replica.doc))) == canonical(people[0].tree)


@histories
@given(randoms)
def test_no_node_hangs_below_itself(random: Random) -> None:
    tree = merged_history(random)[0].tree
    for id in tree.nodes:
        above = [node.id for _, node in zip(range(len(tree.nodes) + 1), tree.path(id), strict=False)]
        assert len(above) == len(set(above)) <= len(tree.nodes)


@histories
@given(randoms)
def test_every_node_that_is_not_dead_is_shown_exactly_once(random: Random) -> None:
    tree = merged_history(random)[0].tree
    shown = [id for _, id, *_ in canonical(tree)]
    assert len(shown) == len(set(shown))
    assert {id for id, node in tree.nodes.items() if not node.dead} <= set(shown)


@histories
@given(randoms)
def test_what_nobody_deleted_is_there(random: Random) -> None:
    people = merged_history(random)
    born = {id for person in people for id in person.last_titles}
    deleted = {id for person in people for id in person.deleted}
    assert born - deleted <= {id for _, id, *_ in canonical(people[0].tree)}


@histories
@given(randoms)
def test_titles_and_urls_are_the_last_that_somebody_wrote(random: Random) -> None:
    people = merged_history(random)
    for id, node in people[0].tree.nodes.items():
        assert node.title in {person.last_titles[id] for person in people if id in person.last_titles}
        assert node.url in {person.last_urls[id] for person in people if id in person.last_urls}


@histories
@given(randoms)
def test_a_moved_node_is_where_the_user_put_it(random: Random) -> None:
    people = some_history(random)
    person = random.choice(people)
    before = person.tree
    shown = [node for _, node in before.below(ROOT)]
    assume(shown)
    node = random.choice(shown)
    parent = random_folder(before, random)
    after = random_neighbour(before, parent, random, without=node)
    moved: list[bool] = []
    person.act(lambda editor: moved.append(editor.move(node.id, parent, after)), random)
    tree = person.tree
    assume(moved == [True])
    assert tree.nodes[node.id].parent == parent
    siblings = [sibling.id for sibling in tree.children(parent)]
    assume(after in (None, *siblings))  # A ghost is gone when what was moved was the last thing in it.
    assert siblings[: siblings.index(node.id)][-1:] == ([] if after is None else [after])


@histories
@given(randoms)
def test_a_move_moves_nothing_else_but_what_was_in_a_cycle(random: Random) -> None:
    person = random.choice(some_history(random))
    before = person.tree
    shown = [node for _, node in before.below(ROOT)]
    assume(shown)
    node = random.choice(shown)
    parent = random_folder(before, random)
    after = random_neighbour(before, parent, random, without=node)
    person.act(lambda editor: editor.move(node.id, parent, after), random)

    # A ghost is there for what is in it, and no longer than that.
    ghosts = {other.id for tree in (before, person.tree) for other in tree.nodes.values() if other.dead}
    ignored = {node.id, *ghosts, *before.contested}
    assert folders_without(person.tree, ignored) == folders_without(before, ignored)


def folders_without(tree: Tree, ignored: set[NodeId]) -> dict[NodeId, list[NodeId]]:
    """The children of each folder, in order."""
    inside: dict[NodeId, list[NodeId]] = {}
    for _, node in tree.below(ROOT):
        if node.id not in ignored:
            inside.setdefault(node.parent, []).append(node.id)
    return inside


@histories
@given(randoms)
def test_deleted_and_restored_all_is_as_it_was(random: Random) -> None:
    person = merged_history(random)[0]
    before = person.tree
    shown = [node for _, node in before.below(ROOT)]
    assume(shown)
    node = random.choice(shown)
    keys = []
    person.act(lambda editor: keys.append(editor.remove(node.id)), random)
    gone = {node.id, *(below.id for _, below in before.below(node.id))}
    assert gone.isdisjoint(id for _, id, *_ in canonical(person.tree))
    person.act(lambda editor: editor.restore(keys[0]), random)
    assert canonical(person.tree) == canonical(before)


@histories
@given(randoms)
def test_one_node_restored_brings_back_nothing_else(random: Random) -> None:
    person = merged_history(random)[0]
    before = person.tree
    dead = sorted(id for id, node in before.nodes.items() if node.dead)
    assume(dead)
    id = random.choice(dead)
    person.act(lambda editor: editor.restore_one(id), random)
    tree = person.tree
    assert not tree.nodes[id].dead
    assert {other for other in dead if other != id} == {other for other, node in tree.nodes.items() if node.dead}


@settings(max_examples=150, deadline=None)
@given(randoms)
def test_an_editors_view_is_what_a_reader_of_its_writes_will_see(random: Random) -> None:
    """Into and out of cycles, ghosts and the trash, after every single edit."""
    raw = read_tree(random.choice(some_history(random)).document)
    editor = Editor(raw, random)
    for serial in range(random.randint(1, 12)):
        wild_edit(editor, random, serial)
        tree = materialise(after(raw, editor))
        assert editor.tree.nodes == tree.nodes
        assert editor.tree.contested == tree.contested
        assert {id: nodes for id, nodes in editor.tree.shown.items() if nodes} == tree.shown
        assert editor.tree.trash.records == tree.trash.records


def wild_edit(editor: Editor, random: Random, serial: int) -> None:
    """An edit of anything at all, dead and invisible nodes too."""
    nodes = sorted(editor.tree.nodes)
    folders = [ROOT, *(id for id in nodes if editor.tree.nodes[id].kind is Kind.FOLDER)]
    id, parent = random.choice(nodes), random.choice(folders)
    inside = [None, *(other for other in nodes if editor.tree.nodes[other].parent == parent and other != id)]
    match random.randrange(8):
        case 0:
            editor.create(
                random.choice(list(Kind)), parent, random.choice(inside), str(serial), f"https://{serial}.example/"
            )
        case 1 | 2 | 3:
            editor.move(id, parent, random.choice(inside))
        case 4:
            editor.rename(id, random.choice(["Seed 1", str(serial)]))
            editor.set_url(id, random.choice(["https://new.example/", str(serial)]))
        case 5:
            editor.remove(id)
        case 6:
            editor.restore_one(id)
        case 7 if editor.tree.trash.records:
            editor.restore(random.choice(sorted(editor.tree.trash.records)))
        case _:
            pass


def after(raw: RawTree, editor: Editor) -> RawTree:
    maps = {name: dict(getattr(raw, name)) for name in ("n", "p", "t", "u", "x")}
    for name, key, value in editor.writes():
        if value is None:
            del maps[name][key]
        else:
            maps[name][key] = value
    return RawTree(**maps)


def test_the_histories_hold_what_makes_the_laws_hard() -> None:
    trees = [merged_history(Random(seed))[0].tree for seed in range(100)]
    assert any(tree.contested for tree in trees)
    assert any(node.dead and node.visible for tree in trees for node in tree.nodes.values())
