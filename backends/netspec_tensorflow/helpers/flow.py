"""Images moved along a flow, and made smaller around what is no number."""

# The type stubs of tensorflow cover a part of it, and let any size be None.
# pyright: basic, reportArgumentType=false, reportOptionalOperand=false, reportOperatorIssue=false

from __future__ import annotations

import tensorflow as tf


def flow_warp(x: tf.Tensor, flow: tf.Tensor, *, fill: float = 0.0) -> tf.Tensor:
    """x at the places that the flow of each place points to, between elements bilinearly; `fill` outside."""
    height, width = tf.shape(x)[1], tf.shape(x)[2]
    wide = tf.float64 if x.dtype == tf.float64 else tf.float32  # half precision is too coarse for places
    flow = tf.cast(flow, wide)
    column = tf.range(width, dtype=wide) + flow[..., 0]
    row = tf.range(height, dtype=wide)[:, tf.newaxis] + flow[..., 1]
    inside = (column >= 0) & (row >= 0) & (column < tf.cast(width, wide)) & (row < tf.cast(height, wide))
    column, row = (tf.where(inside, place, tf.zeros_like(place)) for place in (column, row))
    left, above = tf.cast(column, tf.int32), tf.cast(row, tf.int32)
    right, below = tf.minimum(left + 1, width - 1), tf.minimum(above + 1, height - 1)

    def at(row: tf.Tensor, column: tf.Tensor) -> tf.Tensor:
        return tf.gather_nd(x, tf.stack([row, column], axis=-1), batch_dims=1)

    share, down = (tf.cast(at - tf.floor(at), x.dtype)[..., tf.newaxis] for at in (column, row))
    upper = (1 - share) * at(above, left) + share * at(above, right)
    lower = (1 - share) * at(below, left) + share * at(below, right)
    return tf.where(inside[..., tf.newaxis], (1 - down) * upper + down * lower, tf.cast(fill, x.dtype))


def downsample(x: tf.Tensor, *, height: int, width: int) -> tf.Tensor:
    """The mean of the numbers around each place, their weight falling as a line; NaN where more than half is none."""

    def nearness(axis: int, output: int) -> tf.Tensor:
        size = tf.shape(x)[axis]
        wide = tf.float64 if x.dtype == tf.float64 else tf.float32  # half precision is too coarse for places
        step = tf.cast(size - 1, wide) / tf.cast(output - 1, wide)
        at = tf.range(output, dtype=wide)[:, tf.newaxis] * step
        return tf.cast(tf.nn.relu(1 - tf.abs(tf.range(size, dtype=wide) - at) / step), x.dtype)

    def around(values: tf.Tensor) -> tf.Tensor:
        return tf.einsum("nhwc,ih,jw->nijc", values, down, along)

    down, along = nearness(1, height), nearness(2, width)
    missing = tf.math.is_nan(x)
    counted, lost = around(tf.cast(~missing, x.dtype)), around(tf.cast(missing, x.dtype))
    value = around(tf.where(missing, tf.zeros_like(x), x)) / counted
    return tf.where(lost / counted > 0.5, tf.cast(float("nan"), x.dtype), value)
