"""Loss in TensorFlow, written by netspec.

Input: x 4×3, y 4×3.
Output: loss ().
Phase: TEST.
"""

import tensorflow as tf


class Loss(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda x, y: {"loss": self(x, y)},
            input_signature=[tf.TensorSpec([4, 3], dtype), tf.TensorSpec([4, 3], dtype)],
            autograph=False,
        )

    @tf.function(autograph=False)
    def __call__(self, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        loss = 2.0 * tf.reduce_mean(tf.reduce_sum(tf.square(x - y), axis=1)) / 2  # scalar
        return loss
