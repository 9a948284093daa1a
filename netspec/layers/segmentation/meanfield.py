"""Conditional random fields as layers."""

from enum import IntEnum
from typing import ClassVar

from netspec.arrays import Array, DType, cast, reshape, stop_gradient
from netspec.arrays.functions import native
from netspec.layers.base import Above0, Blob, CallSite, Count, Field, Formula, Refusal
from netspec.layers.fit import axes, expect_equal, expect_size
from netspec.problems.shapes import BadDimensions
from netspec.shapes import Shape, show


class CompatibilityMode(IntEnum):
    POTTS = 0


class MultiStageMeanfield(Formula):
    """What a dense conditional random field makes of scores for pixels: that of CRF-as-RNN, by mean field iterations.

    In each, q = scores − compatibility·(spatial·F(p) + bilateral·G(p)), with p the softmax of the q before, of the
    second bottom at first. F and G are filters in a permutohedral lattice, by rows and columns, and by these and by
    colors; each is divided by what it makes of ones, plus eps.
    Bottoms: scores N×C×H×W, the same again, the image N×3×H×W, which has no gradient. Shape: that of the scores.
    Blobs: the weights of the spatial and of the bilateral filter, and how classes get along, 1×1×C×C each. They begin
    with 0, where the program reads the first two from files of its own, and has −1 on the diagonal of the third: load
    weights. The program filters in float32. Where a point is as near to two simplices, rounding decides.
    Source: multi_stage_meanfield.cpp, meanfield_iteration.cpp and modified_permutohedral.cpp of torrvision/caffe.
    """

    edition: ClassVar = "tvg"
    message: ClassVar = "multi_stage_meanfield_param"
    bottoms: ClassVar = Count(3, 3)
    in_place: ClassVar = False
    ignored: ClassVar = {
        "compatibility_mode": CompatibilityMode,
        "threshold": float,
        "spatial_filter_weight": float,
        "bilateral_filter_weight": float,
        "forced_spatial_filter_weight": float,
        "forced_bilateral_filter_weight": float,
    }

    num_iterations: int = Field(ge=2, description="how many iterations")
    theta_alpha: Above0 = Field(10.0, description="how far pixels see each other, where they look alike")
    theta_beta: Above0 = Field(10.0, description="how alike these have to look")
    theta_gamma: Above0 = Field(10.0, description="how far they see each other in any case")
    eps: float = Field(1e-20, description="added to what is divided by, in other forks")

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
        expect_size("MultiStageMeanfield takes an image of three channels", image[1], 3, (2,))
        return (scores,)

    def formula(
        self, scores: Array, start: Array, image: Array, spatial: Array, bilateral: Array, compatibility: Array
    ) -> Array:
        self.infer(CallSite((scores.shape, start.shape, image.shape)))
        classes = scores.shape[1]
        blobs = (reshape(cast(blob, DType.WIDE), (classes, classes)) for blob in (spatial, bilateral, compatibility))
        maps = (cast(x, DType.WIDE) for x in (scores, start, stop_gradient(image)))
        thetas = {"alpha": self.theta_alpha, "beta": self.theta_beta, "gamma": self.theta_gamma, "eps": self.eps}
        named = {"iterations": self.num_iterations, **thetas}
        found = native("mean_field", *maps, *blobs, shape=scores.shape, dtype=DType.WIDE, **named)
        return cast(found, DType.FLOAT)
