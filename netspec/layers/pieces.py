"""Layers of Synopsys' fork that put blobs together, take them apart, and repeat parts of them."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from netspec.arrays import (
    Array,
    DType,
    cast,
    concat,
    cut,
    flip,
    full,
    gather,
    one_hot,
    reshape,
    tile,
    transpose,
    vector,
    where,
)
from netspec.layers.base import ANY_NUMBER, Formula, Positive, Refusal, Site, UInt, canonical_axis
from netspec.layers.fit import axes, expect_equal
from netspec.problems.fields import EntryCount, InvalidValue, MissingField
from netspec.problems.shapes import AxisOutOfRange, BadDimensions, OutOfBounds, ShapeMismatch
from netspec.shapes import Dim, Shape, product, show


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

    message: ClassVar = "unstack_param"
    tops: ClassVar = ANY_NUMBER
    in_place: ClassVar = False

    num: UInt = Field(0, description="how many parts there are; has no effect")
    axis: int = Field(0, description="the axis; negative counts from the end")

    def compute(self, site: Site, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
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

    message: ClassVar = "expand_dims_nd_param"
    in_place: ClassVar = False

    axis: tuple[int, ...] = Field((), description="before which axes; negative counts from behind the last one")

    def formula(self, x: Array) -> Array:
        shape = list(x.shape)
        for i, axis in enumerate(self.axis):
            at = inserted_axis(axis, x.rank, "axis") if axis >= 0 else canonical_axis(axis, x.shape, "axis") + 1
            shape.insert(at + i, 1)
        return reshape(x, tuple(shape))


class Reverse(Formula):
    """Axes in reverse order of elements.

    Shape: any, kept. Source: reverse_layer.cpp of Synopsys' caffe.
    """

    message: ClassVar = "reverse_param"
    in_place: ClassVar = False

    axis: tuple[int, ...] = Field((), description="which axes; negative counts from the end; none is none")

    def formula(self, x: Array) -> Array:
        for axis in dict.fromkeys(canonical_axis(axis, x.shape, "axis") for axis in self.axis):
            x = flip(x, axis)
        return x


class Piece(Formula):
    """A part of a blob: on each axis `size` elements from `begin` on.

    Shape: size, where −1 is all that is left. Source: piece_layer.cpp of Synopsys' caffe.
    """

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


class TileND(Formula):
    """The blob as often as wanted along each axis: in newer nets by `multiples`, in older ones by `axis` and `tiles`.

    Shape: each size times how often. Source: tile_nd_layer.cpp of Synopsys' caffe.
    """

    message: ClassVar = "tile_nd_param"
    in_place: ClassVar = False

    multiples: tuple[Positive, ...] = Field((), description="how often along each axis, the first axis first")
    axis: tuple[int, ...] = Field((), description="with tiles: along which axes")
    tiles: tuple[Positive, ...] = Field((), description="with axis: how often along each of them")

    def formula(self, x: Array) -> Array:
        if len(self.axis) != len(self.tiles):
            message = f"TileND takes as many axis as tiles: {len(self.axis)} and {len(self.tiles)}"
            raise Refusal(EntryCount, message, fields=("axis", "tiles"))
        if bool(self.multiples) == bool(self.tiles):
            raise Refusal(MissingField, "TileND needs either multiples, or axis and tiles", help="give multiples: …")
        if len(self.multiples) > x.rank:
            raise Refusal(
                EntryCount,
                f"TileND has {len(self.multiples)} multiples for {axes(x.rank)}",
                fields=("multiples",),
                bottoms={0: ""},
            )
        pairs = enumerate(self.multiples) if self.multiples else zip(self.axis, self.tiles, strict=True)
        times = {canonical_axis(axis, x.shape, "axis"): count for axis, count in pairs}
        for axis, count in times.items():
            x = tile(x, axis, count) if count > 1 else x
        return x


class BroadcastTo(Formula):
    """The blob stretched to a shape: sizes of 1, and axes that are missing in front.

    Shape: `shape`. Source: broadcast_to_layer.cpp of Synopsys' caffe.
    """

    message: ClassVar = "broadcast_to_param"
    in_place: ClassVar = False

    shape: tuple[UInt, ...] = Field((), description="the shape")

    def formula(self, x: Array) -> Array:
        missing = len(self.shape) - x.rank
        if missing < 0:
            message = f"BroadcastTo takes away no axes: {show(x.shape)} to {show(self.shape)}"
            raise Refusal(BadDimensions, message, fields=("shape",), bottoms={0: ""})
        y = reshape(x, ((1,) * missing + x.shape)) if missing else x
        for axis, size in enumerate(self.shape):
            before = y.shape[axis]
            if (before != size and before != 1) or size == 0:
                raise Refusal(
                    ShapeMismatch,
                    f"BroadcastTo stretches sizes of 1: {show(x.shape)} to {show(self.shape)}",
                    fields=("shape",),
                    bottoms={0: ""},
                    label=f"axis {axis}: {before} to {size}",
                )
            if isinstance(before, int) and before == 1 and size > 1:
                y = tile(y, axis, size)
        return y


class Gather(Formula):
    """The elements at `indices` along an axis.

    Shape: that of the bottom, with `shape`, that of the indices, in the place of the axis; a single 0 is a scalar.
    Source: gather_layer.cpp of Synopsys' caffe.
    """

    message: ClassVar = "gather_param"
    in_place: ClassVar = False

    indices_: tuple[UInt, ...] = Field((), alias="indices", description="which elements")
    shape: tuple[UInt, ...] = Field((), description="the shape of the indices; 0 alone is a scalar")
    axis: int = Field(0, description="the axis; negative counts from the end")

    def formula(self, x: Array) -> Array:
        axis = canonical_axis(self.axis, x.shape, "axis")
        shape: Shape = () if self.shape == (0,) else self.shape
        if product(shape) != len(self.indices_):
            raise Refusal(
                EntryCount,
                f"Gather has {len(self.indices_)} indices in a shape of {show(shape)}",
                fields=("indices", "shape"),
            )
        whole: Dim = x.shape[axis]
        for index in self.indices_:
            if index >= whole:
                message = f"index {index} is out of range for the {whole} elements of axis {axis}"
                raise Refusal(OutOfBounds, message, fields=("indices",), bottoms={0: ""})
        picked = self._picked(x, axis)
        return (
            reshape(picked, (*x.shape[:axis], *shape, *x.shape[axis + 1 :]))
            if shape != (len(self.indices_),)
            else picked
        )

    def _picked(self, x: Array, axis: int) -> Array:
        """The elements along the axis, one after the other."""
        first = self.indices_[0] if self.indices_ else 0
        if self.indices_ and self.indices_ == tuple(range(first, first + len(self.indices_))):
            return cut(x, axis, first, first + len(self.indices_))
        order = (axis, *(i for i in range(x.rank) if i != axis))
        rows = gather(transpose(x, order) if axis else x, cast(vector(self.indices_), DType.INT))
        back = (*range(1, axis + 1), 0, *range(axis + 1, x.rank))
        return transpose(rows, back) if axis else rows


class OneHot(Formula):
    """on_value at the index that an element names along a new axis, off_value elsewhere, and if it is out of range.

    Shape: that of the bottom, with the new axis of size depth. Source: one_hot_layer.cpp of Synopsys' caffe.
    """

    message: ClassVar = "one_hot_param"
    in_place: ClassVar = False

    depth: Positive = Field(description="how many values an index takes")
    on_value: float = Field(1.0, description="what stands at the index")
    off_value: float = Field(0.0, description="what stands elsewhere")
    axis: int = Field(-1, description="where the new axis stands; −1 is behind the last one")

    def formula(self, x: Array) -> Array:
        if self.axis < -1:
            message = f"axis is −1 or at least 0, not {self.axis}"
            raise Refusal(InvalidValue, message, fields=("axis",))
        axis = inserted_axis(self.axis, x.rank, "axis")
        index = where(x < 0.0, -1.0, x)  # what is below 0 would be cut off to 0
        inside = one_hot(cast(index, DType.INT), self.depth)
        if axis < x.rank:
            inside = transpose(inside, (*range(axis), x.rank, *range(axis, x.rank)))
        if (self.on_value, self.off_value) == (1, 0):
            return inside
        return self.off_value + (self.on_value - self.off_value) * inside


class UpsampleDarknet(Formula):
    """Every element becomes a square of stride × stride.

    Shape: N×C×H×W to N×C×(H·stride)×(W·stride). Source: upsample_darknet_layer.cpp of Synopsys' caffe.
    """

    message: ClassVar = "upsample_darknet_param"
    in_place: ClassVar = False

    stride: int = Field(1, ge=1, description="the side of the square")

    def formula(self, x: Array) -> Array:
        if x.rank != 4:
            message = f"UpsampleDarknet takes N×C×H×W; its input {show(x.shape)} has {axes(x.rank)}"
            raise Refusal(BadDimensions, message, bottoms={0: ""})
        (n, c, h, w), s = x.shape, self.stride
        if s == 1:
            return x
        squares = tile(tile(reshape(x, (n, c, h, 1, w, 1)), 3, s), 5, s)
        return reshape(squares, (n, c, h * s, w * s))


class MirrorPad(Formula):
    """A border of what lies within, mirrored: without the first element (REFLECT), or with it (SYMMETRIC).

    EDGE repeats the first and the last elements, and CONSTANT, the default, is a border of constant_values.
    Shape: on each axis the size and the two `paddings` for it. Source: mirror_pad_layer.cpp of Synopsys' caffe.
    """

    message: ClassVar = "mirror_pad_param"
    in_place: ClassVar = False

    paddings: tuple[UInt, ...] = Field((), description="for each axis how much comes before it and how much behind")
    constant_values: float = Field(0.0, description="what the border holds, for CONSTANT")
    mode: str = Field("CONSTANT", description="REFLECT, SYMMETRIC, EDGE or CONSTANT")

    def formula(self, x: Array) -> Array:
        if len(self.paddings) != 2 * x.rank:
            raise Refusal(
                EntryCount,
                f"MirrorPad takes two paddings for each axis: {axes(x.rank)} and {len(self.paddings)} paddings",
                fields=("paddings",),
                bottoms={0: ""},
                help="give what comes before and behind for each axis, 0 for none",
            )
        for axis in range(x.rank):
            before, behind = self.paddings[2 * axis : 2 * axis + 2]
            if before or behind:
                x = concat(self._parts(x, axis, before, behind), axis)
        return x

    def _parts(self, x: Array, axis: int, before: int, behind: int) -> list[Array]:
        whole = x.shape[axis]
        first = int(self.mode == "REFLECT")
        if self.mode in ("REFLECT", "SYMMETRIC"):
            if max(before, behind) + first > whole:
                raise Refusal(
                    OutOfBounds,
                    f"axis {axis} has {whole} elements, too few to mirror {max(before, behind)}",
                    fields=("paddings",),
                    bottoms={0: ""},
                )
            front = [flip(cut(x, axis, first, first + before), axis)] if before else []
            back = [flip(cut(x, axis, whole - behind - first, whole - first), axis)] if behind else []
            return [*front, x, *back]
        if self.mode == "EDGE":
            ends = (cut(x, axis, 0, 1), before), (cut(x, axis, whole - 1, whole), behind)
            front, back = ([tile(end, axis, times)] if times else [] for end, times in ends)
            return [*front, x, *back]
        borders = (
            [full((*x.shape[:axis], size, *x.shape[axis + 1 :]), self.constant_values)] if size else []
            for size in (before, behind)
        )
        front, back = borders
        return [*front, x, *back]
