"""What losses of YOLO compute whose annotations come cell by cell. Boxes are as in `yolo_losses`."""

from netspec.arrays import (
    Array,
    DType,
    argmax,
    cast,
    concat,
    cut,
    flip,
    floor,
    full_like,
    gather,
    insert_axis,
    log,
    not_equal,
    number_of,
    reshape,
    rows,
    sigmoid,
    softmax,
    stop_gradient,
    total,
    where,
)
from netspec.arrays.functions import function
from netspec.layers.detection.yolo_losses import (
    alike,
    best_overlap,
    by_box,
    cell_of,
    counted_rows,
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
from netspec.shapes import Dim


@function("items numbers")
def annotated_cells(table: Array, cells: Dim) -> Array:
    """What is annotated, N×A×6: 1 for a cell with an object, else 0, then 0 and its box.

    table: of each item by cells whether it is difficult, whether there is an object, its class, and then x, y, width
    and height of each cell.
    """
    n = table.shape[0]
    there = not_equal(reshape(cut(table, 1, cells, 2 * cells), (n, cells, 1)), 0.0).named("there")
    box = reshape(cut(table, 1, 3 * cells, 7 * cells), (n, cells, 4)).named("box")
    return counted_rows(there, concat([full_like(cut(box, 2, 0, 1), 0.0), box], 2))


@function("items boxes numbers height width", "items count 6", "items cells 1", "all 2", "boxes")
def cell_loss(
    prediction: Array,
    annotations: Array,
    classes: Array,
    biases: Array,
    mask: Array,
    threshold: float,
    coord_scale: float,
    object_scale: float,
    noobject_scale: float,
    class_scale: float,
    *,
    exclusive: bool,
    rescore: bool,
) -> Array:
    """A sum of squares, with a gradient of its own.

    prediction: for each box x, y, width, height, object, classes. annotations: whether a row counts, class, box.
    classes: of each cell. biases: width and height of boxes in cells, of which a cell has those in `mask`.
    """
    _, _, numbers, height, width = prediction.shape
    fixed = stop_gradient(prediction).named("fixed")
    x, box = by_box(fixed).named("x"), predicted_boxes(fixed, gather(biases, cast(mask, DType.INT))).named("box")
    places, score = x.shape[1], sigmoid(cut(x, 2, 4, 5)).named("score")
    judged = cast(best_overlap(box, annotations) <= threshold, DType.FLOAT).named("judged")
    idle = noobject_scale * total(score**2 * judged if exclusive else score**2, (0, 1, 2))
    # Each annotation's cell, and in it the box whose bias is most like it, if it is one of this mask.
    truth = cut(annotations, 2, 2, 6).named("truth")
    middle, size = in_cells(truth, height, width)
    chosen = argmax(alike(size, insert_axis(biases, 0)), 2).named("chosen")
    slot, inside = of_mask(chosen, mask)
    there = ((cut(annotations, 2, 0, 1) > 0) & inside).named("there")
    column, row = cell_of(middle, height, width)
    at = ((slot * height + row) * width + column).named("at")
    spot = where(there, at, places).named("spot")
    label = floor(rows(classes, row * width + column)).named("label")
    v = rows(x, at).named("v")
    own = sigmoid(cut(v, 2, 0, 5)).named("own")
    p = cut(v, 2, 5, numbers)
    p = (softmax(p, 2) if exclusive else sigmoid(p)).named("p")
    near = (coord_scale * (2 - cut(truth, 2, 2, 3) * cut(truth, 2, 3, 4))).named("near")
    moved = (cut(own, 2, 0, 2) - (middle - cast(concat([column, row], 2), DType.FLOAT))).named("moved")
    bias = reshape(gather(biases, chosen), size.shape)
    grown = (cut(v, 2, 2, 4) - log(size / bias)).named("grown")
    gap = (cut(own, 2, 4, 5) - (iou_of_pairs(rows(box, at), truth) if rescore else 1.0)).named("gap")
    right = labels(p, label).named("right")
    wrong = (p - right).named("wrong")
    # Of classes all count that are of one box, or of those that exclude no other only the first.
    earlier = flip(followers(flip(spot, 1)), 1).named("earlier")
    judged_classes = there if exclusive else (there & (earlier <= 0)).named("first")
    located = total(where(there, near * (moved**2 + grown**2), 0.0), (0, 1, 2)).named("located")
    found = total(where(there, gap**2, 0.0), (0, 1, 2)).named("found")
    classified = total(where(judged_classes, wrong**2, 0.0), (0, 1, 2)).named("classified")
    count = total(cast(there, DType.FLOAT), (0, 1, 2)).named("count")
    loss = ((located + object_scale * found + class_scale * classified) / count).named("loss")
    loss = loss + idle.named("idle") / (number_of(x.shape[0] * places) - count)
    slope = (own * (1 - own)).named("slope")
    by_object = object_scale * gap * cut(slope, 2, 4, 5)
    place = concat([near * moved * cut(slope, 2, 0, 2), near * grown, by_object], 2).named("place")
    zeros = full_like(x, 0.0).named("zeros")
    nothing = judged * noobject_scale * score * score * (1 - score)
    by_place = put_last(concat([cut(zeros, 2, 0, 4), nothing], 2), spot, place).named("by_place")
    by_class, new = cut(zeros, 2, 5, numbers), class_scale * wrong
    if exclusive:
        by_class = put_last(by_class, spot, new)
    else:
        by_class = put_last(by_class, flip(spot, 1), flip(new, 1))
        again = where(earlier > 0, spot, places).named("again")
        by_class = put_class(by_class, again, label, total(p * right, (2,), keepdims=True) - 1)
    return with_gradient(loss, by_box(prediction), concat([by_place, by_class], 2))
