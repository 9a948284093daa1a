"""A use of a block as one row: the worst in it, in the order of the first."""

from __future__ import annotations

import math

import pytest

import netspec
from netspec.verify.folded import folds
from netspec.verify.report import Item, Kind, Row

NET = netspec.load_text("""
input data: [1, 3, 8, 8]
block conv(x) -> y { y = Convolution(x) { num_output: 3 kernel_size: 1 } | TanH { name: "t" } }
block pair(x) -> y { x = conv(x)  y = conv(x) }
a = pair(data)
p = Pooling(a) { global_pooling: true }
b = pair(a)
""")


def row(layer: str, error: float, bound: float = 1e-9, kind: Kind = Kind.BLOB) -> Row:
    return Row(Item(kind, layer, "", layer, (1,)), 1.0, {"tensorflow": error}, bound)


ROWS = (
    row("a/x/y", 1e-12),
    row("a/y/t", 1e-3, bound=1.0),
    row("p", 1e-5),
    row("b/x/y", math.inf),
    row("b/y/y", math.nan),
    row("p", 0.0, kind=Kind.GRADIENT),
    row("a/x/y", 1e-10, kind=Kind.GRADIENT),
)
# How deep, and for each row printed: the use, how many there are, the worst, how many differ.
CASES: list[tuple[int, list[tuple[str, int, str, int]]]] = [
    (
        0,
        [
            ("", 1, "a/x/y", 0),
            ("", 1, "a/y/t", 0),
            ("", 1, "p", 1),
            ("", 1, "b/x/y", 1),
            ("", 1, "b/y/y", 1),
            ("", 1, "p", 0),
            ("", 1, "a/x/y", 0),
        ],
    ),
    (1, [("a", 3, "a/x/y", 0), ("", 1, "p", 1), ("b", 2, "b/x/y", 2), ("", 1, "p", 0)]),
    (
        2,
        [
            ("a/x", 2, "a/x/y", 0),
            ("a/y", 1, "a/y/t", 0),
            ("", 1, "p", 1),
            ("b/x", 1, "b/x/y", 1),
            ("b/y", 1, "b/y/y", 1),
            ("", 1, "p", 0),
        ],
    ),
]


@pytest.mark.parametrize(("depth", "expected"), CASES)
def test_folds(depth: int, expected: list[tuple[str, int, str, int]]) -> None:
    found = folds(NET, ROWS, depth)
    assert [
        (fold.scope.name if fold.scope else "", len(fold.rows), fold.worst.item.layer, fold.failed) for fold in found
    ] == expected
    assert sorted(map(id, ROWS)) == sorted(id(row) for fold in found for row in fold.rows)
