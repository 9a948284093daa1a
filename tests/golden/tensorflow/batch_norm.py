# A net | Input: data 2×4×6×7. | Output: y 2×4×6×7. | Phase: TEST.
# tf
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        self.variable("batchnorm_mean", tf.zeros([4], dtype), trainable=False)
        self.variable("batchnorm_variance", tf.zeros([4], dtype), trainable=False)
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
        y = tf.nn.batch_normalization(
            data,
            tf.reshape(self.batchnorm_mean, [4, 1, 1]),
            tf.reshape(self.batchnorm_variance, [4, 1, 1]),
            None,
            None,
            0.001,
        )
        return y
