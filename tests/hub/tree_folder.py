"""A team's folder without a CRDT under it: the maps, an editor's writes to them, and other people's."""

from collections.abc import Callable
from random import Random

from hub.tree.node import NodeId, RawTree
from hub.tree.trash import TrashId
from hub.tree.tree import Tree, materialise
from hub.tree.writer import Editor, Write
from tests.vectors.scene import Entry, bookmark, folder, named

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
