# A net | Input: data 2×4×6×7. | Output: y 2×5. | Phase: TEST.
# tf
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        self.variable("innerproduct_kernel", tf.random.normal([168, 5], 0.0, 0.01, dtype))
        self.variable("innerproduct_bias", tf.zeros([5], dtype))
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda data: {"y": self(data)},
            input_signature=[tf.TensorSpec([2, 4, 6, 7], dtype)],
            autograph=False,
        )

    def variable(self, name: str, value: tf.Tensor, trainable: bool = True) -> None:
        """Makes `self.name`, in graphs of the same name."""
        setattr(self, name, tf.Variable(value, trainable=trainable, name=name))

    @tf.function(autograph=False)
    def __call__(self, data: tf.Tensor) -> tf.Tensor:
        y = (
            tf.matmul(tf.reshape(data, [-1, 168]), self.innerproduct_kernel)
            + self.innerproduct_bias
        )  # 2×5
        return y
