"""Compose files as an engine reads them: variables put in, and one file laid over another.

The rules are those of the Compose specification, as far as our files use them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass
class Override:
    """`!override`: in place of what was there, instead of merged into it. `!reset`: nothing in its place."""

    value: Any


class _Loader(yaml.SafeLoader):
    pass


def _override(loader: _Loader, node: yaml.Node) -> Override:
    build = {yaml.MappingNode: loader.construct_mapping, yaml.SequenceNode: loader.construct_sequence}[type(node)]
    return Override(build(node, deep=True))


_Loader.add_constructor("!override", _override)
_Loader.add_constructor("!reset", _override)


def read(*files: Path, variables: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The first file with the others laid over it. `variables`: the environment of who runs compose."""
    composed: dict[str, Any] = {}
    for file in files:
        text = re.sub(
            r"\$\{(\w+):-([^}]*)\}",
            lambda found: (variables or {}).get(found[1]) or found[2],
            file.read_text(encoding="utf-8"),
        )
        composed = _laid_over(composed, yaml.load(text, _Loader))
    return composed


def _laid_over(base: Any, over: Any, name: str = "") -> Any:
    match base, over:
        case _, Override(value):
            return value
        case dict(), dict():
            return base | {key: _laid_over(base.get(key), value, key) for key, value in over.items()}
        case None, dict():
            return _laid_over({}, over)
        case list(), list() if name not in ("command", "entrypoint", "test"):
            # One for each place: of two volumes for the same folder the later one counts.
            return list({_place(item, name): item for item in base + over}.values())
    return over


def _place(item: Any, name: str) -> str:
    return item.split(":")[1] if name == "volumes" else repr(item)
