"""The array vocabulary in which layers say what they compute.

A formula is ordinary Python over `Array`s: calling it once, on arrays that carry only a shape, gives the shape rule and
an expression graph. A backend reads the graph through `netspec.arrays.vocabulary.Vocabulary`. Axes count from 0 and are
never negative inside the graph; sizes follow `netspec.shapes`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

from netspec.shapes import VARYING, Dim, Shape, Size, mismatch, product, show, stretched

EACH = "each "  # before the names of what `for_each` goes through


class DType(StrEnum):
    """FLOAT is the precision that the model runs in; WIDE too, but float32 at least, for places and counts."""

    FLOAT = "float"
    WIDE = "wide"
    INT = "int64"
    BOOL = "bool"


class ArrayError(Exception):
    """A word was given shapes it cannot take. Layers check first and say it better; this is the second line."""


@dataclass(frozen=True, eq=False)
class Array:
    """A node of an expression graph. Leaves have the word `leaf` or `parameter`; `label` suggests a name to print."""

    word: str
    args: tuple[Operand, ...]
    shape: Shape
    dtype: DType = DType.FLOAT
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    label: str = ""
    note: str = ""  # what the comment behind that name says
    meaning: Array | None = None  # the same in other words, for a vocabulary that has no such word

    @property
    def rank(self) -> int:
        return len(self.shape)

    def named(self, label: str, note: str = "") -> Array:
        """The same value with a name for the emitted code, and perhaps a comment: `mean(x, axes).named("mean")`."""
        return Array(self.word, self.args, self.shape, self.dtype, self.options, label, note, self.meaning)

    def __add__(self, other: Operand) -> Array:
        return _binary("add", self, other)

    def __radd__(self, other: Operand) -> Array:
        return _binary("add", other, self)

    def __sub__(self, other: Operand) -> Array:
        return _binary("sub", self, other)

    def __rsub__(self, other: Operand) -> Array:
        return _binary("sub", other, self)

    def __mul__(self, other: Operand) -> Array:
        return _binary("mul", self, other)

    def __rmul__(self, other: Operand) -> Array:
        return _binary("mul", other, self)

    def __truediv__(self, other: Operand) -> Array:
        return _binary("div", self, other)

    def __floordiv__(self, other: Operand) -> Array:
        return _binary("floor_div", self, other)

    def __rtruediv__(self, other: Operand) -> Array:
        return _binary("div", other, self)

    def __pow__(self, exponent: float) -> Array:
        return _unary("pow", self, exponent=exponent)

    def __neg__(self) -> Array:
        return _unary("neg", self)

    def __and__(self, other: Array) -> Array:
        return _binary("both", self, other, DType.BOOL)

    def __gt__(self, other: Operand) -> Array:
        return _binary("greater", self, other, DType.BOOL)

    def __ge__(self, other: Operand) -> Array:
        return _binary("greater_equal", self, other, DType.BOOL)

    def __lt__(self, other: Operand) -> Array:
        return _binary("less", self, other, DType.BOOL)

    def __le__(self, other: Operand) -> Array:
        return _binary("less_equal", self, other, DType.BOOL)


Operand: TypeAlias = Array | float | Size  # a size that is no number yet


def leaf(name: str, shape: Shape, dtype: DType = DType.FLOAT) -> Array:
    """An input of a formula."""
    return Array("leaf", (), shape, dtype, {}, name)


def parameter(name: str, shape: Shape) -> Array:
    """A parameter blob of a formula's layer."""
    return Array("parameter", (), shape, DType.FLOAT, {}, name)


def _unary(word: str, x: Array, dtype: DType | None = None, **options: Any) -> Array:
    return Array(word, (x,), x.shape, dtype or x.dtype, options)


def _broadcast(a: Shape, b: Shape) -> Shape:
    """Sizes of 1 stretch; ranks must be equal unless one side is a scalar."""
    if not a or not b:
        return a or b
    if len(a) != len(b):
        raise ArrayError(f"ranks differ: {show(a)} and {show(b)}")
    dims: list[Dim] = []
    for x, y in zip(a, b, strict=True):
        size = stretched(x, y)
        if size is None:
            raise ArrayError(f"shapes do not meet: {show(a)} and {show(b)}")
        dims.append(size)
    return tuple(dims)


def _shape(x: Operand) -> Shape:
    return x.shape if isinstance(x, Array) else ()


def _dtype(*xs: Operand) -> DType:
    kinds = [x.dtype for x in xs if isinstance(x, Array)]
    return next((kind for kind in (DType.WIDE, DType.FLOAT) if kind in kinds), kinds[0])


def _operands(a: Operand, b: Operand) -> tuple[Array | float, Array | float]:
    """Two that are calculated with: a size is a number of the other's type."""
    x, y = (number_of(x, _dtype(a, b)) if isinstance(x, Size) else x for x in (a, b))
    return x, y


def _binary(word: str, a: Operand, b: Operand, dtype: DType | None = None) -> Array:
    return Array(word, _operands(a, b), _broadcast(_shape(a), _shape(b)), dtype or _dtype(a, b))


# Pointwise words.


def absolute(x: Array) -> Array:
    return _unary("absolute", x)


def exp(x: Array) -> Array:
    return _unary("exp", x)


def log(x: Array) -> Array:
    return _unary("log", x)


def sqrt(x: Array) -> Array:
    return _unary("sqrt", x)


def tanh(x: Array) -> Array:
    return _unary("tanh", x)


def sigmoid(x: Array) -> Array:
    return _unary("sigmoid", x)


def silu(x: Array) -> Array:
    """x·sigmoid(x)."""
    return _unary("silu", x)


def softplus(x: Array) -> Array:
    """log(1 + exp(x)), without overflow."""
    return _unary("softplus", x)


def sine(x: Array) -> Array:
    return _unary("sine", x)


def arctangent(x: Array) -> Array:
    return _unary("arctangent", x)


def floor(x: Array) -> Array:
    """The largest whole number that is not above x; no gradient passes."""
    return _unary("floor", x)


def rounded(x: Array) -> Array:
    """The nearest whole number, of two the even one; no gradient passes."""
    return _unary("rounded", x)


def relu(x: Array) -> Array:
    return _unary("relu", x)


def relu6(x: Array) -> Array:
    """max(x, 0), but 6 at most."""
    return Array("relu6", (x,), x.shape, x.dtype, meaning=minimum(relu(x), 6.0))


def leaky_relu(x: Array, slope: float) -> Array:
    """max(x, 0) + slope·min(x, 0), for a slope of any sign and size."""
    return _unary("leaky_relu", x, slope=slope)


def elu(x: Array, alpha: float) -> Array:
    """x where x > 0, alpha·(exp(x) − 1) elsewhere."""
    return _unary("elu", x, alpha=alpha)


def clip(x: Array, low: float, high: float) -> Array:
    return _unary("clip", x, low=low, high=high)


def maximum(a: Operand, b: Operand) -> Array:
    return _binary("maximum", a, b)


def minimum(a: Operand, b: Operand) -> Array:
    return _binary("minimum", a, b)


def equal(a: Operand, b: Operand) -> Array:
    return _binary("equal", a, b, DType.BOOL)


def not_equal(a: Operand, b: Operand) -> Array:
    return _binary("not_equal", a, b, DType.BOOL)


def where(condition: Array, a: Operand, b: Operand) -> Array:
    """`a` where the condition holds, else `b`; gradients flow only to the side taken."""
    shape = _broadcast(condition.shape, _broadcast(_shape(a), _shape(b)))
    return Array("where", (condition, *_operands(a, b)), shape, _dtype(a, b) if _shape(a) or _shape(b) else DType.FLOAT)


def cast(x: Array, dtype: DType) -> Array:
    """To INT truncates towards zero, as C does."""
    return Array("cast", (x,), x.shape, dtype, {"dtype": dtype})


def stop_gradient(x: Array) -> Array:
    return _unary("stop_gradient", x)


def full_like(x: Array, value: float) -> Array:
    """A constant of the shape of `x`, which it does not depend on otherwise."""
    return _unary("full_like", x, value=value)


def full(shape: Shape, value: float) -> Array:
    """A constant."""
    return Array("full", (), tuple(shape), DType.FLOAT, {"shape": tuple(shape), "value": value})


def number_of(value: Dim, dtype: DType = DType.FLOAT) -> Array:
    """A size as a number to calculate with."""
    return Array("number_of", (), (), dtype, {"size": value, "dtype": dtype})


def iota(count: Dim, dtype: DType = DType.INT) -> Array:
    """0, 1, …, count − 1."""
    return Array("iota", (), (count,), dtype, {"count": count, "dtype": dtype})


def vector(values: Sequence[float], dtype: DType = DType.FLOAT) -> Array:
    """Constants, one after the other."""
    return Array("vector", (), (len(values),), dtype, {"values": tuple(values), "dtype": dtype})


def matrix(rows: Sequence[Sequence[float]], dtype: DType = DType.FLOAT) -> Array:
    """Constants, row by row; all rows are of one length."""
    shape = len(rows), len(rows[0])
    return Array("vector", (), shape, dtype, {"values": tuple(map(tuple, rows)), "dtype": dtype})


# Words that name axes, or have one place for each.


def _reduce(word: str, x: Array, axes: Sequence[int], keepdims: bool, dtype: DType | None = None) -> Array:
    axes = tuple(axes)
    dims: Iterator[Dim | None] = ((1 if keepdims else None) if i in axes else d for i, d in enumerate(x.shape))
    shape = tuple(d for d in dims if d is not None)
    return Array(word, (x,), shape, dtype or x.dtype, {"axes": axes, "keepdims": keepdims})


def total(x: Array, axes: Sequence[int], keepdims: bool = False) -> Array:
    """The sum over axes."""
    return _reduce("total", x, axes, keepdims)


def mean(x: Array, axes: Sequence[int], keepdims: bool = False) -> Array:
    return _reduce("mean", x, axes, keepdims)


def largest(x: Array, axes: Sequence[int], keepdims: bool = False) -> Array:
    """The maximum over axes."""
    return _reduce("largest", x, axes, keepdims)


def softmax(x: Array, axis: int) -> Array:
    return _unary("softmax", x, axis=axis)


def log_softmax(x: Array, axis: int) -> Array:
    return _unary("log_softmax", x, axis=axis)


def concat(xs: Sequence[Array], axis: int) -> Array:
    if len(xs) == 1:
        return xs[0]
    first = xs[0].shape
    for x in xs[1:]:
        if mismatch(first, x.shape, except_axis=axis) is not None:
            raise ArrayError(f"concat of {show(first)} and {show(x.shape)} on axis {axis}")
    size: Dim = 0
    for x in xs:
        size = size + x.shape[axis]
    return Array("concat", tuple(xs), (*first[:axis], size, *first[axis + 1 :]), _dtype(*xs), {"axis": axis})


def cut(x: Array, axis: int, start: Dim, stop: Dim) -> Array:
    """`x[..., start:stop, ...]` on one axis."""
    shape = (*x.shape[:axis], stop - start, *x.shape[axis + 1 :])
    return Array("cut", (x,), shape, x.dtype, {"axis": axis, "start": start, "stop": stop})


def tile(x: Array, axis: int, times: Dim) -> Array:
    """The whole of `x`, `times` over along an axis."""
    shape = (*x.shape[:axis], x.shape[axis] * times, *x.shape[axis + 1 :])
    return Array("tile", (x,), shape, x.dtype, {"axis": axis, "times": times})


def flip(x: Array, axis: int) -> Array:
    return _unary("flip", x, axis=axis)


def blend(x: Array, weights: Array, axis: int) -> Array:
    """An axis of another size, whose element i is the sum of those of `x` times row i of `weights`."""
    if x.shape[axis] != weights.shape[1]:
        raise ArrayError(f"blend of {show(x.shape)} on axis {axis} by {show(weights.shape)}")
    shape = (*x.shape[:axis], weights.shape[0], *x.shape[axis + 1 :])
    return Array("blend", (x, weights), shape, x.dtype, {"axis": axis})


def select(x: Array, indices: Array, axis: int) -> Array:
    """The elements of an axis at indices, one axis of these."""
    shape = (*x.shape[:axis], indices.shape[0], *x.shape[axis + 1 :])
    return Array("select", (x, indices), shape, x.dtype, {"axis": axis})


def repeat(x: Array, axis: int, times: int) -> Array:
    """Every element of an axis, `times` over."""
    shape = (*x.shape[:axis], x.shape[axis] * times, *x.shape[axis + 1 :])
    return Array("repeat", (x,), shape, x.dtype, {"axis": axis, "times": times})


def pad(x: Array, amounts: Sequence[tuple[int, int]]) -> Array:
    """Zeros before and behind every axis, as many as are said of it."""
    shape = tuple(before + size + behind for size, (before, behind) in zip(x.shape, amounts, strict=True))
    return Array("pad", (x,), shape, x.dtype, {"amounts": tuple(amounts)})


def for_each(x: Array, ranges: Mapping[str, range], body: Callable[..., Array], axis: int) -> Array:
    """What `body` gives for a size out of each range, by name, one behind the other on an axis, that of the last range
    fastest. It computes with `x`, and is one expression: nothing in it that depends on those sizes is used twice."""
    from netspec.shapes.symbols import Premises, premises_of, symbol

    premises = premises_of([x.shape]) or Premises()
    premises.order.update((EACH + name, -1) for name in ranges if EACH + name not in premises.order)  # before others
    part = body(**{name: symbol(EACH + name, premises) for name in ranges})
    size = part.shape[axis] * product(tuple(len(values) for values in ranges.values()))
    shape = (*part.shape[:axis], size, *part.shape[axis + 1 :])
    return Array("for_each", (part,), shape, part.dtype, {"axis": axis, "ranges": dict(ranges)})


def align(x: Array, axis: int, rank: int) -> Array:
    """`x` with its axes standing at `axis` of `rank`, and sizes of 1 elsewhere: ready to broadcast."""
    shape = (*(1,) * axis, *x.shape, *(1,) * (rank - axis - x.rank))
    return Array("align", (x,), shape, x.dtype, {"axis": axis, "rank": rank})


# Words that need Caffe's order of axes.


def reshape(x: Array, shape: Shape) -> Array:
    if product(x.shape) != product(shape):
        raise ArrayError(f"reshape of {show(x.shape)} to {show(shape)}")
    return Array("reshape", (x,), tuple(shape), x.dtype, {"shape": tuple(shape)})


def transpose(x: Array, order: Sequence[int]) -> Array:
    """Axis i of the result is axis order[i] of `x`."""
    return Array("transpose", (x,), tuple(x.shape[i] for i in order), x.dtype, {"order": tuple(order)})


def pixel_shuffle(x: Array, factor: int) -> Array:
    """N×(C·factor²)×H×W to N×C×(H·factor)×(W·factor): the channels that lie together become blocks."""
    n, channels, height, width = x.shape
    blocks = reshape(x, (n, channels // factor**2, factor, factor, height, width))
    shape = n, channels // factor**2, height * factor, width * factor
    meaning = reshape(transpose(blocks, (0, 1, 4, 2, 5, 3)), shape)
    return Array("pixel_shuffle", (x,), shape, x.dtype, {"factor": factor}, meaning=meaning)


def descending(x: Array, axis: int) -> Array:
    """The indices that sort an axis from the largest value to the smallest; equal values keep their order."""
    return _unary("descending", x, DType.INT, axis=axis)


def ascending(x: Array, axis: int) -> Array:
    """The indices that sort an axis from the smallest value to the largest; of an order the rank of each element."""
    return _unary("ascending", x, DType.INT, axis=axis)


def argmax(x: Array, axis: int) -> Array:
    """The index of the largest on an axis, the first of equal ones; the axis stays, with a size of 1."""
    return Array("argmax", (x,), (*x.shape[:axis], 1, *x.shape[axis + 1 :]), DType.INT, {"axis": axis})


def cumulative(x: Array, axis: int) -> Array:
    """Every element plus those before it."""
    return _unary("cumulative", x, axis=axis)


def insert_axis(x: Array, axis: int) -> Array:
    """`x` with an axis of size 1 more."""
    return Array("insert_axis", (x,), (*x.shape[:axis], 1, *x.shape[axis:]), x.dtype, {"axis": axis})


def rows(x: Array, indices: Array) -> Array:
    """The rows of N×P×F at the indices of each item, N×A×1: N×A×F."""
    return Array("rows", (x, indices), (*indices.shape[:2], x.shape[2]), x.dtype)


def rows_of_any(x: Array, counted: Array) -> Array:
    """The rows of N×A×F that are counted (N×A×1) in any item; how many these are depends on the data."""
    return Array("rows_of_any", (x, counted), (x.shape[0], VARYING, x.shape[2]), x.dtype)


def put_rows(x: Array, indices: Array, values: Array) -> Array:
    """`x`, N×P×F, with values N×A×F in the place of the rows at the indices of each item, N×A×1; of several for one row
    it may be any."""
    return Array("put_rows", (x, indices, values), x.shape, x.dtype)


def masked(x: Array, mask: Array) -> Array:
    """The elements of the leading axes of `x` where a mask of these holds, one behind the other; how many these are
    depends on the data."""
    return Array("masked", (x, mask), (VARYING, *x.shape[mask.rank :]), x.dtype)


def nonzero(mask: Array) -> Array:
    """The places where a mask holds, K×axes, in their order."""
    return Array("nonzero", (mask,), (VARYING, mask.rank), DType.INT)


def take(x: Array, indices: Array, axis: int) -> Array:
    """`x` at `indices` along an axis, the other axes side by side (numpy's take_along_axis)."""
    return Array("take", (x, indices), indices.shape, x.dtype, {"axis": axis})


def gather(x: Array, indices: Array) -> Array:
    """Rows of `x` by index along axis 0; the result's shape is indices.shape + x.shape[1:]."""
    return Array("gather", (x, indices), (*indices.shape, *x.shape[1:]), x.dtype)


def linear(x: Array, weight: Array) -> Array:
    """x·weightᵀ: each row of `x` by each row of `weight`."""
    return Array("linear", (x, weight), (x.shape[0], weight.shape[0]), x.dtype)


def matmul(a: Array, b: Array, transpose_a: bool = False, transpose_b: bool = False) -> Array:
    """The product of the matrices in the last two axes, for each position of the axes before them. Of those transposed
    the last two axes stand the other way round."""
    (m, inner), (k, n) = a.shape[-2:], b.shape[-2:]
    (m, inner), (k, n) = (inner, m) if transpose_a else (m, inner), (n, k) if transpose_b else (k, n)
    if a.rank != b.rank or inner != k or mismatch(a.shape[:-2], b.shape[:-2]) is not None:
        raise ArrayError(f"matmul of {show(a.shape)} and {show(b.shape)}")
    options = {"transpose_a": transpose_a, "transpose_b": transpose_b}
    return Array("matmul", (a, b), (*a.shape[:-2], m, n), _dtype(a, b), options)


def one_hot(indices: Array, depth: Dim) -> Array:
    """A last axis of `depth` with 1.0 at the index and 0.0 elsewhere (all 0.0 where the index is out of range)."""
    return Array("one_hot", (indices,), (*indices.shape, depth), DType.FLOAT, {"depth": depth})
