"""A net in TensorFlow, written by netspec.

Input: data 2×4×6×6.
Output: mask 2×4×3×3, y 2×4×3×3.
Phase: TEST.
"""

import tensorflow as tf


def max_pool_with_index(
    x: tf.Tensor, kernel: list[int], strides: list[int], pads: list[int], ends: list[int]
) -> tuple[tf.Tensor, tf.Tensor]:
    """Maxima of windows, and the index of each in its plane of x; -1 for a window outside."""
    around = [[pad, end] for pad, end in zip(pads, ends, strict=True)]
    padded = tf.pad(x, [[0, 0], *around, [0, 0]], constant_values=x.dtype.min)
    maxima, index = tf.nn.max_pool_with_argmax(padded, kernel, strides, "VALID")
    sizes, channels = tf.shape(x, tf.int64), x.shape[3]
    height, width = sizes[1], sizes[2]
    row = index // channels // tf.shape(padded, tf.int64)[2] - pads[0]
    column = index // channels % tf.shape(padded, tf.int64)[2] - pads[1]
    inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
    return maxima, tf.cast(tf.where(inside, row * width + column, -1), x.dtype)


class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            self.__call__, input_signature=[tf.TensorSpec([2, 4, 6, 6], dtype)]
        )

    @tf.function(autograph=False)
    def __call__(self, data: tf.Tensor) -> dict[str, tf.Tensor]:
        data_nhwc = tf.transpose(data, [0, 2, 3, 1])  # 2×6×6×4
        y, mask = max_pool_with_index(data_nhwc, [2, 2], [2, 2], [0, 0], [0, 0])
        mask_nchw = tf.transpose(mask, [0, 3, 1, 2])  # 2×4×3×3
        y_nchw = tf.transpose(y, [0, 3, 1, 2])  # 2×4×3×3
        return {"mask": mask_nchw, "y": y_nchw}
