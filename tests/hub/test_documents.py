"""What the documents name is there."""

import re
from pathlib import Path

import pytest
import yaml
from prometheus_client import Metric, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from hub.accounts import KEYS_FILE, SAFE_FILE
from hub.console import SOCKET
from hub.metrics import Metrics
from hub.settings import FROM_FILES, PREFIX, Settings

ROOT = Path(__file__).parents[2]
SOURCES = [ROOT, ROOT / "hub", ROOT / "hub/tree", ROOT / "extension/src", ROOT / "extension/src/background"]
SOURCES += [
    ROOT / "extension/src/sync",
    ROOT / "extension/src/model",
    ROOT / "extension/src/popup",
    ROOT / "tests/hub",
    ROOT / "tests",
    ROOT / "docs",
]
DOCUMENTS = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    *sorted(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md")),
    *sorted(f"docs/decisions/{p.name}" for p in (ROOT / "docs/decisions").glob("*.md")),
]
MADE = {KEYS_FILE, SAFE_FILE, SOCKET}
"""What a hub makes when it runs."""


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_a_document_names_exists(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    named = set(re.findall(r"`([\w.][\w./-]*(?:\.\w{2,4}|/))`", text))
    missing = [n for n in sorted(named - MADE) if not any((source / n).exists() for source in SOURCES)]
    assert missing == []


@pytest.mark.parametrize("folder", ["hub", "tests"])
def test_the_map_has_every_module_of_the_hub_and_every_folder_of_tests(folder: str) -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    there = {path.name for path in (ROOT / folder).glob("[a-z]*.py")}
    there |= {f"{path.name}/" for path in (ROOT / folder).glob("[a-z]*/")} - {"node_modules/"}
    assert there - set(re.findall(rf"`(?:{folder}/)?(\w+(?:\.py|/))`", text)) == set()


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


@pytest.mark.parametrize("document", ["README.md", "docs/operations.md"])
def test_every_setting_a_document_names_exists(document: str) -> None:
    named = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", (ROOT / document).read_text(encoding="utf-8")))
    assert named
    assert named <= Settings.names().keys() | {f"{name}_FILE" for name in FROM_FILES}, f"no setting without {PREFIX}"


def test_the_manual_lists_every_setting_with_its_default() -> None:
    manual = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| `([A-Z_]+)` \| (?:`(.*?)`)? ?\|", manual, re.MULTILINE))
    settings = {
        name: str(about.default) for name, about in Settings.names().items() if about.default not in ("", (), None)
    }
    computed = {"PUBLIC_URL"}
    assert {name for name in Settings.names() if not name.startswith("LIMIT_")} <= listed.keys()
    assert {n: d for n, d in listed.items() if n not in computed} == {
        name: settings.get(name, "") for name in listed if name not in computed
    }


def test_the_manual_lists_every_metric_with_its_meaning() -> None:
    manual = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(teammarks_\w+)` \| ([^|]+?) \|", manual, re.MULTILINE)
    ours = [family for family in exported() if family.name.startswith("teammarks")]
    assert listed == [(f.name + ("_total" if f.type == "counter" else ""), f.documentation) for f in ours]


def test_every_metric_an_alert_asks_for_is_exported() -> None:
    manual = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    block = re.search(r"```yaml\n(.*?)```", manual, re.DOTALL)
    assert block
    rules = yaml.safe_load(block[1])["groups"][0]["rules"]
    asked = {name for rule in rules for name in re.findall(r"(?:teammarks|process)_\w+", rule["expr"])}
    of_families = {family.name for family in exported()}
    assert asked
    assert {re.sub(r"_(?:total|bucket|sum|count)$", "", name) for name in asked} <= of_families


def exported() -> list[Metric]:
    return list(text_string_to_metric_families(generate_latest(Metrics().registry).decode()))


def test_every_decision_is_in_the_list() -> None:
    listed = (ROOT / "docs/decisions/README.md").read_text(encoding="utf-8")
    assert [p.name for p in (ROOT / "docs/decisions").glob("0*.md") if p.name not in listed] == []
