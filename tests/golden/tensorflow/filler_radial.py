# A net | Input: data 1×2×4×4×4. | Output: y 1×6×2×2×2. | Phase: TEST.
# tf | xavier, symmetric
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        self.variable(
            "convolution_kernel",
            tf.transpose(
                symmetric(xavier(shape=[6, 2, 3, 3, 3], fan=54, dtype=dtype), filters=3),
                [2, 3, 4, 1, 0],
            ),
        )
        self.variable("convolution_bias", tf.zeros([6], dtype))
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda data: {"y": self(data)},
            input_signature=[tf.TensorSpec([1, 2, 4, 4, 4], dtype)],
            autograph=False,
        )

    def variable(self, name: str, value: tf.Tensor, trainable: bool = True) -> None:
        """Makes `self.name`, in graphs of the same name."""
        setattr(self, name, tf.Variable(value, trainable=trainable, name=name))

    @tf.function(autograph=False)
    def __call__(self, data: tf.Tensor) -> tf.Tensor:
        data_ndhwc = tf.transpose(data, [0, 2, 3, 4, 1])  # 1×4×4×4×2
        y = (
            tf.nn.conv3d(data_ndhwc, self.convolution_kernel, [1, 1, 1, 1, 1], "VALID")
            + self.convolution_bias
        )  # 1×2×2×2×6
        y_ncdhw = tf.transpose(y, [0, 4, 1, 2, 3])  # 1×6×2×2×2
        return y_ncdhw
