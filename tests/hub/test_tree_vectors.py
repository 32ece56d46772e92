"""The vectors both implementations read, and the program that checks any other file of them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.vectors import hand_entries, hand_places, hand_trash, hand_values, histories
from tests.vectors.check import Case, NoVectors, failure, main, read_vectors

VECTORS = Path(__file__).parent.parent / "vectors"
FILES = sorted(VECTORS.glob("*.json"))
GOOD = {"name": "nothing", "updates": ["AAA="], "tree": []}


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=f"{path.stem}: {case.name}") for path in FILES for case in read_vectors(path)]
)
def test_vector(case: Case) -> None:
    assert failure(case) is None


def test_the_files_are_what_their_makers_make() -> None:
    made = {
        "hand.json": [*hand_entries.cases(), *hand_values.cases(), *hand_places.cases(), *hand_trash.cases()],
        "histories-python.json": histories.cases(),
    }
    for name, cases in made.items():
        written = json.loads((VECTORS / name).read_text(encoding="utf-8"))["cases"]
        assert written == json.loads(json.dumps(cases)), f"{name}: run python -m tests.vectors.make_vectors"


def write(path: Path, **changes: Any) -> str:
    content = {"format": "teammarks-tree-vectors", "version": 1, "cases": [GOOD]} | changes
    path.write_text(json.dumps({key: value for key, value in content.items() if value is not None}), encoding="utf-8")
    return str(path)


def test_a_file_that_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([write(tmp_path / "v.json")]) == 0
    assert capsys.readouterr().out == "python: 1 passed, 0 failed\n"


def test_each_case_that_fails_is_named_with_the_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = [0, "k___________", "b", "One", ""]
    cases = [
        GOOD,
        GOOD | {"name": "wrong", "tree": [row]},
        GOOD | {"name": "bad bytes", "updates": ["////"]},
        GOOD | {"name": "no base64", "updates": ["*"]},
    ]
    assert main([write(tmp_path / "v.json", cases=cases)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == (
        'FAILED wrong: listed order: row 1: expected [0,"k___________","b","One",""], got nothing '
        "(1 rows expected, 0 got)"
    )
    assert lines[1].startswith("FAILED bad bytes: listed order: raised ")
    assert lines[2:] == ["FAILED no base64: an update is not base64", "python: 1 passed, 3 failed"]


def test_rows_are_compared_by_their_json(tmp_path: Path) -> None:
    """False is not 0 and 0.0 is not either, though Python says so."""
    hand = {case.name: case for case in read_vectors(VECTORS / "hand.json")}
    one = hand["one bookmark"]
    for depth in (False, 0.0):
        assert failure(Case(one.name, one.updates, [[depth, *one.tree[0][1:]]])) is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "something-else"},
        {"format": None},
        {"version": 2},
        {"version": True},
        {"version": None},
        {"cases": None},
        {"cases": {}},
        {"cases": [GOOD, 5]},
        {"cases": [{"name": "no tree", "updates": []}]},
        {"cases": [GOOD | {"name": 5}]},
        {"cases": [GOOD | {"updates": [5]}]},
        {"cases": [GOOD | {"tree": None}]},
    ],
)
def test_a_file_in_another_form_is_refused(
    changes: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([write(tmp_path / "v.json", **changes)]) == 2
    assert "v.json" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b"null"])
def test_a_file_that_is_no_such_json_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "v.json").write_bytes(content)
    with pytest.raises(NoVectors):
        read_vectors(tmp_path / "v.json")


def test_a_missing_file_and_no_file_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.json")]) == 2
    assert main([]) == 2
    assert "No such file" in capsys.readouterr().err


def test_it_runs_as_a_program() -> None:
    command = [sys.executable, str(VECTORS / "check.py"), str(VECTORS / "hand.json")]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 0
    assert finished.stdout.endswith(" passed, 0 failed\n")
