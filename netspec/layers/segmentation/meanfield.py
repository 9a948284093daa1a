"""Conditional random fields as layers."""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar

from pydantic import Field

from netspec.layers.base import Blob, CallSite, Count, Layer, Positive, Refusal
from netspec.layers.fit import axes, expect_equal, expect_size
from netspec.problems.shapes import BadDimensions
from netspec.shapes import Shape, show


class CompatibilityMode(IntEnum):
    POTTS = 1


class MultiStageMeanfield(Layer):
    """What a dense conditional random field makes of scores for pixels: that of CRF-as-RNN, by mean field iterations.

    Bottoms: scores N×C×H×W, the same again, the image N×3×H×W. Shape: that of the scores. Blobs: the weights of the
    spatial and of the bilateral filter, and how classes get along, 1×1×C×C each. Its meaning is not there: it filters
    in a permutohedral lattice.
    Source: multi_stage_meanfield.cpp of torrvision/caffe-tvg, for the shapes.
    """

    edition: ClassVar = "tvg"
    message: ClassVar = "multi_stage_meanfield_param"
    bottoms: ClassVar = Count(3, 3)
    unsupported: ClassVar = "filters in a permutohedral lattice are not there yet"

    num_iterations: Positive = Field(description="how many iterations")
    compatibility_mode: CompatibilityMode = Field(
        CompatibilityMode.POTTS, description="how classes beside each other get along at first"
    )
    threshold: float = Field(0.0, description="from where an iteration changes what it finds")
    theta_alpha: float = Field(0.0, description="how far pixels see each other, where they look alike")
    theta_beta: float = Field(0.0, description="how alike these have to look")
    theta_gamma: float = Field(0.0, description="how far they see each other in any case")
    spatial_filter_weight: float = Field(0.0, description="how much the latter counts at first")
    bilateral_filter_weight: float = Field(0.0, description="how much the former counts at first")
    forced_spatial_filter_weight: float = Field(0.0, description="no longer read")
    forced_bilateral_filter_weight: float = Field(0.0, description="no longer read")
    eps: float = Field(0.0, description="added to norms, in forks")

    def blobs(self, site: CallSite) -> tuple[Blob, ...]:
        classes = site.bottoms[0][1]
        shape = (1, 1, classes, classes)
        return tuple(Blob(name, shape) for name in ("spatial_weight", "bilateral_weight", "compatibility"))

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        scores, _, image = site.bottoms
        for i, shape in enumerate(site.bottoms):
            if len(shape) != 4:
                message = f"MultiStageMeanfield takes scores N×C×H×W and an image; bottom {i} is {show(shape)}"
                raise Refusal(BadDimensions, message, bottoms={i: ""}, label=axes(len(shape)))
        expect_equal("MultiStageMeanfield takes scores of the same shape twice", site.bottoms[:2], 1)
        for axis in (0, 2, 3):
            message = f"MultiStageMeanfield needs scores and an image of equal size on axis {axis}"
            expect_size(message, scores[axis], image[axis], (0, 2))
        return (scores,)
