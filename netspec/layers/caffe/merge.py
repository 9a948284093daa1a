"""Layers that bring blobs together, take them apart, or pick items of them."""

from collections.abc import Mapping
from enum import IntEnum
from functools import reduce
from itertools import pairwise
from operator import mul
from typing import ClassVar

from netspec.arrays import Array, DType, align, cast, concat, cut, gather, where
from netspec.layers.base import (
    ANY_NUMBER,
    CallSite,
    Count,
    Field,
    Formula,
    Layer,
    LayoutPreference,
    Refusal,
    Requirements,
    Shapes,
    SizeRequirement,
    UInt,
    canonical_axis,
)
from netspec.layers.fit import axes, expect_equal, expect_size
from netspec.layers.overwriting import GRADIENTS, SCATTERED
from netspec.layers.requirements import equal_needed
from netspec.layers.rewriting import Transparent
from netspec.problems.fields import BlobCount, EntryCount, InvalidValue
from netspec.problems.shapes import BadDimensions, NotDivisible, OutOfBounds, ShapeMismatch
from netspec.shapes import Dim, Shape, product, show


class EltwiseOp(IntEnum):
    PROD = 0
    SUM = 1
    MAX = 2


class Eltwise(Formula):
    """The product, the sum with coefficients, or the maximum of two or more blobs, element by element.

    All bottoms have the same shape; nothing is broadcast, but a second one that is a scalar, beyond Caffe's.
    The gradient of a maximum that several have goes to one of them: to the second rather than the first, and to a later
    one only if it is strictly greater.
    Source: Caffe's eltwise_layer.cpp.
    """

    message: ClassVar = "eltwise_param"
    repeated_defaults: ClassVar = {"coeff": (1.0,)}
    bottoms: ClassVar = Count(2, None)
    garbled: ClassVar = "SUM and MAX fill the top before they read it, so that what was there counts for nothing"

    operation: EltwiseOp = Field(EltwiseOp.SUM, description="PROD, SUM or MAX")
    coeff: tuple[float, ...] = Field((), description="SUM: a coefficient for each bottom; none is 1 for all")
    stable_prod_grad: bool = Field(True, description="PROD: how Caffe computes the gradient; the result is the same")

    def size_requirements(self, bottoms: Shapes, tops: Requirements) -> Mapping[int, SizeRequirement]:
        return equal_needed(bottoms, tuple(range(len(bottoms))))

    def overwritten(self, site: CallSite) -> str:
        match self.operation:
            case EltwiseOp.SUM:
                return "the top is filled with 0 first, and so what was there counts as 0 in the sum"
            case EltwiseOp.MAX:
                return "the top is filled with the lowest number first, and so what was there is never the largest"
            case EltwiseOp.PROD if len(site.bottoms) > 1:
                return GRADIENTS
            case _:
                return ""

    def formula(self, *xs: Array) -> Array:
        shapes = tuple(x.shape for x in xs)
        stretched = _scalar_second(shapes)
        if stretched:
            xs = (xs[0], align(xs[1], 0, xs[0].rank), *xs[2:])
        for i in range(2 if stretched else 1, len(xs)):
            expect_equal("Eltwise needs bottoms of equal shape", shapes, i)
        if self.operation is not EltwiseOp.SUM:
            self._refuse_coefficients()
        return self.combined(xs)

    def combined(self, xs: tuple[Array, ...]) -> Array:
        """Of blobs of one shape."""
        match self.operation:
            case EltwiseOp.PROD:
                return reduce(mul, xs)
            case EltwiseOp.MAX:
                return first_largest(xs)
            case EltwiseOp.SUM:
                return self._sum(xs)

    def _sum(self, xs: tuple[Array, ...]) -> Array:
        if self.coeff and len(self.coeff) != len(xs):
            raise Refusal(
                EntryCount,
                f"Eltwise has {len(xs)} bottoms and {len(self.coeff)} coefficients",
                fields=("coeff",),
                help="give one coeff for each bottom, or none",
            )
        first, *rest = zip(self.coeff or (1.0,) * len(xs), xs, strict=True)
        result = _times(*first)
        for coefficient, x in rest:
            result = result - x if coefficient == -1 else result + _times(coefficient, x)
        return result

    def _refuse_coefficients(self) -> None:
        if self.coeff:
            raise Refusal(InvalidValue, "Eltwise takes coefficients for SUM alone", fields=("coeff", "operation"))


def _scalar_second(shapes: tuple[Shape, ...]) -> bool:
    """Whether the second is a scalar, and the first is not."""
    return len(shapes) > 1 and not shapes[1] and bool(shapes[0])


def _times(coefficient: float, x: Array) -> Array:
    if coefficient == 1:
        return x
    return -x if coefficient == -1 else coefficient * x


def first_largest(xs: tuple[Array, ...]) -> Array:
    """With Caffe's choice among equal values: `a > b ? a : b` for the first two, then what is strictly greater."""
    first, second, *rest = xs
    result = where(first > second, first, second)
    for x in rest:
        result = where(x > result, x, result)
    return result


class Concat(Formula):
    """The bottoms one after the other along `axis`; equal sizes on every other axis. One bottom is passed on.

    Shape: the sum of the sizes on the axis, the others kept. Source: Caffe's concat_layer.cpp.
    """

    message: ClassVar = "concat_param"
    bottoms: ClassVar = ANY_NUMBER
    garbled: ClassVar = "the first bottom's items are moved apart one by one, each over the next"

    axis: int = Field(1, description="the axis to join along; negative counts from the end")
    concat_dim: UInt | None = Field(None, description="the old name of axis; never negative")

    def overwritten(self, site: CallSite) -> str:
        shapes = site.bottoms
        axis = _axis(self, self.axis, "concat_dim", self.concat_dim, shapes[0])
        return "" if len(shapes) == 1 or product(shapes[0][:axis]) == 1 else self.garbled

    def formula(self, *xs: Array) -> Array:
        axis = _axis(self, self.axis, "concat_dim", self.concat_dim, xs[0].shape)
        shapes = tuple(x.shape for x in xs)
        for i in range(1, len(xs)):
            expect_equal(f"Concat needs equal sizes on every axis but {axis}", shapes, i, axis)
        return concat(xs, axis) if len(shapes) > 1 else xs[0]


def _axis(layer: "Concat | Slice", axis: int, old_name: str, old: int | None, shape: Shape) -> int:
    """The axis meant by `axis`, or by the field that was called otherwise before and cannot count from the end."""
    if old is None:
        return canonical_axis(axis, shape, "axis")
    if layer.has("axis"):
        raise Refusal(
            InvalidValue,
            f"axis and {old_name} are two names of one thing",
            fields=(old_name, "axis"),
            help="keep axis",
        )
    return canonical_axis(old, shape, old_name)


class Slice(Formula):
    """The bottom cut along `axis` into as many parts as there are tops: at the `slice_point`s, or into equal parts.

    Shape: the size of a part on the axis, the others kept. One top is passed on. Source: Caffe's slice_layer.cpp.
    """

    message: ClassVar = "slice_param"
    tops: ClassVar = ANY_NUMBER
    garbled: ClassVar = "the items are looked for where they would be if each were as small as the first part"

    axis: int = Field(1, description="the axis to cut; negative counts from the end")
    slice_point: tuple[UInt, ...] = Field(
        (), description="where the second and later parts begin; none cuts equal parts"
    )
    slice_dim: UInt | None = Field(None, description="the old name of axis; never negative")

    def size_requirements(self, bottoms: Shapes, tops: Requirements) -> Mapping[int, SizeRequirement]:
        """As much as lies before the last part, and what that needs."""
        last = tops[-1].shape if tops and tops[-1] is not None else None
        axis = self.axis if self.slice_dim is None else self.slice_dim
        if last is None or not -len(last) <= axis < len(last):
            return {}
        before = self.slice_point[-1] if self.slice_point else last[axis] * (len(tops) - 1)
        axis %= len(last)
        return {0: SizeRequirement.of((*last[:axis], before + last[axis], *last[axis + 1 :]))}

    def overwritten(self, site: CallSite) -> str:
        (shape,) = site.bottoms
        axis = _axis(self, self.axis, "slice_dim", self.slice_dim, shape)
        return "" if site.tops == 1 or product(shape[:axis]) == 1 else self.garbled

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        (x,) = xs
        axis = _axis(self, self.axis, "slice_dim", self.slice_dim, x.shape)
        starts = self._starts(site.tops, x.shape, axis)
        parts = zip(starts, (*starts[1:], x.shape[axis]), strict=True)
        return tuple(cut(x, axis, start, stop) for start, stop in parts) if site.tops > 1 else xs

    def _starts(self, tops: int, shape: Shape, axis: int) -> tuple[Dim, ...]:
        size = shape[axis]
        if self.slice_point:
            self._check_points(tops, shape, axis)
            return (0, *self.slice_point)
        if size % tops != 0:
            raise Refusal(
                NotDivisible,
                f"a size of {size} does not divide into {tops} equal parts: "
                f"{size} = {tops}·{size // tops} + {size % tops}",
                fields=("axis",) if self.has("axis") else (),
                bottoms={0: ""},
                label=f"axis {axis} of {show(shape)}, {tops} tops",
                help=f"say where to cut with {tops - 1} slice_point, or change the number of tops",
            )
        return tuple(size // tops * i for i in range(tops))

    def _check_points(self, tops: int, shape: Shape, axis: int) -> None:
        points, size = self.slice_point, shape[axis]
        if len(points) != tops - 1:
            raise Refusal(
                EntryCount,
                f"{tops} tops need {tops - 1} slice_point, not {len(points)}",
                fields=("slice_point",),
                label="one before each top but the first",
            )
        if any(start >= stop for start, stop in pairwise((0, *points))):
            raise Refusal(
                InvalidValue,
                f"the slice points have to grow, from 1 on: {', '.join(map(str, points))}",
                fields=("slice_point",),
            )
        if points[-1] > size or tops > size:
            raise Refusal(
                OutOfBounds,
                f"slice_point {points[-1]} leaves nothing of a size of {size} for the last of {tops} tops",
                fields=("slice_point",),
                bottoms={0: ""},
                label=f"axis {axis} of {show(shape)}",
            )


class Split(Transparent, Formula):
    """The same blob under several names. Gradients add up. Not in place. Source: Caffe's split_layer.cpp."""

    tops: ClassVar = ANY_NUMBER
    in_place: ClassVar = False
    foldable: ClassVar = True

    def transparent(self, site: CallSite) -> bool:
        return True

    def size_requirements(self, bottoms: Shapes, tops: Requirements) -> Mapping[int, SizeRequirement]:
        need = next((need for need in tops if need), None)
        return {0: need} if need else {}

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        return xs * site.tops


class Silence(Formula):
    """Reads blobs, so that they are no outputs of the net, and writes none. Source: Caffe's silence_layer.cpp."""

    bottoms: ClassVar = ANY_NUMBER
    tops: ClassVar = Count(0, 0)

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        return ()

    def layout_preference(self, site: CallSite) -> LayoutPreference:
        return LayoutPreference.EITHER


class Filter(Layer):
    """The items of the first bottoms for which the last bottom, the selector, is not 0.

    A top for each bottom but the selector. How many items there are is known when the net runs; until then all of them
    are counted, as in Caffe.
    The selector is N or N×1×…; no gradient reaches it.
    Source: Caffe's filter_layer.cpp.
    """

    bottoms: ClassVar = Count(2, None)
    tops: ClassVar = ANY_NUMBER
    garbled: ClassVar = GRADIENTS

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        *shapes, selector = site.bottoms
        last = len(shapes)
        if site.tops != last:
            raise Refusal(BlobCount, f"Filter writes a top for each bottom but the selector: {last}, not {site.tops}")
        canonical_axis(0, selector, "axis", last)
        for i, shape in enumerate(site.bottoms):
            canonical_axis(0, shape, "axis", i)
            expect_size(
                f"Filter needs as many items in bottom {i} as in its selector", shape[0], selector[0], (i, last)
            )
        if any(size != 1 for size in selector[1:]):
            raise Refusal(
                ShapeMismatch,
                "Filter's selector has one number for each item",
                bottoms={last: ""},
                label=f"{show(selector)} instead of {selector[0]}",
            )
        return tuple(shapes)

    def indices(self, site: CallSite) -> Mapping[int, Dim]:
        return {len(site.bottoms) - 1: 2}


class BatchReindex(Formula):
    """y[i] = x[index[i]]: items of the first bottom in the order, and as often, as the second bottom says.

    Shape: S1 + S0[1:]; the second bottom has one axis, and no gradient reaches it.
    Source: Caffe's batch_reindex_layer.cpp.
    """

    bottoms: ClassVar = Count(2, 2)
    garbled: ClassVar = SCATTERED

    def formula(self, x: Array, index: Array) -> Array:
        if x.rank == 0 or index.rank != 1:
            raise Refusal(
                BadDimensions,
                "BatchReindex takes items along axis 0 of its first bottom; its second has one axis, of indices",
                bottoms={0: "", 1: ""},
                label=f"{axes(x.rank)} and {index.rank}",
            )
        return gather(x, cast(index, DType.INT).named("index"))
