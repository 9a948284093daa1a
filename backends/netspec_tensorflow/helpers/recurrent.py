"""Recurrent layers, step by step."""

# The type stubs of tensorflow cover a part of it, and let any size be None.
# pyright: basic, reportArgumentType=false, reportOptionalOperand=false, reportOperatorIssue=false

from __future__ import annotations

import tensorflow as tf


def lstm_steps(
    gates: tf.Tensor, cont: tf.Tensor, weight: tf.Tensor, h: tf.Tensor, c: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """From what the inputs add to the gates of every step, T×N×4H, and the first state to the
    hidden state after every step, T×N×H, and the last state. `cont`, T×N, is 0 where a sequence
    begins.
    """

    def step(state, inputs):
        h, c = state
        gate, keep = inputs
        i, f, o, g = tf.split(gate + tf.matmul(keep * h, weight), 4, axis=1)
        c = keep * tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
        return tf.sigmoid(o) * tf.tanh(c), c

    keep = tf.stop_gradient(cont)[..., tf.newaxis]
    h, c = tf.scan(
        step, (gates, keep), initializer=(tf.convert_to_tensor(h), tf.convert_to_tensor(c))
    )
    return h, h[-1], c[-1]


def rnn_steps(
    inputs: tf.Tensor, cont: tf.Tensor, weight: tf.Tensor, h: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """From what the inputs add to the state of every step, T×N×H, and the first state to the state
    after every step, T×N×H, and the last state. `cont`, T×N, is 0 where a sequence begins.
    """

    def step(h, inputs):
        x, keep = inputs
        return tf.tanh(x + tf.matmul(keep * h, weight))

    keep = tf.stop_gradient(cont)[..., tf.newaxis]
    h = tf.scan(step, (inputs, keep), initializer=tf.convert_to_tensor(h))
    return h, h[-1]
