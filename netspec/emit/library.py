"""A backend's helpers as text: what of its `helpers.py` an emitted file carries. The file is read, never imported."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Helper:
    """A definition, and the other helpers that it uses."""

    text: str
    uses: tuple[str, ...]


@cache
def library(package: str) -> dict[str, Helper]:
    """Every helper of a backend by name, in the order of the file."""
    source = files(package).joinpath("helpers.py").read_text(encoding="utf-8")
    lines = source.splitlines()
    nodes = {node.name: node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    return {
        name: Helper(
            "\n".join(lines[_first_line(node) - 1 : node.end_lineno]),
            tuple(n.id for n in ast.walk(node) if isinstance(n, ast.Name) and n.id in nodes and n.id != name),
        )
        for name, node in nodes.items()
    }


def definitions(package: str, names: Iterable[str]) -> list[str]:
    """The texts of the helpers named and of those they use, each before its users."""
    helpers, wanted, open_ = library(package), set[str](), list(names)
    while open_:
        name = open_.pop()
        if name not in wanted:
            wanted.add(name)
            open_.extend(helpers[name].uses)
    return [helper.text for name, helper in helpers.items() if name in wanted]


def _first_line(node: ast.FunctionDef | ast.ClassDef) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
