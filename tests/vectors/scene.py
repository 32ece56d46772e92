"""The words in which the hand-made cases are written: entries, peers that write them, and the rows they must show.

Everything here is independent of the implementation under test, the hashes in trash records included.
"""

import base64
from collections.abc import Sequence
from typing import Any
from zlib import crc32

from pycrdt import Doc, Map, TransactionEvent

Entry = tuple[str, str, Any]
"""Map, key, value; None takes the key away (`NULL` writes a null)."""
Row = tuple[int, str, str, str, str]
Case = dict[str, Any]

NULL = object()
URL = "https://one.example/"


def named(name: str) -> str:
    """A node id that begins with this name."""
    return name.ljust(12, "_")


def folder(id: str, place: str, title: str | None = None) -> Entry:
    """Titled by the first letter of its id where no title is given."""
    return "n", id, ["f", place, id[0] if title is None else title]


def bookmark(id: str, place: str, title: str | None = None, url: str = URL) -> Entry:
    return "n", id, ["b", place, id[0] if title is None else title, url]


def separator(id: str, place: str) -> Entry:
    return "n", id, ["s", place]


def place(id: str, words: str | None) -> Entry:
    return "p", id, words


def saw(*parts: str) -> str:
    """What a deleter saw: of a bookmark its written parent, title and URL; of anything else its written parent."""
    return f"{crc32(chr(10).join(parts).encode()):08x}"


def deleted(key: str, root: str, *lines: tuple[str, str], meta: str = "") -> Entry:
    """A trash record; each line is an id and a hash."""
    return "x", key, "\n".join((root, meta, *(f"{id} {hash}" for id, hash in lines)))


def f(depth: int, id: str, title: str | None = None) -> Row:
    return depth, id, "f", id[0] if title is None else title, ""


def b(depth: int, id: str, title: str | None = None, url: str = URL) -> Row:
    return depth, id, "b", id[0] if title is None else title, url


def s(depth: int, id: str) -> Row:
    return depth, id, "s", "", ""


class Scene:
    """Peers, told apart by their client numbers, that write raw entries. Of two writes to one key, neither of which
    knew of the other, the greater number wins."""

    def __init__(self, *entries: Entry) -> None:
        """`entries` are written first, by a peer numbered 1, and known to all."""
        self.updates: list[bytes] = []
        self._shared: list[bytes] = []
        self._documents: dict[int, Doc[Any]] = {}
        for entry in entries:
            self.write(1, entry)
        self.sync()

    def write(self, peer: int, *entries: Entry) -> None:
        """One transaction, known to this peer alone until the next `sync`."""
        document = self._document(peer)
        made: list[bytes] = []

        def keep(event: TransactionEvent) -> None:
            made.append(event.update)

        subscription = document.observe(keep)
        with document.transaction():
            for name, key, value in entries:
                target = document.get(name, type=Map)
                if value is None:
                    del target[key]
                else:
                    target[key] = None if value is NULL else value
        document.unobserve(subscription)
        self.updates += made

    def write_document(self, map_name: str, key: str) -> None:
        """Puts a document into a map, by a peer numbered 9: byte by byte, for the library orders its options anew
        every time."""
        words = [map_name, key, "a-document-in-a-document"]
        texts = b"".join(bytes([len(word)]) + word.encode() for word in words)
        one_struct_of_client_9, a_document_under_a_key, no_options = b"\x01\x01\x09\x00", b"\x29\x01", b"\x76\x00"
        self.updates.append(one_struct_of_client_9 + a_document_under_a_key + texts + no_options + b"\x00")

    def sync(self) -> None:
        """From here on everyone knows everything written so far."""
        for document in self._documents.values():
            for update in self.updates:
                document.apply_update(update)
        self._shared = list(self.updates)

    def _document(self, peer: int) -> Doc[Any]:
        if peer not in self._documents:
            document = self._documents[peer] = Doc(client_id=peer)
            for update in self._shared:
                document.apply_update(update)
        return self._documents[peer]


def case(name: str, scene: Scene, tree: Sequence[Row]) -> Case:
    updates = [base64.b64encode(update).decode() for update in scene.updates]
    return {"name": name, "updates": updates, "tree": [list(row) for row in tree]}


def one(name: str, entries: Sequence[Entry], tree: Sequence[Row]) -> Case:
    """A case of one peer, each entry a transaction of its own."""
    return case(name, Scene(*entries), tree)
