# A net | Input: data 2×4×6. | Output: y 2×6×4. | Phase: TEST.
# tf | xavier
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        self.variable("convolution_kernel", xavier(shape=[3, 4, 6], fan=12, dtype=dtype))
        self.variable("convolution_bias", tf.zeros([6], dtype))
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda data: {"y": self(data)},
            input_signature=[tf.TensorSpec([2, 4, 6], dtype)],
            autograph=False,
        )

    def variable(self, name: str, value: tf.Tensor, trainable: bool = True) -> None:
        """Makes `self.name`, in graphs of the same name."""
        setattr(self, name, tf.Variable(value, trainable=trainable, name=name))

    @tf.function(autograph=False)
    def __call__(self, data: tf.Tensor) -> tf.Tensor:
        data_nwc = tf.transpose(data, [0, 2, 1])  # 2×6×4
        y = tf.nn.conv1d(data_nwc, self.convolution_kernel, 1, "VALID") + self.convolution_bias
        y_ncw = tf.transpose(y, [0, 2, 1])  # 2×6×4
        return y_ncw
