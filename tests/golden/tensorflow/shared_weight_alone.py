# A net | Input: a 2×4, b 2×4. | Output: ya 2×3, yb 2×3. | Phase: TEST.
# tf | xavier
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        self.variable("ip_a_kernel", xavier(shape=[4, 3], fan=4, dtype=dtype))
        self.variable("ip_a_bias", tf.zeros([3], dtype))
        self.variable("ip_b_bias", tf.zeros([3], dtype))
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            self.__call__,
            input_signature=[tf.TensorSpec([2, 4], dtype), tf.TensorSpec([2, 4], dtype)],
        )

    def variable(self, name: str, value: tf.Tensor, trainable: bool = True) -> None:
        """Makes `self.name`, in graphs of the same name."""
        setattr(self, name, tf.Variable(value, trainable=trainable, name=name))

    @tf.function(autograph=False)
    def __call__(self, a: tf.Tensor, b: tf.Tensor) -> dict[str, tf.Tensor]:
        ya = tf.matmul(a, self.ip_a_kernel) + self.ip_a_bias  # 2×3
        yb = tf.matmul(b, self.ip_a_kernel) + self.ip_b_bias  # 2×3
        return {"ya": ya, "yb": yb}
