"""Updates and state vectors: what the walker lets through, the CRDT library bears, and the tree can be read."""

import sys
from pathlib import Path
from random import Random

import atheris
from engine import fuzz

with atheris.instrument_imports(include=["hub"]):
    from hub.document import EMPTY_STATE_VECTOR, Document, UnreadableUpdate, check, check_state_vector, merge
    from hub.tree.document import read_tree
    from hub.tree.tree import canonical_text, materialise

sys.path.append(str(Path(__file__).parents[1] / "hub"))
from histories import updates

HISTORY = updates(Random(1))


def one_input(data: bytes) -> None:
    _state_vector(data)
    try:
        check(data)
    except UnreadableUpdate:
        return
    for before in ([], HISTORY):
        document = Document()
        document.apply(before)
        try:
            document.has_all_of(data)
            document.apply([data])
            merge([*before, data])
        except UnreadableUpdate:
            continue  # it does not fit into this document, which is thrown away
        assert document.keys("n") >= 0
        canonical_text(materialise(read_tree(document.doc)))
        # What it gives out, another takes.
        check(document.state())
        replica = Document()
        replica.apply([document.missing(EMPTY_STATE_VECTOR)])


def _state_vector(data: bytes) -> None:
    try:
        check_state_vector(data)
        document = Document()
        document.apply(HISTORY)
        document.missing(data)
    except UnreadableUpdate:
        pass


fuzz(one_input, [*HISTORY, merge(HISTORY), *(one for seed in range(20) for one in updates(Random(seed))[:3])])
