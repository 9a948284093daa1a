"""Mine in TensorFlow, written by netspec.

Input: data 2×3×8×8.
Output: softgate 2×3×8×8.
"""

import tensorflow as tf


class Mine(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        # What tf.saved_model.save stores: the shapes and the precision of the inputs are fixed.
        self.forward = tf.function(
            self.__call__, input_signature=[tf.TensorSpec([2, 3, 8, 8], dtype)]
        )

    @tf.function(autograph=False)
    def __call__(self, data: tf.Tensor) -> tf.Tensor:
        softgate = data * tf.tanh(tf.nn.softplus(1.5 * data))
        return softgate
