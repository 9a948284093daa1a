"""Arithmetic of sizes with names, what is decided of it, and how both are told."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netspec.frontend.expressions.sizes import read_size
from netspec.shapes import UNKNOWN, VARYING, Dim, product, show
from netspec.shapes.claims import bound, roots
from netspec.shapes.symbols import Premises, Symbolic, at, owned, symbol

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


def test_conditions_meet() -> None:
    premises = Premises()
    (h,) = owned({"x": (symbol("H"),)}, premises)["x"]
    assert not any((h % 4 != 0, h % 6 != 0, h - 30 < 1))
    solution = premises.solve()
    assert solution.say() == ["H is a multiple of 12", "H ≥ 31"]
    assert solution.samples(2) == [{"H": 36}, {"H": 48}]
    assert solution.holds({"H": 36}) and not solution.holds({"H": 24}) and not solution.holds({"H": 38})


# Two sizes that are to be equal, in each row; the names; and those of them that have one value only.
VARIED = [
    (("N", "M"), ("2*h", "W"), "NMhW", ""),
    (("N", "M"), ("M", "K"), "NMKW", ""),
    (("16*h", "W"), ("N", "1*N"), "hWN", ""),
    (("H", "4"), ("N", "N"), "HN", "H"),
    (("2*H", "W + 6"), ("H", "5"), "HW", "HW"),
    (("H*W", "36"), ("N", "N"), "HWN", ""),
    (("A", "B"), ("C", "D"), "ABCDEFG", ""),
    (("A + B", "C + D"), ("E + F", "G"), "ABCDEFG", ""),
]


@pytest.mark.parametrize(("first", "second", "names", "single"), VARIED)
def test_samples_give_each_name_two_values(
    first: tuple[str, str], second: tuple[str, str], names: str, single: str
) -> None:
    premises = Premises()
    written = [*first, *second, *names]
    a, b, c, d, *_ = owned({"x": tuple(read_size(text) for text in written)}, premises)["x"]
    assert not (a != b or c != d)
    solution = premises.solve()
    samples = solution.samples(3)
    assert all(solution.holds(values) for values in samples) and len(samples) <= 5
    assert {name for name in names if len({values[name] for values in samples}) == 1} == set(single)


def test_no_samples_where_nothing_fits() -> None:
    premises = Premises()
    (h,) = owned({"x": (symbol("H"),)}, premises)["x"]
    assert not (h - 5 != 0 or h < 6)
    assert premises.solve().samples(3) == []


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


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> str:
    if not depth or draw(st.integers(0, 4)) == 0:
        return draw(st.sampled_from(["H", "W", "1", "2", "3", "5"]))
    a, b = draw(expressions(depth=depth - 1)), draw(expressions(depth=depth - 1))
    match draw(st.sampled_from("+-*/")):
        case "/":
            return f"({a}) // {draw(st.integers(1, 7))}"
        case "*":
            return f"{draw(st.integers(-3, 4))} * ({a})" if draw(st.booleans()) else f"({a}) * ({b})"
        case sign:
            return f"({a}) {sign} ({b})"


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
