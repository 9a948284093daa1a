"""The boxes that YOLO predicts."""

# The type stubs of tensorflow cover a part of it, and let any size be None.
# pyright: basic, reportArgumentType=false, reportOptionalOperand=false, reportOperatorIssue=false

from __future__ import annotations

import tensorflow as tf

from netspec_tensorflow.helpers.boxes import nms


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
