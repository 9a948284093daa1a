"""Region proposals as Synopsys' fork has them. Source: proposal_layer.cpp of Synopsys' caffe."""

from collections.abc import Mapping
from math import inf
from typing import ClassVar

from netspec.layers.base import Above0, CallSite, Field, Finite, Phase, Positive, Refusal
from netspec.layers.detection.proposals import Box, Proposal, anchors
from netspec.layers.fit import expect_size
from netspec.problems.fields import InvalidValue
from netspec.shapes import VARYING, Shape

MANY = 3  # how many scales or ratios there are; with another number there is one


class CountedAnchors(Proposal):
    """Anchors by how many scales and ratios there are, of one image.

    Proposals that are smaller than rpn_min_size·scale are left out; scores are R×1. The fork keeps the last of all
    proposals however small it is, and enters proposals beyond pre_nms_topn into NMS, too, in no order: both are left
    out here, as in py-faster-rcnn, which it follows.
    """

    edition: ClassVar = "synopsys"

    ratio: tuple[Above0, ...] = Field((), description="height by width of anchors")
    scale: tuple[Finite, ...] = Field((), description="their sizes, as factors on base_size")
    anchor_base_size: Positive = Field(16, description="the side of the square that anchors are made from")
    anchor_scale: int = Field(MANY, description="3: anchors are 8, 16 and 32 times as large; else 32 times")
    anchor_ratio: int = Field(MANY, description="3: their height by width is 0.5, 1 and 2; else 1")
    max_rois: Positive = Field(300, description="how many are kept after NMS, at most")
    rpn_min_size: float = Field(16.0, description="the least width and height of a proposal")
    rpn_nms_thresh: float = Field(0.7, description="NMS drops boxes whose IoU with a better one exceeds this")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        others = ("ratio", "scale", "base_size", "min_size", "post_nms_topn", "nms_thresh")
        own = ("anchor_base_size", "anchor_scale", "anchor_ratio", "max_rois", "rpn_min_size", "rpn_nms_thresh")
        if given := [name for name in others if self.has(name)]:
            beside = next(name for name in own if self.has(name))
            message = f"{given[0]} is a field of PVANET's Proposal, and {beside} one of Synopsys'"
            raise Refusal(InvalidValue, message, fields=(given[0], beside), help="keep the fields of one of them")
        shapes = super().infer(site)
        expect_size(f"Proposal takes one image at a time, not {site.bottoms[0][0]}", site.bottoms[0][0], 1, (0,))
        return shapes

    def score_shape(self) -> Shape:
        return (VARYING, 1)

    def limits(self, phase: Phase) -> Mapping[str, float]:
        sizes = {"min_size": self.rpn_min_size, "small_score": -inf, "nms_threshold": self.rpn_nms_thresh}
        return {**sizes, "pre_nms_top_n": self.pre_nms_topn, "post_nms_top_n": self.max_rois}

    def anchors(self) -> tuple[Box, ...]:
        ratios = (0.5, 1.0, 2.0) if self.anchor_ratio == MANY else (1.0,)
        scales = (8.0, 16.0, 32.0) if self.anchor_scale == MANY else (32.0,)
        return anchors(self.anchor_base_size, ratios, scales, even=False)
