"""Layers of Synopsys' fork that put blobs together, and take parts of them."""

from typing import ClassVar

from netspec.arrays import (
    Array,
    concat,
    cut,
    reshape,
)
from netspec.layers.base import ANY_NUMBER, CallSite, Field, Formula, Refusal, UInt, canonical_axis
from netspec.layers.fit import axes, expect_equal
from netspec.problems.fields import EntryCount
from netspec.problems.shapes import AxisOutOfRange, OutOfBounds
from netspec.shapes import show


def inserted_axis(axis: int, rank: int, field: str) -> int:
    """Where a new axis stands among `rank` others; negative counts from behind the last one. Raises Refusal."""
    if -rank - 1 <= axis <= rank:
        return axis % (rank + 1)
    raise Refusal(
        AxisOutOfRange,
        f"{field} {axis} is out of range for a new axis among {rank}",
        fields=(field,),
        bottoms={0: ""},
        label=f"{-rank - 1} to {rank}",
    )


class Stack(Formula):
    """The bottoms side by side along a new axis.

    Shape: that of each bottom, and on the new axis how many there are. Source: stack_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
    message: ClassVar = "stack_param"
    bottoms: ClassVar = ANY_NUMBER
    in_place: ClassVar = False

    axis: int = Field(0, description="where the new axis stands; negative counts from behind the last one")

    def formula(self, *xs: Array) -> Array:
        shapes = tuple(x.shape for x in xs)
        for i in range(1, len(xs)):
            expect_equal("Stack needs bottoms of equal shape", shapes, i)
        axis = inserted_axis(self.axis, xs[0].rank, "axis")
        rows = [reshape(x, (*x.shape[:axis], 1, *x.shape[axis:])) for x in xs]
        return concat(rows, axis) if len(rows) > 1 else rows[0]


class Unstack(Formula):
    """The parts of a blob along an axis, each a top, in order; there may be fewer tops than parts.

    Shape: without the axis. Source: unstack_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
    message: ClassVar = "unstack_param"
    tops: ClassVar = ANY_NUMBER
    in_place: ClassVar = False
    ignored: ClassVar = {"num": UInt}

    axis: int = Field(0, description="the axis; negative counts from the end")

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        (x,) = xs
        axis = canonical_axis(self.axis, x.shape, "axis")
        if site.tops > x.shape[axis]:
            raise Refusal(
                OutOfBounds,
                f"Unstack has {site.tops} tops, and {x.shape[axis]} parts on axis {axis} of {show(x.shape)}",
                fields=("axis",),
                bottoms={0: ""},
            )
        shape = (*x.shape[:axis], *x.shape[axis + 1 :])
        return tuple(reshape(cut(x, axis, i, i + 1), shape) for i in range(site.tops))


class ExpandDimsND(Formula):
    """New axes of size 1. Each of `axis` counts among the axes of the bottom, and moves by one for each before it.

    Shape: with the new axes. Source: expand_dims_nd_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
    message: ClassVar = "expand_dims_nd_param"
    in_place: ClassVar = False

    axis: tuple[int, ...] = Field((), description="before which axes; negative counts from behind the last one")

    def formula(self, x: Array) -> Array:
        shape = list(x.shape)
        for i, axis in enumerate(self.axis):
            at = inserted_axis(axis, x.rank, "axis") if axis >= 0 else canonical_axis(axis, x.shape, "axis") + 1
            shape.insert(at + i, 1)
        return reshape(x, tuple(shape))


class Piece(Formula):
    """A part of a blob: on each axis `size` elements from `begin` on.

    Shape: size, where −1 is all that is left. Source: piece_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
    message: ClassVar = "piece_param"
    in_place: ClassVar = False

    begin: tuple[int, ...] = Field((), description="the first element on each axis")
    size: tuple[int, ...] = Field((), description="how many elements on each axis; −1 is all that is left")

    def formula(self, x: Array) -> Array:
        for name in ("begin", "size"):
            if len(getattr(self, name)) != x.rank:
                raise Refusal(
                    EntryCount,
                    f"Piece takes {name} for each axis: {axes(x.rank)} and {len(getattr(self, name))} entries",
                    fields=(name,),
                    bottoms={0: ""},
                )
        for axis, (begin, size) in enumerate(zip(self.begin, self.size, strict=True)):
            whole = x.shape[axis]
            length = whole - begin if size == -1 else size
            if begin < 0 or length < 1 or begin + length > whole:
                raise Refusal(
                    OutOfBounds,
                    f"Piece takes {length} elements from {begin} on, of {whole} on axis {axis}",
                    fields=("begin", "size"),
                    bottoms={0: ""},
                )
            if begin or size != -1:
                x = cut(x, axis, begin, begin + length)
        return x
