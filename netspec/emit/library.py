"""A backend's helpers as text: what of its folder `helpers` an emitted file carries. They are read, never imported."""

from __future__ import annotations

import ast
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
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
def names(package: str) -> dict[str, str]:
    """Every helper of a backend, file by file in their order, and the text of its file. Nothing is parsed for that: a
    net needs few of them."""
    folder = files(package).joinpath("helpers")
    texts = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir() if path.name.endswith(".py")}
    return {
        name: texts[file] for file in sorted(texts) for name in re.findall(r"(?m)^(?:class|def) (\w+)", texts[file])
    }


def source(package: str, name: str) -> Source:
    """Where a helper of a backend stands."""
    return _sources(names(package)[name])[name]


@cache
def _sources(text: str) -> dict[str, Source]:
    lines, nodes = text.splitlines(), ast.parse(text).body
    return {node.name: Source(lines, node) for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}


@cache
def helper(package: str, name: str) -> Helper:
    """A helper of a backend, with all of its options."""
    found = source(package, name)
    return _helper(specialised(found.lines, found.node, {}), names(package))


def definitions(package: str, called: Iterable[str], codes: Iterable[Code]) -> list[Helper]:
    """The helpers named and those they use, each before its users, without the options that no code names."""
    known, wanted, open_ = names(package), set[str](), list(called)
    while open_:
        name = open_.pop()
        if name not in wanted:
            wanted.add(name)
            open_.extend(helper(package, name).uses)
    placed: list[str] = []
    for name in (name for name in known if name in wanted):
        placed += (needed for needed in _needed(package, name) if needed not in placed)
    found = [source(package, name) for name in placed]
    calls = _calls([each.node for each in found], codes)
    return [_helper(specialised(each.lines, each.node, _named(each.node, calls)), known) for each in found]


def _helper(text: str, known: Container[str]) -> Helper:
    (node,) = ast.parse(text).body
    read = _names(node)
    uses = tuple(dict.fromkeys(used for used in read if used in known and used != getattr(node, "name", "")))
    return Helper(text, uses, frozenset(read))


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


def _needed(package: str, name: str) -> Iterator[str]:
    """A helper behind those that it uses, which are few and do not use each other in a circle."""
    for other in helper(package, name).uses:
        yield from _needed(package, other)
    yield name


def _names(node: ast.AST) -> list[str]:
    return [inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)]
