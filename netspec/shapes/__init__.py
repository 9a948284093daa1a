"""Sizes and shapes, some of which may not be known yet.

A shape is a tuple of dimensions. A dimension is an `int` or a `Size` that stands for one netspec does not know, such as
the height of images in a database, or one that differs from run to run, such as the number of objects that are found in
an image. Arithmetic with an unknown size gives an unknown size, and every comparison with one
is False: *nothing is known to be wrong*. Shape rules can therefore be written as for plain integers, provided that they
ask for the fault (`if channels % group != 0: refuse`), never for the good case. `==` and `!=` of whole tuples do not
follow this rule; use `mismatch`.

A third kind has a name, or is arithmetic over names (`netspec.shapes.symbols`): `H`, `(H + 1)//2`. It compares by
algebra; a comparison that holds for some values alone is False, and is remembered as a condition on them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeAlias


@dataclass(frozen=True, eq=False)
class Size:
    """A size that is not an integer yet. One that `varies` depends on the data, so that only a run knows it."""

    name: str = "?"
    varies: bool = False
    symbolic: ClassVar[bool] = False

    def __str__(self) -> str:
        return self.name

    @property
    def enclosed(self) -> str:
        """As a factor: a sum in brackets."""
        return str(self)

    def __repr__(self) -> str:
        return self.name

    def _unknown(self, other: Dim) -> Dim:
        known = isinstance(other, int) or other.varies or other.symbolic
        return VARYING if self.varies and known else UNKNOWN

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _unknown
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = _unknown

    def __neg__(self) -> Dim:
        return self

    def _undecided(self, other: object) -> bool:
        return False

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _undecided
    __hash__ = object.__hash__


UNKNOWN = Size()
VARYING = Size("*", varies=True)

Dim: TypeAlias = int | Size
Shape: TypeAlias = tuple[Dim, ...]


def product(dims: Iterable[Dim]) -> Dim:
    """The number of elements; 1 for no dims. A zero decides the product even beside unknown sizes."""
    result: Dim = 1
    for dim in dims:
        if isinstance(dim, int) and dim == 0:
            return 0
        result = result * dim
    return result


def mismatch(a: Shape, b: Shape, except_axis: int | None = None) -> int | None:
    """The first axis on which two shapes are known to differ, or None; shapes of different rank differ on axis -1."""
    if len(a) != len(b):
        return -1
    for axis, (x, y) in enumerate(zip(a, b, strict=True)):
        if axis != except_axis and x != y:
            return axis
    return None


def stretched(a: Dim, b: Dim) -> Dim | None:
    """The size that two meet in where sizes of 1 stretch; None where they are known to differ.

    The number 1 alone stretches, over a name, too, and without a condition on it. A name that is to meet another size
    has to be equal to it, though 1 would do as well: one rule for both would be no rule about the sizes.
    """
    if a == 1 or b == 1:
        return b if a == 1 else a
    if a != b:
        return None
    return b if isinstance(b, int) or not (isinstance(a, int) or a.symbolic) else a


def known(shape: Shape | None) -> bool:
    """Whether every dimension is an integer."""
    return shape is not None and all(isinstance(d, int) for d in shape)


def determined(shape: Shape | None) -> bool:
    """Whether every dimension is an integer, an expression, or one that only a run can tell."""
    return shape is not None and all(isinstance(d, int) or d.varies or d.symbolic for d in shape)


def expressed(shape: Shape | None) -> bool:
    """Whether every dimension is an integer or an expression."""
    return shape is not None and all(isinstance(d, int) or d.symbolic for d in shape)


def show(shape: Sequence[Dim] | None, times: str = "×") -> str:
    """`1×3×224×224`, `N×3×(H//2)×W`; `?` where nothing is known, `()` for a scalar."""
    if shape is None:
        return "?"
    return times.join(d.enclosed if isinstance(d, Size) and times != "," else str(d) for d in shape) or "()"


def integers(shape: Shape | None) -> tuple[int, ...] | None:
    """The shape as plain integers, or None where a size is not known."""
    if shape is None:
        return None
    dims = tuple(d for d in shape if isinstance(d, int))
    return dims if len(dims) == len(shape) else None
