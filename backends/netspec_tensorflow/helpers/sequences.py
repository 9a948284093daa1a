"""Sequences of labels."""

# The type stubs of tensorflow cover a part of it, and let any size be None.
# pyright: basic, reportArgumentType=false, reportOptionalOperand=false, reportOperatorIssue=false

from __future__ import annotations

import tensorflow as tf


def ctc_losses(likely: tf.Tensor, skips: tf.Tensor, count: tf.Tensor) -> tf.Tensor:
    """−log of the probability of all ways through states, N: from one of the first two to the last
    one of an item's 2·count + 1, or the one before it; 0 if there is none.

    likely: the log-probability of each state at each step, T×N×S. A step stays, or goes on by one,
    or by two where `skips`, N×S, holds for the state that it leads to.
    """
    least = tf.constant(-1e30, likely.dtype)

    def go_on(alpha: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        one = tf.pad(alpha[:, :-1], [[0, 0], [1, 0]], constant_values=least)
        two = tf.pad(alpha[:, :-2], [[0, 0], [2, 0]], constant_values=least)
        return tf.reduce_logsumexp(tf.stack([alpha, one, tf.where(skips, two, least)]), 0) + step

    begin = tf.where(tf.range(tf.shape(likely)[2]) < 2, likely[0], least)
    alpha = tf.concat([begin[tf.newaxis], tf.scan(go_on, likely[1:], initializer=begin)], 0)[-1]
    last = 2 * count[:, tf.newaxis]
    before = tf.gather(alpha, tf.maximum(last - 1, 0), batch_dims=1)
    before = tf.where(last > 0, before, least)
    ends = tf.concat([tf.gather(alpha, last, batch_dims=1), before], 1)
    losses = -tf.reduce_logsumexp(ends, 1)
    return tf.where(losses > -least / 2, tf.constant(0.0, likely.dtype), losses)
