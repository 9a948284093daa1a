"""The array vocabulary as TensorFlow code, a line a word.

TensorFlow takes the type of a literal from the tensor before it, so literals come second wherever the word allows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from netspec.arrays import DType
from netspec.arrays.vocabulary import Constants
from netspec.emit.code import (
    Code,
    attribute,
    binary,
    call,
    choice,
    cut_axis,
    for_all,
    listed,
    literal,
    negative,
    prefixed,
    subscript,
)
from netspec.emit.place import Place
from netspec.emit.runtime_sizes import reshaping
from netspec.shapes import Dim, Shape, integers
from netspec_tensorflow.arguments import sizes


@dataclass(frozen=True)
class Words:
    """`Vocabulary[Code]`."""

    place: Place

    def add(self, a: Code | float, b: Code | float) -> Code:
        return binary("+", a, b)

    def sub(self, a: Code | float, b: Code | float) -> Code:
        return binary("-", a, b)

    def mul(self, a: Code | float, b: Code | float) -> Code:
        return binary("*", a, b)

    def div(self, a: Code | float, b: Code | float) -> Code:
        return binary("/", a, b)

    def floor_div(self, a: Code | float, b: Code | float) -> Code:
        return binary("//", a, b)

    def pow(self, x: Code, *, exponent: float) -> Code:
        return call("tf.square", x) if exponent == 2 else binary("**", x, exponent)

    def neg(self, x: Code) -> Code:
        return negative(x)

    def greater(self, a: Code | float, b: Code | float) -> Code:
        return binary(">", a, b)

    def greater_equal(self, a: Code | float, b: Code | float) -> Code:
        return binary(">=", a, b)

    def less(self, a: Code | float, b: Code | float) -> Code:
        return binary("<", a, b)

    def less_equal(self, a: Code | float, b: Code | float) -> Code:
        return binary("<=", a, b)

    def equal(self, a: Code | float, b: Code | float) -> Code:
        return call("tf.equal", *_tensor_first(a, b))

    def not_equal(self, a: Code | float, b: Code | float) -> Code:
        return call("tf.not_equal", *_tensor_first(a, b))

    def both(self, a: Code, b: Code) -> Code:
        return binary("&", a, b)

    def absolute(self, x: Code) -> Code:
        return call("tf.abs", x)

    def exp(self, x: Code) -> Code:
        return call("tf.exp", x)

    def log(self, x: Code) -> Code:
        return call("tf.math.log", x)

    def sqrt(self, x: Code) -> Code:
        return call("tf.sqrt", x)

    def tanh(self, x: Code) -> Code:
        return call("tf.tanh", x)

    def sigmoid(self, x: Code) -> Code:
        return call("tf.sigmoid", x)

    def sine(self, x: Code) -> Code:
        return call("tf.sin", x)

    def arctangent(self, x: Code) -> Code:
        return call("tf.atan", x)

    def floor(self, x: Code) -> Code:
        return call("tf.floor", x)

    def rounded(self, x: Code) -> Code:
        return call("tf.round", x)

    def silu(self, x: Code) -> Code:
        return call("tf.nn.silu", x)

    def softplus(self, x: Code) -> Code:
        return call("tf.nn.softplus", x)

    def relu(self, x: Code) -> Code:
        return call("tf.nn.relu", x)

    def relu6(self, x: Code) -> Code:
        return call("tf.nn.relu6", x)

    def leaky_relu(self, x: Code, *, slope: float) -> Code:
        # tf.nn.leaky_relu would round the slope to float32.
        return call("tf.where", binary(">", x, 0.0), x, binary("*", slope, x))

    def elu(self, x: Code, *, alpha: float) -> Code:
        smooth = call("tf.nn.elu", x)
        return smooth if alpha == 1 else call("tf.where", binary(">", x, 0.0), x, binary("*", alpha, smooth))

    def clip(self, x: Code, *, low: float, high: float) -> Code:
        return call("tf.clip_by_value", x, low, high)

    def maximum(self, a: Code | float, b: Code | float) -> Code:
        return call("tf.maximum", *_tensor_first(a, b))

    def minimum(self, a: Code | float, b: Code | float) -> Code:
        return call("tf.minimum", *_tensor_first(a, b))

    def where(self, condition: Code, a: Code | float, b: Code | float) -> Code:
        if isinstance(a, Code):
            return call("tf.where", condition, a, b)
        if isinstance(b, Code):
            return call("tf.where", prefixed("~", condition), b, a)
        return call("tf.where", condition, call("tf.constant", a, self._float), b)

    def cast(self, x: Code, *, dtype: DType) -> Code:
        return call("tf.cast", x, self._type(dtype))

    def stop_gradient(self, x: Code) -> Code:
        return call("tf.stop_gradient", x)

    def full_like(self, x: Code, *, value: float) -> Code:
        if value in (0, 1):
            return call("tf.ones_like" if value else "tf.zeros_like", x)
        return binary("+", call("tf.zeros_like", x), value)

    def full(self, *, shape: Shape, value: float) -> Code:
        if integers(shape) is None:
            return call("tf.fill", list(self.place.sizes(shape)), call("tf.constant", value, self._float))
        return constant(shape, value, self._float)

    def number_of(self, *, size: Dim, dtype: DType) -> Code:
        code = self.place.size(size)
        return call("tf.cast", code, self._type(dtype)) if isinstance(code, Code) else literal(code)

    def iota(self, *, count: Dim, dtype: DType) -> Code:
        if dtype is DType.FLOAT:  # half precision has no range
            return call("tf.cast", call("tf.range", self.place.size(count)), self._float)
        return call("tf.range", self.place.size(count), dtype=self._type(dtype))

    def vector(self, *, values: Constants, dtype: DType) -> Code:
        return call("tf.constant", listed(values), self._type(dtype))

    def total(self, x: Code, *, axes: tuple[int, ...], keepdims: bool) -> Code:
        return _reduced("tf.reduce_sum", x, axes, keepdims)

    def mean(self, x: Code, *, axes: tuple[int, ...], keepdims: bool) -> Code:
        return _reduced("tf.reduce_mean", x, axes, keepdims)

    def largest(self, x: Code, *, axes: tuple[int, ...], keepdims: bool) -> Code:
        return _reduced("tf.reduce_max", x, axes, keepdims)

    def softmax(self, x: Code, *, axis: int) -> Code:
        return call("tf.nn.softmax", x, axis=None if axis == _rank(x) - 1 else axis)

    def log_softmax(self, x: Code, *, axis: int) -> Code:
        return call("tf.nn.log_softmax", x, axis=None if axis == _rank(x) - 1 else axis)

    def concat(self, *xs: Code, axis: int) -> Code:
        return call("tf.concat", list(xs), axis=axis)

    def cut(self, x: Code, *, axis: int, start: Dim, stop: Dim) -> Code:
        whole = stop == (x.shape or ())[axis]
        return cut_axis(x, axis, self.place.size(start), None if whole else self.place.size(stop))

    def tile(self, x: Code, *, axis: int, times: Dim) -> Code:
        return call("tf.tile", x, [self.place.size(times) if i == axis else 1 for i in range(_rank(x))])

    def flip(self, x: Code, *, axis: int) -> Code:
        return call("tf.reverse", x, axis=[axis])

    def blend(self, x: Code, weights: Code, *, axis: int) -> Code:
        axes = "nabcdefgh"[: _rank(x)]
        blended = axes.replace(axes[axis], "i")
        return call("tf.einsum", f"{axes},i{axes[axis]}->{blended}", x, weights)

    def select(self, x: Code, indices: Code, *, axis: int) -> Code:
        return call("tf.gather", x, indices, axis=axis)

    def repeat(self, x: Code, *, axis: int, times: int) -> Code:
        return call("tf.repeat", x, times, axis=axis)

    def pad(self, x: Code, *, amounts: tuple[tuple[int, int], ...]) -> Code:
        return call("tf.pad", x, [list(amount) for amount in amounts])

    def avg_pool(self, x: Code, *, axis: int, kernel_size: int, stride: int) -> Code:
        if axis == 1:
            last = self.avg_pool(self.transpose(x, order=(0, 2, 3, 1)), axis=3, kernel_size=kernel_size, stride=stride)
            return self.transpose(last, order=(0, 3, 1, 2))
        return call("tf.nn.avg_pool2d", x, kernel_size, stride, "VALID")

    def for_each(self, part: Code, *, axis: int, ranges: Mapping[str, range]) -> Code:
        return call("tf.concat", for_all(part, ranges), axis=axis)

    def pick(self, x: Code, row: Code, column: Code, *, axis: int) -> Code:
        if axis == 1:
            x, row, column = (self.transpose(each, order=(0, 2, 3, 1)) for each in (x, row, column))
            return self.transpose(self.pick(x, row, column, axis=3), order=(0, 3, 1, 2))
        return call("tf.gather_nd", x, call("tf.concat", [row, column], axis=-1), batch_dims=1)

    def align(self, x: Code, *, axis: int, rank: int) -> Code:
        behind = rank - axis - _rank(x)
        return subscript(x, "...", *("tf.newaxis",) * behind) if behind and _rank(x) else x

    def reshape(self, x: Code, *, shape: Shape) -> Code:
        return reshaped(x, x.shape or (), shape, self.place)

    def transpose(self, x: Code, *, order: tuple[int, ...]) -> Code:
        return call("tf.transpose", x, list(order))

    def descending(self, x: Code, *, axis: int) -> Code:
        return call("tf.argsort", x, axis=axis, direction="DESCENDING", stable=True)

    def ascending(self, x: Code, *, axis: int) -> Code:
        return call("tf.argsort", x, axis=axis)

    def argmax(self, x: Code, *, axis: int) -> Code:
        return self.insert_axis(call("tf.argmax", x, axis=axis), axis=axis)

    def cumulative(self, x: Code, *, axis: int) -> Code:
        return call("tf.cumsum", x, axis=axis)

    def insert_axis(self, x: Code, *, axis: int) -> Code:
        return call("tf.expand_dims", x, axis)

    def rows(self, x: Code, indices: Code) -> Code:
        return call("tf.gather", x, subscript(indices, "...", "0"), batch_dims=1)

    def rows_of_any(self, x: Code, counted: Code) -> Code:
        return call("tf.boolean_mask", x, call("tf.reduce_any", counted, axis=[0, 2]), axis=1)

    def put_rows(self, x: Code, indices: Code, values: Code) -> Code:
        return call(self.place.helper("put_rows"), x, indices, values)

    def masked(self, x: Code, mask: Code) -> Code:
        return call("tf.boolean_mask", x, mask)

    def nonzero(self, mask: Code) -> Code:
        return call("tf.where", mask)

    def take(self, x: Code, indices: Code, *, axis: int) -> Code:
        if axis == _rank(x) - 1:
            return call("tf.gather", x, indices, batch_dims=axis)
        return call("tf.experimental.numpy.take_along_axis", x, indices, axis)

    def gather(self, x: Code, indices: Code) -> Code:
        return call("tf.gather", x, indices)

    def linear(self, x: Code, weight: Code) -> Code:
        return call("tf.matmul", x, weight, transpose_b=True)

    def matmul(self, a: Code, b: Code, *, transpose_a: bool, transpose_b: bool) -> Code:
        return call("tf.matmul", a, b, transpose_a=transpose_a or None, transpose_b=transpose_b or None)

    def one_hot(self, indices: Code, *, depth: Dim) -> Code:
        return call("tf.one_hot", indices, self.place.size(depth), dtype=self._float)

    @property
    def _float(self) -> Code:
        """The precision that the model was made with, or in a function that of what it is given."""
        return attribute(self.place.model, "dtype") if self.place.forward else Code("self.dtype")

    @property
    def _wide(self) -> Code:
        test = binary("==", self._float, Code("tf.float64"))
        wide = choice(Code("tf.float64"), test, Code("tf.float32"))
        return self.place.once("wide", wide, "half precision is too coarse for places")

    def _type(self, dtype: DType) -> Code:
        match dtype:
            case DType.FLOAT:
                return self._float
            case DType.WIDE:
                return self._wide
            case DType.INT:
                return Code("tf.int64")
            case DType.BOOL:
                return Code("tf.bool")


def constant(shape: Shape, value: float, dtype: Code) -> Code:
    """A tensor that is `value` throughout."""
    if value in (0, 1):
        return call("tf.ones" if value else "tf.zeros", list(sizes(shape)), dtype)
    return call("tf.constant", value, dtype, list(sizes(shape)))


def reshaped(x: Code, old: Shape, new: Shape, place: Place) -> Code:
    """`tf.reshape`. A first size that stays stands as −1, so that the code does not depend on the batch."""
    sizes = reshaping(new, place)
    stays = len(old) > 0 and len(new) > 0 and (old[0] is new[0] or old[0] == new[0])
    keeps = stays and -1 not in sizes[1:] and 0 not in sizes[1:]
    return call("tf.reshape", x, [-1, *sizes[1:]] if keeps else list(sizes))


def _reduced(function: str, x: Code, axes: tuple[int, ...], keepdims: bool) -> Code:
    if not axes:
        return x
    every = len(axes) == _rank(x) and not keepdims
    axis = None if every else axes[0] if len(axes) == 1 else list(axes)
    return call(function, x, axis=axis, keepdims=True if keepdims else None)


def _tensor_first(a: Code | float, b: Code | float) -> tuple[Code, Code]:
    """The operands of a word that may exchange them."""
    return (literal(a), literal(b)) if isinstance(a, Code) else (literal(b), literal(a))


def _rank(x: Code) -> int:
    return len(x.shape or ())
