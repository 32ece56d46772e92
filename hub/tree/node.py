"""One entry of the shared tree: what it says by itself, before anyone asks where it hangs.

The rule: a value that fails any check counts as absent, and an override that does falls back to the birth value.
Nothing here raises, whatever the document holds.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType
from zlib import crc32

from hub.tree.text import utf16_units, well_formed

NodeId = NewType("NodeId", str)
"""A node of the shared tree: 12 to 36 characters of `A-Za-z0-9_-`, or the reserved word `root`."""

ROOT = NodeId("root")
"""The team's folder itself. It has no entry."""

MAX_PLACE = 512
"""UTF-16 units."""

_ID = re.compile(r"[A-Za-z0-9_-]{12,36}")
_POS = re.compile(r"[0-9A-Za-z]{0,255}[1-9A-Za-z]")


class Kind(StrEnum):
    FOLDER = "f"
    BOOKMARK = "b"
    SEPARATOR = "s"


_KINDS: Mapping[str, Kind] = {kind.value: kind for kind in Kind}


@dataclass(frozen=True, slots=True)
class RawTree:
    """The document's five maps as they are, junk included.

    `n`: id → birth record `[kind, place, title, url, meta]`, never changed. `p`, `t`, `u`: id → the last written place,
    title, url. `x`: trash id → trash record. All values are strings but the births; a nested shared type is any other
    object.
    """

    n: Mapping[str, object] = field(default_factory=dict)
    p: Mapping[str, object] = field(default_factory=dict)
    t: Mapping[str, object] = field(default_factory=dict)
    u: Mapping[str, object] = field(default_factory=dict)
    x: Mapping[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class Node:
    """A folder, bookmark or separator. Only `materialise` and an `Editor` (for its own tree) change one."""

    id: NodeId
    kind: Kind
    title: str
    """Empty for a separator."""
    url: str
    """Empty unless a bookmark."""
    pos: str
    """The order among siblings: by (pos, id), code unit by code unit."""
    parents: tuple[NodeId, ...]
    """Where it was put, then earlier parents to fall back on: one to three, not necessarily existing ones."""
    birth_parent: NodeId
    hash: str = ""
    """What someone who deletes it now has seen of it: `seen`."""
    parent: NodeId = ROOT
    """Where it is shown. Not always `written_parent`: that may be missing, or close a cycle."""
    dead: bool = False
    """Deleted as it is now."""
    visible: bool = True
    """A dead folder is still shown while something living is inside it."""

    @property
    def written_parent(self) -> NodeId:
        return self.parents[0]


def is_id(value: str) -> bool:
    """Whether this can name a node or a trash record. `root` can not."""
    return _ID.fullmatch(value) is not None


def read_node(id: str, raw: RawTree) -> Node | None:
    """The node that `raw` holds under this id, or None where its birth record is none."""
    birth = raw.n.get(id)
    if not is_id(id) or not isinstance(birth, list) or len(birth) < 2:
        return None
    if not all(isinstance(element, str) for element in birth):
        return None
    kind = _KINDS.get(birth[0].split(" ", 1)[0])
    born = _read_place(birth[1])
    if kind is None or born is None:
        return None
    pos, parents = born
    birth_parent = parents[0]
    if (moved := _read_place(raw.p.get(id))) is not None:
        pos, parents = moved
        if birth_parent not in parents:
            parents = (*parents[:2], birth_parent)
    node = Node(
        NodeId(id),
        kind,
        title="" if kind is Kind.SEPARATOR else _override(raw.t.get(id), birth, 2),
        url=_override(raw.u.get(id), birth, 3) if kind is Kind.BOOKMARK else "",
        pos=pos,
        parents=parents,
        birth_parent=birth_parent,
    )
    node.hash = seen(node)
    return node


def seen(node: Node) -> str:
    """The CRC-32 of what a deleter sees of a node, as eight hexadecimal digits.

    It covers the written parent, not the shown one, and not the position: a reorder does not revive.
    """
    text: str = node.parents[0]
    if node.kind is Kind.BOOKMARK:
        text += f"\n{node.title}\n{node.url}"
    return f"{crc32(well_formed(text).encode()):08x}"


def _override(written: object, birth: list[str], index: int) -> str:
    if isinstance(written, str):
        return written
    return birth[index] if index < len(birth) else ""


def _read_place(value: object) -> tuple[str, tuple[NodeId, ...]] | None:
    """`pos parent [prev [older]]` → position and one to three parents. From the fifth word on all is ignored."""
    if not isinstance(value, str) or len(value) > MAX_PLACE or utf16_units(value) > MAX_PLACE:
        return None
    pos, *parents = value.split(" ")[:4]
    if not parents or _POS.fullmatch(pos) is None:
        return None
    if not all(parent == ROOT or is_id(parent) for parent in parents):
        return None
    return pos, tuple(NodeId(parent) for parent in parents)
