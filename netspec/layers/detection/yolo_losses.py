"""What losses of YOLO compute. Boxes are x and y of their middle, width and height, in parts of the image."""

from netspec.arrays import (
    Array,
    DType,
    align,
    argmax,
    cast,
    concat,
    cumulative,
    cut,
    equal,
    exp,
    floor,
    full,
    full_like,
    gather,
    insert_axis,
    iota,
    largest,
    log,
    maximum,
    minimum,
    put_rows,
    reshape,
    rows,
    rows_of_any,
    sigmoid,
    softmax,
    stop_gradient,
    total,
    transpose,
    where,
)
from netspec.arrays.functions import function
from netspec.layers.detection.geometry import by_cell, corners, iou
from netspec.shapes import Dim


@function("items count 5")
def annotated(table: Array, end: Dim) -> Array:
    """What is annotated, N×A×6: 1 for a row that counts, else 0, then class and box.

    table: rows of class and box; those of an item end where number `end` is 0.
    """
    ended = cumulative(cast(equal(cut(table, 2, end, end + 1), 0.0), DType.FLOAT), 1)
    there = equal(ended, 0.0).named("there")
    numbers = concat([floor(cut(table, 2, 0, 1)), cut(table, 2, 1, 5)], 2)
    return counted_rows(there, numbers)


@function("items boxes numbers height width", "1 count 8")
def annotated_rows(x: Array, table: Array) -> Array:
    """What is annotated for each item of x, N×A×6: 1 for a row of that item, else 0, then class and box.

    table: rows of item, class from 1, number, x1, y1, x2, y2, difficult.
    """
    item = cast(floor(cut(table, 2, 0, 1)), DType.INT).named("item")
    there = equal(item, align(iota(x.shape[0]), 0, 3)).named("there")
    low, high = cut(table, 2, 3, 5).named("low"), cut(table, 2, 5, 7).named("high")
    numbers = concat([floor(cut(table, 2, 1, 2)) - 1, (low + high) / 2, high - low], 2)
    return counted_rows(there, numbers)


def counted_rows(there: Array, numbers: Array) -> Array:
    """Without rows that count for no item; behind them one that is none, so that there is one."""
    found = concat([cast(there, DType.FLOAT), where(there, numbers, 0.0)], 2).named("found")
    return concat([rows_of_any(found, there), full((there.shape[0], 1, 6), 0.0)], 1)


def iou_of_each(a: Array, b: Array) -> Array:
    """That of each of a with each of b, N×P×A."""
    return iou(corners(a), corners(b))


@function("items count 4", "items count 4")
def iou_of_pairs(a: Array, b: Array) -> Array:
    """The intersection of boxes by their union, of each of a with that of b beside it, N×A×1."""
    n, count, _ = a.shape
    a, b = (reshape(x, (n * count, 1, 4)) for x in (a, b))
    return reshape(iou_of_each(a, b), (n, count, 1))


@function("items boxes numbers height width")
def by_box(x: Array) -> Array:
    """The numbers of each box, N×P×numbers, by box, row and column."""
    n, boxes, numbers, height, width = x.shape
    return reshape(transpose(x, (0, 1, 3, 4, 2)), (n, boxes * height * width, numbers))


def cell_boxes(x: Array, biases: Array) -> Array:
    """The boxes that cells predict, N×boxes×4×H×W."""
    height, width = x.shape[3:]
    row = (sigmoid(cut(x, 2, 1, 2)) + align(iota(height, DType.FLOAT), 3, 5)).named("row")
    column = (sigmoid(cut(x, 2, 0, 1)) + align(iota(width, DType.FLOAT), 4, 5)).named("column")
    sizes = (exp(cut(x, 2, 2, 4)) * reshape(biases, (1, x.shape[1], 2, 1, 1))).named("sizes")
    wide, high = cut(sizes, 2, 0, 1) / width, cut(sizes, 2, 1, 2) / height
    return concat([column / width, row / height, wide, high], 2)


@function("items boxes numbers height width", "boxes 2")
def predicted_boxes(x: Array, biases: Array) -> Array:
    """The boxes that cells predict, N×P×4. biases: their width and height, in cells."""
    return by_box(cell_boxes(x, biases))


@function("items boxes numbers height width", "boxes 2")
def boxes_by_cell(x: Array, biases: Array) -> Array:
    """The boxes that cells predict, N×P×4, as x1, y1, x2, y2. biases: their width and height, in cells."""
    return corners(by_cell(cell_boxes(x, biases)))


@function("items boxes numbers height width")
def scores_by_cell(x: Array, *, exclusive: bool) -> Array:
    """The scores of all classes of each box, N×P×classes."""
    numbers = by_cell(x).named("numbers")
    classes = cut(numbers, 2, 5, x.shape[2])
    return sigmoid(cut(numbers, 2, 4, 5)) * (softmax(classes, 2) if exclusive else sigmoid(classes))


@function("items boxes 4", "items count 6")
def best_overlap(boxes: Array, annotations: Array) -> Array:
    """The largest overlap of each box with anything that is annotated, N×P×1; 0 for nothing."""
    there = transpose(cut(annotations, 2, 0, 1), (0, 2, 1)).named("there")
    return largest(where(there > 0, iou_of_each(boxes, cut(annotations, 2, 2, 6)), 0.0), (2,), keepdims=True)


@function("items count 2", "items boxes 2")
def alike(truth: Array, sizes: Array) -> Array:
    """How much boxes of some sizes overlap others if both stand on one middle, N×A×boxes."""
    boxes, others = (concat([full_like(size, 0.0), size], 2) for size in (truth, sizes))
    return iou_of_each(boxes, others)


@function("items count 1 INT")
def followers(at: Array) -> Array:
    """How many equal numbers follow each."""
    count = at.shape[1]
    behind = align(iota(count), 2, 3) > align(iota(count), 1, 3)
    same = (equal(at, transpose(at, (0, 2, 1))) & behind).named("same")
    return total(cast(same, DType.INT), (2,), keepdims=True)


@function("items places numbers", "items count 1 INT", "items count numbers")
def put_last(x: Array, at: Array, new: Array) -> Array:
    """x with new rows, of those for one place the last; those for the place behind the end are none."""
    end = x.shape[1]
    one_more = concat([x, cut(x, 1, 0, 1)], 1).named("one_more")
    return cut(put_rows(one_more, where(equal(followers(at), 0), at, end), new), 1, 0, end)


@function("items places classes", "items count 1 INT", "items count 1", "items count 1")
def put_class(x: Array, at: Array, label: Array, new: Array) -> Array:
    """x with new numbers for a class each; those for the place behind the end are none."""
    n, places, classes = x.shape
    end = places * classes
    number = minimum(at * classes + cast(label, DType.INT), end)
    return reshape(put_last(reshape(x, (n, end, 1)), number, new), x.shape)


def of_mask(chosen: Array, mask: Array) -> tuple[Array, Array]:
    """Which number of a mask each of the chosen N×A×1 is, and whether it is one."""
    same = cast(equal(cast(chosen, DType.FLOAT), align(mask, 2, 3)), DType.FLOAT).named("same")
    return argmax(same, 2).named("slot"), total(same, (2,), keepdims=True) > 0


def in_cells(truth: Array, height: Dim, width: Dim) -> tuple[Array, Array]:
    """Middle and size of boxes, N×A×2, counted in cells."""
    middle = concat([cut(truth, 2, 0, 1) * width, cut(truth, 2, 1, 2) * height], 2).named("middle")
    return middle, concat([cut(truth, 2, 2, 3) * width, cut(truth, 2, 3, 4) * height], 2).named("size")


def cell_of(middle: Array, height: Dim, width: Dim) -> tuple[Array, Array]:
    """Column and row of the cell that a middle is in, N×A×1."""
    column, row = (cast(cut(middle, 2, i, i + 1), DType.INT) for i in (0, 1))
    column, row = maximum(minimum(column, width - 1), 0), maximum(minimum(row, height - 1), 0)
    return column.named("column"), row.named("row")


def with_gradient(loss: Array, x: Array, gradient: Array) -> Array:
    """A loss that has a gradient of its own, by the number of items."""
    pull = (total(x * gradient, (0, 1, 2)) / x.shape[0]).named("pull")
    return loss + (pull - stop_gradient(pull))


def labels(p: Array, label: Array) -> Array:
    """1 for the class of a row, 0 for the others, N×A×classes."""
    return cast(equal(cast(label, DType.INT), align(iota(p.shape[2]), 2, 3)), DType.FLOAT)


@function("items boxes numbers height width", "items count 6", "boxes 2")
def region_loss(
    prediction: Array,
    annotations: Array,
    biases: Array,
    threshold: float,
    coord_scale: float,
    object_scale: float,
    noobject_scale: float,
    class_scale: float,
    *,
    by_bias: bool,
    rescore: bool,
    averaged: bool,
) -> Array:
    """The sum of the squares of numbers that are its gradient by the batch size.

    prediction: for each box x, y, width, height, object, classes. annotations: whether a row counts, class, box.
    biases: width and height of boxes, in cells.
    """
    n, boxes, numbers, height, width = prediction.shape
    count = annotations.shape[1]
    fixed = stop_gradient(prediction).named("fixed")
    x, box = by_box(fixed).named("x"), predicted_boxes(fixed, biases).named("box")
    score = sigmoid(cut(x, 2, 4, 5)).named("score")
    idle = where(best_overlap(box, annotations) > threshold, 0.0, noobject_scale * score * score * (1 - score))
    zeros = full_like(x, 0.0).named("zeros")
    delta = concat([cut(zeros, 2, 0, 4), idle.named("idle"), cut(zeros, 2, 5, numbers)], 2).named("delta")
    # Each annotation's cell, and in it the box that is most like it.
    there, label = (cut(annotations, 2, 0, 1) > 0).named("there"), cut(annotations, 2, 1, 2)
    truth = cut(annotations, 2, 2, 6).named("truth")
    middle, size = in_cells(truth, height, width)
    column, row = cell_of(middle, height, width)
    shares = alike(size, insert_axis(biases, 0))
    if not by_bias:
        every = (align(iota(boxes), 2, 3) * height + row) * width + column
        grown = exp(rows(cut(x, 2, 2, 4), reshape(every, (n, count * boxes, 1))))
        sizes = (reshape(grown, (n * count, boxes, 2)) * insert_axis(biases, 0)).named("sizes")
        shares = reshape(alike(reshape(size, (n * count, 1, 2)), sizes), (n, count, boxes))
    own = argmax(shares, 2).named("own")
    at = ((own * height + row) * width + column).named("at")
    v = rows(x, at).named("v")
    s, o, p = (
        sigmoid(cut(v, 2, 0, 2)).named("s"),
        sigmoid(cut(v, 2, 4, 5)).named("o"),
        softmax(cut(v, 2, 5, numbers), 2),
    )
    near = coord_scale * (2 - cut(truth, 2, 2, 3) * cut(truth, 2, 3, 4)) if averaged and not rescore else coord_scale
    cell = cast(concat([column, row], 2), DType.FLOAT).named("cell")
    moved = (near * (s - (middle - cell)) * s * (1 - s)).named("moved")
    bias = reshape(gather(biases, own), (n, count, 2)).named("bias")
    grown = (near * (cut(v, 2, 2, 4) - log(size / bias))).named("grown")
    gap = (o - (iou_of_pairs(rows(box, at), truth) if rescore else 1.0)).named("gap")
    found, classes = object_scale * gap * o * (1 - o), class_scale * (p - labels(p, label).named("labels"))
    new = concat([moved, grown, found.named("found"), classes.named("classes")], 2).named("new")
    delta = put_last(delta, where(there, at, x.shape[1]), new).named("delta")
    loss = total(delta**2, (0, 1, 2))
    return with_gradient(loss / n if averaged else loss, by_box(prediction), delta)
