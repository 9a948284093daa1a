"""A net in TensorFlow, written by netspec.

Input: data 2×4.
Output: y 2×6.
Phase: TEST.
"""

import tensorflow as tf


def xavier(shape: list[int], fan: float, dtype: tf.DType) -> tf.Tensor:
    """Uniform, with variance 1 / fan."""
    bound = (3.0 / fan) ** 0.5
    return tf.random.uniform(shape, -bound, bound, dtype)


def grouped(
    groups: int, convolution, x: tf.Tensor, kernel: tf.Tensor, *args, kernel_axis: int = -1, **named
) -> tf.Tensor:
    """A convolution for each group of channels apart."""
    parts = zip(tf.split(x, groups, axis=-1), tf.split(kernel, groups, axis=kernel_axis), strict=True)
    return tf.concat([convolution(part, weight, *args, **named) for part, weight in parts], axis=-1)


class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        self.convolution_kernel = tf.Variable(xavier([2, 6], 2, dtype), name="convolution_kernel")
        self.convolution_bias = tf.Variable(tf.zeros([6], dtype), name="convolution_bias")
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda data: {"y": self(data)},
            input_signature=[tf.TensorSpec([2, 4], dtype)],
            autograph=False,
        )

    @tf.function(autograph=False)
    def __call__(self, data: tf.Tensor) -> tf.Tensor:
        y = grouped(2, tf.matmul, data, self.convolution_kernel) + self.convolution_bias  # 2×6
        return y
