"""Layers of C3D's first version for films whose every voxel, a pixel of a frame, has a truth of its own."""

from typing import ClassVar

from netspec.arrays import Array, DType, cast, cut, log_softmax, mean, softmax, stop_gradient, take, where
from netspec.layers.base import CallSite, Formula, Refusal, canonical_axis
from netspec.layers.caffe.loss import LossLayer
from netspec.layers.fit import axes, expect_equal, needs_number
from netspec.layers.losses import LEAST, LOG_FLT_MIN, bounded
from netspec.layers.video.data import StoredFilms
from netspec.problems.shapes import BadDimensions
from netspec.shapes import UNKNOWN, Shape, show

FILM = (16, 112, 112)  # frames, height and width of a film, in C3D's examples


class VideoSegmentationData(StoredFilms):
    """Films and the class of each voxel, from a list of files: inputs of the compiled model.

    Shape: batch_size × 3 × L × height × width, and batch_size × 1 × L × height × width. Only files know how many
    channels there are, the last of which is the truth, and frames; so it is with height and width without crop_size.
    Where nothing says it, 3 channels, 16 frames and 112×112 are counted.
    Source: video_segmentation_data_layer.cpp of C3D, where the type is VIDEO_SEGMENTATION_DATA.
    """

    edition: ClassVar = "c3d"

    def assumed_channels(self) -> int | None:
        return 3

    def assumed_shape(self, top: int, shape: Shape) -> Shape | None:
        """What the examples of C3D read."""
        if len(shape) != 5:
            return None
        return (*shape[:2], *(a if isinstance(a, int) else b for a, b in zip(shape[2:], FILM, strict=True)))

    def truths(self) -> int:
        """How many channels of truth there are."""
        return 1

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        images, *_ = self._infer(site, self.batch_size, 3, UNKNOWN, UNKNOWN)
        n, channels, *space = images
        return (n, channels, UNKNOWN, *space), (n, self.truths(), UNKNOWN, *space)


class VideoWithVoxelTruthData(VideoSegmentationData):
    """Films and numbers that are true of each voxel, such as flow, from a list of files: inputs of the compiled model.

    Shape: as VideoSegmentationData, with num_truth_channels of truth.
    Source: video_with_voxel_truth_data_layer.cpp of C3D, where the type is VIDEO_WITH_VOXEL_TRUTH_DATA.
    """

    edition: ClassVar = "c3d"

    def truths(self) -> int:
        return self.num_truth_channels


class VoxelWiseSoftmax(Formula):
    """y = exp(x) / Σ exp(x), the sum over the channels at each voxel.

    Shape: N×C×L×H×W, kept.
    Source: voxel_wise_softmax_layer.cpp of C3D, where the type is VOXEL_SOFTMAX.
    """

    edition: ClassVar = "c3d"

    def formula(self, x: Array) -> Array:
        return softmax(x, canonical_axis(1, x.shape, "axis"))


class VoxelWiseSoftmaxWithLoss(LossLayer):
    """−log softmax(x)[label] over the channels at each voxel, the mean over all voxels.

    A label that is no class adds nothing to the loss, but counts in the mean; the gradient there is softmax(x) over the
    number of voxels, as the fork has it. No probability counts as less than 1.18e−38.
    Bottoms: scores N×C×L×H×W, and labels N×1×L×H×W; of more channels the first is read.
    Source: voxel_wise_softmax_loss_layer.cpp of C3D, where the type is VOXEL_SOFTMAX_LOSS.
    """

    edition: ClassVar = "c3d"

    def lacks(self, site: CallSite) -> str:
        return needs_number(site.bottoms[0][1])

    def formula(self, x: Array, truth: Array) -> Array:
        for i, shape in enumerate((x.shape, truth.shape)):
            if len(shape) != 5:
                raise Refusal(
                    BadDimensions,
                    f"VoxelWiseSoftmaxWithLoss takes N×C×L×H×W; bottom {i} is {show(shape)}",
                    bottoms={i: ""},
                    label=axes(len(shape)),
                )
        message = "VoxelWiseSoftmaxWithLoss needs a label for each voxel"
        expect_equal(message, (x.shape, truth.shape), 1, 1)
        label = cast(truth if truth.shape[1] == 1 else cut(truth, 1, 0, 1), DType.INT).named("labels")
        classes = x.shape[1]
        known = (label < (classes if isinstance(classes, int) else 0)).named("known")
        likelihood = log_softmax(x, 1).named("log_probability")
        own = take(likelihood, where(known, label, 0), 1).named("log_likelihood")
        scale = (cut(x, 1, 0, 1) - cut(likelihood, 1, 0, 1)).named("log_total")
        losses = where(known, -bounded(own, LOG_FLT_MIN), scale - stop_gradient(scale)).named("losses", LEAST)
        return mean(losses, range(losses.rank))
