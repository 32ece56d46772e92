"""Check files of tree vectors with the hub's implementation: `.venv/bin/python tests/vectors/check.py FILE…`

A file holds `{"format": "teammarks-tree-vectors", "version": 1, "cases": [{"name", "updates", "tree"}, …]}`: Yjs v1
updates in base64, and the canonical rows that they show, in whatever order they are applied. Each case is tried in the
listed order and in reverse. The TypeScript twin, `extension/scripts/check-vectors.ts`, prints the same lines.

Ends with 0 when all cases pass, 1 when one fails, 2 for a file that holds no vectors.
"""

import base64
import binascii
import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hub.document import Document
from hub.tree.document import read_tree
from hub.tree.tree import canonical, materialise

FORMAT = "teammarks-tree-vectors"
VERSION = 1


class NoVectors(Exception):
    """The file cannot be used. The text says why, to a person."""


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    updates: list[str]
    """Base64."""
    tree: list[Any]


def read_vectors(path: Path) -> list[Case]:
    """Raises NoVectors."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NoVectors(f"cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise NoVectors("is not JSON") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise NoVectors(f'holds no tree vectors: expected "format": "{FORMAT}"')
    if content.get("version") != VERSION or isinstance(content["version"], bool):
        raise NoVectors(f'is of another version: expected "version": {VERSION}')
    cases = content.get("cases")
    if not isinstance(cases, list):
        raise NoVectors('has no list "cases"')
    return _from_zero([_read_case(number, case) for number, case in enumerate(cases, start=1)])


def _from_zero(cases: list[Case]) -> list[Case]:
    """A file may count the depth of what is directly in the team's folder as 1 as well as 0, alike in all its cases."""
    first_rows = [case.tree[0] for case in cases if case.tree]
    if not first_rows or not all(isinstance(row, list) and row[:1] == [1] for row in first_rows):
        return cases
    return [replace(case, tree=[_lifted(row) for row in case.tree]) for case in cases]


def _lifted(row: object) -> object:
    match row:
        case [int(depth), *rest]:
            return [depth - 1, *rest]
    return row


def _read_case(number: int, case: object) -> Case:
    match case:
        case {"name": str(name), "updates": list(updates), "tree": list(tree)}:
            if all(isinstance(update, str) for update in updates):
                return Case(name, updates, tree)
    raise NoVectors(f'case {number} is none: expected "name", "updates" (base64 texts) and "tree" (rows)')


def failure(case: Case) -> str | None:
    """Why the case fails, in one line, or None."""
    try:
        updates = [base64.b64decode(update, validate=True) for update in case.updates]
    except binascii.Error:
        return "an update is not base64"
    for order, ordered in (("listed", updates), ("reverse", updates[::-1])):
        try:
            document = Document()
            for update in ordered:
                document.apply([update])
            got = [_line(row) for row in canonical(materialise(read_tree(document.doc)))]
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # a panic in the CRDT library is no Exception
            return f"{order} order: raised {type(error).__name__}: {error}"
        expected = [_line(row) for row in case.tree]
        if got != expected:
            return f"{order} order: {_difference(expected, got)}"
    return None


def _line(row: object) -> str:
    return json.dumps(row, separators=(",", ":"))


def _difference(expected: list[str], got: list[str]) -> str:
    row = next((i for i, (a, b) in enumerate(zip(expected, got, strict=False)) if a != b), None)
    if row is None:
        row = min(len(expected), len(got))
    lines = [rows[row] if row < len(rows) else "nothing" for rows in (expected, got)]
    return f"row {row + 1}: expected {lines[0]}, got {lines[1]} ({len(expected)} rows expected, {len(got)} got)"


def main(arguments: list[str]) -> int:
    if not arguments:
        sys.stderr.write("expected a file of tree vectors\n")
        return 2
    cases = []
    for argument in arguments:
        try:
            cases += read_vectors(Path(argument))
        except NoVectors as error:
            sys.stderr.write(f"{argument} {error}\n")
            return 2
    failures = [(case.name, why) for case in cases if (why := failure(case)) is not None]
    for name, why in failures:
        sys.stdout.write(f"FAILED {json.dumps(name)[1:-1]}: {why}\n")
    sys.stdout.write(f"python: {len(cases) - len(failures)} passed, {len(failures)} failed\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
