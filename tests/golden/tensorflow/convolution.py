# A net | Input: data 2×4×6×7. | Output: y 2×6×6×7. | Phase: TEST.
# tf | xavier
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        self.variable("convolution_kernel", xavier(shape=[3, 3, 4, 6], fan=36, dtype=dtype))
        self.variable("convolution_bias", tf.zeros([6], dtype))
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
        data_nhwc = tf.transpose(data, [0, 2, 3, 1])  # 2×6×7×4
        y = tf.nn.conv2d(data_nhwc, self.convolution_kernel, 1, "SAME") + self.convolution_bias
        y_nchw = tf.transpose(y, [0, 3, 1, 2])  # 2×6×6×7
        return y_nchw
