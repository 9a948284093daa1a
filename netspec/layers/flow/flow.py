"""Layers of FlowNet 2.0: images moved along a flow, images of several sizes together, and how far flows differ."""

import math
from collections.abc import Mapping
from enum import IntEnum
from itertools import pairwise
from typing import ClassVar

from netspec.arrays import (
    Array,
    DType,
    absolute,
    align,
    blend,
    cast,
    concat,
    cut,
    equal,
    floor,
    iota,
    maximum,
    minimum,
    not_equal,
    number_of,
    total,
    where,
)
from netspec.arrays.functions import function
from netspec.arrays.images import bilinear, pick
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
)
from netspec.layers.caffe.loss import LossLayer
from netspec.layers.fit import axes, expect_equal, expect_size, needs_number
from netspec.layers.losses import legacy, per_item
from netspec.layers.requirements import equal_needed
from netspec.problems.fields import EntryCount, InvalidValue, MissingField
from netspec.problems.shapes import BadDimensions
from netspec.shapes import UNKNOWN, Dim, Shape, product, show


class FillParameter(IntEnum):
    ZERO = 1
    NOT_A_NUMBER = 2


@function("N C height width", "N 2 height width")
def flow_warp(x: Array, flow: Array, fill: float = 0.0) -> Array:
    """x at the places that the flow of each place points to, between elements bilinearly; `fill` outside."""
    height, width = x.shape[2:]
    moves = cast(flow, DType.WIDE).named("moves")
    to_row = (align(iota(height, DType.WIDE), 2, 4) + cut(moves, 1, 1, 2)).named("to_row")
    to_column = (align(iota(width, DType.WIDE), 3, 4) + cut(moves, 1, 0, 1)).named("to_column")
    inside = ((to_row >= 0) & (to_column >= 0) & (to_row < height) & (to_column < width)).named("inside")
    row, column = where(inside, to_row, 0.0).named("row"), where(inside, to_column, 0.0).named("column")
    above, left = cast(row, DType.INT).named("above"), cast(column, DType.INT).named("left")
    below, right = minimum(above + 1, height - 1).named("below"), minimum(left + 1, width - 1).named("right")
    down = cast(row - floor(row), DType.FLOAT).named("down")
    share = cast(column - floor(column), DType.FLOAT).named("share")
    upper = ((1 - share) * pick(x, above, left) + share * pick(x, above, right)).named("upper")
    lower = ((1 - share) * pick(x, below, left) + share * pick(x, below, right)).named("lower")
    return where(inside, (1 - down) * upper + down * lower, fill)


class FlowWarp(Formula):
    """y[n, c, i, j] = x[n, c, i + v, j + u]: each place takes what the flow points to, between elements bilinearly.

    The flow is the second bottom: u, by how many columns, and v, by how many rows. Places that point out of the image,
    and those that point to no place (a flow of NaN), get fill_value. Beyond the last row and column, up to 1, the last
    counts.
    Shape: x of N×C×H×W and a flow of N×2×H×W to N×C×H×W.
    Source: flow_warp_layer.cpp and flow_warp_layer.cu of lmb-freiburg/flownet2.
    """

    edition: ClassVar = "flownet2"
    message: ClassVar = "flow_warp_param"
    bottoms: ClassVar = Count(2, 2)
    in_place: ClassVar = False

    fill_value: FillParameter = Field(FillParameter.ZERO, description="ZERO, or NOT_A_NUMBER")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        expect_images(self, site.bottoms)
        x, flow = site.bottoms
        message = f"FlowWarp needs a flow of two channels for each place of {show(x)}, not {show(flow)}"
        for wanted, size in zip((x[0], 2, *x[2:]), flow, strict=True):
            expect_size(message, wanted, size, (0, 1))
        return (x,)

    def formula(self, x: Array, flow: Array) -> Array:
        return flow_warp(x, flow, 0.0 if self.fill_value is FillParameter.ZERO else math.nan)

    def layout_preference(self, site: CallSite) -> LayoutPreference:
        return LayoutPreference.LAST

    def macs(self, site: CallSite, tops: tuple[Shape, ...]) -> Dim:
        return product(tops[0]) * 4


class Accum(Formula):
    """The bottoms one after the other along the channels, each brought to one size by bilinear interpolation.

    Interpolated as by Interp, so that the corners coincide. The size is that of the last bottom with have_reference,
    which is itself left out; else the largest height and the largest width, or what top_height and top_width or
    size_divisible_by ask for, if both are larger than those.
    Shape: N×Cᵢ×Hᵢ×Wᵢ to N×(Σ Cᵢ)×H'×W'. Source: accum_layer.cpp of lmb-freiburg/flownet2.
    """

    edition: ClassVar = "flownet2"
    message: ClassVar = "accum_param"
    bottoms: ClassVar = ANY_NUMBER
    in_place: ClassVar = False

    top_height: UInt = Field(0, description="the output's height, with top_width")
    top_width: UInt = Field(0, description="the output's width, with top_height")
    size_divisible_by: UInt = Field(0, description="where given: round height and width up to multiples of it")
    have_reference: bool = Field(False, description="whether the last bottom only gives the size")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        expect_images(self, site.bottoms)
        if self.have_reference and len(site.bottoms) < 2:
            raise Refusal(
                InvalidValue,
                "Accum with have_reference takes its size from the last of at least two bottoms; it has one",
                fields=("have_reference",),
            )
        if self.has("size_divisible_by") and not self.size_divisible_by:
            raise Refusal(InvalidValue, "size_divisible_by must be greater than 0, is 0", fields=("size_divisible_by",))
        n, channels, *_ = site.bottoms[0]
        for i, shape in enumerate(site.bottoms[1 : -1 if self.have_reference else None], 1):
            expect_size(f"Accum needs as many items in each bottom: {n} and {shape[0]}", n, shape[0], (0, i))
            channels = channels + shape[1]
        return ((n, channels, *self._size(site)),)

    def formula(self, *xs: Array) -> Array:
        ((_, _, *size),) = self.infer(CallSite(tuple(x.shape for x in xs)))
        parts = [
            x if list(x.shape[2:]) == size else bilinear(x, *size) for x in xs[: -1 if self.have_reference else None]
        ]
        return concat(parts, 1) if len(parts) > 1 else parts[0]

    def _size(self, site: CallSite) -> tuple[Dim, Dim]:
        if self.have_reference:
            return site.bottoms[-1][2], site.bottoms[-1][3]
        height, width = (_largest([shape[axis] for shape in site.bottoms]) for axis in (2, 3))
        asked: tuple[Dim, Dim] = self.top_height, self.top_width
        if by := self.size_divisible_by:
            asked = -(-height // by) * by, -(-width // by) * by
        known = isinstance(height, int) and isinstance(width, int)
        if not known and any(not isinstance(size, int) or size for size in asked):
            return UNKNOWN, UNKNOWN
        return asked if asked[0] > height and asked[1] > width else (height, width)

    def lacks(self, site: CallSite) -> str:
        for size in self.infer(site)[0][2:]:
            if isinstance(size, int) and size == 1:
                return "an output of one row or column is a division by 0"
        return ""

    def macs(self, site: CallSite, tops: tuple[Shape, ...]) -> Dim:
        return product(tops[0]) * 4


@function("N C height width")
def nearness(x: Array, before: Dim, after: Dim) -> Array:
    """What each element of an axis counts for each of the axis after sampling, its weight falling as a line."""
    step = (number_of(before - 1, DType.WIDE) / number_of(after - 1, DType.WIDE)).named("step")
    at = align(iota(after, DType.WIDE) * step, 0, 2).named("at")
    return cast(maximum(1 - absolute(align(iota(before, DType.WIDE), 1, 2) - at) / step, 0.0), DType.FLOAT)


@function("N C rows columns", "height rows", "width columns")
def blended(x: Array, down: Array, along: Array) -> Array:
    """Images of another size: what the elements of the columns, and of the rows, count for each of the new ones."""
    return blend(blend(x, down, 2), along, 3)


@function("N C rows columns")
def downsample(x: Array, height: Dim, width: Dim) -> Array:
    """The mean of the numbers around each place, their weight falling as a line; NaN where more than half is none."""
    number = equal(x, x).named("number")
    down, along = nearness(x, x.shape[2], height).named("down"), nearness(x, x.shape[3], width).named("along")
    value = blended(where(number, x, 0.0), down, along).named("value")
    counted = blended(cast(number, DType.FLOAT), down, along).named("counted")
    lost = blended(cast(not_equal(x, x), DType.FLOAT), down, along)
    return where(lost / counted <= 0.5, value / counted, math.nan)


class Downsample(Formula):
    """An image of another size: the mean of the elements around each place, without what is no number.

    The corners of input and output coincide; with s = (S − 1) / (S' − 1) element j counts 1 − |j − i·s| / s for
    output i of an axis, and nothing from s on. Where more than half as much is NaN as is not, the result is NaN. Caffe
    has no gradient.
    Shape: N×C×H×W to N×C×top_height×top_width, or of the height and width of the second bottom.
    Source: downsample_layer.cpp and downsample_layer.cu of lmb-freiburg/flownet2.
    """

    edition: ClassVar = "flownet2"
    message: ClassVar = "downsample_param"
    bottoms: ClassVar = Count(1, 2)
    in_place: ClassVar = False
    shape_alone: ClassVar = frozenset({1})

    top_height: UInt = Field(0, description="the output's height")
    top_width: UInt = Field(0, description="the output's width")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        expect_images(self, site.bottoms)
        image, *others = site.bottoms
        size: tuple[Dim, ...] = others[0][2:] if others else (self.top_height, self.top_width)
        for name, length in zip(("top_height", "top_width"), size, strict=True):
            if length < 1:
                raise Refusal(
                    MissingField,
                    f"Downsample needs {name}",
                    help=f"give {name}: …, or a second bottom of the output's size",
                )
        return ((*image[:2], *size),)

    def formula(self, x: Array, *others: Array) -> Array:
        ((_, _, *size),) = self.infer(CallSite((x.shape, *(other.shape for other in others))))
        return x if list(x.shape[2:]) == size else downsample(x, *size)

    def lacks(self, site: CallSite) -> str:
        before, after = site.bottoms[0][2:], self.infer(site)[0][2:]
        if any(isinstance(size, int) and size == 1 for size in (*before, *after)) and before != after:
            return "an input or output of one row or column is a division by 0"
        return ""

    def layout_preference(self, site: CallSite) -> LayoutPreference:
        return LayoutPreference.LAST


class LpqLoss(LossLayer):
    """Σ (Σ_c (|d| + p_epsilon)^p + q_epsilon)^q / N, with d = a − b, or a alone; what is no number counts as d = 0.

    N is the batch size, or how many numbers there are for each channel. In training p and q may change from one
    iteration to the next; a compiled net knows no iterations, and takes one p and one q.
    Bottoms: a, and perhaps b, of the same shape, of up to four axes.
    Source: lpq_loss_layer.cpp and lpq_loss_layer.cu of lmb-freiburg/flownet2.
    """

    edition: ClassVar = "flownet2"
    message: ClassVar = "lpq_loss_param"
    bottoms: ClassVar = Count(1, 2)

    l2_prescale_by_channels: bool = Field(False, description="the mean over channels, not the sum")
    normalize_by_num_entries: bool = Field(False, description="divide by how many numbers there are for each channel")
    p_epsilon: float = Field(0.0, description="what is added to |d|")
    q_epsilon: float = Field(1e-2, description="what is added to the sum over channels")
    pq_episode_starts_at_iter: tuple[UInt, ...] = Field((), description="from which iterations on each p and q count")
    p: tuple[float, ...] = Field((), description="the power of differences")
    q: tuple[float, ...] = Field((), description="the power of sums")

    def size_requirements(self, bottoms: Shapes, tops: Requirements) -> Mapping[int, SizeRequirement]:
        return equal_needed(bottoms)

    def lacks(self, site: CallSite) -> str:
        if len(self.p) > 1:
            return "p and q change with the iterations of training: give one of each"
        counts = self.normalize_by_num_entries or self.l2_prescale_by_channels
        return needs_number(legacy(self, site.bottoms[0], 0)[1]) if counts else ""

    def formula(self, a: Array, b: Array | None = None) -> Array:
        self._check()
        if b is not None:
            expect_equal("LpqLoss needs bottoms of equal shape", (a.shape, b.shape), 1)
        size = legacy(self, a.shape, 0)[1]
        channels = float(size) if isinstance(size, int) else 1.0
        raw = a if b is None else (a - b).named("raw")
        number = equal(raw, raw).named("number")
        difference = where(number, raw, 0.0).named("difference")
        # Where it is 0 Caffe's gradient is that of −d.
        absolute = where(difference > 0.0, difference, -difference)
        powers = _power(absolute, self.p_epsilon, self.p[0])
        sums = total(powers, (1,), keepdims=True) if a.rank > 1 else powers
        losses = _power(sums / channels if self.l2_prescale_by_channels else sums, self.q_epsilon, self.q[0])
        losses = losses.named("losses")
        if not self.normalize_by_num_entries:
            return per_item(losses)
        entries = total(cast(number, DType.FLOAT), range(number.rank)) / channels
        return total(losses, range(losses.rank)) / entries

    def _check(self) -> None:
        starts, fields = self.pq_episode_starts_at_iter, ("pq_episode_starts_at_iter", "p", "q")
        given = tuple(name for name in fields if getattr(self, name))
        if not self.p or not self.q:
            raise Refusal(MissingField, "LpqLoss needs p and q", fields=given, help="p: 2 q: 0.5 is the distance")
        if len(self.p) != len(self.q) or (len(starts) != len(self.p) and (starts or len(self.p) > 1)):
            raise Refusal(
                EntryCount,
                f"LpqLoss needs as many p, q and iterations: {len(self.p)}, {len(self.q)} and {len(starts)}",
                fields=given,
            )
        if starts and (starts[0] != 0 or any(a >= b for a, b in pairwise(starts))):
            raise Refusal(
                InvalidValue,
                f"the iterations begin with 0 and go up: {', '.join(map(str, starts))}",
                fields=("pq_episode_starts_at_iter",),
            )


def _power(x: Array, shift: float, power: float) -> Array:
    moved = x + shift if shift else x
    return moved if power == 1 else moved**power


def _largest(sizes: list[Dim]) -> Dim:
    """The largest size, unknown where that is not known."""
    numbers = [size for size in sizes if isinstance(size, int)]
    if len(numbers) == len(sizes):
        return max(numbers)
    return sizes[0] if all(size == sizes[0] for size in sizes[1:]) else UNKNOWN


def expect_images(layer: Layer, bottoms: tuple[Shape, ...]) -> None:
    """Raises Refusal unless every bottom is N×C×H×W."""
    for i, shape in enumerate(bottoms):
        if len(shape) != 4:
            raise Refusal(
                BadDimensions,
                f"{layer.type_name()} takes N×C×H×W; {show(shape)} has {axes(len(shape))}",
                bottoms={i: ""},
            )
