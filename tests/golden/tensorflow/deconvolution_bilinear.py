"""A net in TensorFlow, written by netspec.

Input: data 2×4×6×7.
Output: y 2×4×14×16.
Phase: TEST.
"""

import tensorflow as tf


def bilinear(shape: list[int], dtype: tf.DType) -> tf.Tensor:
    """The kernel of bilinear interpolation on the last two axes, for every pair of channels."""
    size = shape[-1]
    half = (size + 1) // 2
    ramp = 1.0 - tf.abs(tf.cast(tf.range(size), dtype) / half - (size - 1) / (2 * half))
    return tf.broadcast_to(ramp[:, tf.newaxis] * ramp, shape)


def depthwise_conv2d_transpose(x: tf.Tensor, kernel: tf.Tensor, stride: int) -> tf.Tensor:
    """The transpose of a depthwise convolution without padding; kernel: h×w×C×1. TensorFlow's own does not go through
    TFLite. Each of the stride² elements that follow from a place is a convolution with a part of the kernel."""
    height, width, channels, _ = kernel.shape
    rows, columns = -(-height // stride), -(-width // stride)
    kernel = tf.pad(kernel, [[0, rows * stride - height], [0, columns * stride - width], [0, 0], [0, 0]])
    parts = tf.reverse(tf.reshape(kernel, [rows, stride, columns, stride, channels]), [0, 2])
    parts = tf.reshape(tf.transpose(parts, [0, 2, 4, 1, 3]), [rows, columns, channels, stride**2])
    around = [[0, 0], [rows - 1, rows - 1], [columns - 1, columns - 1], [0, 0]]
    y = tf.nn.depthwise_conv2d(tf.pad(x, around), parts, [1, 1, 1, 1], "VALID")
    _, h, w, _ = tf.unstack(tf.shape(y))
    y = tf.transpose(tf.reshape(y, [-1, h, w, channels, stride, stride]), [0, 1, 4, 2, 5, 3])
    whole = tf.reshape(y, [-1, h * stride, w * stride, channels])
    return whole[:, : stride * (h - rows) + height, : stride * (w - columns) + width]


class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        self.deconvolution_kernel = tf.Variable(
            tf.transpose(bilinear([4, 1, 4, 4], dtype), [2, 3, 0, 1]), name="deconvolution_kernel"
        )
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda data: {"y": self(data)},
            input_signature=[tf.TensorSpec([2, 4, 6, 7], dtype)],
            autograph=False,
        )

    @tf.function(autograph=False)
    def __call__(self, data: tf.Tensor) -> tf.Tensor:
        data_nhwc = tf.transpose(data, [0, 2, 3, 1])  # 2×6×7×4
        y = depthwise_conv2d_transpose(data_nhwc, self.deconvolution_kernel, 2)  # 2×14×16×4
        y_nchw = tf.transpose(y, [0, 3, 1, 2])  # 2×4×14×16
        return y_nchw
