"""For which values of its names something holds of sizes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from netspec.frontend.expressions.sizes import read_size
from netspec.shapes.claims import bound, roots
from netspec.shapes.symbols import Premises, Symbolic, owned, symbol
from tests.shapes.drawn_sizes import expressions

# Sizes that meet: when they agree, "" where always, None where never.
MEETING = [
    ("H", "H", ""),
    ("H", "H + 1", None),
    ("2*H", "7", None),
    ("2*H", "2*W + 1", None),
    ("H//2 + (H + 1)//2", "H", ""),
    ("2*(H//2)", "H", "H is even"),
    ("2*(H//2) + 1", "H", "H is odd"),
    ("16*(H//16)", "H", "H is a multiple of 16"),
    ("2*((H + 15)//16)", "(H + 7)//8", "H mod 16 is 0 or 9 to 15"),
    ("32*((H + 31)//32)", "H + 31", "H is 1 more than a multiple of 32"),
    ("(H + 3)//4", "H//4 + 1", "H is no multiple of 4"),
    ("H//32", "7", "H is 224 to 255"),
    ("3*H", "672", "H is 224"),
    ("H - 1", "0", "H is 1"),
    ("H + 1", "1", None),
    ("N", "M", "N = M"),
    ("N*H", "N*W", "H = W"),
    ("N*2*(H//2)", "N*H", "H is even"),
    ("H*H", "9", "H*H = 9"),
]


@pytest.mark.parametrize(("a", "b", "when"), MEETING)
def test_where_two_sizes_agree(a: str, b: str, when: str | None) -> None:
    premises = Premises()
    x, y = owned({"x": (read_size(a), read_size(b))}, premises)["x"]
    assert (x != y) is (when is None)
    assert premises.solve().say() == ([when] if when else [])


@settings(max_examples=200)
@given(expressions())
def test_roots_and_bounds(a: str) -> None:
    size = eval(a, {}, {"H": symbol("H"), "W": 3})
    if not isinstance(size, Symbolic):
        return
    values = [eval(a, {}, {"H": h, "W": 3}) for h in range(1, 80)]
    if (found := roots(size.terms)) is not None:
        assert [h in found for h in range(1, 80)] == [value == 0 for value in values]
    if (least := bound(size.terms)) is not None:
        assert all(value >= 0 for h, value in enumerate(values, 1) if h >= least)
        assert least == 1 or least > 80 or values[least - 2] < 0
