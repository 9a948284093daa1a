"""Dense in TensorFlow, written by netspec.

Input: x 4×6.
Output: sum 4×5.
Phase: TEST.
"""

import tensorflow as tf


def xavier(*, shape: list[int], fan: float, dtype: tf.DType) -> tf.Tensor:
    """Uniform, with variance 1 / fan."""
    bound = (3.0 / fan) ** 0.5
    return tf.random.uniform(shape, -bound, bound, dtype)


class Dense(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        self.variable("one_kernel", xavier(shape=[3, 5], fan=3, dtype=dtype))
        self.variable("one_bias", tf.zeros([5], dtype))
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda x: {"sum": self(x)},
            input_signature=[tf.TensorSpec([4, 6], dtype)],
            autograph=False,
        )

    def variable(self, name: str, value: tf.Tensor, trainable: bool = True) -> None:
        """Makes `self.name`, in graphs of the same name."""
        setattr(self, name, tf.Variable(value, trainable=trainable, name=name))

    @tf.function(autograph=False)
    def __call__(self, x: tf.Tensor) -> tf.Tensor:
        a, b = tf.split(x, 2, 1)
        y = tf.matmul(a, self.one_kernel) + self.one_bias  # 4×5
        z = tf.matmul(b, self.one_kernel) + self.one_bias  # 4×5
        sum_ = y + z
        return sum_
