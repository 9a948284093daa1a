"""A net in TensorFlow, written by netspec.

Input: data 2×4×6×7.
Output: y 2×4×6×7.
"""

import tensorflow as tf


class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        # What tf.saved_model.save stores: the shapes and the precision of the inputs are fixed.
        self.forward = tf.function(
            self.__call__, input_signature=[tf.TensorSpec([2, 4, 6, 7], dtype)]
        )

    @tf.function(autograph=False)
    def __call__(self, data: tf.Tensor) -> tf.Tensor:
        y = tf.nn.softmax(data, axis=1)
        return y
