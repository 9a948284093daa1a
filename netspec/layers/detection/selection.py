"""What layers select of boxes by their scores. How many these are depends on the data."""

import math

from netspec.arrays import (
    Array,
    DType,
    align,
    argmax,
    ascending,
    cast,
    concat,
    cumulative,
    cut,
    descending,
    equal,
    full,
    full_like,
    gather,
    insert_axis,
    iota,
    masked,
    minimum,
    nonzero,
    not_equal,
    reshape,
    rows,
    rows_of_any,
    transpose,
    where,
)
from netspec.arrays.functions import Call, function, native
from netspec.layers.detection.geometry import iou, size_of
from netspec.shapes import VARYING


def nms(boxes: Array, candidates: Array, **limits: float | None) -> Array:
    """Which candidates N×P, best first, are kept by non-maximum suppression."""
    kept = native("nms", boxes, candidates, shape=candidates.shape, dtype=DType.BOOL, iou=Call(iou), **limits)
    return kept.named("kept")


def ranks(x: Array) -> Array:
    """How many of N×P are before each, from the largest to the smallest, of equal ones from the first."""
    return ascending(descending(x, 1).named("order"), 1).named("rank")


def at_most(x: Array, axis: int, count: int | None) -> Array:
    """The first `count` on an axis, if there are as many; all for None."""
    if count is None:
        return x
    shape = (*x.shape[:axis], VARYING, *x.shape[axis + 1 :])
    return Array("cut", (x,), shape, x.dtype, {"axis": axis, "start": 0, "stop": count})


@function("count 7", "items boxes classes")
def or_nothing(found: Array, scores: Array) -> Array:
    """Rows of what is found, 1×1×K×7; if nothing is, a row of −1 for each item, with its number."""
    (count, _), items = found.shape, scores.shape[0]
    item = iota(items).named("item")
    nothing = concat([cast(insert_axis(item, 1), DType.FLOAT), full((items, 6), -1.0)], 1).named("nothing")
    rest = masked(nothing, item >= count * items)
    return reshape(concat([found, rest], 0), (1, 1, VARYING, 7))


@function("lists boxes 4", "items boxes classes")
def detections(
    boxes: Array,
    scores: Array,
    confidence_threshold: float = -math.inf,
    *,
    background_label_id: int,
    top_k: int | None,
    nms_threshold: float,
    eta: float,
    keep_top_k: int | None,
    share_location: bool,
) -> Array:
    """The boxes found, K×7: item, class, score, x1, y1, x2, y2. The best of each class go through NMS."""
    n, count, classes = scores.shape
    scores = transpose(scores, (0, 2, 1))
    if background_label_id >= 0:
        scores = where(not_equal(align(iota(classes), 1, 3), background_label_id), scores, -math.inf)
    scores = reshape(scores, (n * classes, count)).named("by_class")
    order = insert_axis(at_most(descending(scores, 1), 1, top_k), 2).named("order")
    best = rows(insert_axis(scores, 2), order).named("best")
    likely = (best > confidence_threshold).named("likely")
    order, best = rows_of_any(order, likely).named("order"), rows_of_any(best, likely).named("best")
    if share_location:
        own = reshape(rows(boxes, reshape(order, (n, VARYING, 1))), (n * classes, VARYING, 4)).named("own")
    else:
        own = rows(boxes, order).named("own")
    candidates = reshape(best > confidence_threshold, (n * classes, VARYING))
    kept = nms(own, candidates, iou_threshold=nms_threshold, eta=None if eta == 1 else eta)
    if keep_top_k is not None:
        rank = ranks(reshape(where(insert_axis(kept, 2), best, -math.inf), (n, VARYING)))
        kept = (kept & reshape(rank < keep_top_k, (n * classes, VARYING))).named("chosen")
    item_and_class = cut(nonzero(reshape(kept, (n, classes, VARYING))), 1, 0, 2)
    return concat([cast(item_and_class, DType.FLOAT), masked(best, kept), masked(own, kept)], 1)


@function("1 boxes 4", "1 boxes classes")
def yolo_detections(
    boxes: Array, scores: Array, confidence_threshold: float, *, nms_threshold: float, exclusive: bool
) -> Array:
    """The boxes found, K×7, by score: 0, class + 1, score, x1, y1, x2, y2; what NMS keeps."""
    if exclusive:
        of_best = equal(align(iota(scores.shape[2]), 2, 3), argmax(scores, 2))
        likely = of_best & (scores >= confidence_threshold)
    else:
        likely = scores > confidence_threshold
    likely = likely.named("likely")
    best = masked(scores, likely).named("best")
    order = descending(best, 0).named("order")
    places = insert_axis(gather(nonzero(likely), order), 0).named("places")
    best = reshape(gather(best, order), (1, VARYING, 1)).named("best")
    own = rows(boxes, cut(places, 2, 1, 2)).named("own")
    kept = nms(own, reshape(best >= confidence_threshold, (1, VARYING)), iou_threshold=nms_threshold, inclusive=True)
    label = cast(cut(places, 2, 2, 3) + 1, DType.FLOAT).named("label")
    return masked(concat([full_like(label, 0.0), label, best, own], 2), kept)


@function("items boxes 4", "items boxes 1", "2")
def proposals(
    boxes: Array,
    scores: Array,
    scale: Array,
    min_size: float,
    *,
    small_score: float,
    pre_nms_top_n: int,
    post_nms_top_n: int,
    nms_threshold: float,
    numbered: bool = False,
) -> Array:
    """The best boxes after NMS, R×6: item, x1, y1, x2, y2 (in pixels), score.

    scale: what the least size of sides is multiplied by, in x and in y.
    """
    spare = (size_of(boxes) + 1 - min_size * align(scale, 2, 3)).named("spare")
    small = (minimum(cut(spare, 2, 0, 1), cut(spare, 2, 1, 2)) < 0).named("small")
    scores = where(small, small_score, scores).named("scores_of_large")
    order = at_most(descending(scores, 1), 1, pre_nms_top_n).named("order")
    best, own = rows(scores, order).named("best"), rows(boxes, order).named("own")
    ends = concat([cut(own, 2, 0, 2), cut(own, 2, 2, 4) + 1], 2).named("ends", "behind the last pixel")
    candidates = reshape(best > -math.inf, (boxes.shape[0], VARYING))
    kept = nms(ends, candidates, iou_threshold=nms_threshold)
    chosen = (kept & (cumulative(cast(kept, DType.INT), 1) <= post_nms_top_n)).named("chosen")
    item = cast(cut(nonzero(chosen), 1, 0, 1), DType.FLOAT)
    number = [masked(cast(order, DType.FLOAT), chosen).named("number", "of the box")] if numbered else []
    return concat([item, masked(own, chosen), masked(best, chosen), *number], 1)
