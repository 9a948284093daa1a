"""Gelu in TensorFlow, written by netspec.

Input: data 2×3.
Output: gelu 2×3.
"""

import tensorflow as tf


class Gelu(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        # What tf.saved_model.save stores: the shapes and the precision of the inputs are fixed.
        self.forward = tf.function(self.__call__, input_signature=[tf.TensorSpec([2, 3], dtype)])

    @tf.function(autograph=False)
    def __call__(self, data: tf.Tensor) -> tf.Tensor:
        gelu = 0.5 * data * (1.0 + tf.math.erf(0.7071067811865476 * data))
        return gelu
