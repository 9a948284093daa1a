"""Losses and Accuracy. A loss is a scalar; no gradient goes to labels."""

import math
from collections.abc import Mapping
from enum import IntEnum
from typing import ClassVar

from netspec.arrays import (
    Array,
    DType,
    align,
    cast,
    gather,
    log,
    log_softmax,
    maximum,
    mean,
    not_equal,
    one_hot,
    relu,
    reshape,
    softmax,
    softplus,
    sqrt,
    stop_gradient,
    take,
    total,
    transpose,
    where,
)
from netspec.layers.base import (
    CallSite,
    Count,
    Field,
    Formula,
    LayoutPreference,
    Refusal,
    Requirements,
    Shapes,
    SizeRequirement,
    UInt,
    canonical_axis,
)
from netspec.layers.fit import counted, expect_size
from netspec.layers.losses import (
    LEAST,
    LOG_FLT_MIN,
    LOG_THRESHOLD,
    LossParameter,
    NormalizationMode,
    SoftmaxParameter,
    bounded,
    class_numbers,
    expect_count,
    expect_items,
    expect_labels,
    legacy,
    normalized,
    per_item,
    rows_and_labels,
    shaped,
    with_size,
)
from netspec.layers.overwriting import SHRUNK
from netspec.layers.requirements import equal_needed, labels_needed, rows_needed
from netspec.problems.backends import NoMeaning
from netspec.problems.fields import MissingField
from netspec.problems.shapes import OutOfBounds
from netspec.shapes import Dim, Shape, product, show


class LossLayer(Formula):
    """What the types that Caffe derives from LossLayer have in common."""

    bottoms: ClassVar = Count(2, 2)
    loss: ClassVar = True
    garbled: ClassVar = SHRUNK


class SoftmaxWithLoss(LossLayer):
    """−log softmax(x)[label], over the axis of the classes: the cross entropy of scores and labels.

    Bottoms: scores, and labels, one for each position of the other axes (N×H×W or N×1×H×W for N×C×H×W). Tops: the loss,
    and if wanted the probabilities. No probability counts as less than 1.18e−38. Divided by the predictions that do not
    have `ignore_label`, unless `loss_param` says otherwise. Source: Caffe's softmax_loss_layer.cpp.
    """

    tops: ClassVar = Count(1, 2)

    softmax_param: SoftmaxParameter = Field(SoftmaxParameter.model_construct(), description="the axis of the classes")
    loss_param: LossParameter = Field(
        LossParameter.model_construct(), description="which labels count, and the divisor"
    )

    def size_requirements(self, bottoms: Shapes, tops: Requirements) -> Mapping[int, SizeRequirement]:
        return labels_needed(bottoms, self.softmax_param.axis)

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        x, label = xs
        expect_items(self, x.shape, label.shape)
        axis = canonical_axis(self.softmax_param.axis, x.shape, "softmax_param.axis")
        expect_labels(self, x.shape, label.shape, axis)
        labels, valid = class_numbers(label, with_size(x.shape, axis, 1), self.loss_param.ignore_label)
        likelihood = take(log_softmax(x, axis).named("log_probability"), labels, axis).named("log_likelihood")
        losses = -bounded(likelihood, LOG_FLT_MIN)
        losses = self.weighed(losses, labels, valid, x.shape[axis]).named("losses", LEAST)
        loss = normalized(losses, valid, self.loss_param.mode(NormalizationMode.VALID), axis, self.loss_param.divisor)
        return (loss, softmax(x, axis)) if site.tops > 1 else (loss,)

    def weighed(self, losses: Array, labels: Array, valid: Array | None, classes: Dim) -> Array:
        """What each prediction counts: all the same."""
        return losses


class InfogainLoss(LossLayer):
    """−Σ_c H[label, c]·log softmax(x)[c]: a cross entropy in which mistakes weigh differently.

    Bottoms: scores, labels as for SoftmaxWithLoss, and H, of C×C elements, if no file has it. Tops: the loss, and if
    wanted the probabilities. No probability counts as less than 1e−20. Divided as SoftmaxWithLoss is.
    Source: Caffe's infogain_loss_layer.cpp.
    """

    message: ClassVar = "infogain_loss_param"
    bottoms: ClassVar = Count(2, 3)
    tops: ClassVar = Count(1, 2)

    source: str = Field("", description="a file with H, for a layer of two bottoms")
    axis: int = Field(1, description="the axis of the classes; negative counts from the end")
    loss_param: LossParameter = Field(
        LossParameter.model_construct(), description="which labels count, and the divisor"
    )

    def size_requirements(self, bottoms: Shapes, tops: Requirements) -> Mapping[int, SizeRequirement]:
        return labels_needed(bottoms, self.axis)

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        x, label, *gains = site.bottoms
        expect_items(self, x, label)
        axis = canonical_axis(self.axis, x, "axis")
        expect_labels(self, x, label, axis)
        if not gains and not self.has("source"):
            raise Refusal(
                MissingField, "InfogainLoss needs its matrix, from a third bottom or a file", help='give source: "…"'
            )
        for gain in gains:
            size = x[axis] * x[axis]
            message = f"InfogainLoss needs a matrix of {counted((x[axis], x[axis]))} elements, not {product(gain)}"
            expect_size(message, size, product(gain), (0, 2))
        return ((), x)[: site.tops]

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        self.infer(site)
        if len(xs) < 3:
            raise Refusal(
                NoMeaning,
                "the matrix of this InfogainLoss lies in a file that netspec does not read",
                fields=("source",),
                help="make the matrix a third bottom, from an Input or a Parameter layer",
            )
        x, label, gain = xs
        axis = canonical_axis(self.axis, x.shape, "axis")
        classes, others = x.shape[axis], (*x.shape[:axis], *x.shape[axis + 1 :])
        labels, valid = class_numbers(label, others, self.loss_param.ignore_label)
        gains = gather(stop_gradient(shaped(gain, (classes, classes))), labels)
        if axis < x.rank - 1:
            gains = transpose(gains, (*range(axis), x.rank - 1, *range(axis, x.rank - 1)))
        likelihood = bounded(log_softmax(x, axis).named("log_probability"), math.log(LOG_THRESHOLD))
        losses = (-total(gains.named("gains") * likelihood, (axis,))).named("losses")
        loss = normalized(losses, valid, self.loss_param.mode(NormalizationMode.VALID), axis, self.loss_param.divisor)
        return (loss, softmax(x, axis)) if site.tops > 1 else (loss,)

    def layout_preference(self, site: CallSite) -> LayoutPreference:
        return LayoutPreference.FIRST


class SigmoidCrossEntropyLoss(LossLayer):
    """Σ log(1 + exp(x)) − x·t: the cross entropy of sigmoid(x) and targets t, element by element.

    Both bottoms have the same number of elements. Divided by the batch size unless `loss_param` says otherwise; there
    VALID counts elements. Source: Caffe's sigmoid_cross_entropy_loss_layer.cpp.
    Beyond Caffe's, MNC's has weights w of the elements as a third bottom: Σ w·(…) / Σ w, 0 if that is not above 0.
    """

    bottoms: ClassVar = Count(2, 3)

    loss_param: LossParameter = Field(
        LossParameter.model_construct(), description="which targets count, and the divisor"
    )

    def size_requirements(self, bottoms: Shapes, tops: Requirements) -> Mapping[int, SizeRequirement]:
        return equal_needed(bottoms, (0, 1, 2))

    def formula(self, x: Array, target: Array, *weights: Array) -> Array:
        expect_items(self, x.shape, target.shape)
        expect_count(self, x.shape, target.shape)
        target, ignore = stop_gradient(shaped(target, x.shape)).named("target"), self.loss_param.ignore_label
        valid = None if ignore is None else not_equal(cast(target, DType.INT), ignore).named("valid")
        losses = (softplus(x) - x * target).named("losses")
        if weights:
            message = f"SigmoidCrossEntropyLoss needs a weight for each element: {counted(x.shape)}"
            has = weights[0].shape
            expect_size(f"{message}, not {counted(has)}", product(x.shape), product(has), (0, 2))
            weight = stop_gradient(shaped(weights[0], x.shape)).named("weight")
            number, weighed = total(weight, range(x.rank)).named("number"), total(weight * losses, range(x.rank))
            return where(number > 0, weighed / where(number > 0, number, 1.0), 0.0)
        return normalized(losses, valid, self.loss_param.mode(NormalizationMode.BATCH_SIZE), 1, self.loss_param.divisor)


class EuclideanLoss(LossLayer):
    """Σ (a − b)² / 2N, with N the batch size. The gradient goes to both bottoms.

    Both have the same number of elements. Source: Caffe's euclidean_loss_layer.cpp.
    """

    def size_requirements(self, bottoms: Shapes, tops: Requirements) -> Mapping[int, SizeRequirement]:
        return equal_needed(bottoms)

    def formula(self, a: Array, b: Array) -> Array:
        expect_items(self, a.shape, b.shape)
        expect_count(self, a.shape, b.shape)
        return per_item((a - shaped(b, a.shape)) ** 2) / 2


class HingeNorm(IntEnum):
    L1 = 1
    L2 = 2


class HingeLoss(LossLayer):
    """Σ max(0, 1 − x) for the class of the label and max(0, 1 + x) for the others, squared for L2, over the batch size.

    Bottoms: scores N×…, of which an item's are one row, and labels N. Source: Caffe's hinge_loss_layer.cpp.
    """

    message: ClassVar = "hinge_loss_param"

    norm: HingeNorm = Field(HingeNorm.L1, description="L1 or L2")

    def size_requirements(self, bottoms: Shapes, tops: Requirements) -> Mapping[int, SizeRequirement]:
        return rows_needed(bottoms, 1)

    def formula(self, x: Array, label: Array) -> Array:
        rows, labels = rows_and_labels(self, x, label)
        sign = (1 - 2 * one_hot(labels, rows.shape[1])).named("sign")
        margins = relu(1 + sign * rows).named("margins")
        return per_item(margins**2 if self.norm == HingeNorm.L2 else margins)


class MultinomialLogisticLoss(LossLayer):
    """−log p[label], over the batch size, of probabilities p.

    Bottoms: probabilities N×…, of which an item's are one row, and labels N. None counts as less than 1e−20.
    Source: Caffe's multinomial_logistic_loss_layer.cpp.
    """

    def size_requirements(self, bottoms: Shapes, tops: Requirements) -> Mapping[int, SizeRequirement]:
        return rows_needed(bottoms, 1)

    def formula(self, x: Array, label: Array) -> Array:
        rows, labels = rows_and_labels(self, x, label)
        likelihood = take(rows, reshape(labels, (labels.shape[0], 1)), 1).named("likelihood")
        return -per_item(log(bounded(likelihood, LOG_THRESHOLD)))


class ContrastiveLoss(LossLayer):
    """Σ (s·d² + (1 − s)·max(margin − d, 0)²) / 2N, where d = |a − b| and s says that a pair is similar.

    Bottoms: a and b, N×C or N×C×1×1, and s, N: 0 or not. With `legacy_version` a pair that is not similar adds
    max(margin − d², 0). The gradient divides by d + 1e−4, not by d, and goes to a and b.
    Source: Caffe's contrastive_loss_layer.cpp.
    """

    message: ClassVar = "contrastive_loss_param"
    bottoms: ClassVar = Count(3, 3)

    margin: float = Field(1.0, description="how far apart a pair that is not similar should be")
    legacy_version: bool = Field(False, description="use margin − d², as Caffe did at first")

    def size_requirements(self, bottoms: Shapes, tops: Requirements) -> Mapping[int, SizeRequirement]:
        return {**equal_needed(bottoms), **rows_needed(bottoms, 2)}

    def formula(self, a: Array, b: Array, similar: Array) -> Array:
        expect_items(self, a.shape, b.shape)
        n, channels = a.shape[0], legacy(self, a.shape, 0)[1]
        message = f"ContrastiveLoss compares vectors of equal length: {show(a.shape)} and {show(b.shape)}"
        expect_size(message, channels, legacy(self, b.shape, 1)[1], (0, 1))
        for i, (x, width) in enumerate(((a, channels), (b, channels), (similar, 1))):
            expect_size(
                f"ContrastiveLoss needs {'numbers' if i == 2 else 'vectors'}, one for each item",
                product(x.shape[1:]),
                width,
                (i,),
            )
        message = f"ContrastiveLoss needs a number for each pair: {n} pairs and {product(similar.shape)} numbers"
        expect_size(message, n, product(similar.shape), (0, 2))
        square = total((shaped(a, (n, channels)) - shaped(b, (n, channels))) ** 2, (1,)).named("square")
        apart = (
            relu(self.margin - square)
            if self.legacy_version
            else relu(self.margin - _distance(square)).named("lacking") ** 2
        )
        alike = not_equal(cast(shaped(similar, (n,)), DType.INT), 0)
        return mean(where(alike, square, apart), (0,)) / 2


def _distance(square: Array) -> Array:
    """√square with Caffe's gradient, square′ / 2(√square + 1e−4), which is finite at 0."""
    distance = stop_gradient(sqrt(square)).named("distance", "its gradient is by distance + 1e-4, as in Caffe")
    return distance + (square - stop_gradient(square)) / (2 * (distance + 1e-4))


class Accuracy(Formula):
    """The share of predictions whose label is among the `top_k` scores. Equal scores count against it.

    Bottoms: scores, and labels as for SoftmaxWithLoss. Tops: a scalar, and if wanted the share for each class (C); 0
    for a class without predictions. No gradient. Source: Caffe's accuracy_layer.cpp.
    """

    message: ClassVar = "accuracy_param"
    garbled: ClassVar = SHRUNK
    bottoms: ClassVar = Count(2, 2)
    tops: ClassVar = Count(1, 2)

    top_k: UInt = Field(1, description="among how many of the largest scores the label's has to be")
    axis: int = Field(1, description="the axis of the classes; negative counts from the end")
    ignore_label: int | None = Field(None, description="predictions with this label do not count")

    def size_requirements(self, bottoms: Shapes, tops: Requirements) -> Mapping[int, SizeRequirement]:
        return labels_needed(bottoms, self.axis)

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        x, label = xs
        axis = canonical_axis(self.axis, x.shape, "axis")
        expect_labels(self, x.shape, label.shape, axis)
        classes = x.shape[axis]
        if self.top_k > classes:
            raise Refusal(
                OutOfBounds,
                f"top_k {self.top_k} is more than the {classes} classes",
                fields=("top_k",),
                bottoms={0: ""},
                label=f"axis {axis} of {show(x.shape)}",
            )
        labels, valid = class_numbers(label, with_size(x.shape, axis, 1), self.ignore_label)
        own = take(x, labels, axis)
        rank = total(cast(self.ahead(x, own), DType.FLOAT), (axis,), keepdims=True).named("rank")
        correct = cast(rank <= self.top_k, DType.FLOAT).named("correct")
        accuracy = normalized(correct, valid, NormalizationMode.VALID, axis)
        if site.tops == 1:
            return (accuracy,)
        members = one_hot(labels, classes)
        if valid is not None:
            members = members * align(cast(valid, DType.FLOAT), 0, members.rank)
        members = members.named("members")
        predictions = range(x.rank)
        hits = total(members * align(correct, 0, members.rank), predictions)
        return accuracy, hits / maximum(total(members, predictions), 1.0)

    def ahead(self, scores: Array, own: Array) -> Array:
        """Which scores are as good as the label's, or better."""
        return scores >= own
