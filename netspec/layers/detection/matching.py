"""Which boxes are trained to be what, and how far they are from it: the loss of single-shot detectors."""

import math

from netspec.arrays import (
    Array,
    DType,
    absolute,
    align,
    ascending,
    cast,
    concat,
    cumulative,
    cut,
    descending,
    equal,
    floor,
    full,
    full_like,
    insert_axis,
    iota,
    largest,
    log_softmax,
    relu,
    reshape,
    rows,
    rows_of_any,
    softplus,
    take,
    tile,
    total,
    vector,
    where,
)
from netspec.arrays.functions import function, native
from netspec.layers.detection.geometry import CodeType, encode_boxes, size_of
from netspec.layers.detection.selection import nms
from netspec.layers.losses import LOG_FLT_MIN, bounded, held

SMALLEST = 1e-5  # the area from which a box takes part in NMS


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
    l2: bool,
) -> Array:
    """The losses of locations of boxes that match an annotation, N×P×4."""
    target = encode_boxes(cut(truth, 2, 3, 7), prior, code_type=code_type) / variance
    if encode_variance_in_target:
        location = held(location / variance, location)  # the fork's gradient leaves the variance out
    difference = where(cut(truth, 2, 0, 1) >= 0, location - target, 0.0).named("difference")
    square = difference**2 / 2
    if l2:
        return square
    size = absolute(difference).named("size")
    return where(size < 1, square, size - 0.5)


@function("items boxes classes", "items boxes 1")
def class_losses(score: Array, label: Array, *, logistic: bool, others: float) -> Array:
    """The losses of classes, N×P×1. others: what LOGISTIC compares the scores of classes but the label's with."""
    label = cast(label, DType.INT).named("label")
    if logistic:
        labels = cast(equal(align(iota(score.shape[2]), 2, 3), label), DType.FLOAT)
        return logistic_losses(score, labels, others)
    return -bounded(take(log_softmax(score, 2), label, 2).named("likelihood"), LOG_FLT_MIN)


def logistic_losses(score: Array, labels: Array, others: float) -> Array:
    labels = labels * (1 - others) + others if others else labels
    return total(softplus(score) - score * labels, (2,), keepdims=True)


@function("items boxes classes", "items boxes classes BOOL")
def mixed_losses(score: Array, labelled: Array, *, others: float) -> Array:
    """The losses of classes, N×P×1, by LOGISTIC without mining: the labels of an item begin P numbers behind those of
    the one before, not P·C, as in the fork."""
    n, count, classes = score.shape
    size = count * classes
    own = reshape(cast(labelled, DType.FLOAT), (n, size)).named("own")
    longer = concat([own, full((n, n * size + count - size), 0.0)], 1)  # by P more than a row of all labels
    moved = cut(reshape(longer, (n * (n * size + count),)), 0, 0, n * n * size)
    labels = largest(reshape(moved, (n, n * size)), (0,)).named("labels")
    return logistic_losses(score, reshape(labels, (n, count, classes)), others)


@function("items boxes 1 INT", "items boxes 8", "items boxes 1 BOOL")
def hard_negatives(rank: Array, truth: Array, negative: Array, neg_pos_ratio: float) -> Array:
    """Which negatives count, N×P×1: the first of an item, so many times as many as its matches."""
    matches = total(cast(cut(truth, 2, 0, 1) >= 0, DType.WIDE), (1,), keepdims=True).named("matches")
    return negative & (cast(rank, DType.WIDE) < floor(matches * neg_pos_ratio))


@function("items boxes 1", "items boxes 4")
def ranks_apart(x: Array, boxes: Array, *, iou_threshold: float, top_k: int) -> Array:
    """As `ranks`, of those alone that non-maximum suppression keeps of the top_k first (−1: of all); others, and what
    is −∞, come behind all. Boxes next to nothing are dropped."""
    n, count, _ = x.shape
    order = descending(x, 1).named("order")
    own = rows(boxes, order).named("own")
    size = relu(size_of(own)).named("size")
    candidates = (rows(x, order) > -math.inf) & (cut(size, 2, 0, 1) * cut(size, 2, 1, 2) >= SMALLEST)
    if top_k >= 0:
        candidates = candidates & (align(iota(count), 1, 3) < top_k)
    kept = insert_axis(nms(own, reshape(candidates, (n, count)), iou_threshold=iou_threshold), 2).named("kept")
    place = where(kept, cumulative(cast(kept, DType.INT), 1) - 1, count).named("place")
    return rows(place, ascending(order, 1))
