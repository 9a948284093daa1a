"""A backend's helpers as text: what of its folder `helpers` an emitted file carries. They are read, never imported."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from netspec.emit.code import Code, keywords
from netspec.emit.specialise import options, specialised


@dataclass(frozen=True)
class Helper:
    """A definition, the other helpers that it uses, and the names that it reads."""

    text: str
    uses: tuple[str, ...]
    reads: frozenset[str]


@dataclass(frozen=True)
class Source:
    """Where a helper stands: the lines of its file, and the node in them."""

    lines: Sequence[str]
    node: ast.FunctionDef | ast.ClassDef


@cache
def sources(package: str) -> dict[str, Source]:
    """Every helper of a backend by name, file by file in their order."""
    folder = files(package).joinpath("helpers")
    texts = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir() if path.name.endswith(".py")}
    return {
        node.name: Source(texts[name].splitlines(), node)
        for name in sorted(texts)
        for node in ast.parse(texts[name]).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }


@cache
def library(package: str) -> dict[str, Helper]:
    """Every helper of a backend by name, with all of its options."""
    known = sources(package)
    return {name: _helper(specialised(source.lines, source.node, {}), known) for name, source in known.items()}


def definitions(package: str, names: Iterable[str], codes: Iterable[Code]) -> list[Helper]:
    """The helpers named and those they use, each before its users, without the options that no code names."""
    helpers, known, wanted, open_ = library(package), sources(package), set[str](), list(names)
    while open_:
        name = open_.pop()
        if name not in wanted:
            wanted.add(name)
            open_.extend(helpers[name].uses)
    placed: list[str] = []
    for name in (name for name in helpers if name in wanted):
        placed += (needed for needed in _needed(helpers, name) if needed not in placed)
    nodes = {name: known[name].node for name in placed}
    calls = _calls(nodes.values(), codes)
    return [_helper(specialised(known[name].lines, node, _named(node, calls)), known) for name, node in nodes.items()]


def _helper(text: str, known: Mapping[str, Source]) -> Helper:
    (node,) = ast.parse(text).body
    names = _names(node)
    uses = tuple(dict.fromkeys(used for used in names if used in known and used != getattr(node, "name", "")))
    return Helper(text, uses, frozenset(names))


def _calls(nodes: Iterable[ast.AST], codes: Iterable[Code]) -> dict[str, list[set[str]]]:
    """For each helper that is called what its calls name; those of a class are calls of its bases, too."""
    nodes, found = [*nodes], keywords(codes)
    for inner in (inner for node in nodes for inner in ast.walk(node)):
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name):
            found.setdefault(inner.func.id, []).append({keyword.arg or "" for keyword in inner.keywords})
    for node in reversed(nodes):
        if isinstance(node, ast.ClassDef):
            for base in (base.id for base in node.bases if isinstance(base, ast.Name)):
                found.setdefault(base, []).extend(found.get(node.name, []))
    return found


def _named(node: ast.FunctionDef | ast.ClassDef, calls: Mapping[str, Sequence[set[str]]]) -> dict[str, bool | None]:
    """Of each option of a helper, whether all calls name it, or none, or some; of one that no code calls, some may."""
    found = calls.get(node.name, ())
    counts = {option: sum(option in each for each in found) for option in options(node)}
    return {option: True if n == len(found) else n > 0 and None for option, n in counts.items()} if found else {}


def _needed(helpers: Mapping[str, Helper], name: str) -> Iterator[str]:
    """A helper behind those that it uses, which are few and do not use each other in a circle."""
    for other in helpers[name].uses:
        yield from _needed(helpers, other)
    yield name


def _names(node: ast.AST) -> list[str]:
    return [inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)]
