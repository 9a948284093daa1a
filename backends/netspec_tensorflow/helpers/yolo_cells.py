"""How far the boxes that YOLO predicts are from annotations cell by cell."""

# The type stubs of tensorflow cover a part of it, and let any size be None.
# pyright: basic, reportArgumentType=false, reportOptionalOperand=false, reportOperatorIssue=false

from __future__ import annotations

import tensorflow as tf

from netspec_tensorflow.helpers.boxes import iou


def cell_loss(
    prediction: tf.Tensor,
    annotations: tf.Tensor,
    *,
    anchors: list[list[float]],
    mask: list[int],
    ignore_threshold: float,
    scales: list[float],
    exclusive: bool = False,
    rescore: bool = False,
) -> tf.Tensor:
    """A sum of squares, with a gradient of its own.

    prediction: N×(boxes·(5 + classes))×S×S. annotations: of each item by cells whether it is difficult, whether there
    is an object, its class, and then x, y, width and height of each cell. anchors: width and height, of which a cell
    has those in `mask`. scales: of coordinates, of boxes with an object, of those without one, of classes. exclusive:
    whether classes exclude each other, and boxes whose IoU is above `ignore_threshold` are not judged. rescore: whether
    a box should score its IoU.
    """
    count, (coordinate, object_, nothing, class_) = len(mask), scales
    numbers, side, dtype = prediction.shape[1] // count, prediction.shape[2], prediction.dtype
    prediction = tf.transpose(tf.reshape(prediction, [-1, count, numbers, side, side]), [0, 3, 4, 1, 2])
    x, cells = tf.stop_gradient(prediction), side * side
    n, anchor = tf.shape(x, tf.int64)[0], tf.constant(anchors, dtype)
    places = tf.meshgrid(*[tf.cast(tf.range(side), dtype)] * 2, indexing="ij")
    s = tf.sigmoid(x[..., :5])
    p = tf.nn.softmax(x[..., 5:]) if exclusive else tf.sigmoid(x[..., 5:])
    middle = (s[..., :2] + tf.stack(places[::-1], -1)[:, :, tf.newaxis]) / side
    half = tf.exp(x[..., 2:4]) * tf.gather(anchor, mask) / 2
    boxes = tf.reshape(tf.concat([middle - half, middle + half], -1), [n, -1, 1, 4])
    table = tf.reshape(tf.stop_gradient(annotations), [n, 7 * cells])
    found = tf.where(table[:, cells : 2 * cells] != 0)
    truth = tf.gather_nd(tf.reshape(table[:, 3 * cells :], [n, cells, 4]), found)
    item, corners = found[:, 0], tf.concat([truth[:, :2] - truth[:, 2:] / 2, truth[:, :2] + truth[:, 2:] / 2], 1)
    ious = iou(boxes, corners)
    ious = tf.where(item == tf.range(n)[:, tf.newaxis, tf.newaxis], ious, tf.zeros_like(ious))
    best = tf.reduce_max(tf.pad(ious, [[0, 0], [0, 0], [0, 1]]), -1)
    judged, score = tf.cast(tf.reshape(best <= ignore_threshold, tf.shape(s)[:-1]), dtype), s[..., 4]
    idle = nothing * tf.reduce_sum(score**2 * judged if exclusive else score**2)
    # Each annotation's cell, and in it the box whose anchor is most like it, if it is one of this mask.
    own_size = tf.concat([-truth[:, 2:], truth[:, 2:]], 1)[:, tf.newaxis]
    chosen = tf.argmax(iou(tf.concat([-anchor, anchor], -1)[tf.newaxis], own_size), 1)
    slots = tf.constant([mask.index(k) if k in mask else -1 for k in range(len(anchors))], tf.int64)
    there = tf.gather(slots, chosen) >= 0
    item, truth, corners, chosen = item[there], truth[there], corners[there], chosen[there]
    cell = tf.clip_by_value(tf.cast(truth[:, :2] * side, tf.int64), 0, side - 1)
    within = cell[:, 1] * side + cell[:, 0]
    at = (item * cells + within) * count + tf.gather(slots, chosen)
    label = tf.cast(tf.gather_nd(table[:, 2 * cells : 3 * cells], tf.stack([item, within], 1)), tf.int64)
    same = tf.cast(at[:, tf.newaxis] == at, dtype)
    first = tf.reduce_sum(tf.linalg.band_part(same, -1, 0), 1) == 1
    last = tf.reduce_sum(tf.linalg.band_part(same, 0, -1), 1) == 1
    v, own, named = (tf.gather(tf.reshape(y, [-1, y.shape[-1]]), at) for y in (x, s, p))
    near = coordinate * (2 - truth[:, 2:3] * truth[:, 3:])
    moved = own[:, :2] - (truth[:, :2] * side - tf.cast(cell, dtype))
    grown = v[:, 2:4] - tf.math.log(truth[:, 2:] / tf.gather(anchor, chosen))
    gap = own[:, 4] - (iou(tf.gather(tf.reshape(boxes, [-1, 4]), at), corners) if rescore else 1.0)
    wrong = named - tf.one_hot(label, numbers - 5, dtype=dtype)
    counted = last if exclusive else first
    loss = tf.reduce_sum(near * (moved**2 + grown**2)) + object_ * tf.reduce_sum(gap**2)
    loss += class_ * tf.reduce_sum((wrong if exclusive else wrong[first]) ** 2)
    taught, places = tf.cast(tf.size(at), dtype), tf.cast(tf.size(score), dtype)
    loss = loss / taught + idle / (places - taught)
    slope = own * (1 - own)
    place = tf.concat([near * moved * slope[:, :2], near * grown, (object_ * gap * slope[:, 4])[:, tf.newaxis]], 1)
    alone = judged * nothing * score * score * (1 - score)
    boxed = tf.reshape(tf.pad(alone[..., tf.newaxis], [[0, 0]] * 4 + [[4, 0]]), [-1, 5])
    boxed = tf.tensor_scatter_nd_update(boxed, at[last][:, tf.newaxis], place[last])
    classes = tf.zeros([tf.shape(boxed)[0], numbers - 5], dtype)
    classes = tf.tensor_scatter_nd_update(classes, at[counted][:, tf.newaxis], class_ * wrong[counted])
    if not exclusive:
        other = tf.gather(named, label, batch_dims=1)[~first] - 1
        classes = tf.tensor_scatter_nd_update(classes, tf.stack([at, label], 1)[~first], other)
    delta = tf.stop_gradient(tf.reshape(tf.concat([boxed, classes], 1), tf.shape(prediction)))
    pull = tf.reduce_sum(prediction * delta) / tf.cast(n, dtype)
    return tf.stop_gradient(loss) + (pull - tf.stop_gradient(pull))
