# A net | Input: data 2×4. | Output: y 2×6. | Phase: TEST.
# tf | xavier, grouped
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        self.variable("convolution_kernel", xavier(shape=[2, 6], fan=2, dtype=dtype))
        self.variable("convolution_bias", tf.zeros([6], dtype))
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda data: {"y": self(data)},
            input_signature=[tf.TensorSpec([2, 4], dtype)],
            autograph=False,
        )

    def variable(self, name: str, value: tf.Tensor, trainable: bool = True) -> None:
        """Makes `self.name`, in graphs of the same name."""
        setattr(self, name, tf.Variable(value, trainable=trainable, name=name))

    @tf.function(autograph=False)
    def __call__(self, data: tf.Tensor) -> tf.Tensor:
        y = (
            grouped(data, self.convolution_kernel, groups=2, convolution=tf.matmul)
            + self.convolution_bias
        )  # 2×6
        return y
