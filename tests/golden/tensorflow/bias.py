# A net | Input: data 2×4×6×7. | Output: y 2×4×6×7. | Phase: TEST.
# tf
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        self.variable("bias_bias", tf.constant(0.5, dtype, [4, 6]))
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
        y = data + self.bias_bias[..., tf.newaxis]
        return y
