"""People who edit one folder through the hub's writer, each on a replica of their own: random histories.

What they do is drawn from the random source they are given, so a seed is a history: for the vectors, and for the laws
in `tests/hub/test_tree_laws.py`.
"""

from collections.abc import Callable
from random import Random
from typing import Any

from pycrdt import Doc

from hub.tree.document import edit, read_tree
from hub.tree.node import ROOT, Kind, Node, NodeId
from hub.tree.tree import Tree, materialise
from hub.tree.writer import Editor

TITLES = ("Status", "Runbook", "Dashboard", "日本語", "🔖", "")


class Person:
    """One replica."""

    def __init__(self, client_id: int) -> None:
        self.document: Doc[Any] = Doc(client_id=client_id)
        self.made: list[bytes] = []
        """This person's updates."""
        self.last_titles: dict[NodeId, str] = {}
        self.last_urls: dict[NodeId, str] = {}
        """What this person wrote last, births included."""
        self.deleted: set[NodeId] = set()
        """Everything in any record this person wrote."""

    @property
    def tree(self) -> Tree:
        return materialise(read_tree(self.document))

    def hear(self, other: "Person") -> None:
        """Everything the other one knows; not the other way round."""
        self.document.apply_update(other.document.get_update(self.document.get_state()))

    def act(self, action: Callable[[Editor], object], random: Random) -> None:
        update = edit(self.document, action, random)
        if update is not None:
            self.made.append(update)

    def do_something(self, random: Random, serial: int) -> None:
        """One random action of one edit; `serial` makes what it writes unlike anything else."""
        self.act(lambda editor: self._edit(editor, random, serial), random)

    def _edit(self, editor: Editor, random: Random, serial: int) -> None:
        shown = [node for _, node in editor.tree.below(ROOT)]
        what = random.choice(("create", "move", "move", "move", "rename", "url", "delete", "restore", "restore one"))
        text = f"{random.choice(TITLES)} {serial}"
        if what == "create" or not shown:
            self.create(editor, random, text)
        elif what == "move":
            # Mostly folders: they are what cycles and ghosts are made of.
            folders = [node for node in shown if node.kind is Kind.FOLDER]
            node = random.choice(folders if folders and random.random() < 0.7 else shown)
            parent = random_folder(editor.tree, random)
            editor.move(node.id, parent, random_neighbour(editor.tree, parent, random, without=node))
        elif what == "rename":
            node = random.choice(shown)
            if node.kind is not Kind.SEPARATOR:
                editor.rename(node.id, text)
                self.last_titles[node.id] = text
        elif what == "url":
            node = random.choice(shown)
            if node.kind is Kind.BOOKMARK:
                editor.set_url(node.id, f"https://{serial}.example/")
                self.last_urls[node.id] = f"https://{serial}.example/"
        elif what == "delete":
            key = editor.remove(random.choice(shown).id)
            assert key is not None, "what is shown can be deleted"
            self.deleted |= {NodeId(id) for id, _ in editor.tree.trash.records[key].entries()}
        elif what == "restore" and editor.tree.trash.records:
            editor.restore(random.choice(sorted(editor.tree.trash.records)))
        elif what == "restore one" and (dead := sorted(id for id, node in editor.tree.nodes.items() if node.dead)):
            editor.restore_one(random.choice(dead))

    def create(self, editor: Editor, random: Random, text: str) -> NodeId:
        kind = random.choice((Kind.FOLDER, Kind.FOLDER, Kind.BOOKMARK, Kind.BOOKMARK, Kind.SEPARATOR))
        parent = random_folder(editor.tree, random)
        after = random_neighbour(editor.tree, parent, random)
        url = "https://new.example/" if kind is Kind.BOOKMARK else ""
        id = editor.create(kind, parent, after, text, url)
        self.last_titles[id] = "" if kind is Kind.SEPARATOR else text
        self.last_urls[id] = url
        return id


def random_folder(tree: Tree, random: Random) -> NodeId:
    folders = [node.id for _, node in tree.below(ROOT) if node.kind is Kind.FOLDER]
    return random.choice([ROOT, *folders])


def random_neighbour(tree: Tree, parent: NodeId, random: Random, without: Node | None = None) -> NodeId | None:
    siblings = [node.id for node in tree.children(parent) if node is not without]
    return random.choice([None, *siblings])


def history(people: list[Person], random: Random, edits: int) -> None:
    """Nine nodes known to all, then edits one by one with partial syncs in between."""
    first = people[0]
    for serial in range(9):
        first.act(lambda editor, serial=serial: first.create(editor, random, f"Seed {serial}"), random)  # type: ignore[misc]
    for person in people[1:]:
        person.hear(first)
    for serial in range(edits):
        random.choice(people).do_something(random, serial)
        if random.random() < 0.15:
            listener, speaker = random.sample(people, 2)
            listener.hear(speaker)


def sync(people: list[Person]) -> None:
    """From here on everyone knows everything."""
    for person in people[1:]:
        people[0].hear(person)
    for person in people[1:]:
        person.hear(people[0])
