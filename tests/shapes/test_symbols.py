"""Arithmetic of sizes with names, what is decided of it, and how both are told."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netspec.frontend.expressions.sizes import read_size
from netspec.shapes import UNKNOWN, VARYING, Dim, product, show
from netspec.shapes.symbols import Premises, Symbolic, at, owned, symbol
from tests.shapes.drawn_sizes import expressions

PRINTED = [
    ("N", "N"),
    ("2*H", "2*H"),
    ("(H + 2*3 - 7) / 2 + 1", "(H + 1)//2"),
    ("H - 1 + 1", "H"),
    ("H//2//2//2", "H//8"),
    ("(H//2 + 3) // 4", "(H + 6)//8"),
    ("(4*H + 6) // 2", "2*H + 3"),
    ("(6*H + 5) // 4", "H//2 + H + 1"),
    ("((H - 1)//2 + 1 - 1)//2 + 1", "(H + 3)//4"),
    ("2*(H//2)", "2*(H//2)"),
    ("W*H + H*W", "2*W*H"),
    ("(H + W)*(H + W)", "H*H + 2*H*W + W*W"),
    ("16*h - 1", "16*h - 1"),
    ("1 - H + 2*H", "H + 1"),
    ("5 - 2", "3"),
]


@pytest.mark.parametrize(("written", "printed"), PRINTED)
def test_printed(written: str, printed: str) -> None:
    size = read_size(written)
    assert str(size) == printed
    assert read_size(printed) == size, "what is printed can be given"


def test_rounded_up_reads_as_rounded_down() -> None:
    assert str(-(-symbol("H") // 2)) == "(H + 1)//2"


def test_in_shapes_sums_are_in_brackets() -> None:
    h = symbol("H")
    assert show((symbol("N"), 3, h // 2, h)) == "N×3×(H//2)×H"


def test_with_sizes_that_are_not_known() -> None:
    h = symbol("H")
    assert h + UNKNOWN is UNKNOWN and UNKNOWN * h is UNKNOWN and VARYING * h is VARYING and h * VARYING is VARYING
    assert not any((h != UNKNOWN, h == UNKNOWN, h < VARYING))
    assert h // symbol("W") is UNKNOWN and 7 // h is UNKNOWN and h * 0 == 0


def test_division_by_a_product() -> None:
    sizes = owned({"x": (symbol("N"), symbol("H"), symbol("W"))}, Premises())["x"]
    n, h, _ = sizes
    assert str(product((*sizes, 64)) // (n * h * 4)) == "16*W"
    assert product(sizes) % (n * h) == 0


def test_a_closed_record_takes_nothing_more() -> None:
    h = symbol("H")
    h.premises.closed = True
    assert not h < 5 and not h.premises.claims


def test_sizes_do_not_grow_in_chains() -> None:
    size: Dim = symbol("H")
    for _ in range(1000):
        size = (size + 2 - 3) // 1 + 1
    assert str(size) == "H"
    for _ in range(62):
        size = (size - 1) // 2 + 1
    assert isinstance(size, Symbolic) and len(size.terms) == 1
    for _ in range(1000):
        size = (size - 1) // 2 + 1
    assert size is UNKNOWN
    deep: Dim = symbol("H")
    for _ in range(100):
        deep = (2 * deep + 1) // 3 * 2
    assert deep is UNKNOWN or isinstance(deep, Symbolic)


@settings(max_examples=300)
@given(expressions(), expressions(), st.integers(1, 50), st.integers(1, 50))
def test_arithmetic_is_that_of_numbers(a: str, b: str, h: int, w: int) -> None:
    """Also of what is decided: what is known to differ differs, what is known to be equal is."""
    values = {"H": h, "W": w}
    premises = Premises()
    names = owned({"x": (symbol("H", premises), symbol("W", premises))}, premises)["x"]
    scope = dict(zip("HW", names, strict=True))
    x, y = eval(a, {}, dict(scope)), eval(b, {}, dict(scope))
    m, n = eval(a, {}, values), eval(b, {}, values)
    assert at((x, y), values) == (m, n)
    for differs, really in ((x != y, m != n), (x < y, m < n), (x <= y, m <= n), (x > y, m > n), (x >= y, m >= n)):
        assert really or not differs
    unequal = x != y
    # Every comparison was either decided, or is claimed not to hold.
    if m == n and not unequal and not premises.solve().holds(values):
        assert any(not claim.holds(values) for claim in premises.claims)
