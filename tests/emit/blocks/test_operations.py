"""The arithmetic of blocks in Python."""

from __future__ import annotations

import pytest

from netspec.diagnostics.source import Source
from netspec.emit.blocks.operations import conditions, expressions, printed, value
from netspec.syntax.document import Block, statements
from netspec.syntax.parser import quick

NAMES = {"n": 7, "flag": True, "kind": "a"}


def block(expression: str) -> Block:
    text = f"block b(x) -> y {{ if {expression} {{ y = ReLU(x) }} }}"
    document = quick(Source("test", text))
    assert document
    (found,) = (s for s in statements(document) if isinstance(s, Block))
    return found


@pytest.mark.parametrize(
    ("written", "worth", "python"),
    [
        ("n / 2 == 3", True, "n // 2 == 3"),
        ("4 * n > 1", True, "4 * n > 1"),
        ("-(n + 1) < 0", True, "-(n + 1) < 0"),
        ("n % 4 != 3", False, "n % 4 != 3"),
        ("not flag", False, "not flag"),
        ("flag", True, "flag"),
        ("flag == true", True, "flag == True"),
        ("n / 0 == 1", None, ""),
        ("other == 1", None, ""),
        ("n + 0.5 > 1", None, ""),
        ("kind > 1", None, ""),
    ],
)
def test_conditions(written: str, worth: bool | None, python: str) -> None:
    (condition,) = conditions(block(written))
    assert value(condition, NAMES) is worth
    if worth is not None:
        assert printed(condition, {name: name for name in NAMES}).text == python


def test_all_operations_of_a_block_are_found() -> None:
    operators = [node.operator for node in expressions(block("2 * n + 1 == 3"))]
    assert operators == ["==", "+", "*"]
