"""Words for images N×C×H×W: of another size, at places, in windows."""

from collections.abc import Sequence
from enum import Enum, auto
from typing import NamedTuple

from netspec.arrays import Array, DType, align, cast, floor, iota, maximum, minimum, number_of, repeat, select
from netspec.arrays.functions import Function, function
from netspec.shapes import Dim


class Coinciding(Enum):
    """What of an image and of the same in another size lies at one place."""

    CORNERS = auto()  # the middles of the elements in the corners
    EDGES = auto()
    FIRST = auto()  # the middles of the first elements


class Names(NamedTuple):
    """What temporaries of interpolation on an axis are called: the place, the element before it, how far it is from
    that to the next, the values of both, and what lies between them."""

    place: str
    before: str
    share: str
    low: str
    high: str
    done: str


ROW = Names("row", "above", "down", "upper", "lower", "rows_done")
COLUMN = Names("column", "left", "along", "nearer", "farther", "columns_done")
PLANE = Names("plane", "front", "inward", "first", "second", "planes_done")


def pick(x: Array, row: Array, column: Array) -> Array:
    """The elements of images N×C×H×W at places N×1×H'×W', which are within the image."""
    return Array("pick", (x, row, column), (*x.shape[:2], *row.shape[2:]), x.dtype, {"axis": 1})


def avg_pool(x: Array, kernel_size: int, stride: int) -> Array:
    """The means of square windows, which are within the image."""
    sizes = tuple((size - kernel_size) // stride + 1 for size in x.shape[2:])
    options = {"axis": 1, "kernel_size": kernel_size, "stride": stride}
    return Array("avg_pool", (x,), (*x.shape[:2], *sizes), x.dtype, options)


def enlarge(x: Array, times: Sequence[int]) -> Array:
    """Every element becomes a block, so many elements long on each axis behind the channels."""
    meaning, options = x, {"axes": tuple(range(2, x.rank)), "times": tuple(times)}
    for axis, count in enumerate(times, 2):
        meaning = repeat(meaning, axis, count) if count > 1 else meaning
    return Array("enlarge", (x,), meaning.shape, x.dtype, options, meaning=meaning)


def bilinear(x: Array, height: Dim, width: Dim) -> Array:
    """An image of another size, with its corners in its corners; between elements by linear interpolation."""
    return interpolated(x, (2, 3), (height, width), Coinciding.CORNERS)


def interpolated(x: Array, axes: tuple[int, ...], sizes: Sequence[Dim], coinciding: Coinciding) -> Array:
    """An image, or a volume, of which some axes get other sizes; between elements by linear interpolation."""
    meaning = _RESIZED[axes](x, *sizes, coinciding=coinciding)
    if axes[0] != 2 or coinciding is Coinciding.FIRST:
        return meaning
    options = {"axes": axes, "sizes": tuple(sizes), "corners": coinciding is Coinciding.CORNERS}
    return Array("interpolate", (x,), meaning.shape, x.dtype, options, meaning=meaning)


@function("N C rows columns")
def resize_bilinear(x: Array, height: Dim, width: Dim, *, coinciding: Coinciding) -> Array:
    """Images of another size; between elements by linear interpolation."""
    return _resized(_resized(x, 2, height, coinciding, ROW), 3, width, coinciding, COLUMN)


@function("N rows columns C")
def resize_bilinear_nhwc(x: Array, height: Dim, width: Dim, *, coinciding: Coinciding) -> Array:
    """Images N×H×W×C of another size; between elements by linear interpolation."""
    return _resized(_resized(x, 1, height, coinciding, ROW), 2, width, coinciding, COLUMN)


@function("N C rows columns planes")
def resize_trilinear(x: Array, height: Dim, width: Dim, depth: Dim, *, coinciding: Coinciding) -> Array:
    """Volumes of another size; between elements by linear interpolation."""
    x = _resized(_resized(x, 2, height, coinciding, ROW), 3, width, coinciding, COLUMN)
    return _resized(x, 4, depth, coinciding, PLANE)


_RESIZED: dict[tuple[int, ...], Function] = {
    (1, 2): resize_bilinear_nhwc,
    (2, 3): resize_bilinear,
    (2, 3, 4): resize_trilinear,
}


def _resized(x: Array, axis: int, size: Dim, coinciding: Coinciding, names: Names) -> Array:
    """One axis of another size. What lies before the first element or behind the last is as these."""
    before = x.shape[axis]
    at = _places(before, size, coinciding).named(names.place)
    index = cast(at, DType.INT).named(names.before)
    share = align(cast(at - floor(at), DType.FLOAT), axis, x.rank).named(names.share)
    low = select(x, index, axis).named(names.low)
    high = select(x, minimum(index + 1, before - 1), axis).named(names.high)
    return (low + share * (high - low)).named(names.done)


def _places(before: Dim, after: Dim, coinciding: Coinciding) -> Array:
    """Where each element of an axis lies on the axis as it was."""
    after_all = iota(after, DType.WIDE)
    if coinciding is Coinciding.CORNERS:
        between = maximum(number_of(after - 1, DType.WIDE), 1.0)  # where there is one, it is the first
        return after_all * (number_of(before - 1, DType.WIDE) / between)
    step = number_of(before, DType.WIDE) / number_of(after, DType.WIDE)
    if coinciding is Coinciding.FIRST:
        return after_all * step
    return maximum((after_all + 0.5) * step - 0.5, 0.0)
