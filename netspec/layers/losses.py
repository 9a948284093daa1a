"""What losses share: their parameters, the checks of labels, and sums divided as Caffe divides them.

Caffe's gradients ignore the lower bounds that its losses put under a logarithm; `bounded` does so, too. Where Caffe
divides by the batch size stands a mean over items, so that the code does not depend on it.
"""

import math
from enum import IntEnum
from typing import ClassVar

from netspec.arrays import Array, DType, cast, maximum, mean, not_equal, relu, reshape, stop_gradient, total, where
from netspec.layers.base import Field, Layer, Message, Refusal, canonical_axis
from netspec.layers.fit import axes, counted, expect_size
from netspec.layers.message import Engine
from netspec.problems.shapes import BadDimensions, CountMismatch, ShapeMismatch
from netspec.shapes import Dim, Shape, known, product, show

LOG_FLT_MIN = math.log(2**-126)  # SoftmaxWithLoss takes no logarithm of less than FLT_MIN
LEAST = "at most -log(FLT_MIN), as in Caffe"  # the comment on its losses, which cross_entropy does not bound
LOG_THRESHOLD = 1e-20  # nor do the other losses of less than this (kLOG_THRESHOLD)


class NormalizationMode(IntEnum):
    FULL = 0
    VALID = 1
    BATCH_SIZE = 2
    NONE = 3
    PRE_FIXED = 4  # of forks: by a number that is given


class LossParameter(Message):
    """Which predictions count, and what the sum of their losses is divided by. Source: Caffe's loss_layer.cpp."""

    explicit_presence: ClassVar = frozenset({"normalization"})

    ignore_label: int | None = Field(default=None, description="predictions with this label do not count")
    normalization: NormalizationMode = Field(
        default=NormalizationMode.VALID,
        description="divide by all predictions (FULL), those that count (VALID), the batch (BATCH_SIZE), not at all "
        "(NONE); forks have PRE_FIXED",
    )
    normalize: bool | None = Field(
        default=None, description="old form of normalization, which overrides it: true is VALID, false BATCH_SIZE"
    )

    @property
    def divisor(self) -> float:
        """What PRE_FIXED divides by."""
        return 1.0

    def mode(self, default: NormalizationMode) -> NormalizationMode:
        if self.has("normalization"):
            return self.normalization
        if self.normalize is None:
            return default
        return NormalizationMode.VALID if self.normalize else NormalizationMode.BATCH_SIZE


class SoftmaxParameter(Message):
    """Source: Caffe's softmax_layer.cpp."""

    ignored: ClassVar = {"engine": Engine}

    axis: int = Field(default=1, description="the axis of the classes; negative counts from the end")


def held(value: Array, gradient: Array) -> Array:
    """One array's value with another's gradient."""
    return gradient + stop_gradient(value - gradient)


def expect_items(layer: Layer, predictions: Shape, targets: Shape) -> None:
    """Raises Refusal unless the first two bottoms have as many items."""
    canonical_axis(0, predictions, "axis", 0)
    canonical_axis(0, targets, "axis", 1)
    message = f"{layer.type_name()} needs a target for each item: {predictions[0]} items and {targets[0]} targets"
    expect_size(message, predictions[0], targets[0], (0, 1))


def expect_labels(layer: Layer, scores: Shape, labels: Shape, axis: int) -> None:
    """Raises Refusal unless there is a label for each position of the axes other than that of the classes."""
    others = (*scores[:axis], *scores[axis + 1 :])
    if product(others) != product(labels):
        raise Refusal(
            CountMismatch,
            f"{layer.type_name()} needs a label for each prediction: {counted(others)}, not {counted(labels)}",
            bottoms={0: f"classes on axis {axis}", 1: ""},
            label=f"{product(others)} predictions, {product(labels)} labels",
            help="a label is the number of a class, not a one-hot vector; `axis` says where the classes lie",
        )


def expect_count(layer: Layer, a: Shape, b: Shape) -> None:
    message = f"{layer.type_name()} needs equal numbers of elements: {counted(a)} and {counted(b)}"
    expect_size(message, product(a), product(b), (0, 1))


def legacy(layer: Layer, shape: Shape, bottom: int) -> Shape:
    """The shape as N×C×H×W, with sizes of 1 for missing axes; Caffe's older layers take no more than four axes."""
    if len(shape) > 4:
        raise Refusal(
            BadDimensions,
            f"{layer.called()} takes at most 4 axes, not {len(shape)}",
            bottoms={bottom: ""},
            label=axes(len(shape)),
        )
    return (*shape, *(1,) * (4 - len(shape)))


def rows_and_labels(layer: Layer, x: Array, label: Array) -> tuple[Array, Array]:
    """Each item's elements as a row, N×D, and its label, N."""
    expect_items(layer, x.shape, label.shape)
    n = legacy(layer, x.shape, 0)[0]
    if any(size != 1 for size in legacy(layer, label.shape, 1)[1:]):
        raise Refusal(
            ShapeMismatch,
            f"{layer.type_name()} needs one label for each item",
            bottoms={0: "", 1: ""},
            label=f"{show(label.shape)} instead of {n}",
        )
    rows = shaped(x, (n, product(x.shape[1:])))
    return rows, cast(shaped(label, (n,)), DType.INT).named("labels")


def class_numbers(label: Array, shape: Shape, ignore: int | None) -> tuple[Array, Array | None]:
    """Class numbers in a shape, fit for an index, and which of them count (None: all). Ignored ones become class 0."""
    labels = cast(shaped(label, shape), DType.INT).named("labels")
    if ignore is None:
        return labels, None
    valid = not_equal(labels, ignore).named("valid")
    return where(valid, labels, 0).named("safe_labels"), valid


def normalized(losses: Array, valid: Array | None, mode: NormalizationMode, outer: int, divisor: float = 1.0) -> Array:
    """The sum over the mode's divisor, which for PRE_FIXED is given; the axes before `outer` hold the batch."""
    everything = range(losses.rank)
    if valid is not None:
        losses = where(valid, losses, 0.0)
    match mode:
        case NormalizationMode.NONE:
            return total(losses, everything)
        case NormalizationMode.PRE_FIXED:
            return total(losses, everything) / divisor
        case NormalizationMode.BATCH_SIZE:
            return _mean_of_sums(losses, outer)
        case NormalizationMode.FULL:
            return mean(losses, everything)
        case NormalizationMode.VALID:
            if valid is None:
                return mean(losses, everything)
            count = total(cast(valid, DType.FLOAT), everything).named("count")
            return total(losses, everything) / maximum(count, 1.0)


def per_item(losses: Array) -> Array:
    """The sum over the batch size."""
    return _mean_of_sums(losses, 1)


def _mean_of_sums(losses: Array, outer: int) -> Array:
    if all(isinstance(size, int) and size == 1 for size in losses.shape[outer:]):
        return mean(losses, range(losses.rank))
    sums = total(losses, range(outer, losses.rank))
    return mean(sums, range(outer)) if outer else sums


def bounded(x: Array, low: float) -> Array:
    """max(x, low), with the gradient of x everywhere."""
    return x + stop_gradient(relu(low - x))


def shaped(x: Array, shape: Shape) -> Array:
    """A reshape, unless it would change nothing."""
    same = len(shape) == x.rank and known(shape[1:]) and x.shape[1:] == shape[1:]
    return x if same else reshape(x, shape)


def with_size(shape: Shape, axis: int, size: Dim) -> Shape:
    return (*shape[:axis], size, *shape[axis + 1 :])
