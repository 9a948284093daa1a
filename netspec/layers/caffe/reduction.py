"""Layers that reduce axes: Reduction, ArgMax."""

from enum import IntEnum
from typing import ClassVar

from netspec.arrays import Array, DType, absolute, cast, concat, cut, descending, flip, mean, reshape, take, total
from netspec.layers.base import Field, Formula, Refusal, UInt, canonical_axis
from netspec.layers.overwriting import GRADIENTS
from netspec.problems.shapes import OutOfBounds
from netspec.shapes import product, show


class ReductionOp(IntEnum):
    SUM = 1
    ASUM = 2
    SUMSQ = 3
    MEAN = 4


class Reduction(Formula):
    """coeff times the sum, the sum of absolutes, the sum of squares or the mean over every axis from `axis` on.

    Shape: S[:axis]; a scalar by default. Source: Caffe's reduction_layer.cpp.
    """

    message: ClassVar = "reduction_param"
    garbled: ClassVar = GRADIENTS

    operation: ReductionOp = Field(ReductionOp.SUM, description="SUM, ASUM (of |x|), SUMSQ (of x²) or MEAN")
    axis: int = Field(0, description="the first axis to reduce; negative counts from the end")
    coeff: float = Field(1.0, description="what the result is multiplied by")

    def formula(self, x: Array) -> Array:
        axes = range(canonical_axis(self.axis, x.shape, "axis"), x.rank)
        match self.operation:
            case ReductionOp.SUM:
                result = total(x, axes)
            case ReductionOp.ASUM:
                result = total(absolute(x), axes)
            case ReductionOp.SUMSQ:
                result = total(x**2, axes)
            case ReductionOp.MEAN:
                result = mean(x, axes)
        return result if self.coeff == 1 else self.coeff * result


class ArgMax(Formula):
    """The indices (or the values) of the `top_k` largest elements, largest first. The later of equal ones comes first.

    With `axis`: along it, indices, or values with `out_max_val`; shape S with top_k on the axis. Without: over a whole
    item; shape N×1×top_k, or N×2×top_k with `out_max_val` (indices, then values), with sizes of 1 up to the input's
    number of axes. Indices are written as numbers of the model's precision. Source: Caffe's argmax_layer.cpp.
    """

    message: ClassVar = "argmax_param"

    out_max_val: bool = Field(False, description="give values: instead of indices with axis, after them without")
    top_k: UInt = Field(1, ge=1, description="how many elements to give")
    axis: int | None = Field(
        None, description="the axis to search; without it an item's elements are searched as one row"
    )

    def formula(self, x: Array) -> Array:
        axis = canonical_axis(0 if self.axis is None else self.axis, x.shape, "axis")
        if self.axis is None:
            axis, rows = 1, reshape(x, (x.shape[0], product(x.shape[1:])))
        else:
            rows = x
        if self.top_k > rows.shape[axis]:
            raise Refusal(
                OutOfBounds,
                f"top_k {self.top_k} is more than there is to choose from: {rows.shape[axis]}",
                fields=("top_k",),
                bottoms={0: ""},
                label=f"axis {axis} of {show(x.shape)}" if self.axis is not None else f"an item of {show(x.shape)}",
            )
        order = self.order(rows, axis)
        index = cut(order, axis, 0, self.top_k).named("index")
        if self.axis is not None:
            return take(x, index, axis) if self.out_max_val else cast(index, DType.FLOAT)
        n, k, ones = x.shape[0], self.top_k, (1,) * (x.rank - 3)
        place = cast(index, DType.FLOAT)
        if not self.out_max_val:
            return reshape(place, (n, 1, k, *ones))
        return reshape(concat((place, take(rows, index, axis)), 1), (n, 2, k, *ones))

    def order(self, rows: Array, axis: int) -> Array:
        """The indices of the elements, what is asked for first."""
        # An ascending order turned round: what is equal then stands with the larger index first.
        return flip(descending(-rows, axis), axis)
