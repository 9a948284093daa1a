"""Every layer type has its cases in the test file of the file that defines it."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from netspec.frontend.lower.old_types import OF_TODAY
from netspec.layers import FAMILIES, find
from netspec.layers.base import PythonLayer
from netspec.layers.shared_names import BY_TYPE

HERE = Path(__file__).parent


def file_of(family: str) -> Path:
    """A name that several rooms have begins with its room."""
    room, name = family.split(".")
    of_room = HERE / room / f"test_{room}_{name}.py"
    return of_room if of_room.exists() else HERE / room / f"test_{name}.py"


def with_table(name: str) -> list[str]:
    """The families whose test files have a table of this name."""
    return [family for family in FAMILIES if re.search(rf"(?m)^{name}\b", file_of(family).read_text("utf-8"))]


def table(family: str, name: str) -> Any:
    return getattr(import_module(f"tests.layers.{family.split('.')[0]}.{file_of(family).stem}"), name)


def called(type_name: str) -> set[str]:
    """What specs and rows call a type."""
    layer = find(type_name)
    assert layer is not None
    old = OF_TODAY.get(BY_TYPE[type_name].name if type_name in BY_TYPE else type_name, "")
    return {type_name, old, layer.python[1] if issubclass(layer, PythonLayer) else ""} - {""}


@pytest.mark.every_type
@pytest.mark.parametrize("family", FAMILIES)
def test_every_type_has_a_case(family: str) -> None:
    nodes = ast.walk(ast.parse(file_of(family).read_text("utf-8")))
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    words = {word for text in texts for word in re.findall(r"\w+", text)}
    assert [name for name in FAMILIES[family].split() if not called(name) & words] == []


@pytest.mark.every_type
@pytest.mark.parametrize("family", with_table("SHAPES"))
def test_a_table_of_shapes_has_every_type_of_its_file(family: str) -> None:
    assert {row[0] for row in table(family, "SHAPES")} == set(FAMILIES[family].split())


@pytest.mark.every_type
@pytest.mark.parametrize("family", with_table("NETS"))
def test_a_table_of_nets_is_of_types_of_its_file(family: str) -> None:
    assert table(family, "NETS").keys() <= set(FAMILIES[family].split())
