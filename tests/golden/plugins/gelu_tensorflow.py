"""Gelu in TensorFlow, written by netspec.

Input: data 2×3.
Output: gelu 2×3.
Phase: TEST.
"""

import tensorflow as tf


class Gelu(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda data: {"gelu": self(data)},
            input_signature=[tf.TensorSpec([2, 3], dtype)],
            autograph=False,
        )

    @tf.function(autograph=False)
    def __call__(self, data: tf.Tensor) -> tf.Tensor:
        gelu = 0.5 * data * (1.0 + tf.math.erf(0.7071067811865476 * data))
        return gelu
