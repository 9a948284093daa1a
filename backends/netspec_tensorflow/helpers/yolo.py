"""The boxes that YOLO predicts, and how far they are from annotations."""

# The type stubs of tensorflow cover a part of it, and let any size be None.
# pyright: basic, reportArgumentType=false, reportOptionalOperand=false, reportOperatorIssue=false

from __future__ import annotations

import tensorflow as tf

from netspec_tensorflow.helpers.boxes import iou, nms


def yolo_output(
    *predictions: tf.Tensor,
    anchors: list[list[list[float]]],
    strides: list[int],
    confidence_threshold: float,
    nms_threshold: float,
    exclusive: bool = False,
) -> tf.Tensor:
    """The boxes found, 1×1×K×7: 0, class + 1, score, x1, y1, x2, y2; what NMS keeps.

    predictions: N×(boxes·(5 + classes))×S×S. anchors: for each of them, width and height of a cell's boxes in pixels,
    which `strides` turns into cells. exclusive: whether a box is of its best class alone, by a softmax.
    """
    boxes, scores = [], []
    for x, sizes, stride in zip(predictions, anchors, strides, strict=True):
        count, dtype, cells = x.shape[1] // len(sizes), x.dtype, tf.shape(x)[3]
        x = tf.reshape(tf.stop_gradient(x), [-1, len(sizes), count, cells, cells])
        x = tf.transpose(x, [0, 3, 4, 1, 2])
        side, cells = tf.cast(cells, dtype), tf.cast(tf.range(cells), dtype)
        rows, columns = tf.meshgrid(cells, cells, indexing="ij")
        middle = (tf.sigmoid(x[..., :2]) + tf.stack([columns, rows], -1)[:, :, tf.newaxis]) / side
        half = tf.exp(x[..., 2:4]) * tf.constant(sizes, dtype) / (2 * stride * side)
        boxes.append(tf.reshape(tf.concat([middle - half, middle + half], -1), [-1, 4]))
        classes = tf.nn.softmax(x[..., 5:]) if exclusive else tf.sigmoid(x[..., 5:])
        scores.append(tf.reshape(tf.sigmoid(x[..., 4:5]) * classes, [-1, count - 5]))
    score = tf.concat(scores, 0)
    if exclusive:
        label = tf.argmax(score, 1)
        best = tf.gather(score, label, batch_dims=1)
        at = tf.where(best >= confidence_threshold)[:, 0]
        best, label = tf.gather(best, at), tf.gather(label, at)
    else:
        at, label = tf.unstack(tf.where(score > confidence_threshold), axis=1)
        best = score[score > confidence_threshold]
    order = tf.argsort(best, direction="DESCENDING", stable=True)
    best, label, at = (tf.gather(values, order) for values in (best, label, at))
    box = tf.gather(tf.concat(boxes, 0), at)
    kept = nms(box, tf.ones_like(best, tf.bool), iou_threshold=nms_threshold, inclusive=True)
    rows = tf.concat([tf.stack([tf.zeros_like(best), tf.cast(label + 1, best.dtype), best], 1), box], 1)[kept]
    items = tf.range(tf.where(tf.shape(rows)[0] > 0, 0, tf.shape(predictions[0])[0]))
    nothing = tf.pad(tf.cast(items, best.dtype)[:, tf.newaxis], [[0, 0], [0, 6]], constant_values=-1)
    return tf.concat([rows, nothing], 0)[tf.newaxis, tf.newaxis]


def annotated_boxes(annotations: tf.Tensor, *, rows: bool, end: int = 1) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Item, class, and box (middle and size) of what is annotated.

    annotations: with `rows` of item, class from 1, number, x1, y1, x2, y2, difficult, where an item of −1 is none; else
    N×M, rows of class, x, y, width, height for each item, until number `end` of them is 0.
    """
    annotations = tf.stop_gradient(annotations)
    if rows:
        table = tf.reshape(annotations, [-1, 8])
        table = table[table[:, 0] >= 0]
        low, high = table[:, 3:5], table[:, 5:7]
        box = tf.concat([(low + high) / 2, high - low], 1)
        return tf.cast(table[:, 0], tf.int64), tf.cast(table[:, 1], tf.int64) - 1, box
    table = tf.reshape(annotations, [tf.shape(annotations)[0], -1, 5])
    there = tf.math.cumprod(tf.cast(table[..., end] != 0, tf.int32), 1) > 0
    found = table[there]
    return tf.where(there)[:, 0], tf.cast(found[:, 0], tf.int64), found[:, 1:]


def region_loss(
    prediction: tf.Tensor,
    annotations: tf.Tensor,
    *,
    anchors: list[list[float]],
    ignore_threshold: float,
    scales: list[float],
    rows: bool = False,
    bias_match: bool = True,
    rescore: bool = True,
    averaged: bool = False,
) -> tf.Tensor:
    """The sum of the squares of numbers that are its gradient by the batch size.

    prediction: N×(boxes·(5 + classes))×H×W. anchors: width and height of a cell's boxes. ignore_threshold: the IoU
    above which a box without an object is not judged. scales: of coordinates, of boxes with an object, of those without
    one, of classes. bias_match: whether the anchor decides which box an annotation is, or the box predicted. averaged:
    whether the sum is divided by the batch size, and without `rescore` coordinates of small boxes count more.
    """
    count, (coordinate, object_, nothing, class_) = len(anchors), scales
    numbers, dtype = prediction.shape[1] // count, prediction.dtype
    height, width = tf.unstack(tf.shape(prediction, tf.int64)[2:])
    prediction = tf.transpose(tf.reshape(prediction, [-1, count, numbers, height, width]), [0, 3, 4, 1, 2])
    x = tf.stop_gradient(prediction)
    n = tf.shape(x, tf.int64)[0]
    grid, anchor = tf.cast(tf.stack([width, height]), dtype), tf.constant(anchors, dtype)
    places = tf.meshgrid(*(tf.cast(tf.range(size), dtype) for size in (height, width)), indexing="ij")
    middle = (tf.sigmoid(x[..., :2]) + tf.stack(places[::-1], -1)[:, :, tf.newaxis]) / grid
    size = tf.exp(x[..., 2:4]) * anchor / grid
    score, p = tf.sigmoid(x[..., 4]), tf.nn.softmax(x[..., 5:])
    boxes = tf.reshape(tf.concat([middle - size / 2, middle + size / 2], -1), [n, -1, 1, 4])
    item, label, truth = annotated_boxes(annotations, rows=rows)
    corners = tf.concat([truth[:, :2] - truth[:, 2:] / 2, truth[:, :2] + truth[:, 2:] / 2], 1)
    ious = iou(boxes, corners)
    ious = tf.where(item == tf.range(n)[:, tf.newaxis, tf.newaxis], ious, tf.zeros_like(ious))
    best = tf.reshape(tf.reduce_max(tf.pad(ious, [[0, 0], [0, 0], [0, 1]]), -1), tf.shape(score))
    idle = tf.where(best > ignore_threshold, tf.zeros_like(score), nothing * score * score * (1 - score))
    delta = tf.pad(idle[..., tf.newaxis], [[0, 0]] * 4 + [[4, numbers - 5]])
    # Each annotation's cell, and in it the box that is most like it.
    cell = tf.clip_by_value(tf.cast(truth[:, :2] * grid, tf.int64), 0, tf.cast(grid, tf.int64) - 1)
    column, row = cell[:, 0], cell[:, 1]
    sizes = (anchor / grid)[tf.newaxis] if bias_match else tf.gather_nd(size, tf.stack([item, row, column], 1))
    alike = iou(tf.concat([-sizes, sizes], -1), tf.concat([-truth[:, 2:], truth[:, 2:]], 1)[:, tf.newaxis])
    own = tf.argmax(alike, 1)
    at = ((item * height + row) * width + column) * count + own
    later = tf.linalg.band_part(tf.cast(at[:, tf.newaxis] == at, dtype), 0, -1)
    last = tf.reduce_sum(later, 1) == 1
    v = tf.gather(tf.reshape(x, [-1, numbers]), at)
    score, p = tf.gather(tf.reshape(score, [-1]), at), tf.gather(tf.reshape(p, [-1, numbers - 5]), at)
    wanted = iou(tf.gather(tf.reshape(boxes, [-1, 4]), at), corners) if rescore else tf.ones_like(score)
    s = tf.sigmoid(v[:, :2])
    moved = (s - (truth[:, :2] * grid - tf.cast(cell, dtype))) * s * (1 - s)
    grown = v[:, 2:4] - tf.math.log(truth[:, 2:] * grid / tf.gather(anchor, own))
    near = coordinate * (2 - truth[:, 2:3] * truth[:, 3:]) if averaged and not rescore else coordinate
    object_delta = object_ * (score - wanted) * score * (1 - score)
    right = tf.one_hot(label, numbers - 5, dtype=dtype)
    new = tf.concat([near * moved, near * grown, object_delta[:, tf.newaxis], class_ * (p - right)], 1)
    flat = tf.tensor_scatter_nd_update(tf.reshape(delta, [-1, numbers]), at[last][:, tf.newaxis], new[last])
    delta = tf.stop_gradient(tf.reshape(flat, tf.shape(prediction)))
    pull = tf.reduce_sum(prediction * delta) / tf.cast(n, dtype)
    loss = tf.reduce_sum(delta**2) / (tf.cast(n, dtype) if averaged else 1)
    return loss + (pull - tf.stop_gradient(pull))
