"""Mine in TensorFlow, written by netspec.

Input: data 2×3×8×8.
Output: softgate 2×3×8×8.
Phase: TEST.
"""

import tensorflow as tf


class Mine(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda data: {"softgate": self(data)},
            input_signature=[tf.TensorSpec([2, 3, 8, 8], dtype)],
            autograph=False,
        )

    @tf.function(autograph=False)
    def __call__(self, data: tf.Tensor) -> tf.Tensor:
        softgate = data * tf.tanh(tf.nn.softplus(1.5 * data))
        return softgate
