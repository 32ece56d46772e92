"""What a user may do to the shared tree. Reading never writes; the rules here are the only writers.

Twin of `extension/src/model/writer.ts`. An `Editor` is one user action: it keeps a tree of its own that stays right
from edit to edit, each at a cost that does not grow with the tree, and in the end says what to write in one
transaction. The rule: what changes nothing is not written, and a delete lists exactly what its author saw.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from hub.errors import Code, TeammarksError
from hub.tree import position
from hub.tree.node import ROOT, Kind, Node, NodeId, RawTree, seen
from hub.tree.text import written_title, written_url
from hub.tree.trash import TrashId, TrashRecord
from hub.tree.tree import ORDER, Tree, materialise

MAX_NODES = 100_000

MapName = Literal["n", "p", "t", "u", "x"]
Write = tuple[MapName, str, str | list[str] | None]
"""Map, key, value; None takes the key away."""

_ID_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@dataclass(slots=True)
class _Run:
    """Nodes put down one behind the other in this action."""

    first: str
    """The first one's position; the others begin with it."""
    length: int
    tail: NodeId


class Editor:
    """One user action. Every method sees what the ones before it did.

    Who puts or changes a node that is not there gets TeammarksError NOT_FOUND; to delete or restore it does nothing.
    After any error the action is to be dropped as a whole.
    """

    def __init__(self, raw: RawTree, random: Random, meta: str = "") -> None:
        """`meta` goes into births and trash records: `<created ms, base36> <user id>`, or nothing."""
        assert "\n" not in meta, "a trash record keeps its meta on one line"
        self._before = raw
        self._maps: dict[MapName, dict[str, object]] = {
            "n": dict(raw.n),
            "p": dict(raw.p),
            "t": dict(raw.t),
            "u": dict(raw.u),
            "x": dict(raw.x),
        }
        self._touched: dict[tuple[MapName, str], None] = {}
        self._random = random
        self._meta = meta
        self._runs: dict[NodeId, _Run] = {}
        self._nodes: dict[NodeId, Node] = {}
        self._read()

    def writes(self) -> Iterator[Write]:
        """What this action amounts to, for one transaction; nothing for an action that changed nothing."""
        before = {name: getattr(self._before, name) for name in self._maps}
        for name, key in self._touched:
            value = self._maps[name].get(key)
            assert value is None or isinstance(value, str | list), "an editor writes strings and births"
            if value != before[name].get(key):
                yield name, key, value

    # --- What a user does -----------------------------------------------------------------------------------------

    def create(self, kind: Kind, parent: NodeId, after: NodeId | None, title: str = "", url: str = "") -> NodeId:
        """Puts a new node into the folder `parent`, behind `after` (None: first).

        Any existing folder may be the parent, a deleted or invisible one too. A neighbour that is no longer there
        stands for where it was, else for the end. Raises TeammarksError TOO_LARGE, TOO_MANY.
        """
        self._require_folder(parent)
        if len(self._nodes) >= MAX_NODES:
            raise TeammarksError(Code.TOO_MANY, f"The folder holds {MAX_NODES} entries, and no more fit.")
        title = "" if kind is Kind.SEPARATOR else written_title(title)
        url = written_url(url) if kind is Kind.BOOKMARK else ""
        id = self._new_id()
        pos = self._make_room(parent, after, id)
        unsettled = self._pin(parent)
        birth = [kind.value, f"{pos} {parent}", title, url, self._meta]
        shortest = {Kind.FOLDER: 3, Kind.SEPARATOR: 2, Kind.BOOKMARK: 4}[kind]
        self._write("n", id, birth if self._meta else birth[:shortest])
        if unsettled:
            self._read()
        else:
            node = Node(id, kind, title, url, pos, (parent,), parent, parent=parent, visible=False)
            node.hash = seen(node)
            self._nodes[id] = node
            self._settle(id)
        self._stand(id, after)
        return id

    def rename(self, id: NodeId, title: str) -> None:
        node = self._node(id)
        title = written_title(title)
        if node.kind is not Kind.SEPARATOR and node.title != title:
            self._write("t", id, title)
            node.title = title
            self._rehash(node)

    def set_url(self, id: NodeId, url: str) -> None:
        """Raises TeammarksError TOO_LARGE: half a URL is none."""
        node = self._node(id)
        url = written_url(url)
        if node.kind is Kind.BOOKMARK and node.url != url:
            self._write("u", id, url)
            node.url = url
            self._rehash(node)

    def move(self, id: NodeId, parent: NodeId, after: NodeId | None) -> bool:
        """Puts a node into the folder `parent`, behind `after`, as `create` does.

        False when refused: into itself, or into something below itself.
        """
        node = self._node(id)
        self._require_folder(parent)
        way = list(self.tree.path(parent))
        if node in way:
            return False
        if node.visible and node.parent == parent and after in (id, self._left_of(node)):
            return True
        loose = [(above.id, above.parent) for above in way if above.dead and above.parent != above.written_parent]
        pos = self._make_room(parent, after, id)
        # Clear of all cycles, the move can close none, and what changes is here. Else all is read again.
        unsettled = self._pin(parent, node.parent)
        unsettled |= not self.tree.contested.isdisjoint({id, *(above.id for above in way)})
        elsewhere = not node.parent == node.written_parent == parent
        if elsewhere and node.dead and node.visible:
            self._leave_contents_behind(id)
        former = () if node.parent in (parent, node.birth_parent) else (node.parent,)
        self._hang(node, pos, parent, former)
        if elsewhere:
            self._guard(node)
        if unsettled:
            self._read()
            if self._nodes[id].parent != parent:
                self._hold(loose)
        self._stand(id, after)
        return True

    def remove(self, id: NodeId, saw: Mapping[NodeId, str] | None = None) -> TrashId | None:
        """Deletes a node with everything in it that the deleter saw.

        `saw` is exactly that, node id → `Node.hash` at the time; by default everything shown at and below the node.
        None when that is nothing.
        """
        if saw is None:
            node = self._nodes.get(id)
            if node is None or not node.visible:
                return None
            saw = {id: node.hash} | {below.id: below.hash for _, below in self.tree.below(id)}
        if not saw:
            return None
        key = TrashId(self._new_id())
        lines = tuple(f"{listed} {hash}" for listed, hash in saw.items())
        self._rewrite(key, TrashRecord(id if id in saw else None, self._meta, lines))
        return key

    def restore(self, key: TrashId) -> None:
        """Brings back exactly what one delete took, each thing to its place."""
        if key in self.tree.trash.records:
            self._rewrite(key, None)

    def restore_one(self, id: NodeId) -> None:
        """Brings back one node and nothing that was deleted with it."""
        node = self._nodes.get(id)
        if node is None or not node.dead:
            return
        for key in self.tree.trash.matching(id, node.hash):
            if self.tree.trash.records[key].root == id:
                self._rewrite(key, self.tree.trash.records[key].unrooted())
            self._strike(key, id)

    # --- Places ---------------------------------------------------------------------------------------------------

    def _pin(self, *folders: NodeId) -> bool:
        """Writes down where the living folders on these paths are shown, where that is not where they were put.

        Else other things would jump when a cycle ends. True when one of them was in a cycle, so that all that was in
        it must be read again.
        """
        unsettled = False
        for folder in folders:
            for node in list(self.tree.path(folder)):
                if not node.dead and node.parent != node.written_parent:
                    unsettled |= node.id in self.tree.contested
                    self._hang(node, node.pos, node.parent)
        return unsettled

    def _hold(self, loose: Sequence[tuple[NodeId, NodeId]]) -> None:
        """Brings deleted folders back to life, each alone and where it was shown.

        Pinned they are not, so a cycle that the move closed may have carried off what was moved into them.
        """
        for id, parent in loose:
            self._leave_contents_behind(id)
            node = self._nodes[id]
            self._hang(node, node.pos, parent)
        if loose:
            self._read()

    def _hang(self, node: Node, pos: str, parent: NodeId, former: tuple[NodeId, ...] = ()) -> None:
        """Writes a place: the parent, and one to fall back on beside the parent it was born in."""
        self._write("p", node.id, " ".join((pos, parent, *former)))
        parents = (parent, *former)
        self._replace(node, pos, parent)
        node.parents = parents if node.birth_parent in parents else (*parents, node.birth_parent)
        self._rehash(node)

    def _shift(self, node: Node, pos: str) -> None:
        """Writes a position alone: all that was known of its parents stays."""
        parents = node.parents
        if len(parents) > 1 and parents[-1] == node.birth_parent:
            parents = parents[:-1]  # Readers add it by themselves.
        self._write("p", node.id, " ".join((pos, *parents)))
        self._replace(node, pos, node.parent)

    def _replace(self, node: Node, pos: str, parent: NodeId) -> None:
        """Moves a node in the tree of this action, and settles what that shows or empties."""
        former = node.parent
        if node.visible:
            self._leave(node)
        node.pos, node.parent = pos, parent
        if node.visible:
            insort(self.tree.shown.setdefault(parent, []), node, key=ORDER)
        if former != parent:
            self._settle(former)
            self._settle(parent)

    def _make_room(self, parent: NodeId, after: NodeId | None, mover: NodeId) -> str:
        """The position for `mover` behind `after`. Moves others only where nothing fits between the neighbours."""
        siblings = self.tree.children(parent)
        beside = None if after is None else self._nodes.get(after)
        if beside is not None and beside.parent == parent:
            index = bisect_right(siblings, ORDER(beside), key=ORDER)
        else:
            index = 0 if after is None else len(siblings)
        left = next((node for node in reversed(siblings[max(index - 2, 0) : index]) if node.id != mover), None)
        right = next((node for node in siblings[index : index + 2] if node.id != mover), None)
        if left is not None and right is not None and left.pos == right.pos:
            pos = self._spread(left.pos, siblings[index:], mover)
        else:
            pos = self._continue_run(parent, left, None if right is None else right.pos, mover)
        if len(pos) > position.MAX_WRITTEN:
            self._space_anew(parent)
            return self._make_room(parent, after, mover)
        return pos

    def _continue_run(self, parent: NodeId, left: Node | None, right: str | None, mover: NodeId) -> str:
        """A position between two neighbours; behind the last node put down here, one that shares its jitter."""
        run = self._runs.get(parent)
        if run is not None and left is not None and run.tail == left.id:
            pos = position.following(run.first, run.length)
            if left.pos < pos and (right is None or pos < right):
                run.length, run.tail = run.length + 1, mover
                return pos
        pos = position.between(None if left is None else left.pos, right, self._random)
        self._runs[parent] = _Run(pos, 1, mover)
        return pos

    def _spread(self, crowded: str, right: Sequence[Node], mover: NodeId) -> str:
        """Makes room to the right of a node whose right neighbours all have its very position."""
        right = [node for node in right if node.id != mover]
        equal = [node for node in right if node.pos == crowded]
        beyond = right[len(equal)].pos if len(right) > len(equal) else None
        first = position.between(crowded, beyond, self._random)
        for nth, node in enumerate(equal, start=1):
            self._shift(node, position.following(first, nth))
        return first

    def _space_anew(self, parent: NodeId) -> None:
        """Gives all children short positions in the same order, deleted ones too: they may come back in place."""
        inside = sorted((node for node in self._nodes.values() if node.parent == parent), key=ORDER)
        for nth, node in enumerate(inside):
            self._shift(node, position.spaced(nth, self._random))

    def _stand(self, id: NodeId, after: NodeId | None) -> None:
        """Puts a node behind its neighbour again where a cycle that ended has brought others between them."""
        node = self._nodes[id]
        beside = None if after is None else self._nodes.get(after)
        there = after is None or (beside is not None and beside.visible and beside.parent == node.parent)
        if node.visible and there and self._left_of(node) != after:
            self._shift(node, self._make_room(node.parent, after, id))

    def _left_of(self, node: Node) -> NodeId | None:
        siblings = self.tree.children(node.parent)
        index = bisect_left(siblings, ORDER(node), key=ORDER)
        return siblings[index - 1].id if index > 0 else None

    # --- Trash ----------------------------------------------------------------------------------------------------

    def _rehash(self, node: Node) -> None:
        """After a change to a node: what had been deleted in its former state lives, and stays alive.

        A state may come back that some record saw: moved away and back again, renamed and renamed back. Such a
        record speaks of a past that is over, so it is withdrawn.
        """
        before, node.hash = node.hash, seen(node)
        if node.hash != before:
            for key in self.tree.trash.rooted_at(node.id):
                self._judge_all(self.tree.trash.records[key])
            self._guard(node)
            self._judge(node.id)

    def _leave_contents_behind(self, id: NodeId) -> None:
        """Before a deleted folder comes back: what was deleted with it stays in the trash."""
        for key in self.tree.trash.rooted_at(id):
            if self.tree.trash.in_effect(key, self.tree.hash_of):
                self._rewrite(key, self.tree.trash.records[key].unrooted())

    def _guard(self, node: Node) -> None:
        for key in self.tree.trash.matching(node.id, node.hash):
            if self.tree.trash.records[key].root == node.id:
                self._rewrite(key, None)
            else:
                self._strike(key, node.id)

    def _rewrite(self, key: TrashId, record: TrashRecord | None) -> None:
        """Puts a record in the place of the one there was, if any; None takes it away."""
        former = self.tree.trash.records.get(key)
        self._write("x", key, None if record is None else str(record))
        if record is None:
            self.tree.trash.drop(key)
        else:
            self.tree.trash.put(key, record)
        for changed in (former, record):
            if changed is not None:
                self._judge_all(changed)

    def _strike(self, key: TrashId, id: NodeId) -> None:
        """Takes one node out of a record, and the record away with its last one."""
        self.tree.trash.strike(key, id)
        record = self.tree.trash.records[key]
        if record.lines:
            self._write("x", key, str(record))
        else:
            self._rewrite(key, None)
        self._judge(id)

    def _judge_all(self, record: TrashRecord) -> None:
        for id, _ in record.entries():
            self._judge(NodeId(id))

    def _judge(self, id: NodeId) -> None:
        if (node := self._nodes.get(id)) is not None:
            node.dead = self.tree.trash.buries(id, node.hash, self.tree.hash_of)
            self._settle(id)

    def _settle(self, id: NodeId) -> None:
        """Shows or hides a node, and then what it is shown in, as far up as that makes a difference."""
        while (node := self._nodes.get(id)) is not None:
            visible = not node.dead or bool(self.tree.shown.get(id))
            if visible == node.visible:
                return
            node.visible = visible
            if visible:
                insort(self.tree.shown.setdefault(node.parent, []), node, key=ORDER)
            else:
                self._leave(node)
            id = node.parent

    def _leave(self, node: Node) -> None:
        siblings = self.tree.shown[node.parent]
        del siblings[bisect_left(siblings, ORDER(node), key=ORDER)]

    # --- The document, as this action has it so far ---------------------------------------------------------------

    def _read(self) -> None:
        self.tree: Tree = materialise(RawTree(**self._maps))
        self._nodes = self.tree.nodes

    def _write(self, name: MapName, key: str, value: str | list[str] | None) -> None:
        self._touched[name, key] = None
        if value is None:
            self._maps[name].pop(key, None)
        else:
            self._maps[name][key] = value

    def _node(self, id: NodeId) -> Node:
        if (node := self._nodes.get(id)) is None:
            raise TeammarksError(Code.NOT_FOUND, "This bookmark or folder is not there.")
        return node

    def _require_folder(self, id: NodeId) -> None:
        if id != ROOT and self._node(id).kind is not Kind.FOLDER:
            raise TeammarksError(Code.INVALID, "Only a folder can hold other entries.")

    def _new_id(self) -> NodeId:
        """Twelve characters, 72 random bits."""
        return NodeId("".join(self._random.choices(_ID_ALPHABET, k=12)))
