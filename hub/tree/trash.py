"""Deletes, as they are written: what the deleter saw, node by node, each with the hash of its state at that moment.

The rule: whatever has changed since is not what was deleted, and lives.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NewType, Self

from hub.tree.node import NodeId, is_id

TrashId = NewType("TrashId", str)
"""A trash record's key; the same form as a node id."""

HashOf = Callable[[str], str | None]
"""The `seen` of a node as it is now, or None where there is no such node."""


@dataclass(frozen=True, slots=True)
class TrashRecord:
    """One delete. Its lines are kept as they were written: what we do not understand is not ours to drop."""

    root: NodeId | None
    """The topmost deleted node; None (written `-`) when the entries stand for themselves."""
    meta: str
    """Who and when, as the writer put it; may be empty."""
    lines: tuple[str, ...]
    """`id hash`, and whatever follows."""

    @classmethod
    def read(cls, value: object) -> Self | None:
        """The record that this value of the map `x` holds, or None where it is none."""
        if not isinstance(value, str):
            return None
        root, *rest = value.split("\n")
        if len(rest) < 2:
            return None
        meta, *lines = rest
        return cls(None if root == "-" else NodeId(root), meta, tuple(lines))

    def entries(self) -> Iterator[tuple[str, str]]:
        """Node id and hash. The same node may be listed twice."""
        for line in self.lines:
            id, *words = line.split(" ", 2)
            if words:
                yield id, words[0]

    def without(self, id: NodeId) -> "TrashRecord":
        return replace(self, lines=tuple(line for line in self.lines if line.split(" ", 1)[0] != id))

    def unrooted(self) -> "TrashRecord":
        """The same entries, no longer depending on what becomes of the topmost one."""
        return replace(self, root=None)

    def __str__(self) -> str:
        root = "-" if self.root is None else self.root
        return "\n".join((root, self.meta, *self.lines))


class Trash:
    """All valid records, indexed by the nodes that they list."""

    def __init__(self, raw: Mapping[str, object]) -> None:
        self.records: dict[TrashId, TrashRecord] = {}
        self._listed: dict[str, dict[TrashId, list[str]]] = {}
        for key, value in raw.items():
            if is_id(key) and (record := TrashRecord.read(value)) is not None:
                self.put(TrashId(key), record)

    def listed(self) -> Iterator[NodeId]:
        """Every id that some record lists, be there such a node or not."""
        return (NodeId(id) for id in self._listed)

    def in_effect(self, key: TrashId, hash_of: HashOf) -> bool:
        """Whether its topmost node is still as the deleter saw it."""
        root = self.records[key].root
        return root is None or hash_of(root) in self._listed.get(root, {}).get(key, ())

    def matching(self, id: NodeId, hash: str) -> list[TrashId]:
        """The records that list this node in this state."""
        return [key for key, hashes in self._listed.get(id, {}).items() if hash in hashes]

    def buries(self, id: NodeId, hash: str, hash_of: HashOf) -> bool:
        return any(self.in_effect(key, hash_of) for key in self.matching(id, hash))

    def rooted_at(self, id: NodeId) -> list[TrashId]:
        """The records that depend on what becomes of this node."""
        return [key for key in self._listed.get(id, ()) if self.records[key].root == id]

    def put(self, key: TrashId, record: TrashRecord) -> None:
        self.drop(key)
        self.records[key] = record
        for id, hash in record.entries():
            self._listed.setdefault(id, {}).setdefault(key, []).append(hash)

    def strike(self, key: TrashId, id: NodeId) -> None:
        """Takes one node's lines out of a record."""
        self.records[key] = self.records[key].without(id)
        del self._listed[id][key]

    def drop(self, key: TrashId) -> None:
        if (record := self.records.pop(key, None)) is not None:
            for id, _ in record.entries():
                self._listed[id].pop(key, None)
