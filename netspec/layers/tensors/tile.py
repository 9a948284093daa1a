"""Layers of Synopsys' fork that repeat elements of a blob, within or around it."""

from typing import ClassVar

from netspec.arrays import (
    Array,
    concat,
    cut,
    flip,
    full,
    reshape,
    tile,
)
from netspec.layers.base import Field, Formula, Positive, Refusal, UInt, canonical_axis
from netspec.layers.fit import axes
from netspec.problems.fields import EntryCount, MissingField
from netspec.problems.shapes import BadDimensions, OutOfBounds, ShapeMismatch
from netspec.shapes import show


class TileND(Formula):
    """The blob as often as wanted along each axis: in newer nets by `multiples`, in older ones by `axis` and `tiles`.

    Shape: each size times how often. Source: tile_nd_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
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

    edition: ClassVar = "synopsys"
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


class UpsampleDarknet(Formula):
    """Every element becomes a square of stride × stride.

    Shape: N×C×H×W to N×C×(H·stride)×(W·stride). Source: upsample_darknet_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
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

    edition: ClassVar = "synopsys"
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
