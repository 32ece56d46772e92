"""A tree as other programs read it: JSON, and the Netscape bookmark file that every browser imports.

The rule: what is exported depends on the document alone, and is safe to open: only an http or https address is one
that a person can click or a program would open; any other is shown as text. A folder may be nested deeper than any
stack, so nothing here recurses, and no line is indented.
"""

import html
import json
import re
from collections.abc import Iterator

from hub.tree.node import ROOT, Kind, Node
from hub.tree.text import well_formed
from hub.tree.tree import Tree

_NAMES = {Kind.FOLDER: "folder", Kind.BOOKMARK: "bookmark", Kind.SEPARATOR: "separator"}
_ON_THE_WEB = re.compile(r"https?://[^\x00-\x20\x7f]+", re.IGNORECASE)
"""A browser would still rewrite an address with control characters in it, so we don't know what it is."""
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_NETSCAPE = """<!DOCTYPE NETSCAPE-Bookmark-file-1>
<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=UTF-8">
<TITLE>Bookmarks</TITLE>
<H1>Bookmarks</H1>
"""


def as_json(tree: Tree, version: int) -> Iterator[str]:
    """In pieces: `version`, and below it the nodes with what is in them. `version` is the number of the log."""
    yield f'{{"version":{version},"children":['
    level, first = 0, True
    for depth, node in tree.below(ROOT):
        if depth < level:
            yield "]}" * (level - depth)
            first = False
        level = depth
        if not first:
            yield ","
        yield json.dumps(_fields(node), ensure_ascii=False, separators=(",", ":")).removesuffix("}")
        first = node.kind is Kind.FOLDER
        if first:
            yield ',"children":['
            level += 1
        else:
            yield "}"
    yield "]}" * (level + 1)


def as_netscape(tree: Tree) -> Iterator[str]:
    """In pieces."""
    yield _NETSCAPE + "<DL><p>\n"
    level = 0
    for depth, node in tree.below(ROOT):
        yield "</DL><p>\n" * (level - depth)
        level = depth
        yield _entry(node)
        if node.kind is Kind.FOLDER:
            yield "<DL><p>\n"
            level += 1
    yield "</DL><p>\n" * (level + 1)


def _fields(node: Node) -> dict[str, str]:
    fields = {"id": node.id, "kind": _NAMES[node.kind]}
    if node.kind is not Kind.SEPARATOR:
        fields["title"] = well_formed(node.title)
    if node.kind is Kind.BOOKMARK:
        fields["url" if _ON_THE_WEB.fullmatch(node.url) else "unsafe_url"] = well_formed(node.url)
    return fields


def _entry(node: Node) -> str:
    title = _escaped(node.title)
    match node.kind:
        case Kind.FOLDER:
            return f"<DT><H3>{title}</H3>\n"
        case Kind.SEPARATOR:
            return "<HR>\n"
        case Kind.BOOKMARK if _ON_THE_WEB.fullmatch(node.url):
            return f'<DT><A HREF="{_escaped(node.url)}">{title}</A>\n'
        case Kind.BOOKMARK:
            return f"<DT><A>{title}</A>\n<DD>{_escaped(node.url)}\n"


def _escaped(text: str) -> str:
    """On one line, within an element or a quoted attribute."""
    return html.escape(_CONTROLS.sub(" ", well_formed(text)))
