"""What is wrong in every use of a block is told once, and of how many others it holds."""

from __future__ import annotations

import pytest

from netspec.diagnostics.grouping import uses_of
from netspec.diagnostics.source import Source
from netspec.frontend.load import check_source

DATA = "input data: [1, 3, 8, 8]\n"
UNIT = "block unit(x, n, size = 9) -> y { y = Convolution(x) { num_output: n kernel_size: size } }\n"
TYPO = "block unit(x) -> y { y = Convolution(x) { num_output: 4 kernal: 3 num_ouput: 4 } }\n"
# A spec, and what is said of each fault's use, "" for a fault in none.
CASES: dict[str, tuple[str, list[str]]] = {
    "one use": (UNIT + "a = unit(data, 1)", ["in this use of unit"]),
    "two uses": (UNIT + "a = unit(data, 1)\nb = unit(data, 1)", ["in this use of unit, and in 1 other"]),
    "other sizes in the message": (
        UNIT + "a = unit(data, 1)\nb = unit(data, 1, size = 10)\nc = unit(data, 1, size = 11)",
        ["in this use of unit, and in 2 others"],
    ),
    "some uses alone": (
        UNIT + "a = unit(data, 1, size = 3)\nb = unit(data, 1)\nc = unit(data, 1)",
        ["in this use of unit, and in 1 other"],
    ),
    "several in each": (TYPO + "a = unit(data)\nb = unit(data)", ["in this use of unit, and in 1 other"] * 2),
    "turns": (
        "repeat i in 1..4 { Pooling(data) { kernel_size: 8 + i } }",
        ["with i = 1, and in 3 others"],
    ),
    "turns that use a block": (
        UNIT + "repeat i in 1..40 { a = unit(data, i) }",
        ["in this use of unit, and in 39 others"],
    ),
    "two places": (
        UNIT + "a = unit(data, 1)\nb = Pooling(data) { kernel_size: 9 }\nc = unit(data, 2)",
        ["in this use of unit, and in 1 other", ""],
    ),
    "no use": ("a = Pooling(data) { kernel_size: 9 }\nb = Pooling(data) { kernel_size: 9 }", ["", ""]),
    "found while it is expanded": (
        "block unit(x) -> y { y = ReLU(z) }\nrepeat i in 1..3 { a = unit(data) }",
        ["in this use of unit, and in 2 others"],
    ),
    "more than are counted": (
        "block unit(x) -> y { y = ReLU(z) }\nrepeat i in 1..2000 { a = unit(data) }",
        ["in this use of unit, and in at least 299 others"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_told_once(name: str) -> None:
    text, expected = CASES[name]
    found = check_source(Source("it.net", DATA + text))
    assert [uses_of(diagnostic)[0].text if uses_of(diagnostic) else "" for diagnostic in found] == expected
