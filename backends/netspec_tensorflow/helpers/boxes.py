"""Loops over boxes, and rows put in the place of others."""

# The type stubs of tensorflow cover a part of it, and let any size be None.
# pyright: basic, reportArgumentType=false, reportOptionalOperand=false, reportOperatorIssue=false

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf


def put_rows(x: tf.Tensor, indices: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    """N×P×F with other rows at the indices of each item, N×A×1."""
    items = (
        tf.ones_like(indices)
        * tf.range(tf.shape(x)[0], dtype=indices.dtype)[:, tf.newaxis, tf.newaxis]
    )
    return tf.tensor_scatter_nd_update(x, tf.concat([items, indices], axis=-1), values)


def nms(
    boxes: tf.Tensor,
    candidates: tf.Tensor,
    *,
    iou: Callable[[tf.Tensor, tf.Tensor], tf.Tensor],
    iou_threshold: float,
    eta: float = 1.0,
    inclusive: bool = False,
) -> tf.Tensor:
    """Non-maximum suppression: which candidates among boxes N×P×4, best first, are kept, those
    whose IoU with each box kept before is at most `iou_threshold`.

    eta: what the threshold is multiplied by after each box kept, while it is above 0.5. inclusive:
    whether an IoU of just the threshold is too much.
    """
    n, count = tf.unstack(tf.shape(candidates))

    def look(
        i: tf.Tensor, kept: tf.Tensor, thresholds: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        ious = iou(boxes[:, i : i + 1], boxes)[:, 0]
        covered = (
            ious >= thresholds[:, tf.newaxis] if inclusive else ious > thresholds[:, tf.newaxis]
        )
        keep = candidates[:, i] & ~tf.reduce_any(kept & covered, 1)
        if eta < 1:  # if eta
            thresholds = tf.where(keep & (thresholds > 0.5), thresholds * eta, thresholds)
        return i + 1, kept | (keep[:, tf.newaxis] & tf.equal(tf.range(count), i)), thresholds

    begin = (
        tf.constant(0),
        tf.zeros_like(candidates),
        tf.fill([n], tf.constant(iou_threshold, boxes.dtype)),
    )
    return tf.while_loop(lambda i, *_: i < count, look, begin)[1]


def pair_up(ious: tf.Tensor, *, overlap_threshold: float | None = None) -> tf.Tensor:
    """The column that each row of N×P×G is matched with, N×P×1; 0, which is no annotation, for
    none. Of each item the largest element matches its row and its column, then the largest of those
    left, and so on.

    overlap_threshold: from where on rows left take their largest one.
    """
    rows, columns = (tf.range(size, dtype=tf.int64) for size in tf.unstack(tf.shape(ious)[1:]))

    def pair(left: tf.Tensor, matched: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        largest = tf.reduce_max(left, 2)
        row = tf.argmax(largest, 1)
        column = tf.argmax(tf.gather(left, row, batch_dims=1), 1)[:, tf.newaxis]
        in_row, in_column = tf.equal(rows, row[:, tf.newaxis]), tf.equal(columns, column)
        left = tf.where(
            in_row[..., tf.newaxis] | in_column[:, tf.newaxis], tf.zeros_like(left), left
        )
        return left, tf.where(
            in_row & (tf.reduce_max(largest, 1, keepdims=True) > 1e-6), column, matched
        )

    begin = ious, tf.zeros_like(ious[:, :, 0], tf.int64)
    matched = tf.while_loop(lambda left, _: tf.reduce_max(left) > 1e-6, pair, begin)[1]
    if overlap_threshold is None:  # unless overlap_threshold
        return matched[..., tf.newaxis]
    free = tf.equal(matched, 0) & (
        tf.reduce_max(ious, 2) >= overlap_threshold
    )  # if overlap_threshold
    return tf.where(free, tf.argmax(ious, 2), matched)[..., tf.newaxis]  # if overlap_threshold
