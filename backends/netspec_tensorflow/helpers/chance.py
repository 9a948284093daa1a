"""What is drawn."""

# The type stubs of tensorflow cover a part of it, and let any size be None.
# pyright: basic, reportArgumentType=false, reportOptionalOperand=false, reportOperatorIssue=false

from __future__ import annotations

import tensorflow as tf


def uniform_like(x: tf.Tensor) -> tf.Tensor:
    """A number between 0 and 1 for each element, drawn."""
    return tf.random.uniform(tf.shape(x), dtype=x.dtype)


def drawn(places: tf.Tensor, counts: tf.Tensor) -> tf.Tensor:
    """Which of N×P places are met by as many draws as `counts` says for each item."""
    n, count = tf.unstack(tf.shape(places))
    counts = tf.cast(counts, tf.int32)
    draws = tf.range(tf.reduce_max(counts))
    place = tf.random.uniform([n, tf.size(draws)], maxval=count, dtype=tf.int32)
    place = tf.where(draws < counts[:, tf.newaxis], place, -1)
    return tf.reduce_any(tf.equal(place[..., tf.newaxis], tf.range(count)), 1)
