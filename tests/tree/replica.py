"""The hub's side of the cross-language tests: replicas in one long-lived process, told what to do line by line.

One JSON object a line on stdin, one answer a line on stdout, bytes in base64. Run with `python -m`.
"""

import json
import sys
from base64 import b64decode, b64encode
from collections.abc import Callable
from random import Random
from typing import Any

from pycrdt import Doc

from hub.tree.document import read_tree
from hub.tree.node import Kind
from hub.tree.tree import canonical_text, materialise
from hub.tree.writer import Editor
from tests.vectors.people import Person


class Replicas:
    """By name. Every method is a request of the test, and returns what the test is answered."""

    def __init__(self) -> None:
        self.people: dict[str, Person] = {}

    def start(self, name: str, seed: int) -> None:
        self.people[name] = Person(Random(seed).getrandbits(32))

    def act(self, name: str, seed: int) -> None:
        """A random edit by the hub's writer."""
        self.people[name].do_something(Random(seed), seed)

    def reload(self, name: str, seed: int) -> None:
        state = self.people[name].document.get_update()
        self.start(name, seed)
        self.people[name].document.apply_update(state)

    def apply(self, name: str, update: str) -> None:
        self.people[name].document.apply_update(b64decode(update))

    def vector(self, name: str) -> str:
        return b64encode(self.people[name].document.get_state()).decode()

    def missing(self, name: str, vector: str) -> str:
        return b64encode(self.people[name].document.get_update(b64decode(vector))).decode()

    def text(self, name: str) -> str:
        return canonical_text(self.people[name].tree)

    def read(self, update: str) -> str:
        """What one update shows in a document of its own."""
        document: Doc[Any] = Doc()
        document.apply_update(b64decode(update))
        return canonical_text(materialise(read_tree(document)))

    def writes(self, update: str, edit: list[Any], seed: int) -> str:
        """What the hub's writer would write for an edit of a document of this update."""
        document: Doc[Any] = Doc()
        document.apply_update(b64decode(update))
        editor = Editor(read_tree(document), Random(seed))
        verb, *rest = edit
        EDITS[verb](editor, *rest)
        return json.dumps(list(editor.writes()))


EDITS: dict[str, Callable[..., object]] = {
    "create": lambda editor, kind, *rest: editor.create(Kind(kind), *rest),
    "move": Editor.move,
    "rename": Editor.rename,
    "url": Editor.set_url,
    "remove": Editor.remove,
    "restore": Editor.restore,
    "restore one": Editor.restore_one,
}


def main() -> None:
    replicas = Replicas()
    for line in sys.stdin:
        request = json.loads(line)
        answer = getattr(replicas, request.pop("do"))(**request)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
