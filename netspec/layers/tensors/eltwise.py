"""Eltwise as Synopsys' fork has it. Source: eltwise_layer.cpp of Synopsys' caffe."""

from collections.abc import Mapping
from enum import IntEnum
from typing import ClassVar

from netspec.arrays import Array, align, full_like
from netspec.layers.base import Field, Refusal, Requirements, Shapes, SizeRequirement, canonical_axis
from netspec.layers.caffe.merge import Eltwise, EltwiseOp, first_largest
from netspec.problems.fields import BlobCount
from netspec.problems.shapes import ShapeMismatch
from netspec.shapes import mismatch, show


class FurtherOp(IntEnum):
    DIV = 3
    MIN = 4


class FurtherEltwise(Eltwise):
    """The minimum, and of two blobs the quotient."""

    edition: ClassVar = "synopsys"

    operation: EltwiseOp | FurtherOp = Field(  # pyright: ignore[reportIncompatibleVariableOverride] - frozen
        default=EltwiseOp.SUM, description="PROD, SUM, MAX, DIV or MIN"
    )

    def combined(self, xs: tuple[Array, ...]) -> Array:
        match self.operation:
            case FurtherOp.MIN:
                return -first_largest(tuple(-x for x in xs))
            case FurtherOp.DIV:
                if len(xs) != 2:
                    message = f"Eltwise divides one blob by another; it has {len(xs)}"
                    raise Refusal(BlobCount, message, fields=("operation",))
                return xs[0] / xs[1]
            case _:
                return super().combined(xs)


class StretchedEltwise(Eltwise):
    """Where the axes of a smaller second bottom begin in the first."""

    edition: ClassVar = "synopsys"

    axis: int = Field(0, description="if given, where the axes of the second bottom begin in the first")

    def size_requirements(self, bottoms: Shapes, tops: Requirements) -> Mapping[int, SizeRequirement]:
        return {} if self.has("axis") else super().size_requirements(bottoms, tops)

    def formula(self, *xs: Array) -> Array:
        return super().formula(*(self._stretched(xs) if self.has("axis") else xs))

    def _stretched(self, xs: tuple[Array, ...]) -> tuple[Array, ...]:
        """With the second bottom as large as the first. Raises Refusal where their axes do not meet."""
        first, second, *others = xs
        axis = canonical_axis(self.axis, first.shape, "axis")
        wanted = first.shape[axis : axis + second.rank]
        if mismatch(wanted, second.shape) is not None:
            raise Refusal(
                ShapeMismatch,
                f"Eltwise needs the axes of {show(first.shape)} from {axis} on, not {show(second.shape)}",
                fields=("axis",),
                bottoms={0: "", 1: ""},
            )
        whole = second if second.rank == first.rank else align(second, axis, first.rank) + full_like(first, 0.0)
        return (first, whole, *others)
