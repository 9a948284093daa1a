"""What the loss of YOLO version 3 computes. Boxes are as in `yolo_losses`."""

from netspec.arrays import (
    Array,
    DType,
    align,
    argmax,
    cast,
    concat,
    cut,
    exp,
    flip,
    full_like,
    gather,
    insert_axis,
    largest,
    log,
    maximum,
    minimum,
    relu,
    reshape,
    rows,
    sigmoid,
    stop_gradient,
    tile,
    total,
    vector,
    where,
)
from netspec.arrays.functions import function
from netspec.layers.detection.geometry import corners
from netspec.layers.detection.yolo_losses import (
    alike,
    best_overlap,
    by_box,
    cell_of,
    followers,
    in_cells,
    iou_of_pairs,
    labels,
    of_mask,
    predicted_boxes,
    put_class,
    put_last,
    with_gradient,
)


def area(sides: Array) -> Array:
    return cut(sides, 2, 0, 1) * cut(sides, 2, 1, 2)


def _sides(box: Array, truth: Array) -> tuple[Array, Array]:
    """Width and height of what two boxes share, negative where they are apart, and of the smallest box around both."""
    a, b = corners(box).named("a"), corners(truth).named("b")
    low_a, high_a, low_b, high_b = (cut(x, 2, i, i + 2) for x in (a, b) for i in (0, 2))
    common = (minimum(high_a, high_b) - maximum(low_a, low_b)).named("common")
    return common, (maximum(high_a, high_b) - minimum(low_a, low_b)).named("around")


@function("items count 4", "items count 4")
def general_iou(box: Array, truth: Array) -> Array:
    """The intersection of boxes by their union, less the share that neither covers of the smallest box around both."""
    common, around = _sides(box, truth)
    shared, hull = area(relu(common).named("met")).named("shared"), area(around).named("hull")
    union = (area(cut(box, 2, 2, 4)) + area(cut(truth, 2, 2, 4)) - shared).named("union")
    return iou_of_pairs(box, truth) - (hull - union) / hull


@function("items count 4", "items count 4")
def iou_slope(box: Array, truth: Array, *, general: bool) -> Array:
    """How the overlap of boxes with others changes with their corners, N×A×4, as if they met wherever they lie."""
    common, around = _sides(box, truth)
    sign = align(vector((-1, -1, 1, 1)), 2, 3).named("sign")
    side = cut(box, 2, 2, 4)
    shared = area(common).named("shared")
    union = (area(side) + area(cut(truth, 2, 2, 4)) - shared).named("union")
    beyond = (corners(truth) - corners(box)) * sign
    beyond = beyond.named("beyond")
    by_shared = where(beyond > 0, sign * tile(flip(common, 2), 2, 2), 0.0).named("by_shared")
    by_union = (sign * tile(flip(side, 2), 2, 2) - by_shared).named("by_union")
    slope = where(union > 0, (union * by_shared - shared * by_union) / union**2, 0.0)
    if not general:
        return slope
    hull = area(around).named("hull")
    by_hull = where(beyond < 0, sign * tile(flip(around, 2), 2, 2), 0.0).named("by_hull")
    return slope + where(hull > 0, (hull * by_union - union * by_hull) / hull**2, 0.0)


@function("items boxes numbers height width", "items count 6", "items count 6", "all 2", "boxes")
def yolo3_loss(
    prediction: Array,
    annotations: Array,
    used: Array,
    biases: Array,
    mask: Array,
    threshold: float,
    coord_scale: float,
    object_scale: float,
    class_scale: float,
    weight: float = 1.0,
    *,
    focal: bool,
    logistic: bool,
    overlap: str,
    classes: bool,
) -> Array:
    """The sum of the squares of numbers that are its gradient, by the batch size.

    prediction: for each box x, y, width, height, object, classes. annotations: whether a row counts, class, box; `used`
    those that belong to boxes. biases: width and height of boxes in cells, of which a cell has those in `mask`.
    """
    n, _, numbers, height, width = prediction.shape
    fixed = stop_gradient(prediction).named("fixed")
    own_biases = gather(biases, cast(mask, DType.INT)).named("own_biases")
    x, box = by_box(fixed).named("x"), predicted_boxes(fixed, own_biases).named("box")
    p = sigmoid(x).named("p")
    places = x.shape[1]
    idle = where(best_overlap(box, annotations) > threshold, 0.0, cut(p, 2, 4, 5)).named("idle")
    zeros = full_like(x, 0.0).named("zeros")
    # Each annotation's cell, and in it the box whose bias is most like it, if it is one of this mask.
    label, truth = cut(used, 2, 1, 2).named("label"), cut(used, 2, 2, 6).named("truth")
    middle, size = in_cells(truth, height, width)
    alikeness = alike(size, insert_axis(biases, 0)).named("alikeness")
    chosen = argmax(alikeness, 2).named("chosen")
    slot, inside = of_mask(chosen, mask)
    there = (cut(used, 2, 0, 1) > 0) & inside & (largest(alikeness, (2,), keepdims=True) > 0)
    there = there.named("there")
    column, row = cell_of(middle, height, width)
    at = ((slot * height + row) * width + column).named("at")
    spot = where(there, at, places).named("spot")
    v, s, own = rows(x, at).named("v"), rows(p, at).named("s"), rows(box, at).named("own")
    if overlap:
        by_corner = iou_slope(own, truth, general=overlap == "giou").named("by_corner")
        by_low, by_high = cut(by_corner, 2, 0, 2), cut(by_corner, 2, 2, 4)
        place = concat([-(by_low + by_high), (by_low - by_high) / 2 * exp(cut(v, 2, 2, 4))], 2) * weight
    else:
        cell = cast(concat([column, row], 2), DType.FLOAT)
        bias = reshape(gather(biases, chosen), (n, used.shape[1], 2))
        moved, grown = cut(s, 2, 0, 2) - (middle - cell), cut(v, 2, 2, 4) - log(size / bias)
        place = concat([moved, grown], 2) * (coord_scale * (2 - cut(truth, 2, 2, 3) * cut(truth, 2, 3, 4)))
    found = concat([place.named("place"), object_scale * (cut(s, 2, 4, 5) - 1)], 2).named("found")
    by_place = put_last(concat([cut(zeros, 2, 0, 4), idle], 2), spot, found).named("by_place")
    # Of classes those of the first annotation of a box count, and of the others that one that is right.
    s = cut(s, 2, 5, numbers).named("s_class")
    right = labels(s, label).named("right")
    own_class = total(s * right, (2,), keepdims=True).named("own_class")
    wrong = class_scale * (s - right)
    if focal:
        wrong = wrong * 0.5 * (own_class - 1) * (2 * own_class * log(own_class + 1e-15) + own_class - 1)
    by_class = put_last(cut(zeros, 2, 5, numbers), flip(spot, 1), flip(wrong.named("wrong"), 1))
    if classes:
        again = where(flip(followers(flip(spot, 1)), 1) > 0, spot, places).named("again")
        by_class = put_class(by_class, again, label, own_class - 1)
    delta = concat([by_place, by_class], 2).named("delta")
    loss = total(delta**2, (0, 1, 2))
    if overlap:
        apart = where(there, 1 - general_iou(own, truth), 0.0)
        loss = total(cut(delta, 2, 4, numbers) ** 2, (0, 1, 2)) + weight * total(apart, (0, 1, 2))
    if logistic:
        xy, rest = cut(x if overlap else p, 2, 0, 2), cut(p, 2, 4, numbers)
        delta = delta * concat([xy * (1 - xy), full_like(cut(x, 2, 2, 4), 1.0), rest * (1 - rest)], 2)
    return with_gradient(loss / n, by_box(prediction), delta)
