"""A backend's helpers as text: what of its folder `helpers` an emitted file carries. They are read, never imported."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Helper:
    """A definition, the other helpers that it uses, and the names that it reads."""

    text: str
    uses: tuple[str, ...]
    reads: frozenset[str]


@cache
def library(package: str) -> dict[str, Helper]:
    """Every helper of a backend by name, file by file in their order."""
    folder = files(package).joinpath("helpers")
    texts = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir() if path.name.endswith(".py")}
    nodes = {
        node.name: (node, texts[name].splitlines())
        for name in sorted(texts)
        for node in ast.parse(texts[name]).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }
    return {
        name: Helper(
            "\n".join(lines[_first_line(node) - 1 : node.end_lineno]),
            tuple(dict.fromkeys(used for used in _names(node) if used in nodes.keys() - {name})),
            frozenset(_names(node)),
        )
        for name, (node, lines) in nodes.items()
    }


def definitions(package: str, names: Iterable[str]) -> list[Helper]:
    """The helpers named and those they use, each before its users."""
    helpers, wanted, open_ = library(package), set[str](), list(names)
    while open_:
        name = open_.pop()
        if name not in wanted:
            wanted.add(name)
            open_.extend(helpers[name].uses)
    placed: list[str] = []
    for name in (name for name in helpers if name in wanted):
        placed += (needed for needed in _needed(helpers, name) if needed not in placed)
    return [helpers[name] for name in placed]


def _needed(helpers: Mapping[str, Helper], name: str) -> Iterator[str]:
    """A helper behind those that it uses, which are few and do not use each other in a circle."""
    for other in helpers[name].uses:
        yield from _needed(helpers, other)
    yield name


def _names(node: ast.AST) -> list[str]:
    return [inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)]


def _first_line(node: ast.FunctionDef | ast.ClassDef) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
