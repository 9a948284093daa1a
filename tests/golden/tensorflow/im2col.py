"""A net in TensorFlow, written by netspec.

Input: data 2×4×6×7.
Output: y 2×36×3×4.
Phase: TEST.
"""

import tensorflow as tf


def patches(
    x: tf.Tensor, axis: int, kernel: list[int], strides: list[int] | None = None, dilations: list[int] | None = None
) -> tf.Tensor:
    """What each element of a kernel sees, along a new axis behind `axis`, which is that of the channels."""
    columns = [x]
    for i, size in enumerate(kernel):
        stride, rate = strides[i] if strides else 1, dilations[i] if dilations else 1
        before = (slice(None),) * (axis + 1 + i)
        reach = tf.shape(x)[axis + 1 + i] - rate * (size - 1)
        starts = range(0, rate * size, rate)
        columns = [x[(*before, slice(start, start + reach, stride))] for x in columns for start in starts]
    return tf.stack(columns, axis + 1)


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
        padded = tf.pad(data, [[0, 0], [0, 0], [1, 1], [1, 1]])
        y = tf.reshape(patches(padded, 1, [3, 3], strides=[2, 2]), [2, 36, 3, 4])  # 2×36×3×4
        return y
