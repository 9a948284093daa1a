"""Sampling: axes of another size."""

# The type stubs of tensorflow cover a part of it, and let any size be None.
# pyright: basic, reportArgumentType=false, reportOptionalOperand=false, reportOperatorIssue=false

from __future__ import annotations

import tensorflow as tf


def nearest(
    x: tf.Tensor, *, axis: int, size: int, step: int, shift: int, divisor: int
) -> tf.Tensor:
    """An axis of another size: element i is that at (step·i + shift) / divisor, rounded down."""
    at = (tf.range(size) * step + shift) // divisor
    return tf.gather(x, tf.clip_by_value(at, 0, tf.shape(x)[axis] - 1), axis=axis)


def linear(x: tf.Tensor, *, axis: int, size: int, scale: float, shift: float = 0.0) -> tf.Tensor:
    """An axis of another size, whose element i lies at scale·i + shift between two elements of the
    input.
    """
    last = tf.shape(x)[axis] - 1
    wide = (
        tf.float64 if x.dtype == tf.float64 else tf.float32
    )  # half precision is too coarse for places
    at = tf.clip_by_value(tf.range(size, dtype=wide) * scale + shift, 0, tf.cast(last, wide))
    below = tf.cast(at, tf.int32)
    share = tf.reshape(tf.cast(at - tf.floor(at), x.dtype), [-1] + [1] * (len(x.shape) - 1 - axis))
    low, high = (tf.gather(x, tf.minimum(below + i, last), axis=axis) for i in (0, 1))
    return low + share * (high - low)


def filtered(
    x: tf.Tensor,
    *,
    axis: int,
    size: int,
    scale: float,
    shift: float = 0.0,
    sharpness: float = 1.0,
    cubic: bool = False,
) -> tf.Tensor:
    """An axis of another size, whose element i is the mean of those around scale·i + shift.

    What an element counts falls with its distance, times `sharpness`: as a line, or as Catmull and
    Rom's cubic.
    """
    wide = (
        tf.float64 if x.dtype == tf.float64 else tf.float32
    )  # half precision is too coarse for places
    at = tf.range(size, dtype=wide)[:, tf.newaxis] * scale + shift
    d = tf.abs(at - tf.range(tf.shape(x)[axis], dtype=wide)) * sharpness
    if cubic:
        weights = tf.where(d <= 1, d * d * (1.5 * d - 2.5) + 1, (d * (2.5 - 0.5 * d) - 4) * d + 2)
        weights = tf.where(d < 2, weights, 0.0)
    else:
        weights = tf.nn.relu(1 - d)
    weights = tf.math.divide_no_nan(weights, tf.reduce_sum(weights, axis=1, keepdims=True))
    weights, order = tf.cast(weights, x.dtype), list(range(len(x.shape) - 1))
    order.insert(axis, len(order))
    return tf.transpose(tf.tensordot(x, weights, [[axis], [1]]), order)
