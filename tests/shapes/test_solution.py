"""What the claims of a net come to: the values that each name may have, and samples of them."""

from __future__ import annotations

import pytest

from netspec.frontend.expressions.sizes import read_size
from netspec.shapes.symbols import Premises, owned, symbol


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
