"""Sequences of labels that are not aligned with what a net says step by step: a loss, and how often it is right.

Source: ctc_loss_layer.cpp and labelsequence_accuracy_layer.cpp of xmfbit/warpctc-caffe, and Baidu's warp-ctc.
"""

from collections.abc import Mapping
from typing import ClassVar

from netspec.arrays import (
    Array,
    DType,
    align,
    argmax,
    cast,
    concat,
    cut,
    descending,
    equal,
    insert_axis,
    iota,
    log_softmax,
    mean,
    not_equal,
    reshape,
    stop_gradient,
    take,
    total,
)
from netspec.arrays.functions import native
from netspec.layers.base import CallSite, Count, Field, Formula, Layer, Positive, Refusal
from netspec.layers.caffe.loss import LossLayer
from netspec.layers.fit import axes, expect_size
from netspec.problems.fields import InvalidValue
from netspec.problems.shapes import BadDimensions, OutOfBounds
from netspec.shapes import Dim, Shape, product, show


class CtcLoss(LossLayer):
    """−log of the probability of an item's labels, the mean of all items: that of all sequences of a label for each
    step which are the labels once repeated ones are one, and blank_label is left out.

    Bottoms: scores T×N×alphabet_size, of which a softmax is taken, and labels N×L, where those that are blank_label do
    not count. Of T steps the first time_step count. An item with more labels than steps could have has the loss 0.
    Shape: a scalar. Source: ctc_loss_layer.cpp of xmfbit/warpctc-caffe.
    """

    edition: ClassVar = "warp-ctc"
    message: ClassVar = "ctc_loss_param"

    alphabet_size: Positive = Field(description="how many labels there are, blank_label among them")
    time_step: Positive = Field(description="how many steps count")
    blank_label: int = Field(0, ge=0, description="the label that stands for none")

    def indices(self, site: CallSite) -> Mapping[int, Dim]:
        return {1: self.alphabet_size}

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        scores, labels = _sequences(self, site, ("T×N×alphabet_size", "N×L"))
        message = f"CtcLoss has an alphabet of {self.alphabet_size}, and scores of {scores[2]}"
        expect_size(message, scores[2], self.alphabet_size, (0,))
        message = f"CtcLoss needs labels for each item: {scores[1]} and {labels[0]}"
        expect_size(message, scores[1], labels[0], (0, 1))
        if scores[0] < self.time_step:
            message = f"time_step {self.time_step} is more than the {scores[0]} steps"
            raise Refusal(OutOfBounds, message, fields=("time_step",), bottoms={0: ""})
        if self.blank_label >= self.alphabet_size:
            message = f"blank_label {self.blank_label} is not among {self.alphabet_size} labels"
            raise Refusal(InvalidValue, message, fields=("blank_label", "alphabet_size"))
        return ((),)

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        self.infer(site)
        scores, labels = cast(cut(xs[0], 0, 0, self.time_step), DType.WIDE), _rows(xs[1])
        packed, count = packed_labels(labels, not_equal(labels, self.blank_label))
        (n, length), states = packed.shape, 2 * packed.shape[1] + 1
        blank = (0 * packed + self.blank_label).named("blank")
        pairs = concat([insert_axis(blank, 2), insert_axis(packed, 2)], 2)
        state = concat([reshape(pairs, (n, 2 * length)), cut(blank, 1, 0, 1)], 1).named("state", "labels among blanks")
        before = concat([cut(state, 1, 0, 2), cut(state, 1, 0, states - 2)], 1).named("before")
        skips = not_equal(state, self.blank_label) & not_equal(state, before) & align(iota(states) >= 2, 1, 2)
        places = insert_axis(state, 0) + 0 * align(iota(self.time_step), 0, 3)
        likely = take(log_softmax(scores, 2), places, 2).named("likely")
        losses = native("ctc_losses", likely, skips.named("skips"), count, shape=(n,), dtype=DType.WIDE)
        return (cast(mean(losses, (0,)), DType.FLOAT),)


class LabelsequenceAccuracy(Formula):
    """The share of items whose labels are those of their steps, once repeated ones are one and blank_label is left out.

    Bottoms: scores N×T×C, of which the best of each step counts, of equal ones the first, and labels N×L, where those
    that are blank_label do not count. Shape: a scalar. No gradient.
    Source: labelsequence_accuracy_layer.cpp of xmfbit/warpctc-caffe.
    """

    edition: ClassVar = "warp-ctc"
    message: ClassVar = "labelsequence_accuracy_param"
    bottoms: ClassVar = Count(2, 2)
    in_place: ClassVar = False

    blank_label: int = Field(0, description="the label that stands for none")

    def infer(self, site: CallSite) -> tuple[Shape, ...]:
        scores, labels = _sequences(self, site, ("N×T×C", "N×L"))
        message = f"LabelsequenceAccuracy needs labels for each item: {scores[0]} and {labels[0]}"
        expect_size(message, scores[0], labels[0], (0, 1))
        return ((),)

    def compute(self, site: CallSite, xs: tuple[Array, ...], blobs: tuple[Array, ...]) -> tuple[Array, ...]:
        self.infer(site)
        scores, wanted = stop_gradient(xs[0]), _rows(xs[1])
        best = reshape(argmax(scores, 2), scores.shape[:2]).named("best")
        first = 0 * cut(best, 1, 0, 1) + self.blank_label
        before = concat([first, cut(best, 1, 0, best.shape[1] - 1)], 1).named("before")
        found, count = packed_labels(best, not_equal(best, before) & not_equal(best, self.blank_label))
        wanted, number = packed_labels(wanted, not_equal(wanted, self.blank_label))
        shared = wanted.shape[1] if wanted.shape[1] < found.shape[1] else found.shape[1]
        wrong = not_equal(cut(found, 1, 0, shared), cut(wanted, 1, 0, shared))
        wrong = wrong & (align(iota(shared), 1, 2) < insert_axis(count, 1))
        errors = total(cast(wrong, DType.INT), (1,)).named("errors")
        return (mean(cast(equal(count, number) & equal(errors, 0), DType.FLOAT), (0,)),)


def packed_labels(labels: Array, counts: Array) -> tuple[Array, Array]:
    """The labels N×L that count, before the others, and how many these are, N."""
    order = descending(cast(counts, DType.FLOAT), 1).named("order")
    return take(labels, order, 1).named("packed"), total(cast(counts, DType.INT), (1,)).named("count")


def _rows(labels: Array) -> Array:
    return reshape(cast(labels, DType.INT), (labels.shape[0], product(labels.shape[1:]))).named("labels")


def _sequences(layer: Layer, site: CallSite, wanted: tuple[str, str]) -> tuple[Shape, Shape]:
    """The shapes of scores and labels. Raises Refusal."""
    scores, labels = site.bottoms
    for i, (shape, fits) in enumerate(((scores, len(scores) == 3), (labels, len(labels) >= 2))):
        if not fits:
            message = f"{layer.called()} takes {wanted[0]} and {wanted[1]}; bottom {i} is {show(shape)}"
            raise Refusal(BadDimensions, message, bottoms={i: ""}, label=axes(len(shape)))
    return scores, labels
