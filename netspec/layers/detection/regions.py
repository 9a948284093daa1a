"""Layers of detectors that look at regions: what a feature map holds in them.

A region is a row of five numbers: the item that it lies in, then x1, y1, x2, y2, in pixels of the image.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import Field, field_validator

from netspec.layers.base import CallSite, Count, Layer, LayoutPreference, Positive, Refusal
from netspec.layers.fit import axes, expect_size
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
    from 0; it is at least one cell large. Of n cells, bin i of p has those from ⌊i·n/p⌋ to before ⌈(i + 1)·n/p⌉.
    Bottoms: N×C×H×W, and regions R×5. Shape: R×C×pooled_h×pooled_w. No gradient reaches the regions, and none comes
    from a region that ends before it starts.
    Source: roi_pooling_layer.cpp of the Fast R-CNN fork.
    """

    edition: ClassVar = "fast-rcnn"
    message: ClassVar = "roi_pooling_param"

    pooled_h: Positive = Field(description="how many bins there are from top to bottom")
    pooled_w: Positive = Field(description="how many from left to right")
    spatial_scale: float = Field(1.0, description="the size of the feature map by that of the image")
    pad_ratio: float = Field(0.0, description="MS-CNN's fork: context around a region; not supported, except 0")

    @field_validator("pad_ratio")
    @classmethod
    def _without_context(cls, pad_ratio: float) -> float:
        if pad_ratio:
            raise ValueError(f"pad_ratio {pad_ratio:g}: regions with context around them are not supported")
        return pad_ratio

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
