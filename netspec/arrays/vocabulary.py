"""How a formula is read: by backends, a method for each word of `netspec.arrays`; by passes, word by word.

PyTorch and TensorFlow give source text for a word, numpy gives values. A word belongs to one of three groups, which is
all that a layout pass needs to know of a formula: `POINTWISE` words do not care where an axis stands, `AXIS` words name
the axes they work on, all others need Caffe's order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol, TypeAlias, TypeVar

from netspec.arrays import Array, DType
from netspec.shapes import Dim, Shape

Constants: TypeAlias = tuple[float, ...] | tuple[tuple[float, ...], ...]  # of one axis, or of two

POINTWISE = frozenset(
    {
        "leaf",
        "add",
        "sub",
        "mul",
        "div",
        "pow",
        "neg",
        "greater",
        "greater_equal",
        "less",
        "less_equal",
        "absolute",
        "exp",
        "log",
        "sqrt",
        "tanh",
        "sigmoid",
        "silu",
        "softplus",
        "sine",
        "arctangent",
        "floor",
        "rounded",
        "relu",
        "relu6",
        "leaky_relu",
        "elu",
        "clip",
        "maximum",
        "minimum",
        "equal",
        "not_equal",
        "where",
        "cast",
        "stop_gradient",
        "full_like",
        "both",
        "number_of",
        "iota",
        "floor_div",
        "call",
    }
)
AXIS = frozenset(
    {
        "total",
        "mean",
        "largest",
        "softmax",
        "log_softmax",
        "concat",
        "cut",
        "tile",
        "flip",
        "align",
        "blend",
        "select",
        "repeat",
        "pad",
        "for_each",
        "pick",
        "avg_pool",
        "enlarge",
        "interpolate",
    }
)

T = TypeVar("T")


class Vocabulary(Protocol[T]):
    """What a backend implements: a method for each word, from operands of its own kind T to a result of that kind.

    It may have words besides that are put in others where it has not (`Array.meaning`): `relu6`, `enlarge`,
    `interpolate`, `pixel_shuffle`. One that prints has `for_each`, from the code of a part and the ranges by variable.

    `x` is an operand of the backend; a literal number arrives as `float`. `shape` is the shape of the result. `align`
    may leave leading axes of 1 to broadcasting in what is printed: words that do not broadcast get them put in.
    """

    def add(self, a: T | float, b: T | float) -> T: ...
    def sub(self, a: T | float, b: T | float) -> T: ...
    def mul(self, a: T | float, b: T | float) -> T: ...
    def div(self, a: T | float, b: T | float) -> T: ...
    def floor_div(self, a: T | float, b: T | float) -> T: ...
    def pow(self, x: T, *, exponent: float) -> T: ...
    def neg(self, x: T) -> T: ...
    def greater(self, a: T | float, b: T | float) -> T: ...
    def greater_equal(self, a: T | float, b: T | float) -> T: ...
    def less(self, a: T | float, b: T | float) -> T: ...
    def less_equal(self, a: T | float, b: T | float) -> T: ...
    def equal(self, a: T | float, b: T | float) -> T: ...
    def not_equal(self, a: T | float, b: T | float) -> T: ...
    def both(self, a: T, b: T) -> T: ...
    def absolute(self, x: T) -> T: ...
    def exp(self, x: T) -> T: ...
    def log(self, x: T) -> T: ...
    def sqrt(self, x: T) -> T: ...
    def tanh(self, x: T) -> T: ...
    def sigmoid(self, x: T) -> T: ...
    def silu(self, x: T) -> T: ...
    def softplus(self, x: T) -> T: ...
    def sine(self, x: T) -> T: ...
    def arctangent(self, x: T) -> T: ...
    def floor(self, x: T) -> T: ...
    def rounded(self, x: T) -> T: ...
    def relu(self, x: T) -> T: ...
    def leaky_relu(self, x: T, *, slope: float) -> T: ...
    def elu(self, x: T, *, alpha: float) -> T: ...
    def clip(self, x: T, *, low: float, high: float) -> T: ...
    def maximum(self, a: T | float, b: T | float) -> T: ...
    def minimum(self, a: T | float, b: T | float) -> T: ...
    def where(self, condition: T, a: T | float, b: T | float) -> T: ...
    def cast(self, x: T, *, dtype: DType) -> T: ...
    def stop_gradient(self, x: T) -> T: ...
    def full_like(self, x: T, *, value: float) -> T: ...
    def full(self, *, shape: Shape, value: float) -> T: ...
    def number_of(self, *, size: Dim, dtype: DType) -> T: ...
    def iota(self, *, count: Dim, dtype: DType) -> T: ...
    def vector(self, *, values: Constants, dtype: DType) -> T: ...
    def total(self, x: T, *, axes: tuple[int, ...], keepdims: bool) -> T: ...
    def mean(self, x: T, *, axes: tuple[int, ...], keepdims: bool) -> T: ...
    def largest(self, x: T, *, axes: tuple[int, ...], keepdims: bool) -> T: ...
    def softmax(self, x: T, *, axis: int) -> T: ...
    def log_softmax(self, x: T, *, axis: int) -> T: ...
    def concat(self, *xs: T, axis: int) -> T: ...
    def cut(self, x: T, *, axis: int, start: Dim, stop: Dim) -> T: ...
    def tile(self, x: T, *, axis: int, times: Dim) -> T: ...
    def flip(self, x: T, *, axis: int) -> T: ...
    def blend(self, x: T, weights: T, *, axis: int) -> T: ...
    def select(self, x: T, indices: T, *, axis: int) -> T: ...
    def repeat(self, x: T, *, axis: int, times: int) -> T: ...
    def pad(self, x: T, *, amounts: tuple[tuple[int, int], ...]) -> T: ...
    def avg_pool(self, x: T, *, axis: int, kernel_size: int, stride: int) -> T: ...
    def pick(self, x: T, row: T, column: T, *, axis: int) -> T: ...
    def align(self, x: T, *, axis: int, rank: int) -> T: ...
    def reshape(self, x: T, *, shape: Shape) -> T: ...
    def transpose(self, x: T, *, order: tuple[int, ...]) -> T: ...
    def descending(self, x: T, *, axis: int) -> T: ...
    def ascending(self, x: T, *, axis: int) -> T: ...
    def argmax(self, x: T, *, axis: int) -> T: ...
    def cumulative(self, x: T, *, axis: int) -> T: ...
    def insert_axis(self, x: T, *, axis: int) -> T: ...
    def rows(self, x: T, indices: T) -> T: ...
    def rows_of_any(self, x: T, counted: T) -> T: ...
    def put_rows(self, x: T, indices: T, values: T) -> T: ...
    def masked(self, x: T, mask: T) -> T: ...
    def nonzero(self, mask: T) -> T: ...
    def take(self, x: T, indices: T, *, axis: int) -> T: ...
    def gather(self, x: T, indices: T) -> T: ...
    def linear(self, x: T, weight: T) -> T: ...
    def matmul(self, a: T, b: T, *, transpose_a: bool, transpose_b: bool) -> T: ...
    def one_hot(self, indices: T, *, depth: Dim) -> T: ...


def lacking(node: Array, words: object) -> bool:
    """Whether a vocabulary has no word for what a node is, but others."""
    return node.meaning is not None and not hasattr(words, node.word)


def postorder(roots: Sequence[Array], calls: bool = False, words: object | None = None) -> list[Array]:
    """Every node below the roots once, operands before what uses them, those of the functions that are called among
    them, or with `calls` only the calls; with `words` those of what these lack. Not recursive: a sum of 10 000 terms is
    deep."""
    order: list[Array] = []
    seen: set[int] = set()
    stack: list[tuple[Array, bool]] = [(root, False) for root in reversed(roots)]
    while stack:
        node, ready = stack.pop()
        if ready:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            if node.word == "call" and not calls:
                stack.append((node.options["result"], False))
            stack.extend((arg, False) for arg in reversed(_below(node, words)))
    return order


def _below(node: Array, words: object | None) -> list[Array]:
    if node.meaning is not None and words is not None and lacking(node, words):
        return [node.meaning]
    return [arg for arg in node.args if isinstance(arg, Array)]


def spelled(roots: Sequence[Array], words: object) -> tuple[Array, ...]:
    """A formula in the words that a vocabulary has."""
    done: dict[int, Array] = {}
    for node in postorder(roots, calls=True, words=words):
        if node.meaning is not None and lacking(node, words):
            meaning = done[id(node.meaning)]
            done[id(node)] = meaning.named(node.label, node.note) if node.label else meaning
            continue
        args = tuple(done[id(a)] if isinstance(a, Array) else a for a in node.args)
        kept = all(a is b for a, b in zip(args, node.args, strict=True))
        done[id(node)] = node if kept else replace(node, args=args)
    return tuple(done[id(root)] for root in roots)


def order_free(roots: Sequence[Array]) -> bool:
    """Whether a formula can be computed with its axes in another order, by renaming them (see `channels_last`).

    A parameter blob of three or more axes, none of them aligned, is kept in the order that the formula runs in.
    """
    nodes = postorder(roots)
    aligned = {id(node.args[0]) for node in nodes if node.word == "align"}
    for node in nodes:
        if node.word not in POINTWISE | AXIS | {"parameter"} or node.options.get("keepdims") is False:
            return False
        if node.word == "align" and len(node.args[0].shape if isinstance(node.args[0], Array) else ()) > 1:
            return False
        if node.word == "parameter" and id(node) not in aligned and node.rank < 3:
            return False
    return True


def channels_last(roots: Sequence[Array]) -> tuple[Array, ...]:
    """An order-free formula with axis 1 moved to the end: `N C H W` becomes `N H W C`, whatever the rank."""
    done: dict[int, Array] = {}
    for node in postorder(roots):
        args = tuple(done[id(a)] if isinstance(a, Array) else a for a in node.args)
        options = dict(node.options)
        if "axis" in options:
            options["axis"] = last_axis(options["axis"], node.rank)
        if "axes" in options:
            options["axes"] = tuple(sorted(last_axis(axis, node.rank) for axis in options["axes"]))
        if "amounts" in options:
            options["amounts"] = last_order(options["amounts"])
        if "call" in options:
            options = {"call": replace(options["call"], channels_last=True), "result": done[id(options["result"])]}
        shape = last_order(node.shape)
        done[id(node)] = Array(node.word, args, shape, node.dtype, options, node.label)
    return tuple(done[id(root)] for root in roots)


def last_axis(axis: int, rank: int) -> int:
    """Where an axis of Caffe's order stands when the channels come last."""
    return axis if axis == 0 or rank < 3 else rank - 1 if axis == 1 else axis - 1


def last_order(shape: tuple[T, ...]) -> tuple[T, ...]:
    """A shape, or what else is said of each axis, with axis 1 moved to the end."""
    return (shape[0], *shape[2:], shape[1]) if len(shape) > 2 else shape
