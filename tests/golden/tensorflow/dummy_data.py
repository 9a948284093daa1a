"""A net in TensorFlow, written by netspec.

Input: none.
Output: y 2×6.
"""

import tensorflow as tf


class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        self.dtype = dtype
        # What tf.saved_model.save stores: the shapes and the precision of the inputs are fixed.
        self.forward = tf.function(self.__call__, input_signature=[])

    @tf.function(autograph=False)
    def __call__(self) -> tf.Tensor:
        a = tf.constant(0.5, self.dtype, [2, 3])  # 2×3
        b = tf.constant(0.5, self.dtype, [2, 3])  # 2×3
        y = tf.concat([a, b], axis=1)  # 2×6
        return y
