"""A net in TensorFlow, written by netspec.

Input: data 2×4×6×6.
Output: y 2×4×4×4.
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


def avg_pool(x: tf.Tensor, kernel: list[int], strides: list[int], pads: list[int], ends: list[int]) -> tf.Tensor:
    """Means of windows over zeros around x. What a window has beyond `pads` does not count."""
    around = [[pad, end] for pad, end in zip(pads, ends, strict=True)]
    padded = tf.pad(x, [[0, 0], *around, [0, 0]])
    if len(kernel) == 3:
        means = pool3d(tf.nn.avg_pool2d, padded, kernel, strides)
    else:
        means = tf.nn.avg_pool(padded, kernel, strides, "VALID")
    for i, (window, stride, pad) in enumerate(zip(kernel, strides, pads, strict=True)):
        begin = tf.range(tf.shape(means)[i + 1]) * stride - pad
        counted = tf.minimum(begin + window, tf.shape(x)[i + 1] + pad) - begin
        means *= tf.reshape(window / tf.cast(counted, x.dtype), [-1] + [1] * (len(kernel) - i))
    return means


class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda data: {"y": self(data)},
            input_signature=[tf.TensorSpec([2, 4, 6, 6], dtype)],
            autograph=False,
        )

    @tf.function(autograph=False)
    def __call__(self, data: tf.Tensor) -> tf.Tensor:
        data_nhwc = tf.transpose(data, [0, 2, 3, 1])  # 2×6×6×4
        y = avg_pool(data_nhwc, [1, 1], [2, 2], [0, 0], [1, 1])  # 2×4×4×4
        y_nchw = tf.transpose(y, [0, 3, 1, 2])
        return y_nchw
