"""Layers of multi-task network cascades: regions, and masks for them."""

from fractions import Fraction
from typing import ClassVar

from netspec.arrays import Array, DType, cast
from netspec.layers.base import CallSite, Count, Field, Finite, Formula, LayoutPreference, Positive, Refusal
from netspec.layers.detection.regions import Regional, roi_warp
from netspec.layers.fit import axes, expect_size
from netspec.layers.losses import shaped
from netspec.layers.segmentation.resize import Resize, Sampling
from netspec.problems.shapes import BadDimensions
from netspec.shapes import Dim, Shape, integers, show


class ROIWarping(Regional, Formula):
    """What a feature map has at pooled_h×pooled_w points of a grid over each region, by bilinear interpolation; 0 for
    a point outside.

    Regions are brought to the size of the map by spatial_scale and rounded, halves away from 0. The first points are
    at their start, the last ones a step before their end; the map ends half a cell beyond the middle of its outer
    cells. Bottoms: N×C×H×W, and regions R×5. Shape: R×C×pooled_h×pooled_w.
    The gradient is that of the value, with regions as if they were not rounded. The fork's looks for the points near a
    cell as if regions were a cell larger, which misses some, and takes points in the last row or column for fixed.
    Source: roi_warping_layer.cpp and .cu of daijifeng001/caffe-mnc.
    """

    edition: ClassVar = "mnc"
    message: ClassVar = "roi_warping_param"

    pooled_h: Positive = Field(description="how many points there are from top to bottom")
    pooled_w: Positive = Field(description="how many from left to right")
    spatial_scale: Finite = Field(1.0, description="the size of the feature map by that of the image")

    def scale(self) -> float:
        return self.spatial_scale

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        return ((self.regions(site), site.bottoms[0][1], self.pooled_h, self.pooled_w),)

    def formula(self, x: Array, regions: Array) -> Array:
        self.infer(CallSite((x.shape, regions.shape)))
        regions = shaped(cast(regions, DType.WIDE), (regions.shape[0], 5))
        found = roi_warp(cast(x, DType.WIDE), regions, self.pooled_h, self.pooled_w, self.spatial_scale)
        return cast(found, DType.FLOAT)

    def layout_preference(self, site: CallSite) -> LayoutPreference:
        return LayoutPreference.FIRST


class MaskPooling(Formula):
    """y = x·mask, the mask the same for all channels.

    Bottoms: x, N×C×H×W, and masks, N×1×H×W. Shape: that of x.
    Source: mask_pooling_layer.cu of daijifeng001/caffe-mnc.
    """

    edition: ClassVar = "mnc"
    bottoms: ClassVar = Count(2, 2)

    def formula(self, x: Array, mask: Array) -> Array:
        for i, shape in enumerate((x.shape, mask.shape)):
            if len(shape) != 4:
                message = f"MaskPooling takes N×C×H×W and N×1×H×W; bottom {i} is {show(shape)}"
                raise Refusal(BadDimensions, message, bottoms={i: ""}, label=axes(len(shape)))
        expect_size("MaskPooling takes masks of one channel", mask.shape[1], 1, (1,))
        for axis in (0, 2, 3):
            message = f"MaskPooling needs a feature map and masks of equal size on axis {axis}"
            expect_size(message, x.shape[axis], mask.shape[axis], (0, 1))
        return x * mask


class MaskResize(Resize):
    """Bilinear interpolation at i·S / S'. Only to a smaller size, or the same: a larger one has a border of its own.

    Shape: N×C×H×W to N×C×output_height×output_width.
    Source: mask_resize_layer.cu of daijifeng001/caffe-mnc.
    """

    edition: ClassVar = "mnc"
    message: ClassVar = "mask_resize_param"

    output_height: Positive = Field(description="the output's height")
    output_width: Positive = Field(description="the output's width")

    def output(self, site: CallSite) -> tuple[Dim, ...]:
        return self.output_height, self.output_width

    def sampling(self, size: int, output: int, other: Fraction) -> Sampling:
        return Sampling(0, size, output, Fraction(size, output))

    def lacks(self, site: CallSite) -> str:
        if reason := super().lacks(site):
            return reason
        sizes = integers(site.bottoms[0][2:])
        larger = sizes is not None and (sizes[0] < self.output_height or sizes[1] < self.output_width)
        return f"{show(site.bottoms[0][2:])} made larger is not there yet" if larger else ""
