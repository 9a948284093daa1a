"""How far the boxes that YOLO version 3 predicts are from annotations."""

# The type stubs of tensorflow cover a part of it, and let any size be None.
# pyright: basic, reportArgumentType=false, reportOptionalOperand=false, reportOperatorIssue=false

from __future__ import annotations

import tensorflow as tf

from netspec_tensorflow.helpers.boxes import iou
from netspec_tensorflow.helpers.yolo import annotated_boxes


def iou_gradient(box: tf.Tensor, truth: tf.Tensor, *, generalized: bool) -> tf.Tensor:
    """How the IoU of boxes with others changes with their corners, K×4, as if they met wherever they lie.

    generalized: whether it is GIoU.
    """
    side, sign = box[:, 2:] - box[:, :2], tf.constant([-1, -1, 1, 1], box.dtype)
    common = tf.minimum(box[:, 2:], truth[:, 2:]) - tf.maximum(box[:, :2], truth[:, :2])
    shared = tf.reduce_prod(common, 1, keepdims=True)
    area = tf.reduce_prod(truth[:, 2:] - truth[:, :2], 1, keepdims=True)
    union = tf.reduce_prod(side, 1, keepdims=True) + area - shared
    inside = tf.concat([box[:, :2] > truth[:, :2], box[:, 2:] < truth[:, 2:]], 1)
    by_shared = sign * tf.cast(inside, box.dtype) * tf.tile(tf.reverse(common, [1]), [1, 2])
    by_union = sign * tf.tile(tf.reverse(side, [1]), [1, 2]) - by_shared
    slope = tf.where(union > 0, (union * by_shared - shared * by_union) / union**2, tf.zeros_like(box))
    if generalized:
        around = tf.maximum(box[:, 2:], truth[:, 2:]) - tf.minimum(box[:, :2], truth[:, :2])
        hull = tf.reduce_prod(around, 1, keepdims=True)
        outside = tf.concat([box[:, :2] < truth[:, :2], box[:, 2:] > truth[:, 2:]], 1)
        by_hull = sign * tf.cast(outside, box.dtype) * tf.tile(tf.reverse(around, [1]), [1, 2])
        slope += tf.where(hull > 0, (hull * by_union - union * by_hull) / hull**2, tf.zeros_like(box))
    return slope


def giou(box: tf.Tensor, truth: tf.Tensor) -> tf.Tensor:
    """Generalized IoU: less the share that neither covers of the smallest box around both."""
    sides = tf.nn.relu(tf.minimum(box[:, 2:], truth[:, 2:]) - tf.maximum(box[:, :2], truth[:, :2]))
    areas = [tf.reduce_prod(x[:, 2:] - x[:, :2], 1) for x in (box, truth)]
    union = areas[0] + areas[1] - tf.reduce_prod(sides, 1)
    hull = tf.reduce_prod(tf.maximum(box[:, 2:], truth[:, 2:]) - tf.minimum(box[:, :2], truth[:, :2]), 1)
    return iou(box, truth) - (hull - union) / hull


def yolo3_loss(
    prediction: tf.Tensor,
    annotations: tf.Tensor,
    *,
    anchors: list[list[float]],
    mask: list[int],
    stride: int,
    ignore_threshold: float,
    scales: list[float],
    focal: bool = False,
    logistic: bool = False,
    iou_loss: str = "",
    iou_normalizer: float = 1.0,
) -> tf.Tensor:
    """The sum of the squares of numbers that are its gradient, by the batch size.

    prediction: N×(boxes·(5 + classes))×H×W. annotations: N×M, rows of class, x, y, width, height. anchors: width and
    height of boxes in pixels, of which a cell has those in `mask`. ignore_threshold: the IoU above which a box without
    an object is not judged. scales: of coordinates, of boxes with an object, of classes. focal: whether classes that
    are right count less. logistic: whether the gradient goes through sigmoids. iou_loss: "iou" or "giou" if boxes are
    compared by it, `iou_normalizer` being what that counts.
    """
    count, (coordinate, object_, class_) = len(mask), scales
    numbers, dtype = prediction.shape[1] // count, prediction.dtype
    height, width = tf.unstack(tf.shape(prediction, tf.int64)[2:])
    prediction = tf.transpose(tf.reshape(prediction, [-1, count, numbers, height, width]), [0, 3, 4, 1, 2])
    x = tf.stop_gradient(prediction)
    n = tf.shape(x, tf.int64)[0]
    grid, anchor = tf.cast(tf.stack([width, height]), dtype), tf.constant(anchors, dtype) / stride
    places = tf.meshgrid(*(tf.cast(tf.range(size), dtype) for size in (height, width)), indexing="ij")
    p = tf.sigmoid(x)
    middle = (p[..., :2] + tf.stack(places[::-1], -1)[:, :, tf.newaxis]) / grid
    size = tf.exp(x[..., 2:4]) * tf.gather(anchor, mask) / grid
    boxes = tf.reshape(tf.concat([middle - size / 2, middle + size / 2], -1), [n, -1, 1, 4])
    item, _, truth = annotated_boxes(annotations, rows=False)
    corners = tf.concat([truth[:, :2] - truth[:, 2:] / 2, truth[:, :2] + truth[:, 2:] / 2], 1)
    ious = iou(boxes, corners)
    ious = tf.where(item == tf.range(n)[:, tf.newaxis, tf.newaxis], ious, tf.zeros_like(ious))
    best = tf.reshape(tf.reduce_max(tf.pad(ious, [[0, 0], [0, 0], [0, 1]]), -1), tf.shape(p)[:-1])
    idle = tf.where(best > ignore_threshold, tf.zeros_like(best), p[..., 4])
    # Each annotation's cell, and in it the box whose anchor is most like it, if it is one of this mask.
    item, label, truth = annotated_boxes(annotations, rows=False, end=3)
    own_size = tf.concat([-truth[:, 2:], truth[:, 2:]], 1)[:, tf.newaxis]
    alike = iou(tf.concat([-anchor / grid, anchor / grid], -1)[tf.newaxis], own_size)
    slots = tf.constant([mask.index(k) if k in mask else -1 for k in range(len(anchors))], tf.int64)
    chosen = tf.argmax(alike, 1)
    there = (tf.gather(slots, chosen) >= 0) & (tf.reduce_max(alike, 1) > 0)
    item, label, truth, chosen = item[there], label[there], truth[there], chosen[there]
    cell = tf.clip_by_value(tf.cast(truth[:, :2] * grid, tf.int64), 0, tf.cast(grid, tf.int64) - 1)
    at = ((item * height + cell[:, 1]) * width + cell[:, 0]) * count + tf.gather(slots, chosen)
    same = tf.cast(at[:, tf.newaxis] == at, dtype)
    first = tf.reduce_sum(tf.linalg.band_part(same, -1, 0), 1) == 1
    last = tf.reduce_sum(tf.linalg.band_part(same, 0, -1), 1) == 1
    v, s = tf.gather(tf.reshape(x, [-1, numbers]), at), tf.gather(tf.reshape(p, [-1, numbers]), at)
    own = tf.gather(tf.reshape(boxes, [-1, 4]), at)
    corners = tf.concat([truth[:, :2] - truth[:, 2:] / 2, truth[:, :2] + truth[:, 2:] / 2], 1)
    through = x if iou_loss else p
    if iou_loss:
        by_low, by_high = tf.split(iou_gradient(own, corners, generalized=iou_loss == "giou"), 2, 1)
        place = tf.concat([-(by_low + by_high), (by_low - by_high) / 2 * tf.exp(v[:, 2:4])], 1) * iou_normalizer
    else:
        moved = s[:, :2] - (truth[:, :2] * grid - tf.cast(cell, dtype))
        grown = v[:, 2:4] - tf.math.log(truth[:, 2:] * grid / tf.gather(anchor, chosen))
        place = tf.concat([moved, grown], 1) * (coordinate * (2 - truth[:, 2:3] * truth[:, 3:4]))
    place = tf.concat([place, object_ * (s[:, 4:5] - 1)], 1)
    s = s[:, 5:]
    classes = class_ * (s - tf.one_hot(label, numbers - 5, dtype=dtype))
    own_class = tf.gather(s, label, batch_dims=1)
    if focal:
        focus = 0.5 * (own_class - 1) * (2 * own_class * tf.math.log(own_class + 1e-15) + own_class - 1)
        classes *= focus[:, tf.newaxis]
    boxed = tf.reshape(tf.pad(idle[..., tf.newaxis], [[0, 0]] * 4 + [[4, 0]]), [-1, 5])
    boxed = tf.tensor_scatter_nd_update(boxed, at[last][:, tf.newaxis], place[last])
    named = tf.zeros([tf.shape(boxed)[0], numbers - 5], dtype)
    named = tf.tensor_scatter_nd_update(named, at[first][:, tf.newaxis], classes[first])
    if class_:
        named = tf.tensor_scatter_nd_update(named, tf.stack([at, label], 1)[~first], own_class[~first] - 1)
    delta = tf.stop_gradient(tf.reshape(tf.concat([boxed, named], 1), tf.shape(prediction)))
    if iou_loss:
        loss = tf.reduce_sum(delta[..., 4:] ** 2) + iou_normalizer * tf.reduce_sum(1 - giou(own, corners))
    else:
        loss = tf.reduce_sum(delta**2)
    if logistic:
        straight = tf.ones_like(x[..., 2:4])
        slopes = [(through * (1 - through))[..., :2], straight, (p * (1 - p))[..., 4:]]
        delta *= tf.concat(slopes, -1)
    pull = tf.reduce_sum(prediction * tf.stop_gradient(delta)) / tf.cast(n, dtype)
    return tf.stop_gradient(loss) / tf.cast(n, dtype) + (pull - tf.stop_gradient(pull))
