"""Imports go one way: no circle of files, and none from a lower floor of the house to a higher one.

Imports inside functions count, those for type checkers alone do not.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from netspec.layers import FAMILIES

ROOT = Path(__file__).resolve().parents[2]
# The lowest first. A file belongs to the longest name that its own begins with; docs/architecture.md draws them.
FLOORS = (
    "netspec.shapes",
    "netspec.arrays",
    "netspec.diagnostics",
    "netspec.problems",
    "netspec.host",
    "netspec.syntax",
    "netspec.layers",
    "netspec.frontend.messages",
    "netspec.plugins",
    "netspec.net",
    "netspec.net.compare",
    "netspec.solver",
    "netspec.draw",
    "netspec.frontend.expressions",
    "netspec.frontend.lower",
    "netspec.frontend.language",
    "netspec.lints",
    "netspec.frontend",
    "netspec.convert",
    "netspec.emit",
    "netspec.net.passes",
    "netspec.backend",
    "netspec.weights",
    "netspec.data",
    "netspec.training",
    "netspec.verify",
    "netspec.timing",
    "netspec_numpy",
    "netspec_torch",
    "netspec_tensorflow",
    "netspec.config",
    "netspec.cli",
    "netspec.highlight",
    "netspec.__main__",
)
FRONT_DOOR = "netspec"  # may lead anywhere: it imports a name's module when the name is first used


@cache
def files() -> dict[str, Path]:
    """Every module, by name."""
    found = [(path, path.relative_to(ROOT)) for path in (ROOT / "netspec").rglob("*.py")]
    found += [(path, path.relative_to(ROOT / "backends")) for path in (ROOT / "backends").rglob("*.py")]
    return {".".join(place.with_suffix("").parts).removesuffix(".__init__"): path for path, place in found}


@cache
def imports() -> dict[str, set[str]]:
    """For every module those of netspec that it imports."""
    return {name: set(_imported(ast.parse(path.read_text()))) - {name} for name, path in files().items()}


def _imported(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            children = node.orelse
        case ast.Import():
            yield from (alias.name for alias in node.names if alias.name in files())
            return
        case ast.ImportFrom(module=str(module)):
            whole = (f"{module}.{alias.name}" for alias in node.names)
            yield from (name if name in files() else module for name in whole if module in files() or name in files())
            return
        case _:
            children = ast.iter_child_nodes(node)
    for child in children:
        yield from _imported(child)


def floor(module: str) -> int:
    """The number of its floor, from below."""
    names = [name for name in FLOORS if module == name or module.startswith(f"{name}.")]
    return FLOORS.index(max(names, key=len)) if names else -1


def test_no_file_imports_itself_in_a_circle() -> None:
    try:
        TopologicalSorter(imports()).prepare()
    except CycleError as circle:
        pytest.fail(" → ".join(circle.args[1]))


def test_every_file_has_a_floor() -> None:
    assert [module for module in files() if floor(module) < 0 and module != FRONT_DOOR] == []


def test_no_import_leads_up() -> None:
    up = [
        f"{module} → {other}"
        for module, others in imports().items()
        for other in sorted(others - {FRONT_DOOR})
        if module != FRONT_DOOR and floor(other) > floor(module)
    ]
    assert up == []


def test_the_room_of_caffe_knows_no_other_room() -> None:
    rooms = tuple(f"netspec.layers.{room}." for room in {family.partition(".")[0] for family in FAMILIES} - {"caffe"})
    own = {module: others for module, others in imports().items() if module.startswith("netspec.layers.caffe.")}
    assert own
    assert not [f"{module} → {other}" for module, others in own.items() for other in others if other.startswith(rooms)]


def test_nothing_leads_back_to_the_front_door() -> None:
    assert [module for module, others in imports().items() if FRONT_DOOR in others] == []


def test_the_floors_are_drawn() -> None:
    lines = (ROOT / "docs" / "architecture.md").read_text().partition("## Rooms and floors")[2].splitlines()
    drawing = lines[: lines.index("What follows from the floors, and is meant:")]
    drawn = [line.split()[0] for line in drawing if line.startswith("    ")]
    called = [name if name.startswith("netspec_") else f"netspec.{name}" for name in reversed(drawn)]
    assert called == [name for name in FLOORS if name not in ("netspec.highlight", "netspec.__main__")]


def test_files_that_pages_name_are_there() -> None:
    pages = (ROOT / "docs").glob("*.md")
    named = {path for page in pages for path in re.findall(r"`([\w/]+/[\w]+\.py)`", page.read_text())}
    homes = (ROOT, ROOT / "netspec", ROOT / "netspec" / "frontend" / "lower")
    assert len(named) > 20
    assert [path for path in sorted(named) if not any((home / path).exists() for home in homes)] == []
