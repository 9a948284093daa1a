"""The array vocabulary in numpy: a line a word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from netspec.arrays import Array, DType
from netspec.arrays.vocabulary import Constants, Vocabulary, lacking, postorder
from netspec.shapes import Dim, Shape

Values: TypeAlias = NDArray[Any]
Operand: TypeAlias = Values | float

KINDS = {DType.FLOAT: np.float64, DType.WIDE: np.float64, DType.INT: np.int64, DType.BOOL: np.bool_}


class Words:
    """What each word computes. Where numpy would leave the model's precision, `evaluate` goes back to it."""

    def add(self, a: Operand, b: Operand) -> Values:
        return np.add(a, b)

    def sub(self, a: Operand, b: Operand) -> Values:
        return np.subtract(a, b)

    def mul(self, a: Operand, b: Operand) -> Values:
        return np.multiply(a, b)

    def div(self, a: Operand, b: Operand) -> Values:
        return np.divide(a, b)

    def floor_div(self, a: Operand, b: Operand) -> Values:
        return np.floor_divide(a, b)

    def pow(self, x: Values, *, exponent: float) -> Values:
        return np.power(x, exponent)

    def neg(self, x: Values) -> Values:
        return np.negative(x)

    def greater(self, a: Operand, b: Operand) -> Values:
        return np.greater(a, b)

    def greater_equal(self, a: Operand, b: Operand) -> Values:
        return np.greater_equal(a, b)

    def less(self, a: Operand, b: Operand) -> Values:
        return np.less(a, b)

    def less_equal(self, a: Operand, b: Operand) -> Values:
        return np.less_equal(a, b)

    def equal(self, a: Operand, b: Operand) -> Values:
        return np.equal(a, b)

    def not_equal(self, a: Operand, b: Operand) -> Values:
        return np.not_equal(a, b)

    def both(self, a: Values, b: Values) -> Values:
        return np.logical_and(a, b)

    def absolute(self, x: Values) -> Values:
        return np.abs(x)

    def exp(self, x: Values) -> Values:
        return np.exp(x)

    def log(self, x: Values) -> Values:
        return np.log(x)

    def sqrt(self, x: Values) -> Values:
        return np.sqrt(x)

    def tanh(self, x: Values) -> Values:
        return np.tanh(x)

    def sigmoid(self, x: Values) -> Values:
        return 1 / (1 + np.exp(-x))

    def sine(self, x: Values) -> Values:
        return np.sin(x)

    def arctangent(self, x: Values) -> Values:
        return np.arctan(x)

    def floor(self, x: Values) -> Values:
        return np.floor(x)

    def rounded(self, x: Values) -> Values:
        return np.rint(x)

    def silu(self, x: Values) -> Values:
        return x * self.sigmoid(x)

    def softplus(self, x: Values) -> Values:
        return np.logaddexp(0, x, dtype=x.dtype)

    def relu(self, x: Values) -> Values:
        return np.maximum(x, 0)

    def leaky_relu(self, x: Values, *, slope: float) -> Values:
        return np.maximum(x, 0) + slope * np.minimum(x, 0)

    def elu(self, x: Values, *, alpha: float) -> Values:
        return np.maximum(x, 0) + alpha * np.expm1(np.minimum(x, 0))

    def clip(self, x: Values, *, low: float, high: float) -> Values:
        return np.clip(x, low, high)

    def maximum(self, a: Operand, b: Operand) -> Values:
        return np.maximum(a, b)

    def minimum(self, a: Operand, b: Operand) -> Values:
        return np.minimum(a, b)

    def where(self, condition: Values, a: Operand, b: Operand) -> Values:
        return np.where(condition, a, b)

    def cast(self, x: Values, *, dtype: DType) -> Values:
        return x.astype(KINDS[dtype])

    def stop_gradient(self, x: Values) -> Values:
        return x

    def full_like(self, x: Values, *, value: float) -> Values:
        return np.full_like(x, value)

    def full(self, *, shape: Shape, value: float) -> Values:
        return np.full(_sizes(shape), value)

    def number_of(self, *, size: Dim, dtype: DType) -> Values:
        return np.array(_size(size))

    def iota(self, *, count: Dim, dtype: DType) -> Values:
        return np.arange(_size(count))

    def vector(self, *, values: Constants, dtype: DType) -> Values:
        return np.array(values)

    def total(self, x: Values, *, axes: tuple[int, ...], keepdims: bool) -> Values:
        return np.sum(x, axes, keepdims=keepdims)

    def mean(self, x: Values, *, axes: tuple[int, ...], keepdims: bool) -> Values:
        return np.mean(x, axes, keepdims=keepdims)

    def largest(self, x: Values, *, axes: tuple[int, ...], keepdims: bool) -> Values:
        return np.max(x, axes, keepdims=keepdims)

    def softmax(self, x: Values, *, axis: int) -> Values:
        return np.exp(self.log_softmax(x, axis=axis))

    def log_softmax(self, x: Values, *, axis: int) -> Values:
        below = x - np.max(x, axis, keepdims=True)
        return below - np.log(np.sum(np.exp(below), axis, keepdims=True))

    def concat(self, *xs: Values, axis: int) -> Values:
        return np.concatenate(xs, axis)

    def cut(self, x: Values, *, axis: int, start: Dim, stop: Dim) -> Values:
        return np.take(x, range(_size(start), _size(stop)), axis)

    def tile(self, x: Values, *, axis: int, times: Dim) -> Values:
        return np.concatenate([x] * _size(times), axis)

    def flip(self, x: Values, *, axis: int) -> Values:
        return np.flip(x, axis)

    def blend(self, x: Values, weights: Values, *, axis: int) -> Values:
        return np.moveaxis(np.tensordot(weights, x, (1, axis)), 0, axis)

    def select(self, x: Values, indices: Values, *, axis: int) -> Values:
        return np.take(x, indices, axis)

    def repeat(self, x: Values, *, axis: int, times: int) -> Values:
        return np.repeat(x, times, axis)

    def pad(self, x: Values, *, amounts: tuple[tuple[int, int], ...]) -> Values:
        return np.pad(x, amounts)

    def avg_pool(self, x: Values, *, axis: int, kernel_size: int, stride: int) -> Values:
        windows = np.lib.stride_tricks.sliding_window_view(x, (kernel_size, kernel_size), (2, 3))
        return np.mean(windows[:, :, ::stride, ::stride], (4, 5))

    def pick(self, x: Values, row: Values, column: Values, *, axis: int) -> Values:
        items = np.arange(len(x))[:, np.newaxis, np.newaxis]
        return np.moveaxis(x[items, :, row[:, 0], column[:, 0]], -1, 1)

    def align(self, x: Values, *, axis: int, rank: int) -> Values:
        return x.reshape((1,) * axis + x.shape + (1,) * (rank - axis - x.ndim))

    def reshape(self, x: Values, *, shape: Shape) -> Values:
        return x.reshape(_sizes(shape))

    def transpose(self, x: Values, *, order: tuple[int, ...]) -> Values:
        return np.transpose(x, order)

    def pixel_shuffle(self, x: Values, *, factor: int) -> Values:
        n, channels, height, width = x.shape
        blocks = x.reshape(n, channels // factor**2, factor, factor, height, width)
        return blocks.transpose(0, 1, 4, 2, 5, 3).reshape(n, -1, height * factor, width * factor)

    def descending(self, x: Values, *, axis: int) -> Values:
        return np.argsort(-x, axis, stable=True)

    def ascending(self, x: Values, *, axis: int) -> Values:
        return np.argsort(x, axis, stable=True)

    def argmax(self, x: Values, *, axis: int) -> Values:
        return np.argmax(x, axis, keepdims=True)

    def cumulative(self, x: Values, *, axis: int) -> Values:
        return np.cumsum(x, axis)

    def insert_axis(self, x: Values, *, axis: int) -> Values:
        return np.expand_dims(x, axis)

    def rows(self, x: Values, indices: Values) -> Values:
        return np.take_along_axis(x, indices, 1)

    def rows_of_any(self, x: Values, counted: Values) -> Values:
        return x[:, np.any(counted, (0, 2))]

    def put_rows(self, x: Values, indices: Values, values: Values) -> Values:
        y = x.copy()
        np.put_along_axis(y, indices, values, 1)
        return y

    def masked(self, x: Values, mask: Values) -> Values:
        return x[mask]

    def nonzero(self, mask: Values) -> Values:
        return np.argwhere(mask)

    def take(self, x: Values, indices: Values, *, axis: int) -> Values:
        return np.take_along_axis(x, indices, axis)

    def gather(self, x: Values, indices: Values) -> Values:
        return x[indices]

    def linear(self, x: Values, weight: Values) -> Values:
        return x @ weight.T

    def matmul(self, a: Values, b: Values, *, transpose_a: bool, transpose_b: bool) -> Values:
        return np.matmul(np.swapaxes(a, -1, -2) if transpose_a else a, np.swapaxes(b, -1, -2) if transpose_b else b)

    def one_hot(self, indices: Values, *, depth: Dim) -> Values:
        return np.equal(indices[..., np.newaxis], np.arange(_size(depth)))


WORDS: Vocabulary[Values] = Words()


def evaluate(tops: Sequence[Array], leaves: Mapping[str, Values], precision: np.dtype[Any]) -> tuple[Values, ...]:
    """The value of each top of a formula, for the values of its leaves by label, in the precision given."""
    kinds = {**KINDS, DType.FLOAT: precision, DType.WIDE: np.promote_types(precision, np.float32)}
    values: dict[int, Values] = {}
    for node in postorder(tops, words=WORDS):
        if node.label in leaves and node.word in ("leaf", "parameter"):
            value = leaves[node.label]
        elif node.word == "call":
            value = values[id(node.options["result"])]
        elif node.meaning is not None and lacking(node, WORDS):
            value = values[id(node.meaning)]
        else:
            args = [values[id(a)] if isinstance(a, Array) else a for a in node.args]
            value = getattr(WORDS, node.word)(*args, **node.options)
        values[id(node)] = np.asarray(value, kinds[node.dtype])
    return tuple(values[id(top)] for top in tops)


def _sizes(shape: Shape) -> tuple[int, ...]:
    return tuple(_size(dim) for dim in shape)


def _size(dim: Dim) -> int:
    """A net runs when all sizes are known."""
    if not isinstance(dim, int):
        raise TypeError(f"size {dim} in a net that runs")
    return dim
