"""What the documents name is there."""

import re
from pathlib import Path

import pytest

from hub.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
SOURCES = [ROOT, ROOT / "hub", ROOT / "hub/tree", ROOT / "extension/src", ROOT / "extension/src/background"]
SOURCES += [
    ROOT / "extension/src/sync",
    ROOT / "extension/src/model",
    ROOT / "tests/hub",
    ROOT / "tests",
    ROOT / "docs",
]
DOCUMENTS = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    *sorted(f"docs/decisions/{p.name}" for p in (ROOT / "docs/decisions").glob("*.md")),
]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_a_document_names_exists(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    named = set(re.findall(r"`([\w.][\w./-]*(?:\.\w{2,4}|/))`", text))
    missing = [n for n in sorted(named) if not any((source / n).exists() for source in SOURCES)]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_of_a_document_leads_somewhere(document: str) -> None:
    path = ROOT / document
    links = re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (path.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_make_target_a_document_names_exists(document: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    text = (ROOT / document).read_text(encoding="utf-8")
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE)) <= targets


def test_every_setting_the_readme_names_exists() -> None:
    rows = re.findall(r"^\| (`[A-Z_`, ]+`) \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"[A-Z_]+", row)}
    assert named
    assert named <= Settings.names().keys(), f"expected settings, without {PREFIX}"


def test_every_decision_is_in_the_list() -> None:
    listed = (ROOT / "docs/decisions/README.md").read_text(encoding="utf-8")
    assert [p.name for p in (ROOT / "docs/decisions").glob("0*.md") if p.name not in listed] == []
