"""Which boxes are trained to be what, and how far they are from it: the loss of single-shot detectors."""

from __future__ import annotations

import math

from netspec.arrays import (
    Array,
    DType,
    absolute,
    align,
    cast,
    concat,
    cut,
    descending,
    equal,
    floor,
    full_like,
    iota,
    largest,
    log_softmax,
    reshape,
    rows,
    rows_of_any,
    softplus,
    stop_gradient,
    take,
    tile,
    total,
    vector,
    where,
)
from netspec.arrays.functions import function, native
from netspec.layers.detection.geometry import CodeType, encode_boxes
from netspec.layers.detection.selection import ranks
from netspec.layers.losses import LOG_FLT_MIN, bounded


@function("items boxes classes", "1 count 8")
def annotations_of_items(
    scores: Array, table: Array, *, background_label_id: int, one_object: bool, use_difficult_gt: bool
) -> Array:
    """The annotations of each item, N×A×8: one that is none, then item (−1: none), class, number, x1, y1, x2, y2,
    difficult."""
    items, background = scores.shape[0], float(background_label_id)
    there = equal(cast(cut(table, 2, 0, 1), DType.INT), align(iota(items), 0, 3))
    if not use_difficult_gt:
        there = there & equal(cut(table, 2, 7, 8), 0.0)
    there = there.named("there")
    if one_object:
        label = full_like(cut(table, 2, 1, 2), background + 1)
        table = concat([cut(table, 2, 0, 1), label, cut(table, 2, 2, 8)], 2)
    none = reshape(vector((-1.0, background, *(0.0,) * 6)), (1, 1, 8)).named("none")
    order = descending(cast(there, DType.FLOAT), 1).named("order")
    own = rows_of_any(rows(where(there, table, none), order), rows(there, order))
    return concat([tile(none, 0, items), own], 1)


def pair_up(ious: Array, overlap_threshold: float | None) -> Array:
    """Which of the columns of N×P×A each box is matched with, N×P×1; 0 for none."""
    shape = (*ious.shape[:2], 1)
    return native("pair_up", ious, shape=shape, dtype=DType.INT, overlap_threshold=overlap_threshold)


@function("items boxes count", "items boxes 8", "items count 8")
def negatives(ious: Array, truth: Array, annotations: Array, neg_overlap: float = math.inf) -> Array:
    """Which boxes may be negatives, N×P×1: those without an annotation, if the item has one at all, whose IoU with all
    is below neg_overlap."""
    annotated = largest(cut(annotations, 2, 0, 1), (1,), keepdims=True) >= 0
    overlap = largest(ious, (2,), keepdims=True).named("overlap")
    return (cut(truth, 2, 0, 1) < 0) & annotated.named("annotated") & (overlap < neg_overlap)


@function("items boxes 4", "items boxes 8", "items boxes 4", "items boxes 4")
def location_losses(
    location: Array,
    truth: Array,
    prior: Array,
    variance: Array,
    *,
    code_type: CodeType,
    encode_variance_in_target: bool,
    bp_inside: bool,
    l2: bool,
) -> Array:
    """The losses of locations of boxes that match an annotation, N×P×4."""
    target = encode_boxes(cut(truth, 2, 3, 7), prior, code_type=code_type) / variance
    counted = cut(truth, 2, 0, 1) >= 0
    if bp_inside:
        counted = counted & (prior >= 0) & (prior <= 1)
    difference = where(counted, (location / variance if encode_variance_in_target else location) - target, 0.0)
    difference = difference.named("difference")
    square = difference**2 / 2
    if l2:
        return square
    size = absolute(difference).named("size")
    return where(size < 1, square, size - 0.5)


@function("items boxes classes", "items boxes 8")
def class_losses(score: Array, truth: Array, *, logistic: bool) -> Array:
    """The losses of classes, N×P×1."""
    label = cast(cut(truth, 2, 1, 2), DType.INT).named("label")
    if logistic:
        labels = cast(equal(align(iota(score.shape[2]), 2, 3), label), DType.FLOAT)
        return total(softplus(score) - score * labels, (2,), keepdims=True)
    return -bounded(take(log_softmax(score, 2), label, 2).named("likelihood"), LOG_FLT_MIN)


@function("items boxes 1", "items boxes 8", "items boxes 1 BOOL")
def mined(losses: Array, truth: Array, negative: Array, neg_pos_ratio: float) -> Array:
    """Losses of boxes that match, and of the hardest negatives: of an item so many times as many as matches."""
    positive = (cut(truth, 2, 0, 1) >= 0).named("positive")
    matches = total(cast(positive, DType.WIDE), (1,), keepdims=True).named("matches")
    rank = ranks(where(negative, stop_gradient(losses), -math.inf))
    hard = (negative & (cast(rank, DType.WIDE) < floor(matches * neg_pos_ratio))).named("hard")
    return where(positive, losses, where(hard, losses, 0.0))


@function("items boxes 1", "items boxes 4")
def hardest(losses: Array, moved: Array, *, sample_size: int) -> Array:
    """Which boxes of an item have the greatest losses of class and location together, N×P×1."""
    return ranks(stop_gradient(losses + total(moved, (2,), keepdims=True))) < sample_size
