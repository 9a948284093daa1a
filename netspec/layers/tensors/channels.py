"""Layers of forks that move channels, or blend them: Axpy, ShuffleChannel, Reorg, Squeeze, Pad, Add, Mul, Mean."""

from enum import IntEnum
from typing import ClassVar

from netspec.arrays import Array, align, concat, full, reshape, transpose, vector
from netspec.layers.base import (
    ANY_NUMBER,
    Blob,
    CallSite,
    Count,
    Field,
    Formula,
    Positive,
    Refusal,
    Role,
    UInt,
    canonical_axis,
)
from netspec.layers.fit import axes, expect_size, needs_number
from netspec.problems.backends import NoMeaning
from netspec.problems.fields import EntryCount, MissingField
from netspec.problems.shapes import BadDimensions, NotDivisible, ShapeMismatch
from netspec.shapes import Dim, Shape, mismatch, show, stretched


class Axpy(Formula):
    """y = a·x + y, with a factor for each channel of each item: what a block of SENet ends with.

    Bottoms: the factors, N×C or N×C×1×1; x, N×C×…; y, of the shape of x. Shape: that of x.
    Source: axpy_layer.cpp of hujie-frank/SENet.
    """

    edition: ClassVar = "senet"
    bottoms: ClassVar = Count(3, 3)

    def formula(self, factor: Array, x: Array, y: Array) -> Array:
        if x.rank < 2 or factor.rank not in (2, 4):
            raise Refusal(
                BadDimensions,
                f"Axpy takes factors of N×C or N×C×1×1 for a blob of N×C×…: {show(factor.shape)} and {show(x.shape)}",
                bottoms={0: axes(factor.rank), 1: axes(x.rank)},
            )
        if mismatch(x.shape, y.shape) is not None:
            raise Refusal(
                ShapeMismatch,
                f"Axpy adds blobs of equal shape, not {show(x.shape)} and {show(y.shape)}",
                bottoms={1: "", 2: ""},
            )
        message = f"Axpy needs a factor for each channel of each item: {show(factor.shape)} for {show(x.shape)}"
        for wanted, size in zip((*x.shape[:2], 1, 1), factor.shape, strict=False):
            expect_size(message, wanted, size, (0, 1))
        if factor.rank != x.rank:
            factor = align(reshape(factor, x.shape[:2]) if factor.rank > 2 else factor, 0, x.rank)
        return factor * x + y


class ShuffleChannel(Formula):
    """The channels as `group` rows, read column by column: what came from one group is spread over all.

    Shape: N×C×…, kept; C a multiple of group. Source: shuffle_channel_layer.cpp of ShuffleNet's Caffe.
    """

    edition: ClassVar = "shufflenet"
    message: ClassVar = "shuffle_channel_param"
    in_place: ClassVar = False

    group: Positive = Field(1, description="how many groups the channels come from")

    def formula(self, x: Array) -> Array:
        channels = channels_of(self, x.shape)
        expect_multiple(channels, self.group, "channels", "group", x.shape, 1)
        if self.group == 1:
            return x
        n, others = x.shape[0], x.shape[2:]
        rows = reshape(x, (n, self.group, channels // self.group, *others))
        return reshape(transpose(rows, (0, 2, 1, *range(3, rows.rank))), x.shape)


class Reorg(Formula):
    """Squares of stride×stride pixels become channels, in the order in which darknet reads them.

    Darknet reads its input as if it had C/stride² channels of stride·H × stride·W pixels. Of these the pixel (h, w) of
    channel c goes to the place (offset·C/stride² + c, h/stride, w/stride) of N×C×H×W, where offset is
    (h mod stride)·stride + w mod stride. The result in this order is what the top holds.
    Shape: N×C×H×W to N×C·stride²×H/stride×W/stride; with `reverse` the other way round, N×C/stride²×H·stride×W·stride.
    The gradient goes the same way back; MobileNet-YOLO's program has none, so that nothing below would learn.
    Source: reorg_layer.hpp of eric612/MobileNet-YOLO, and of intel/caffe.
    """

    edition: ClassVar = "mobilenet-yolo"
    message: ClassVar = "reorg_param"
    in_place: ClassVar = False

    stride: Positive = Field(description="the side of a square")
    reverse: bool = Field(False, description="channels become squares")

    def formula(self, x: Array) -> Array:
        if x.rank != 4:
            raise Refusal(
                BadDimensions,
                f"Reorg takes N×C×H×W; its input {show(x.shape)} has {axes(x.rank)}",
                bottoms={0: ""},
            )
        (n, c, h, w), s = x.shape, self.stride
        expect_multiple(c, s * s, "channels", "stride²", x.shape, 1)
        few = c // (s * s)
        if self.reverse:
            squares = transpose(reshape(x, (n, s, s, few, h, w)), (0, 3, 4, 1, 5, 2))
            return reshape(squares, (n, few, h * s, w * s))
        expect_multiple(h, s, "rows", "stride", x.shape, 2)
        expect_multiple(w, s, "columns", "stride", x.shape, 3)
        squares = transpose(reshape(x, (n, few, h, s, w, s)), (0, 3, 5, 1, 2, 4))
        return reshape(squares, (n, c * (s * s), h // s, w // s))


class Squeeze(Formula):
    """Without the axes of size 1, or those of them that `axis` names.

    Shape: what is left. Source: squeeze_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
    message: ClassVar = "squeeze_param"
    in_place: ClassVar = False

    axis: tuple[int, ...] = Field((), description="which axes to take away; negative counts from the end; none is all")

    def formula(self, x: Array) -> Array:
        gone = {canonical_axis(axis, x.shape, "axis") for axis in self.axis}
        for axis in sorted(gone):
            if x.shape[axis] != 1:
                raise Refusal(
                    ShapeMismatch,
                    f"Squeeze takes away axes of size 1; axis {axis} of {show(x.shape)} has {x.shape[axis]}",
                    fields=("axis",),
                    bottoms={0: ""},
                )
        if not self.axis:
            gone = {axis for axis, size in enumerate(x.shape) if isinstance(size, int) and size == 1}
        return reshape(x, tuple(size for axis, size in enumerate(x.shape) if axis not in gone))


class Pad(Formula):
    """A border of `constant_values` around the blob.

    Shape: on each axis the size and the two `paddings` for it. Source: pad_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
    message: ClassVar = "pad_param"
    in_place: ClassVar = False

    paddings: tuple[UInt, ...] = Field((), description="for each axis how much comes before it and how much behind")
    constant_values: float = Field(0.0, description="what the border holds")

    def formula(self, x: Array) -> Array:
        if len(self.paddings) != 2 * x.rank:
            raise Refusal(
                EntryCount,
                f"Pad takes two paddings for each axis: {axes(x.rank)} and {len(self.paddings)} paddings",
                fields=("paddings",),
                bottoms={0: ""},
                help="give what comes before and behind for each axis, 0 for none",
            )
        for axis in range(x.rank):
            pair = self.paddings[2 * axis : 2 * axis + 2]
            before, behind = (
                (full((*x.shape[:axis], size, *x.shape[axis + 1 :]), self.constant_values),) if size else ()
                for size in pair
            )
            if before or behind:
                x = concat((*before, x, *behind), axis)
        return x


class Broadcasting(Formula):
    """What layers have in common whose bottoms stretch to each other, aligned at their last axes."""

    in_place: ClassVar = False

    def stretched(self, a: Array, b: Array, fields: tuple[str, ...] = ()) -> tuple[Array, Array]:
        """Both with the same number of axes. Raises Refusal unless sizes are equal or 1. fields: where the sizes of a
        parameter are from."""
        rank = max(a.rank, b.rank)
        shapes = tuple((1,) * (rank - x.rank) + x.shape for x in (a, b))
        for axis, (m, n) in enumerate(zip(*shapes, strict=True)):
            if stretched(m, n) is None:
                raise Refusal(
                    ShapeMismatch,
                    f"{self.type_name()} needs sizes that are equal, or 1: {show(a.shape)} and {show(b.shape)}",
                    fields=fields,
                    bottoms={i: "" for i, x in enumerate((a, b)) if x.word == "leaf"},
                    label=f"axis {axis - rank}: {m} and {n}",
                )
        left, right = (x if x.rank in (0, rank) else align(x, rank - x.rank, rank) for x in (a, b))
        return left, right


class Add(Broadcasting):
    """a + b. Sizes of 1, and axes that are missing in front, stretch.

    Shape: of each size the larger. Source: add_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
    bottoms: ClassVar = Count(2, 2)

    def formula(self, a: Array, b: Array) -> Array:
        a, b = self.stretched(a, b)
        return a + b


class Mul(Broadcasting):
    """a·b. Sizes of 1, and axes that are missing in front, stretch. With one bottom the second is a parameter blob.

    Shape: of each size the larger. Blobs: with one bottom factor, of mul_shape.
    Source: mul_layer.cpp of Synopsys' caffe.
    """

    edition: ClassVar = "synopsys"
    message: ClassVar = "mul_param"
    bottoms: ClassVar = Count(1, 2)

    mul_shape: tuple[UInt, ...] = Field((), description="one bottom: the shape of the factor")

    def blobs(self, site: CallSite) -> tuple[Blob, ...]:
        return (Blob("factor", self.mul_shape, role=Role.SCALE),) if len(site.bottoms) == 1 else ()

    def formula(self, a: Array, b: Array) -> Array:
        a, b = self.stretched(a, b, () if b.word == "leaf" else ("mul_shape",))
        return a * b


class MeanOperation(IntEnum):
    ADD = 1
    SUBTRACT = 4


class Mean(Formula):
    """output_scale·(input_scale·x ± mean_scale·mean): a mean added to a blob, or taken from it.

    A top for each bottom, of up to four axes. Of several values channel c takes value c modulo how many there are.
    Shape: any, kept. Source: mean_layer.cpp of lmb-freiburg/flownet2.
    """

    edition: ClassVar = "flownet2"
    message: ClassVar = "mean_param"
    bottoms: ClassVar = ANY_NUMBER
    tops: ClassVar = ANY_NUMBER
    same_count: ClassVar = True

    operation: MeanOperation = Field(description="ADD or SUBTRACT")
    file: str = Field("", description="a file with the mean of each element")
    value: tuple[float, ...] = Field((), description="the mean of all channels, or of each")
    mean_scale: float = Field(1.0, description="what the mean is multiplied by")
    input_scale: float = Field(1.0, description="what x is multiplied by")
    output_scale: float = Field(1.0, description="what the result is multiplied by")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        for i, shape in enumerate(site.bottoms):
            channels = channels_of(self, shape)
            if self.value and channels % len(self.value) != 0:
                raise Refusal(
                    NotDivisible,
                    f"{channels} channels do not take {len(self.value)} values of a mean in turn: "
                    f"{channels} mod {len(self.value)} = {channels % len(self.value)}",
                    fields=("value",),
                    bottoms={i: ""},
                )
        if not self.value and not self.file:
            raise Refusal(MissingField, "Mean needs a value, or a file", help="give value: …")
        return site.bottoms

    def formula(self, *xs: Array) -> tuple[Array, ...]:
        if self.file:
            raise Refusal(
                NoMeaning,
                "the mean lies in a file that netspec does not read",
                fields=("file",),
                help="give the mean of each channel with value",
            )
        sign = 1 if self.operation is MeanOperation.ADD else -1
        means = tuple(sign * self.mean_scale * value for value in self.value)
        return tuple(self._moved(x, means) for x in xs)

    def lacks(self, site: CallSite) -> str:
        return needs_number(site.bottoms[0][1]) if len(self.value) > 1 else ""

    def _moved(self, x: Array, means: tuple[float, ...]) -> Array:
        y = x if self.input_scale == 1 else self.input_scale * x
        if len(means) == 1:
            y = y + means[0]
        else:
            size = x.shape[1]
            repeated = means * (size // len(means)) if isinstance(size, int) else means
            y = y + align(vector(repeated), 1, x.rank)
        return y if self.output_scale == 1 else self.output_scale * y


def channels_of(layer: Formula, shape: Shape) -> Dim:
    """The size of axis 1. Raises Refusal where there is none."""
    if len(shape) < 2:
        raise Refusal(
            BadDimensions,
            f"{layer.type_name()} takes N×C×…; its input {show(shape)} has {axes(len(shape))}",
            bottoms={0: ""},
        )
    return shape[1]


def expect_multiple(size: Dim, divisor: int, what: str, field: str, shape: Shape, axis: int) -> None:
    """Raises Refusal where a size is known not to divide."""
    if size % divisor != 0:
        raise Refusal(
            NotDivisible,
            f"{size} {what} do not divide by {field}, {divisor}: {size} mod {divisor} = {size % divisor}",
            fields=(field.rstrip("²"),),
            bottoms={0: ""},
            label=f"axis {axis} of {show(shape)}",
        )
