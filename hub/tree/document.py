"""The tree in a Yjs document: its maps read, one user action written.

The only module of the tree that knows the CRDT library. The rule: one action is one transaction and so one update.
"""

from collections.abc import Callable
from random import Random, SystemRandom
from typing import Any

from pycrdt import Doc, Map, TransactionEvent

from hub.errors import Code, TeammarksError
from hub.tree.node import RawTree
from hub.tree.writer import Editor

SCHEMA = 1
_system_random = SystemRandom()


def new_document(random: Random = _system_random) -> Doc[Any]:
    """An empty document with a client id of its own, never to be stored or shared.

    32 bits: pycrdt would draw 53, and every edit would be longer by some bytes.
    """
    return Doc(client_id=random.getrandbits(32))


def read_tree(document: Doc[Any]) -> RawTree:
    """The tree's maps as they are now. A nested shared type stays one, and is not taken for the text in it."""
    return RawTree(**{name: _read_map(document, name) for name in ("n", "p", "t", "u", "x")})


def schema_too_new(document: Doc[Any]) -> bool:
    """Whether a later version wrote this document: it can be read, but must not be edited."""
    schema = _read_map(document, "meta").get("schema")
    if not isinstance(schema, str) or not (schema.isascii() and schema.isdigit()):
        return False
    return schema.lstrip("0") not in ("", str(SCHEMA))


def edit(
    document: Doc[Any], action: Callable[[Editor], object], random: Random = _system_random, meta: str = ""
) -> bytes | None:
    """Runs one user action and returns its update (Yjs v1), or None where it changed nothing.

    Raises TeammarksError CONFLICT for a document of a later version, and whatever the action raises; then nothing is
    written.
    """
    if schema_too_new(document):
        raise TeammarksError(Code.CONFLICT, "This folder was changed by a newer version. Update to edit it.")
    editor = Editor(read_tree(document), random, meta)
    action(editor)
    writes = list(editor.writes())
    if not writes:
        return None
    updates: list[bytes] = []

    def keep(event: TransactionEvent) -> None:
        updates.append(event.update)

    subscription = document.observe(keep)
    try:
        with document.transaction():
            for name, key, value in writes:
                target = document.get(name, type=Map)
                if value is None:
                    del target[key]
                else:
                    target[key] = value
    finally:
        document.unobserve(subscription)
    (update,) = updates
    return update


def _read_map(document: Doc[Any], name: str) -> dict[str, object]:
    source: Map[Any] = document.get(name, type=Map)
    try:
        return dict(source.items())
    except KeyError:
        # A key whose item holds no value at all (a formatting mark, say): listed, but not there.
        return {key: value for key in source.keys() if (value := source.get(key, _ABSENT)) is not _ABSENT}  # noqa: SIM118


_ABSENT = object()
