"""The array vocabulary in PyTorch: a line a word, as a person would write it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import TypeAlias

from netspec.arrays import DType
from netspec.arrays.vocabulary import Constants
from netspec.emit.code import (
    Code,
    Number,
    attribute,
    binary,
    call,
    cut_axis,
    for_all,
    listed,
    literal,
    method,
    negative,
    subscript,
)
from netspec.emit.place import Place
from netspec.emit.runtime_sizes import reshaping
from netspec.shapes import Dim, Shape, integers, product
from netspec_torch.arguments import once, padding, plain

Operand: TypeAlias = Code | float


@dataclass(frozen=True)
class Words:
    """The words for one layer. Its first input says in which precision the model runs."""

    place: Place

    def add(self, a: Operand, b: Operand) -> Code:
        return binary("+", plain(a), plain(b))

    def sub(self, a: Operand, b: Operand) -> Code:
        return binary("-", plain(a), plain(b))

    def mul(self, a: Operand, b: Operand) -> Code:
        return binary("*", plain(a), plain(b))

    def div(self, a: Operand, b: Operand) -> Code:
        return binary("/", plain(a), plain(b))

    def floor_div(self, a: Operand, b: Operand) -> Code:
        return binary("//", plain(a), plain(b))

    def pow(self, x: Code, *, exponent: float) -> Code:
        return binary("**", x, plain(exponent))

    def neg(self, x: Code) -> Code:
        return negative(x)

    def greater(self, a: Operand, b: Operand) -> Code:
        return binary(">", plain(a), plain(b))

    def greater_equal(self, a: Operand, b: Operand) -> Code:
        return binary(">=", plain(a), plain(b))

    def less(self, a: Operand, b: Operand) -> Code:
        return binary("<", plain(a), plain(b))

    def less_equal(self, a: Operand, b: Operand) -> Code:
        return binary("<=", plain(a), plain(b))

    def equal(self, a: Operand, b: Operand) -> Code:
        return binary("==", plain(a), plain(b))

    def not_equal(self, a: Operand, b: Operand) -> Code:
        return binary("!=", plain(a), plain(b))

    def both(self, a: Code, b: Code) -> Code:
        return binary("&", a, b)

    def absolute(self, x: Code) -> Code:
        return call("torch.abs", x)

    def exp(self, x: Code) -> Code:
        return call("torch.exp", x)

    def log(self, x: Code) -> Code:
        return call("torch.log", x)

    def sqrt(self, x: Code) -> Code:
        return call("torch.sqrt", x)

    def tanh(self, x: Code) -> Code:
        return call("torch.tanh", x)

    def sigmoid(self, x: Code) -> Code:
        return call("torch.sigmoid", x)

    def sine(self, x: Code) -> Code:
        return call("torch.sin", x)

    def arctangent(self, x: Code) -> Code:
        return call("torch.atan", x)

    def floor(self, x: Code) -> Code:
        return call("torch.floor", x)

    def rounded(self, x: Code) -> Code:
        return call("torch.round", x)

    def silu(self, x: Code) -> Code:
        return call("F.silu", x)

    def softplus(self, x: Code) -> Code:
        """Above its threshold torch gives x itself; its default of 20 would be seen in float64."""
        return call("F.softplus", x, threshold=40)

    def relu(self, x: Code) -> Code:
        return call("F.relu", x)

    def relu6(self, x: Code) -> Code:
        return call("F.relu6", x)

    def leaky_relu(self, x: Code, *, slope: float) -> Code:
        return call("F.leaky_relu", x, slope)

    def elu(self, x: Code, *, alpha: float) -> Code:
        return call("F.elu", x, alpha=None if alpha == 1 else alpha)

    def clip(self, x: Code, *, low: float, high: float) -> Code:
        return call("torch.clamp", x, low, high)

    def maximum(self, a: Operand, b: Operand) -> Code:
        if _is_number(a) and _is_number(b):
            return call("max", plain(a), plain(b))
        x, limit = _limited(a, b)
        return call("torch.clamp", x, min=limit) if _is_number(limit) else call("torch.maximum", x, limit)

    def minimum(self, a: Operand, b: Operand) -> Code:
        x, limit = _limited(a, b)
        return call("torch.clamp", x, max=limit) if _is_number(limit) else call("torch.minimum", x, limit)

    def where(self, condition: Code, a: Operand, b: Operand) -> Code:
        result = call("torch.where", condition, a, b)
        return result if isinstance(a, Code) or isinstance(b, Code) else self._as_float(result)

    def cast(self, x: Code, *, dtype: DType) -> Code:
        match dtype:
            case DType.FLOAT:
                return self._as_float(x)
            case DType.WIDE:
                return method(x, "to", self._wide)
            case DType.INT:
                return method(x, "long")
            case DType.BOOL:
                return method(x, "bool")

    def stop_gradient(self, x: Code) -> Code:
        return method(x, "detach")

    def full_like(self, x: Code, *, value: float) -> Code:
        match value:
            case 0.0:
                return call("torch.zeros_like", x)
            case 1.0:
                return call("torch.ones_like", x)
            case _:
                return call("torch.full_like", x, value)

    def full(self, *, shape: Shape, value: float) -> Code:
        return method(self._model, "new_full", self.place.sizes(shape), value)

    def number_of(self, *, size: Dim, dtype: DType) -> Code:
        code = literal(self.place.size(size))
        return Number(code.text, code.binding, form=code.form)

    def iota(self, *, count: Dim, dtype: DType) -> Code:
        return call("torch.arange", self.place.size(count), dtype=self._type(dtype), device=self._device)

    def vector(self, *, values: Constants, dtype: DType) -> Code:
        wide = self._wide if dtype is DType.WIDE else None
        return method(self._model, "new_tensor", listed(values), dtype=wide)

    def total(self, x: Code, *, axes: tuple[int, ...], keepdims: bool) -> Code:
        return _reduced("sum", x, axes, keepdims)

    def mean(self, x: Code, *, axes: tuple[int, ...], keepdims: bool) -> Code:
        return _reduced("mean", x, axes, keepdims)

    def largest(self, x: Code, *, axes: tuple[int, ...], keepdims: bool) -> Code:
        return _reduced("amax", x, axes, keepdims)

    def softmax(self, x: Code, *, axis: int) -> Code:
        return call("F.softmax", x, dim=axis)

    def log_softmax(self, x: Code, *, axis: int) -> Code:
        return call("F.log_softmax", x, dim=axis)

    def concat(self, *xs: Code, axis: int) -> Code:
        return call("torch.cat", xs, dim=axis or None)

    def cut(self, x: Code, *, axis: int, start: Dim, stop: Dim) -> Code:
        whole = x.shape is not None and x.shape[axis] == stop
        return cut_axis(x, axis, self.place.size(start), None if whole else self.place.size(stop))

    def tile(self, x: Code, *, axis: int, times: Dim) -> Code:
        return method(x, "repeat", *(self.place.size(times) if i == axis else 1 for i in range(len(x.shape or ()))))

    def flip(self, x: Code, *, axis: int) -> Code:
        return method(x, "flip", axis)

    def blend(self, x: Code, weights: Code, *, axis: int) -> Code:
        behind = len(x.shape or ()) - axis - 1
        match behind:
            case 0:
                return binary("@", x, attribute(weights, "T"))
            case 1:
                return binary("@", weights, x)
            case _:
                moved = binary("@", method(x, "movedim", axis, -1), attribute(weights, "T"))
                return method(moved, "movedim", -1, axis)

    def select(self, x: Code, indices: Code, *, axis: int) -> Code:
        return method(x, "index_select", axis, indices)

    def repeat(self, x: Code, *, axis: int, times: int) -> Code:
        return method(x, "repeat_interleave", times, axis)

    def enlarge(self, x: Code, *, axes: tuple[int, ...], times: tuple[int, ...]) -> Code:
        return call("F.interpolate", x, scale_factor=once(times))

    def interpolate(self, x: Code, *, axes: tuple[int, ...], sizes: Shape, corners: bool) -> Code:
        mode = "bilinear" if len(axes) == 2 else "trilinear"
        size = self.place.sizes(sizes)
        known = integers(sizes)
        return call("F.interpolate", x, size=once(known) if known else size, mode=mode, align_corners=corners or None)

    def pad(self, x: Code, *, amounts: tuple[tuple[int, int], ...]) -> Code:
        return call("F.pad", x, padding(amounts))

    def avg_pool(self, x: Code, *, axis: int, kernel_size: int, stride: int) -> Code:
        return call("F.avg_pool2d", x, kernel_size, stride)

    def for_each(self, part: Code, *, axis: int, ranges: Mapping[str, range]) -> Code:
        return call("torch.cat", for_all(part, ranges), dim=axis)

    def pick(self, x: Code, row: Code, column: Code, *, axis: int) -> Code:
        return call(self.place.helper("pick"), x, row, column)

    def align(self, x: Code, *, axis: int, rank: int) -> Code:
        """Leading axes of size 1 are left to broadcasting."""
        own = len(x.shape or ())
        behind = rank - axis - own if own else 0
        return subscript(x, *(":",) * own, *("None",) * behind) if behind else x

    def reshape(self, x: Code, *, shape: Shape) -> Code:
        if x.shape is None:
            return method(x, "reshape", *(reshaping(shape, self.place) or ((),)))
        old, new = _varying_as_minus_one(x.shape), _varying_as_minus_one(shape)
        if old == new:
            return x
        if flat := _flattened(old, new):
            start, end = flat
            return call("torch.flatten", x, *((start,) if start or end < len(old) - 1 else ()), *_unless_last(end, old))
        sizes = _kept(x, shape) or reshaping(shape, self.place)
        if len(sizes) > 1 and -1 not in sizes[1:] and 0 not in sizes[1:]:
            return method(x, "reshape", -1, *sizes[1:])  # for batches of any size
        return method(x, "reshape", *sizes) if sizes else method(x, "squeeze")

    def transpose(self, x: Code, *, order: tuple[int, ...]) -> Code:
        moved = [i for i, axis in enumerate(order) if i != axis]
        match moved:
            case []:
                return x
            case [a, b]:
                return method(x, "transpose", a, b)
            case _:
                return method(x, "permute", *order)

    def pixel_shuffle(self, x: Code, *, factor: int) -> Code:
        return call("F.pixel_shuffle", x, factor)

    def descending(self, x: Code, *, axis: int) -> Code:
        return call("torch.argsort", x, dim=axis, descending=True, stable=True)

    def ascending(self, x: Code, *, axis: int) -> Code:
        return call("torch.argsort", x, dim=axis)

    def argmax(self, x: Code, *, axis: int) -> Code:
        return method(x, "argmax", axis, keepdim=True)

    def cumulative(self, x: Code, *, axis: int) -> Code:
        return method(x, "cumsum", axis)

    def insert_axis(self, x: Code, *, axis: int) -> Code:
        return method(x, "unsqueeze", axis)

    def rows(self, x: Code, indices: Code) -> Code:
        return method(x, "gather", 1, self._on_every(indices, x))

    def rows_of_any(self, x: Code, counted: Code) -> Code:
        return subscript(x, ":", method(method(counted, "any", 0), "flatten"))

    def put_rows(self, x: Code, indices: Code, values: Code) -> Code:
        return method(x, "scatter", 1, self._on_every(indices, x), values)

    def masked(self, x: Code, mask: Code) -> Code:
        return subscript(x, mask)

    def nonzero(self, mask: Code) -> Code:
        return method(mask, "nonzero")

    def take(self, x: Code, indices: Code, *, axis: int) -> Code:
        """The other axes are of one size, and so nothing stretches: where it might, torch.export fixes named sizes."""
        return call("torch.gather", x, axis, indices)

    def gather(self, x: Code, indices: Code) -> Code:
        return subscript(x, indices)

    def linear(self, x: Code, weight: Code) -> Code:
        return call("F.linear", x, weight)

    def matmul(self, a: Code, b: Code, *, transpose_a: bool, transpose_b: bool) -> Code:
        return call("torch.matmul", attribute(a, "mT") if transpose_a else a, attribute(b, "mT") if transpose_b else b)

    def one_hot(self, indices: Code, *, depth: Dim) -> Code:
        """By comparison: F.one_hot refuses an index out of range, such as a label to be ignored."""
        classes = call("torch.arange", self.place.size(depth), device=attribute(indices, "device"))
        return self._as_float(binary("==", subscript(indices, "...", "None"), classes))

    def _on_every(self, indices: Code, x: Code) -> Code:
        """Indices N×A×1 for all numbers of rows of x."""
        *_, numbers = x.shape or (1,)
        return indices if numbers == 1 else method(indices, "expand", -1, -1, self.place.size(numbers))

    @property
    def _model(self) -> Code:
        """A tensor of the precision that the model runs in, and on its device."""
        return self.place.model

    @property
    def _device(self) -> Code:
        return attribute(self._model, "device")

    @property
    def _wide(self) -> Code:
        wide = call("torch.promote_types", attribute(self._model, "dtype"), Code("torch.float32"))
        return self.place.once("wide", wide, "half precision is too coarse for places")

    def _type(self, dtype: DType) -> Code | None:
        """The type of what counts up; of whole numbers it need not be said."""
        match dtype:
            case DType.FLOAT:
                return attribute(self._model, "dtype")
            case DType.WIDE:
                return self._wide
            case _:
                return None

    def _as_float(self, x: Code) -> Code:
        return method(x, "type_as", self._model)


def _limited(a: Operand, b: Operand) -> tuple[Code, Operand]:
    """The operands of a word that may exchange them, first one that is an array."""
    return (a, b) if isinstance(a, Code) and not isinstance(a, Number) else (literal(b), a)


def _is_number(x: Operand) -> bool:
    return isinstance(x, Number) or not isinstance(x, Code)


def _reduced(name: str, x: Code, axes: tuple[int, ...], keepdims: bool) -> Code:
    if not axes:  # which torch would take for all
        return x
    if len(axes) == len(x.shape or ()) and not keepdims:
        return method(x, name)
    return method(x, name, dim=axes[0] if len(axes) == 1 else axes, keepdim=keepdims or None)


def _varying_as_minus_one(shape: Shape) -> Shape:
    """Sizes that can be compared; of those that only a run knows there is one, or the reshape is refused later."""
    return tuple(size if isinstance(size, int) or size.symbolic else -1 for size in shape)


def _kept(x: Code, shape: Shape) -> tuple[int | Code, ...] | None:
    """Sizes of a reshape where all that are no numbers but one are those of axes of x: read there, torch.export knows
    them to be the same. None where that is not so, or there is one at most."""
    free = [i for i, size in enumerate(shape) if not isinstance(size, int)]
    places = {i: axis for i in free for axis, size in enumerate(x.shape or ()) if size == shape[i]}
    left = [i for i in free if i not in places] or free[:1]
    if len(free) < 2 or len(left) > 1 or not x.text.isidentifier():
        return None
    own = {i: subscript(attribute(x, "shape"), str(axis)) for i, axis in places.items()}
    return tuple(-1 if i in left else size if isinstance(size, int) else own[i] for i, size in enumerate(shape))


def _flattened(old: Shape, new: Shape) -> tuple[int, int] | None:
    """The first and last axis that become one in a reshape, or None where it is anything else."""
    merged = len(old) - len(new) + 1
    if merged < 2 or not new:
        return None
    start = min(len(list(takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))), len(new) - 1)
    merges = product(old[start : start + merged]) == new[start]
    return (start, start + merged - 1) if merges and old[start + merged :] == new[start + 1 :] else None


def _unless_last(axis: int, shape: Shape) -> tuple[int, ...]:
    return (axis,) if axis < len(shape) - 1 else ()
