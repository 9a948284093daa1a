"""Every layer type has its cases in the test file of the file that defines it."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

from netspec.layers import FAMILIES, find

HERE = Path(__file__).parent
# The types by the name of their files: rooms may have files of one name, which have one test file.
OF_FILE: dict[str, list[str]] = {}
for _family, _types in FAMILIES.items():
    OF_FILE.setdefault(_family.rpartition(".")[2], []).extend(_types.split())
TABLED = [name for name in OF_FILE if re.search(r"(?m)^SHAPES\b", (HERE / f"test_{name}.py").read_text("utf-8"))]


def called(type_name: str) -> set[str]:
    """What specs and rows call a type."""
    layer = find(type_name)
    assert layer is not None
    return {type_name, layer.v1, layer.python[1] if layer.python else ""} - {""}


@pytest.mark.every_type
@pytest.mark.parametrize("file", OF_FILE)
def test_every_type_has_a_case(file: str) -> None:
    nodes = ast.walk(ast.parse((HERE / f"test_{file}.py").read_text("utf-8")))
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    words = {word for text in texts for word in re.findall(r"\w+", text)}
    assert [name for name in OF_FILE[file] if not called(name) & words] == []


@pytest.mark.every_type
@pytest.mark.parametrize("file", TABLED)
def test_a_table_of_shapes_has_every_type_of_its_file(file: str) -> None:
    rows = import_module(f"tests.layers.test_{file}").SHAPES
    assert {row[0] for row in rows} == set(OF_FILE[file])
