"""What a team's document shows: the same tree for the same bytes, in every browser and on the hub.

Twin of `extension/src/model/tree.ts`; both read `tests/vectors/*.json`. The rule: reading never writes, never raises,
never recurses, and ends after a bounded number of rounds, whatever the document holds.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from hub.tree.node import ROOT, Kind, Node, NodeId, RawTree, read_node
from hub.tree.trash import Trash, TrashId

CanonicalRow = tuple[int, NodeId, Kind, str, str]
"""Depth (0 = directly in the team's folder), id, kind, title, url."""

ORDER = attrgetter("pos", "id")
"""Siblings in order. Both are ASCII, so every language's own comparison of strings agrees."""

PATIENT_ROUNDS = 32
"""Rounds of cycle breaking that try one earlier parent after the other; later ones go straight to the last."""
MAX_ROUNDS = 64
"""Rounds after which a cycle is broken at the root. A place may name the root before its last parent, so that `the
last` alone could close new cycles for ever."""


@dataclass(slots=True)
class Tree:
    """A document as it is shown."""

    nodes: dict[NodeId, Node]
    """Every valid node, dead and invisible ones too."""
    trash: Trash
    """Every valid trash record, whether or not it still has an effect."""
    contested: frozenset[NodeId]
    """The nodes that were in a cycle: where one of them is shown may depend on where the others were put."""
    shown: dict[NodeId, list[Node]]
    """The visible children by parent, in order."""

    def children(self, id: NodeId) -> Sequence[Node]:
        """The visible children, in order."""
        return self.shown.get(id, ())

    def below(self, id: NodeId) -> Iterator[tuple[int, Node]]:
        """Everything visible below a node, parents before children, with its depth (0 = a child)."""
        waiting = [(0, node) for node in reversed(self.children(id))]
        while waiting:
            depth, node = waiting.pop()
            yield depth, node
            waiting.extend((depth + 1, child) for child in reversed(self.children(node.id)))

    def path(self, id: NodeId) -> Iterator[Node]:
        """The node and what it is shown in, upwards, without the root."""
        while (node := self.nodes.get(id)) is not None:
            yield node
            id = node.parent

    def hash_of(self, id: str) -> str | None:
        node = self.nodes.get(NodeId(id))
        return None if node is None else node.hash

    def buried_by(self, key: TrashId) -> list[Node]:
        """The dead nodes that restoring this record alone would bring back, unless another record lists them too."""
        if not self.trash.in_effect(key, self.hash_of):
            return []
        entries = dict.fromkeys(self.trash.records[key].entries())
        return [self.nodes[NodeId(id)] for id, hash in entries if self.hash_of(id) == hash]


def materialise(raw: RawTree) -> Tree:
    """The tree that the document's maps show. Pure."""
    nodes = {node.id: node for id in raw.n if (node := read_node(id, raw)) is not None}
    tree = Tree(nodes, Trash(raw.x), contested=frozenset(_hang(nodes)), shown={})
    for id in tree.trash.listed():
        if (node := nodes.get(id)) is not None:
            node.dead = tree.trash.buries(id, node.hash, tree.hash_of)
    _show(tree)
    return tree


def canonical(tree: Tree) -> list[CanonicalRow]:
    """What is shown, parents before children: two replicas agree when these are equal."""
    return [(depth, node.id, node.kind, node.title, node.url) for depth, node in tree.below(ROOT)]


def canonical_text(tree: Tree) -> str:
    """One line of JSON per visible node; byte for byte what `JSON.stringify` makes of the row."""
    rows = canonical(tree)
    return "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)


def _candidates(node: Node, nodes: Mapping[NodeId, Node]) -> list[NodeId]:
    """Where the node may hang, best first; the root at last."""
    found: list[NodeId] = []
    for parent in node.parents:
        if parent not in found and (parent == ROOT or (parent != node.id and _is_folder(parent, nodes))):
            found.append(parent)
    if ROOT not in found:
        found.append(ROOT)
    return found


def _is_folder(id: NodeId, nodes: Mapping[NodeId, Node]) -> bool:
    node = nodes.get(id)
    return node is not None and node.kind is Kind.FOLDER


def _hang(nodes: Mapping[NodeId, Node]) -> set[NodeId]:
    """Gives every node its shown parent, free of cycles. Returns all nodes that were in a cycle in any round.

    Each cycle loses one edge a round: of the member that has another former parent to go to, else of any, the one
    with the smallest id. What merely hangs below a cycle keeps its parent.
    """
    candidates = {id: _candidates(node, nodes) for id, node in nodes.items()}
    choice = dict.fromkeys(nodes, 0)
    parent_of = {id: found[0] for id, found in candidates.items()}
    contested: set[NodeId] = set()
    suspects: Iterable[NodeId] = nodes
    rounds = 0

    def reluctance(id: NodeId) -> tuple[bool, NodeId]:
        later = candidates[id][choice[id] + 1 :]
        return not later or later[0] not in nodes[id].parents, id

    while cycles := list(_cycles(suspects, parent_of)):
        rounds += 1
        victims = []
        for cycle in cycles:
            victim = min(cycle, key=reluctance)
            last = len(candidates[victim]) - 1
            if rounds > MAX_ROUNDS or choice[victim] == last:
                choice[victim] = candidates[victim].index(ROOT)
            elif rounds > PATIENT_ROUNDS:
                choice[victim] = last
            else:
                choice[victim] += 1
            parent_of[victim] = candidates[victim][choice[victim]]
            victims.append(victim)
            contested.update(cycle)
        # Every cycle has lost an edge, so a cycle that is there now runs through an edge that is new.
        suspects = victims

    for id, node in nodes.items():
        node.parent = parent_of[id]
    return contested


def _cycles(starts: Iterable[NodeId], parent_of: Mapping[NodeId, NodeId]) -> Iterator[list[NodeId]]:
    """Every cycle that can be reached from `starts`, once. Each node is walked over once."""
    walked = {ROOT: -1}
    for walk, start in enumerate(starts):
        id = start
        while id not in walked:
            walked[id] = walk
            id = parent_of[id]
        if walked[id] == walk:
            cycle = [id]
            while (next_id := parent_of[cycle[-1]]) != id:
                cycle.append(next_id)
            yield cycle


def _show(tree: Tree) -> None:
    """Decides what is visible: every living node and whatever it is shown in."""
    shown: set[NodeId] = set()
    for id, node in tree.nodes.items():
        if not node.dead:
            for above in tree.path(id):
                if above.id in shown:
                    break
                shown.add(above.id)
    for id, node in tree.nodes.items():
        node.visible = id in shown
        if node.visible:
            tree.shown.setdefault(node.parent, []).append(node)
    for siblings in tree.shown.values():
        siblings.sort(key=ORDER)
