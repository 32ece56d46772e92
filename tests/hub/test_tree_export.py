"""A tree as other programs read it."""

import json
from html.parser import HTMLParser
from typing import Any

import pytest

from hub.tree.export import as_json, as_netscape
from hub.tree.node import NodeId
from tests.hub.tree_folder import A, B, C, Folder, K, L, M
from tests.vectors.scene import bookmark, folder, named, separator


def two_levels() -> Folder:
    return Folder(
        folder(A, "a1 root", "Grafana"),
        bookmark(K, f"a1 {A}", "CPU", "https://grafana.example.org/d/cpu?a=1&b=2"),
        folder(B, f"a2 {A}", "Empty"),
        separator(M, "a2 root"),
        bookmark(L, "a3 root", "Wiki", "http://wiki.example.org/"),
    )


def shown_as_json(here: Folder, version: int = 1) -> dict[str, Any]:
    read: dict[str, Any] = json.loads("".join(as_json(here.tree, version)))
    return read


def netscape(here: Folder) -> str:
    return "".join(as_netscape(here.tree))


class Imported(HTMLParser):
    """What a browser takes from a bookmark file: (path of folders, title, address)."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str, str | None]] = []
        self.path: list[str] = []
        self.tags: list[str] = []
        self._title: list[str] | None = None
        self._href: str | None = None
        self.feed(text)
        assert self.path == [], "every folder is closed"

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag in ("h3", "a"):
            self._title, self._href = [], dict(attributes).get("href")

    def handle_data(self, data: str) -> None:
        if self._title is not None:
            self._title.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "dl":
            self.path = self.path[:-1]
        if tag in ("h3", "a") and self._title is not None:
            title = "".join(self._title)
            self._title = None
            if tag == "h3":
                self.path.append(title)
            else:
                self.found.append(("/".join(self.path), title, self._href))


def test_a_tree_as_json_is_nested_as_it_is_shown() -> None:
    assert shown_as_json(two_levels(), 7) == {
        "version": 7,
        "children": [
            {
                "id": A,
                "kind": "folder",
                "title": "Grafana",
                "children": [
                    {"id": K, "kind": "bookmark", "title": "CPU", "url": "https://grafana.example.org/d/cpu?a=1&b=2"},
                    {"id": B, "kind": "folder", "title": "Empty", "children": []},
                ],
            },
            {"id": M, "kind": "separator"},
            {"id": L, "kind": "bookmark", "title": "Wiki", "url": "http://wiki.example.org/"},
        ],
    }


def test_an_empty_tree_is_an_empty_list() -> None:
    assert shown_as_json(Folder()) == {"version": 1, "children": []}
    assert Imported(netscape(Folder())).found == []


def test_a_bookmark_file_is_nested_as_it_is_shown() -> None:
    assert Imported(netscape(two_levels())).found == [
        ("Grafana", "CPU", "https://grafana.example.org/d/cpu?a=1&b=2"),
        ("", "Wiki", "http://wiki.example.org/"),
    ]
    assert netscape(two_levels()).startswith("<!DOCTYPE NETSCAPE-Bookmark-file-1>\n")


@pytest.mark.parametrize(
    "title", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</A></DL>", "a\nb", "{{7*7}}", "&lt;"]
)
def test_no_title_or_address_leaves_its_place(title: str) -> None:
    address = f"https://example.org/{title.replace(chr(10), '')}"
    here = Folder(folder(A, "a1 root", title), bookmark(K, f"a1 {A}", title, address))
    read = Imported(netscape(here))
    line = title.replace("\n", " ")
    assert read.found == [(line, line, address if " " not in address else None)]
    assert {"script", "img"} & set(read.tags) == set()
    assert shown_as_json(here)["children"][0]["title"] == title


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        " javascript:alert(1)",
        "\x01javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "file:///etc/passwd",
        "chrome://settings",
        "vbscript:x",
        "//example.org",
        "https:example.org",
        "https://exa\tmple.org",
        "ht\ntps://example.org",
        "",
    ],
)
def test_only_an_address_on_the_web_can_be_clicked(address: str) -> None:
    here = Folder(bookmark(K, "a1 root", "Click me", address))
    assert Imported(netscape(here)).found == [("", "Click me", None)]
    assert "href" not in netscape(here).lower()
    (shown,) = shown_as_json(here)["children"]
    assert "url" not in shown
    assert shown["unsafe_url"] == address


@pytest.mark.parametrize("address", ["http://a", "https://example.org/?q=1#x", "HTTPS://EXAMPLE.ORG", "http://ü.de/ä"])
def test_an_address_on_the_web_stays_as_it_is(address: str) -> None:
    here = Folder(bookmark(K, "a1 root", "Click me", address))
    assert Imported(netscape(here)).found == [("", "Click me", address)]
    assert shown_as_json(here)["children"][0]["url"] == address


def test_a_folder_nested_beyond_every_stack_is_exported() -> None:
    here, parent = Folder(), "root"
    for number in range(5_000):
        here.take(folder(NodeId(named(f"deep-{number}")), f"a1 {parent}", "F"))
        parent = named(f"deep-{number}")
    here.take(bookmark(C, f"a1 {parent}", "Deepest", "https://example.org/"))
    ((path, title, _),) = Imported(netscape(here)).found
    assert (path.count("/"), title) == (4_999, "Deepest")
    text = "".join(as_json(here.tree, 1))
    assert text.count("[") == text.count("]") == 5_001
