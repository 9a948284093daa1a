"""Layers that train detectors, and Normalize, which some of them need."""

import math
from collections.abc import Mapping
from typing import ClassVar

from netspec.arrays import (
    Array,
    DType,
    absolute,
    align,
    cast,
    cut,
    descending,
    equal,
    log_softmax,
    reshape,
    softmax,
    sqrt,
    stop_gradient,
    take,
    total,
    where,
)
from netspec.layers.base import (
    ONE,
    Above0,
    Blob,
    CallSite,
    Count,
    Field,
    FillerParameter,
    Formula,
    Layer,
    Positive,
    Refusal,
    Requirements,
    Role,
    Shapes,
    SizeRequirement,
    canonical_axis,
)
from netspec.layers.caffe.loss import LossLayer
from netspec.layers.fit import expect_size
from netspec.layers.losses import (
    LEAST,
    LOG_FLT_MIN,
    NormalizationMode,
    SoftmaxParameter,
    bounded,
    class_numbers,
    expect_items,
    expect_labels,
    held,
    legacy,
    normalized,
    per_item,
    shaped,
    with_size,
)
from netspec.layers.requirements import equal_needed, labels_needed
from netspec.layers.segmentation.loss import WeighingLossParameter
from netspec.problems.fields import BlobCount
from netspec.shapes import Shape, mismatch, product, show


class SSDNormalize(Formula):
    """y = scale·x / √(eps + Σ x²), the sum over an item's channels, or with across_spatial over all of the item.

    Shape: N×C×…, kept, of at most four axes. Blob: the scale, one number with channel_shared, else one for a channel.
    The gradient is the fork's: without channel_shared the sum over channels in it leaves the scales out. Where it is 0,
    as of a single channel, the fork's float32 leaves some noise.
    Source: normalize_layer.cpp of the SSD fork.
    """

    edition: ClassVar = "ssd"
    message: ClassVar = "norm_param"

    across_spatial: bool = Field(True, description="sum over a whole item instead of the channels at a position")
    scale_filler: FillerParameter = Field(ONE, description="how the scale begins")
    channel_shared: bool = Field(True, description="whether all channels have the same scale")
    eps: float = Field(1e-10, description="what is added under the root")

    def blobs(self, site: CallSite) -> tuple[Blob, ...]:
        shape = () if self.channel_shared else (legacy(self, site.bottoms[0], 0)[1],)
        return (Blob("weight", shape, self.scale_filler, Role.SCALE),)

    def formula(self, x: Array, weight: Array) -> Array:
        legacy(self, x.shape, 0)
        canonical_axis(0, x.shape, "axis")
        axes = range(1, x.rank) if self.across_spatial else range(1, min(2, x.rank))
        scale = weight if self.channel_shared or x.rank < 2 else align(weight, 1, x.rank)
        if not self.channel_shared:
            # The fork's gradient is scaled at its end: scales have no part in the sum over channels.
            x = (x + (stop_gradient(scale) - 1) * (x - stop_gradient(x))).named("x")
        length = sqrt(total(x**2, tuple(axes), keepdims=True) + self.eps).named("length")
        if self.channel_shared:
            return x / length * scale
        unit = (x / length).named("unit")
        return scale * stop_gradient(unit) + (unit - stop_gradient(unit))


class SmoothL1Loss(LossLayer):
    """Σ outside·smooth(inside·(a − b)) / N, where smooth(d) = σ²d²/2 for |d| < 1/σ², else |d| − 1/2σ².

    Bottoms: a and b of equal shape, and those of inside and outside weights, or neither. N is the number of items. More
    than four axes R-C3D's takes, five.
    SSD's has the first two bottoms and σ = 1, and counts in the loss. With four bottoms or a `smooth_l1_loss_param` it
    is Fast R-CNN's, which forgets to: there, and so here, its loss weight is 0 unless one is written. So does the first
    Fast R-CNN, which has inside weights alone, three bottoms, and leaves them out of the gradient; a file shows that it
    is for it by a layer of the type ROIPooling.
    Source: smooth_L1_loss_layer.cpp of the SSD and the Fast R-CNN fork.
    """

    edition: ClassVar = "ssd"
    message: ClassVar = "smooth_l1_loss_param"
    bottoms: ClassVar = Count(2, 4)

    sigma: Above0 = Field(1.0, description="σ: the larger, the sooner the loss is linear")
    loss_param: WeighingLossParameter = Field(
        WeighingLossParameter.model_construct(), description="has no effect on this loss"
    )

    @classmethod
    def weightless(cls, bottoms: int, message: bool) -> str:
        return "Fast R-CNN's SmoothL1Loss" if bottoms > 2 or message else ""

    def size_requirements(self, bottoms: Shapes, tops: Requirements) -> Mapping[int, SizeRequirement]:
        return equal_needed(bottoms, (0, 1, 2, 3))

    def formula(self, *xs: Array) -> Array:
        if len(xs) == 3:
            message = "SmoothL1Loss takes inside and outside weights together, or neither: 2 or 4 bottoms, not 3"
            help = "the first Fast R-CNN takes inside weights alone, in a net with a layer of the type ROIPooling"
            raise Refusal(BlobCount, message, bottoms={2: ""}, help=help)
        a, b, *weights = alike(self, xs)
        difference = weights[0] * (a - b) if weights else a - b
        losses = smooth(difference.named("difference"), self.sigma)
        return per_item(weights[1] * losses if weights else losses)


class FirstSmoothL1Loss(SmoothL1Loss):
    """That of the first Fast R-CNN, before it had a message: inside weights alone, which the gradient leaves out."""

    edition: ClassVar = "fast-rcnn"

    def formula(self, *xs: Array) -> Array:
        if len(xs) != 3:
            return super().formula(*xs)
        a, b, inside = alike(self, xs)
        difference = held(inside * (a - b), a - b)
        return per_item(smooth(difference.named("difference"), self.sigma))


def alike(layer: Layer, xs: tuple[Array, ...]) -> tuple[Array, ...]:
    """All bottoms in the shape of the first. Raises Refusal where their sizes differ."""
    expect_items(layer, xs[0].shape, xs[1].shape)
    films = all(x.rank == 5 for x in xs)  # which R-C3D's SmoothL1Loss takes
    shapes = [x.shape if films else legacy(layer, x.shape, i) for i, x in enumerate(xs)]
    for i, x in enumerate(xs[1:], 1):
        axis = mismatch(shapes[0], shapes[i])
        if axis is not None:
            message = f"{layer.type_name()} compares blobs of equal shape: {show(xs[0].shape)} and {show(x.shape)}"
            expect_size(message, shapes[0][axis], shapes[i][axis], (0, i))
    return tuple(x if x.rank == xs[0].rank else reshape(x, _as_first(x.shape, xs[0].shape)) for x in xs)


def _as_first(shape: Shape, first: Shape) -> Shape:
    """The shape of the first bottom, with a bottom's own number of items; a scalar is one."""
    return (shape[0], *first[1:]) if shape and first else first


def smooth(difference: Array, sigma: float = 1.0) -> Array:
    """σ²d²/2 near 0, and |d| − 1/2σ² farther away."""
    square, size = sigma * sigma, absolute(difference).named("size")
    bend = 1 / square if square else math.inf  # as C divides by what is too small for a number
    return where(size < bend, 0.5 * square * difference**2, size - 0.5 * bend)


class SmoothL1LossOHEM(LossLayer):
    """Σ smooth(weight·(a − b)) / normalizer, as SmoothL1Loss with σ = 1; and if wanted the loss of each region.

    Bottoms: a and b of equal shape, and if wanted weights, which the gradient leaves out. Tops: the loss, and the sum
    over the channels, N×1×H×W. Divided by N·H·W, unless `loss_param` says otherwise.
    Source: smooth_L1_loss_ohem_layer.cpp of the R-FCN fork.
    """

    edition: ClassVar = "rfcn"
    bottoms: ClassVar = Count(2, 3)
    tops: ClassVar = Count(1, 2)

    loss_param: WeighingLossParameter = Field(
        WeighingLossParameter.model_construct(), description="what the sum is divided by"
    )

    def size_requirements(self, bottoms: Shapes, tops: Requirements) -> Mapping[int, SizeRequirement]:
        return equal_needed(bottoms, (0, 1, 2))

    def formula(self, *xs: Array) -> tuple[Array, ...]:
        a, b, *weights = alike(self, xs)
        difference = held(weights[0] * (a - b), a - b) if weights else a - b
        losses = smooth(difference.named("difference"))
        rows = total(losses, (1,), keepdims=True) if losses.rank > 1 else losses
        mode = self.loss_param.mode(NormalizationMode.VALID)
        n, _, height, width = legacy(self, a.shape, 0)
        each = stop_gradient(reshape(rows, (n, 1, height, width)))
        return normalized(rows.named("losses"), None, mode, 1, self.loss_param.divisor), each


class SoftmaxWithLossOHEM(LossLayer):
    """−log softmax(x)[label], as SoftmaxWithLoss; and if wanted the probabilities, and the loss of each prediction.

    The third top has the shape of the labels; ignored ones have a loss of 0 there.
    Source: softmax_loss_ohem_layer.cpp of the R-FCN fork.
    """

    edition: ClassVar = "rfcn"
    tops: ClassVar = Count(1, 3)

    softmax_param: SoftmaxParameter = Field(SoftmaxParameter.model_construct(), description="the axis of the classes")
    loss_param: WeighingLossParameter = Field(
        WeighingLossParameter.model_construct(), description="which labels count, and what the sum is divided by"
    )

    def size_requirements(self, bottoms: Shapes, tops: Requirements) -> Mapping[int, SizeRequirement]:
        return labels_needed(bottoms, self.softmax_param.axis)

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        x, label = xs
        axis = canonical_axis(self.softmax_param.axis, x.shape, "softmax_param.axis")
        expect_labels(self, x.shape, label.shape, axis)
        labels, valid = class_numbers(label, with_size(x.shape, axis, 1), self.loss_param.ignore_label)
        losses = (-bounded(take(log_softmax(x, axis), labels, axis), LOG_FLT_MIN)).named("losses", LEAST)
        divisor = self.loss_param.divisor
        loss = normalized(losses, valid, self.loss_param.mode(NormalizationMode.VALID), axis, divisor)
        if site.tops == 1:
            return (loss,)
        each = losses if valid is None else where(valid, losses, 0.0)
        tops = loss, stop_gradient(softmax(x, axis)), stop_gradient(shaped(each, label.shape))
        return tops[: site.tops]


class BoxAnnotatorOHEM(Formula):
    """The regions that a net gets most wrong, roi_per_img of each item: the others are left out of the loss.

    Bottoms: regions R×5, of which the first number is the item; a loss, a label and weights for each, R×1, R×1 and R×C.
    Tops: the labels, ignore_label for what is left out, R×1×1×1; and the weights, 0 there, R×C×1×1. Of equal losses the
    earlier one is kept. No gradient. Source: box_annotator_ohem_layer.cu of the R-FCN fork.
    """

    edition: ClassVar = "rfcn"
    message: ClassVar = "box_annotator_ohem_param"
    bottoms: ClassVar = Count(4, 4)
    tops: ClassVar = Count(2, 2)
    in_place: ClassVar = False

    roi_per_img: Positive = Field(description="how many regions of an item to keep")
    ignore_label: int = Field(-1, description="the label of regions that are left out")

    def formula(self, rois: Array, loss: Array, label: Array, weights: Array) -> tuple[Array, ...]:
        count = legacy(self, rois.shape, 0)[0]
        whole = [(rois, 5), (loss, 1), (label, 1)]
        for i, (x, width) in enumerate(whole):
            message = f"BoxAnnotatorOHEM takes {'regions R×5' if i == 0 else 'a number for each region'}"
            expect_size(f"{message}, not {show(x.shape)}", product(x.shape[1:]), width, (i,))
            expect_size(f"{message}: {count} and {x.shape[0]}", x.shape[0], count, (0, i))
        expect_size("BoxAnnotatorOHEM takes weights for each region", weights.shape[0], count, (0, 3))
        item, loss = cut(reshape(rois, (count, 5)), 1, 0, 1), reshape(loss, (count,))
        place = cast(descending(-descending(loss, 0), 0), DType.FLOAT).named("place")
        before = cast(reshape(place, (1, count)) < reshape(place, (count, 1)), DType.FLOAT)
        same = cast(equal(item, reshape(item, (1, count))), DType.FLOAT)
        kept = reshape(total(before * same, (1,)) < self.roi_per_img, (count, 1, 1, 1)).named("kept")
        labels = where(kept, reshape(label, (count, 1, 1, 1)), float(self.ignore_label))
        chosen = where(kept, reshape(weights, (count, *legacy(self, weights.shape, 3)[1:])), 0.0)
        return stop_gradient(labels), stop_gradient(chosen)
