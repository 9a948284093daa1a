"""Layers of detectors that look at regions: what a feature map holds in them.

A region is a row of five numbers: the item that it lies in, then x1, y1, x2, y2, in pixels of the image.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple

from netspec.arrays import (
    Array,
    DType,
    absolute,
    align,
    cast,
    cut,
    floor,
    gather,
    insert_axis,
    iota,
    minimum,
    number_of,
    relu,
    reshape,
    stop_gradient,
    transpose,
    where,
)
from netspec.arrays.functions import function
from netspec.layers.base import CallSite, Count, Field, Finite, Formula, Layer, LayoutPreference, Positive, Refusal
from netspec.layers.fit import axes, expect_size
from netspec.layers.losses import shaped
from netspec.problems.shapes import BadDimensions, NotDivisible
from netspec.shapes import Dim, Shape, integers, product, show


class Regional(Layer):
    """What layers have in common that read a feature map N×C×H×W, and regions R×5."""

    bottoms: ClassVar = Count(2, 2)
    in_place: ClassVar = False

    def regions(self, site: CallSite) -> Dim:
        """How many regions there are. Raises Refusal."""
        features, rois = site.bottoms[:2]
        if len(features) != 4:
            raise Refusal(
                BadDimensions,
                f"{self.type_name()} takes a feature map N×C×H×W, not {show(features)} of {axes(len(features))}",
                bottoms={0: ""},
            )
        if not rois:
            raise Refusal(BadDimensions, f"{self.type_name()} takes regions R×5, not a scalar", bottoms={1: ""})
        expect_size(
            f"{self.type_name()} takes regions R×5 (item, x1, y1, x2, y2), not {show(rois)}",
            product(rois[1:]),
            5,
            (1,),
        )
        return rois[0]

    def ranges(self, site: CallSite) -> Mapping[int, Sequence[tuple[float, float]]]:
        """Regions that lie in the feature map, or a little beyond it."""
        sizes = integers(site.bottoms[0])
        if sizes is None or not self.scale():
            return {}
        items, _, height, width = sizes
        wide, high = width / self.scale(), height / self.scale()
        begins, ends = ((-0.1 * wide, 0.6 * wide), (-0.1 * high, 0.6 * high)), ((0.4 * wide, wide), (0.4 * high, high))
        return {1: ((0, items), *begins, *ends)}

    def scale(self) -> float:
        """The size of the feature map by that of the image."""
        raise NotImplementedError

    def layout_preference(self, site: CallSite) -> LayoutPreference:
        return LayoutPreference.LAST


class ROIPooling(Regional):
    """y = the largest element in each of pooled_h×pooled_w bins of each region; 0 for a bin outside the feature map.

    A region goes from round(x1·s) to round(x2·s), both included, where s is spatial_scale and halves are rounded away
    from 0; it is at least one cell large. Of n cells, bin i of p has those from ⌊i·n/p⌋ to before ⌈(i + 1)·n/p⌉. With a
    pad_ratio it is larger, before that, by pad_ratio·(x2 − x1 + 1) at the left and at the right; likewise in height.
    Bottoms: N×C×H×W, and regions R×5. Shape: R×C×pooled_h×pooled_w. No gradient reaches the regions, and none comes
    from a region that ends before it starts.
    Source: roi_pooling_layer.cpp of the Fast R-CNN fork, and of zhaoweicai/mscnn.
    """

    edition: ClassVar = "fast-rcnn"
    message: ClassVar = "roi_pooling_param"

    pooled_h: Positive = Field(description="how many bins there are from top to bottom")
    pooled_w: Positive = Field(description="how many from left to right")
    spatial_scale: float = Field(1.0, description="the size of the feature map by that of the image")
    pad_ratio: Finite = Field(0.0, description="MS-CNN's fork: how much to add at each side, by a region's size")

    def scale(self) -> float:
        return self.spatial_scale

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        return ((self.regions(site), site.bottoms[0][1], self.pooled_h, self.pooled_w),)


class PSROIPooling(Regional):
    """y = the mean of each of group_size×group_size bins of each region, every bin from channels of its own.

    Output channel d looks in bin (i, j) at input channel (d·g + i)·g + j, g being group_size. A region goes from
    round(x1)·s to (round(x2) + 1)·s, where s is spatial_scale, and is at least 0.1 cells large; a bin has the cells
    that it touches, and one outside the feature map is 0.
    Bottoms: N×(output_dim·g·g)×H×W, and regions R×5. Shape: R×output_dim×g×g. No gradient reaches the regions.
    Source: psroi_pooling_layer.cu of the R-FCN fork.
    """

    edition: ClassVar = "rfcn"
    message: ClassVar = "psroi_pooling_param"

    spatial_scale: float = Field(description="the size of the feature map by that of the image")
    output_dim: Positive = Field(description="how many channels come out")
    group_size: Positive = Field(description="g: how many bins there are from left to right, and from top to bottom")

    def scale(self) -> float:
        return self.spatial_scale

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        regions, channels = self.regions(site), site.bottoms[0][1]
        wanted = self.output_dim * self.group_size**2
        if channels != wanted:
            raise Refusal(
                NotDivisible,
                f"PSROIPooling needs output_dim·group_size² = {self.output_dim}·{self.group_size}² = {wanted} "
                f"channels, not {channels}",
                fields=("output_dim", "group_size"),
                bottoms={0: ""},
            )
        return ((regions, self.output_dim, self.group_size, self.group_size),)


class ROIAlign(Regional, Formula):
    """y = what a feature map has at (pooled_h + 1)×(pooled_w + 1) points of a grid over each region, by bilinear
    interpolation; 0 for a point outside the feature map.

    The first and the last points are the corners of the region, which goes from x1·s − 0.5 to x2·s − 0.5, where s is
    spatial_scale; pad_ratio makes it larger as in ROIPooling. The map ends half a cell beyond the middle of its outer
    cells. A region that does not end behind its start is 0. MS-CNN's nets pool the grid to pooled_h×pooled_w.
    Bottoms: N×C×H×W, and regions R×5. Shape: R×C×(pooled_h + 1)×(pooled_w + 1). No gradient reaches the regions.
    Source: roi_align_layer.cpp of zhaoweicai/mscnn.
    """

    edition: ClassVar = "mscnn"
    message: ClassVar = "roi_pooling_param"

    pooled_h: Positive = Field(description="how many bins there are from top to bottom, one less than points")
    pooled_w: Positive = Field(description="how many from left to right")
    spatial_scale: Finite = Field(1.0, description="the size of the feature map by that of the image")
    pad_ratio: Finite = Field(0.0, description="how much to add at each side, by a region's size")

    def scale(self) -> float:
        return self.spatial_scale

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        return ((self.regions(site), site.bottoms[0][1], self.pooled_h + 1, self.pooled_w + 1),)

    def formula(self, x: Array, regions: Array) -> Array:
        self.infer(CallSite((x.shape, regions.shape)))
        regions = shaped(cast(stop_gradient(regions), DType.WIDE), (regions.shape[0], 5))
        scale, wide = self.spatial_scale, cast(x, DType.WIDE)
        return cast(roi_align(wide, regions, self.pooled_h, self.pooled_w, scale, self.pad_ratio), DType.FLOAT)

    def layout_preference(self, site: CallSite) -> LayoutPreference:
        return LayoutPreference.FIRST


@function("items C height width", "regions 5")
def roi_align(x: Array, regions: Array, rows: Dim, columns: Dim, spatial_scale: float, pad_ratio: float = 0.0) -> Array:
    """What a feature map has at the points of a grid over each region, R×C×(rows + 1)×(columns + 1)."""
    first, last = cut(regions, 1, 1, 3).named("first"), cut(regions, 1, 3, 5).named("last")
    context = (pad_ratio * (last - first + 1)).named("context")
    start = ((first - context) * spatial_scale - 0.5).named("start")
    size = ((last + context) * spatial_scale - 0.5 - start).named("size")
    sound = (minimum(cut(size, 1, 0, 1), cut(size, 1, 1, 2)) > 0).named("sound")
    vertical = _Points.along(start, size / number_of(rows), 1, rows + 1, x.shape[2])
    across = _Points.along(start, size / number_of(columns), 0, columns + 1, x.shape[3])
    return _interpolated(x, regions, vertical, across, reshape(sound, (regions.shape[0], 1, 1)))


@function("items C height width", "regions 5")
def roi_warp(x: Array, regions: Array, rows: Dim, columns: Dim, spatial_scale: float) -> Array:
    """What a feature map has at the points of a grid over each region, from its start on, R×C×rows×columns."""
    corners = (cut(regions, 1, 1, 5) * spatial_scale).named("corners")
    from_0 = floor(absolute(corners) + 0.5)
    corners = corners + stop_gradient(where(corners < 0, -from_0, from_0) - corners)
    corners = corners.named("corners", "rounded, with the gradient of numbers that are not")
    start, size = (
        cut(corners, 1, 0, 2).named("start"),
        relu(cut(corners, 1, 2, 4) - cut(corners, 1, 0, 2)).named("size"),
    )
    vertical = _Points.along(start, size / number_of(rows), 1, rows, x.shape[2])
    across = _Points.along(start, size / number_of(columns), 0, columns, x.shape[3])
    return _interpolated(x, regions, vertical, across, None)


def _interpolated(x: Array, regions: Array, vertical: "_Points", across: "_Points", sound: Array | None) -> Array:
    """What a feature map has at points of each region, R×C×rows×columns; 0 outside."""
    n, channels, height, width = x.shape
    flat = reshape(transpose(x, (0, 2, 3, 1)), (n * height * width, channels)).named("flat", "cell by cell")
    item = reshape(cast(cut(regions, 1, 0, 1), DType.INT), (regions.shape[0], 1, 1)).named("item")
    inside = insert_axis(vertical.inside, 2) & insert_axis(across.inside, 1)
    inside = inside if sound is None else inside & sound
    values = list[Array]()
    for row, down in ((vertical.low, 1 - vertical.share), (vertical.high, vertical.share)):
        for column, right in ((across.low, 1 - across.share), (across.high, across.share)):
            place = (item * height + insert_axis(row, 2)) * width + insert_axis(column, 1)
            share = insert_axis(down, 2) * insert_axis(right, 1)
            values.append(insert_axis(share, 3) * gather(flat, place))
    value = where(insert_axis(inside, 3), values[0] + values[1] + values[2] + values[3], 0.0)
    return transpose(value, (0, 3, 1, 2))


class _Points(NamedTuple):
    """Points along an axis, R×P: the cells before and behind each, how far it is between, and whether it is inside."""

    low: Array
    high: Array
    share: Array
    inside: Array

    @classmethod
    def along(cls, start: Array, step: Array, axis: int, count: Dim, limit: Dim) -> "_Points":
        name = "xy"[axis]
        steps = align(iota(count, DType.FLOAT), 1, 2) * cut(step, 1, axis, axis + 1)
        point = (cut(start, 1, axis, axis + 1) + steps).named(name)
        inside = ((point >= -0.5) & (point <= number_of(limit) - 0.5)).named(f"{name}_inside")
        before = floor(point).named(f"{name}_before")
        low, high, point = (minimum(relu(each), number_of(limit - 1)) for each in (before, before + 1, point))
        low = low.named(f"{name}_low")
        return cls(cast(low, DType.INT), cast(high, DType.INT), (point - low).named(f"{name}_share"), inside)
