"""Elements between space and batch, and between channels and space, as TensorFlow's operators move them."""

from typing import ClassVar

from netspec.arrays import Array, concat, cut, full, reshape, transpose
from netspec.layers.base import Field, Formula, Positive, Refusal, UInt
from netspec.layers.fit import axes
from netspec.problems.fields import EntryCount, InvalidValue
from netspec.problems.shapes import BadDimensions, NotDivisible, OutOfBounds
from netspec.shapes import Dim, Shape, product, show


class Blocks(Formula):
    """What both directions have in common."""

    block_shape: tuple[Positive, ...] = Field((), description="the size of a block, for each axis from the second on")

    def _check(self, x: Array, ends: tuple[int, ...], field: str) -> tuple[tuple[int, int, int], ...]:
        """For each axis with a block: its size, and what is before and behind. Raises Refusal."""
        if len(self.block_shape) > x.rank - 1:
            raise Refusal(
                BadDimensions,
                f"{len(self.block_shape)} sizes of blocks for an input of {axes(x.rank)}, the batch among them",
                fields=("block_shape",),
                bottoms={0: ""},
            )
        if len(ends) != 2 * len(self.block_shape):
            raise Refusal(
                EntryCount,
                f"{field} has {len(ends)} entries; {len(self.block_shape)} sizes of blocks take two each",
                fields=(field, "block_shape"),
                help=f"give {field} before and behind for each entry of block_shape",
            )
        return tuple(zip(self.block_shape, ends[::2], ends[1::2], strict=True))


class SpaceToBatchND(Blocks):
    """Every element of a block becomes one of another item: the batch grows, the axes behind it shrink.

    Shape: N×S…×R… to (N·product of blocks)×((S + paddings) / block)…×R…; paddings are zeros before and behind.
    Source: space_to_batch_nd_layer.cpp of Synopsys' fork, after TensorFlow's operator of that name.
    """

    edition: ClassVar = "synopsys"
    message: ClassVar = "space_to_batch_nd_param"
    in_place: ClassVar = False

    paddings: tuple[UInt, ...] = Field((), description="zeros before and behind, two entries for each of block_shape")

    def formula(self, x: Array) -> Array:
        blocks = self._check(x, self.paddings, "paddings")
        for axis, (_, before, behind) in enumerate(blocks, 1):
            parts = (_zeros(x, axis, before), x, _zeros(x, axis, behind))
            parts = tuple(part for part in parts if part is not None)
            x = concat(parts, axis).named("padded") if len(parts) > 1 else x
        split: list[Dim] = [x.shape[0]]
        for axis, (block, _, _) in enumerate(blocks, 1):
            size = x.shape[axis]
            if size % block != 0:
                raise Refusal(
                    NotDivisible,
                    f"axis {axis} does not make blocks of {block}: {size} mod {block} = {size % block}",
                    fields=("paddings", "block_shape"),
                    bottoms={0: ""},
                    help="pad the axis to a multiple of the block",
                )
            split += [size // block, block]
        rest, n = x.shape[1 + len(blocks) :], len(blocks)
        inside = [2 + 2 * i for i in range(n)]
        outside = [1 + 2 * i for i in range(n)]
        behind = range(1 + 2 * n, 1 + 2 * n + len(rest))
        sizes = tuple(split[i] for i in outside)
        x = transpose(reshape(x, (*split, *rest)).named("blocks"), (*inside, 0, *outside, *behind))
        return reshape(x, (split[0] * product(self.block_shape), *sizes, *rest))


class BatchToSpaceND(Blocks):
    """The inverse of SpaceToBatchND: items become blocks, of whose plane `crops` are cut off.

    Shape: N×S…×R… to (N / product of blocks)×(S·block − crops)…×R….
    Source: batch_to_space_nd_layer.cpp of Synopsys' fork, after TensorFlow's operator of that name.
    """

    edition: ClassVar = "synopsys"
    message: ClassVar = "batch_to_space_nd_param"
    in_place: ClassVar = False

    crops: tuple[UInt, ...] = Field((), description="what is cut before and behind, two for each of block_shape")

    def formula(self, x: Array) -> Array:
        blocks, all_blocks = self._check(x, self.crops, "crops"), product(self.block_shape)
        n, batch = len(blocks), x.shape[0]
        if batch % all_blocks != 0:
            raise Refusal(
                NotDivisible,
                f"{batch} items do not make blocks of {show(self.block_shape)}: {batch} mod {all_blocks} = "
                f"{batch % all_blocks}",
                fields=("block_shape",),
                bottoms={0: ""},
            )
        space, rest = x.shape[1 : 1 + n], x.shape[1 + n :]
        order = [n, *(i for axis in range(n) for i in (n + 1 + axis, axis)), *range(2 * n + 1, 2 * n + 1 + len(rest))]
        x = transpose(reshape(x, (*self.block_shape, batch // all_blocks, *space, *rest)).named("blocks"), order)
        wide = tuple(size * block for size, block in zip(space, self.block_shape, strict=True))
        x = reshape(x, (batch // all_blocks, *wide, *rest))
        for axis, (_, before, behind) in enumerate(blocks, 1):
            size = x.shape[axis]
            if before + behind >= size:
                raise Refusal(
                    OutOfBounds,
                    f"crops leave nothing of axis {axis}: {before} + {behind} of {size}",
                    fields=("crops",),
                    bottoms={0: ""},
                )
            if before or behind:
                x = cut(x, axis, before, size - behind)
        return x


class DepthToSpace(Formula):
    """Channels become blocks: of b·b groups of them, one for each place in a block of b × b.

    NHWC, NCHW and DCR: the channels of a place lie together. CRD: the places of a channel lie together.
    Shape: N×C×H×W to N×(C / b²)×(H·b)×(W·b), with NHWC in that order of axes.
    Source: depth_to_space_layer.cpp of Synopsys' fork, after the operators of TensorFlow and ONNX.
    """

    edition: ClassVar = "synopsys"
    message: ClassVar = "depth_to_space_param"
    in_place: ClassVar = False

    block_size: Positive = Field(description="b, the side of a block")
    data_format: str = Field("NHWC", description="the order of axes: NHWC or NCHW; DCR is NCHW, and CRD")

    def formula(self, x: Array) -> Array:
        formats, b = ("NHWC", "NCHW", "DCR", "CRD"), self.block_size
        if self.data_format not in formats:
            raise Refusal(
                InvalidValue,
                f"data_format is one of {', '.join(formats)}, not {self.data_format}",
                fields=("data_format",),
            )
        if x.rank != 4:
            raise Refusal(
                BadDimensions,
                f"DepthToSpace takes {self.data_format}, four axes; its input {show(x.shape)} has {x.rank}",
                bottoms={0: ""},
            )
        n, *sizes = x.shape
        channels, height, width = (sizes[2], *sizes[:2]) if self.data_format == "NHWC" else sizes
        if channels % (b * b) != 0:
            raise Refusal(
                NotDivisible,
                f"{channels} channels do not make blocks of {b}×{b}: {channels} mod {b * b} = {channels % (b * b)}",
                fields=("block_size",),
                bottoms={0: ""},
            )
        c = channels // (b * b)
        if self.data_format == "NHWC":
            shape: Shape = (n, height, width, b, b, c)
            return reshape(transpose(reshape(x, shape), (0, 1, 3, 2, 4, 5)), (n, height * b, width * b, c))
        if self.data_format == "CRD":
            x = transpose(reshape(x, (n, c, b, b, height, width)), (0, 1, 4, 2, 5, 3))
        else:
            x = transpose(reshape(x, (n, b, b, c, height, width)), (0, 3, 4, 1, 5, 2))
        return reshape(x, (n, c, height * b, width * b))


class SpaceToDepth(Formula):
    """Blocks become channels, b·b groups of them, one for each place in a block of b × b: DepthToSpace backwards.

    Shape: N×H×W×C to N×(H / b)×(W / b)×(C·b²), with NCHW in that order of axes.
    Source: space_to_depth_layer.cpp of Synopsys' fork, after TensorFlow's operator of that name.
    """

    edition: ClassVar = "synopsys"
    message: ClassVar = "space_to_depth_param"
    in_place: ClassVar = False

    block_size: Positive = Field(description="b, the side of a block")
    data_format: str = Field("NHWC", description="the order of axes: NHWC or NCHW")

    def formula(self, x: Array) -> Array:
        if self.data_format not in ("NHWC", "NCHW"):
            message = f"data_format is NHWC or NCHW, not {self.data_format}"
            raise Refusal(InvalidValue, message, fields=("data_format",))
        if x.rank != 4:
            message = f"SpaceToDepth takes {self.data_format}; its input {show(x.shape)} has {axes(x.rank)}"
            raise Refusal(BadDimensions, message, bottoms={0: ""})
        first, b = (1 if self.data_format == "NHWC" else 2), self.block_size
        for axis in (first, first + 1):
            if x.shape[axis] % b != 0:
                raise Refusal(
                    NotDivisible,
                    f"{x.shape[axis]} on axis {axis} does not divide by {b}: {x.shape[axis]} mod {b} = "
                    f"{x.shape[axis] % b}",
                    fields=("block_size",),
                    bottoms={0: ""},
                )
        n, *sizes = x.shape
        h, w = (sizes[first - 1 + i] // b for i in (0, 1))
        if first == 1:
            c = sizes[2]
            return reshape(transpose(reshape(x, (n, h, b, w, b, c)), (0, 1, 3, 2, 4, 5)), (n, h, w, c * (b * b)))
        c = sizes[0]
        return reshape(transpose(reshape(x, (n, c, h, b, w, b)), (0, 3, 5, 1, 2, 4)), (n, c * (b * b), h, w))


def _zeros(x: Array, axis: int, size: int) -> Array | None:
    return full((*x.shape[:axis], size, *x.shape[axis + 1 :]), 0.0) if size else None
