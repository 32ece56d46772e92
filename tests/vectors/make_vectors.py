"""Write the vectors anew: `.venv/bin/python -m tests.vectors.make_vectors`, in the root of the repository.

The trees of the hand-made cases are written by hand, from the rules. The histories are random edits by several people
through the hub's own writer, and the tree that the hub shows in the end: they are for the other implementation. Both
come out the same byte for byte every time, so that a difference is a change of the rules.
"""

import json
from pathlib import Path

from tests.vectors import hand_entries, hand_places, hand_trash, hand_values, histories
from tests.vectors.scene import Case

HERE = Path(__file__).parent


def write(name: str, cases: list[Case]) -> None:
    names = [case["name"] for case in cases]
    assert len(names) == len(set(names)), "two cases have the same name"
    lines = ",\n".join(json.dumps(case, ensure_ascii=False, separators=(",", ":")) for case in cases)
    head = '{"format":"teammarks-tree-vectors","version":1,"cases":[\n'
    (HERE / name).write_text(f"{head}{lines}\n]}}\n", encoding="utf-8")


if __name__ == "__main__":
    write("hand.json", [*hand_entries.cases(), *hand_values.cases(), *hand_places.cases(), *hand_trash.cases()])
    write("histories-python.json", histories.cases())
