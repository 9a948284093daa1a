"""A net in TensorFlow, written by netspec.

Input: data 2×4×6×7.
Output: y 2×4×14×16.
"""

import tensorflow as tf


def bilinear(shape: list[int], dtype: tf.DType) -> tf.Tensor:
    """The kernel of bilinear interpolation on the last two axes, for every pair of channels."""
    size = shape[-1]
    half = (size + 1) // 2
    ramp = 1.0 - tf.abs(tf.range(size, dtype=dtype) / half - (size - 1) / (2 * half))
    return tf.broadcast_to(ramp[:, tf.newaxis] * ramp, shape)


class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        self.deconvolution_kernel = tf.Variable(
            tf.transpose(bilinear([4, 1, 4, 4], dtype), [2, 3, 0, 1]), name="deconvolution_kernel"
        )
        # What tf.saved_model.save stores: the shapes and the precision of the inputs are fixed.
        self.forward = tf.function(
            self.__call__, input_signature=[tf.TensorSpec([2, 4, 6, 7], dtype)]
        )

    @tf.function(autograph=False)
    def __call__(self, data: tf.Tensor) -> tf.Tensor:
        data_nhwc = tf.transpose(data, [0, 2, 3, 1])  # 2×6×7×4
        y = tf.nn.depthwise_conv2d_backprop_input(
            [2, 14, 16, 4], self.deconvolution_kernel, data_nhwc, [1, 2, 2, 1], "VALID"
        )  # 2×14×16×4
        y_nchw = tf.transpose(y, [0, 3, 1, 2])  # 2×4×14×16
        return y_nchw
