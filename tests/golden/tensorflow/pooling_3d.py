"""A net in TensorFlow, written by netspec.

Input: data 1×2×4×4×4.
Output: y 1×2×2×2×2.
Phase: TEST.
"""

import tensorflow as tf


def pool3d(pool2d, x: tf.Tensor, kernel: list[int], strides: list[int]) -> tf.Tensor:
    """Pooling on three axes, by planes and then across them."""
    batch, depth, rows, columns, _ = tf.unstack(tf.shape(x))
    channels = x.shape[4]
    planes = pool2d(tf.reshape(x, [batch * depth, rows, columns, channels]), kernel[1:], strides[1:], "VALID")
    height, width = tf.shape(planes)[1], tf.shape(planes)[2]
    columns = tf.reshape(planes, [batch, depth, height * width, channels])
    pooled = pool2d(columns, [kernel[0], 1], [strides[0], 1], "VALID")
    return tf.reshape(pooled, [batch, -1, height, width, channels])


class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda data: {"y": self(data)},
            input_signature=[tf.TensorSpec([1, 2, 4, 4, 4], dtype)],
            autograph=False,
        )

    @tf.function(autograph=False)
    def __call__(self, data: tf.Tensor) -> tf.Tensor:
        data_ndhwc = tf.transpose(data, [0, 2, 3, 4, 1])  # 1×4×4×4×2
        y = pool3d(tf.nn.max_pool2d, data_ndhwc, [2, 2, 2], [2, 2, 2])  # 1×2×2×2×2
        y_ncdhw = tf.transpose(y, [0, 4, 1, 2, 3])
        return y_ncdhw
