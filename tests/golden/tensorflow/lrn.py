"""A net in TensorFlow, written by netspec.

Input: data 2×4×6×7.
Output: y 2×4×6×7.
Phase: TEST.
"""

import tensorflow as tf


def neighbour_sums(x: tf.Tensor, size: int) -> tf.Tensor:
    """For each channel, the last axis, the sum over the `size` channels around it."""
    half = size // 2
    padded = tf.pad(x, [[0, 0]] * (len(x.shape) - 1) + [[half, half]])
    return tf.add_n([padded[..., i : i + x.shape[-1]] for i in range(size)])


class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda data: {"y": self(data)},
            input_signature=[tf.TensorSpec([2, 4, 6, 7], dtype)],
            autograph=False,
        )

    @tf.function(autograph=False)
    def __call__(self, data: tf.Tensor) -> tf.Tensor:
        data_nhwc = tf.transpose(data, [0, 2, 3, 1])  # 2×6×7×4
        y = (
            data_nhwc
            * (2.0 + 3.3333333333333335e-05 * neighbour_sums(tf.square(data_nhwc), 3)) ** -0.75
        )
        y_nchw = tf.transpose(y, [0, 3, 1, 2])  # 2×4×6×7
        return y_nchw
