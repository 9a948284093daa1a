"""How far two runs of a net may be apart, and why.

Rounding errors grow with a net's depth and with how sensitive its values are, so no constant suits every blob. A bound
is therefore measured: all inputs and parameters are *nudged*, each number by NUDGE units of rounding up or down at
random,

    x → x·(1 ± NUDGE·u)        u = 2⁻²⁴ for float32, 2⁻⁵³ for float64

and what this changes in a blob says what rounding can change there. With several nudges the largest change counts,
since a single number, such as a loss, may hardly move by chance.

    float64   |a − b| ≤ 1e-9·m                                   between two backends
    float32   |a − b| ≤ FACTOR·change + FLOOR·u·m                between a backend and the float64 run of the first one

m is the largest magnitude in the blob. Why these numbers: a sum of n products that a kernel adds one after the other is
off by about n·u/√2 of a typical term, and a nudge of its operands changes it by NUDGE·u·√(2n), so that FACTOR·NUDGE has
to be above √n/2: 64 serves to n = 16 000, and kernels add in blocks, which is better. A large nudge with a small factor
rather than the other way round, because a gradient jumps where a ReLU or a maximum changes sides: float32 meets a few
such places in a large net, and the nudge has to meet them, too. FLOOR covers the functions (exp, tanh, division) that
the nudge does not reach; they are good to a few units.

A blob whose exact value is a difference of equal numbers holds nothing but rounding errors, of which two backends have
different ones: the gradient of a bias in front of a BatchNorm, say. 1e-9·m is too strict then, and so is a float32
bound taken from a float64 run. So where a blob is above its bound, the nudge is made in the precision compared, in
every run that takes part; the bound becomes FACTOR·change of that. The change is a lower estimate of what rounding can
do, so where it does not suffice, MORE_NUDGES are made before a blob counts as different. In float32 this is done only
for blobs of which float64 itself has no more than HOLLOW·m certain: it would excuse a kernel that computes with less
than float32.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netspec.shapes import show
from netspec.verify.samples import generator

EQUAL = 1e-9
NUDGE = 16
FACTOR = 4.0
FLOOR = 16
HOLLOW = 1e-7
NUDGES = (1, 2)  # seeds of the nudges
MORE_NUDGES = (3, 4, 5, 6)
UNIT: Mapping[str, float] = MappingProxyType({"float64": 2.0**-53, "float32": 2.0**-24})


@dataclass(frozen=True)
class Difference:
    """How far two arrays are apart: the largest |a − b|, infinite where one is finite and the other not, and where.

    magnitude: the largest finite |a| or |b|, 1 where all are 0. note: what is to be said of values that are not finite.
    unlike: whether the shapes are different, so that no element has another one to be compared with.
    """

    error: float
    magnitude: float
    place: tuple[int, ...]
    note: str = ""
    unlike: bool = False

    @property
    def relative(self) -> float:
        return self.error / self.magnitude


def difference(a: NDArray[Any], b: NDArray[Any], names: tuple[str, str]) -> Difference:
    """NaN equals NaN, and an infinity itself; anything else that is not finite differs. `names` are for the note."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if a.shape != b.shape:
        return Difference(np.inf, 1.0, (), f"{names[0]} gives {show(a.shape)}, {names[1]} {show(b.shape)}", unlike=True)
    if not a.size:
        return Difference(0.0, 1.0, ())
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    with np.errstate(invalid="ignore"):
        apart = np.where(same, 0.0, np.abs(a - b))
    apart[np.isnan(apart)] = np.inf
    place = tuple(int(i) for i in np.unravel_index(np.argmax(apart), apart.shape))
    return Difference(float(apart[place]), _magnitude(a, b), place, _note(a, b, same, place, names))


def _magnitude(*arrays: NDArray[np.float64]) -> float:
    sizes = (np.abs(array[np.isfinite(array)]) for array in arrays)
    return max((float(size.max()) for size in sizes if size.size), default=0.0) or 1.0


def _note(
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    same: NDArray[np.bool_],
    place: tuple[int, ...],
    names: tuple[str, str],
) -> str:
    strange = int(np.count_nonzero(~np.isfinite(a) | ~np.isfinite(b)))
    if not strange:
        return ""
    if bool(same[place]) or (np.isfinite(a[place]) and np.isfinite(b[place])):
        return f"{strange} of {a.size} values are NaN or infinite, in the same places"
    return f"at {place} {names[0]} has {a[place]:.3g}, {names[1]} {b[place]:.3g}"


def nudged(array: NDArray[np.float64], seed: int, name: str, unit: float) -> NDArray[np.float64]:
    """Every number changed by NUDGE units of rounding, up or down."""
    signs = generator(seed, f"{name} nudged").integers(0, 2, array.shape) * 2 - 1
    return array * (1 + signs * (NUDGE * unit))
