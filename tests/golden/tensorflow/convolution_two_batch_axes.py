# A net | Input: data 2×3×4×5×6. | Output: y 2×3×6×3×4. | Phase: TEST.
# tf | xavier
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        self.variable("convolution_kernel", xavier(shape=[3, 3, 4, 6], fan=36, dtype=dtype))
        self.variable("convolution_bias", tf.zeros([6], dtype))
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda data: {"y": self(data)},
            input_signature=[tf.TensorSpec([2, 3, 4, 5, 6], dtype)],
            autograph=False,
        )

    def variable(self, name: str, value: tf.Tensor, trainable: bool = True) -> None:
        """Makes `self.name`, in graphs of the same name."""
        setattr(self, name, tf.Variable(value, trainable=trainable, name=name))

    @tf.function(autograph=False)
    def __call__(self, data: tf.Tensor) -> tf.Tensor:
        convolution_input = tf.reshape(data, [6, 4, 5, 6])  # 6×4×5×6
        convolution_input_nhwc = tf.transpose(convolution_input, [0, 2, 3, 1])  # 6×5×6×4
        convolution = (
            tf.nn.conv2d(convolution_input_nhwc, self.convolution_kernel, 1, "VALID")
            + self.convolution_bias
        )  # 6×3×4×6
        convolution_nchw = tf.transpose(convolution, [0, 3, 1, 2])  # 6×6×3×4
        y = tf.reshape(convolution_nchw, [2, 3, 6, 3, 4])  # 2×3×6×3×4
        return y
