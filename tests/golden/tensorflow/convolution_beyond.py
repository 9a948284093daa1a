# A net | Input: data 1×2×3×3. | Output: y 1×6×1×1. | Phase: TEST.
# tf | xavier
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        self.variable("convolution_kernel", xavier(shape=[4, 4, 2, 6], fan=32, dtype=dtype))
        self.variable("convolution_bias", tf.zeros([6], dtype))
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda data: {"y": self(data)},
            input_signature=[tf.TensorSpec([1, 2, 3, 3], dtype)],
            autograph=False,
        )

    def variable(self, name: str, value: tf.Tensor, trainable: bool = True) -> None:
        """Makes `self.name`, in graphs of the same name."""
        setattr(self, name, tf.Variable(value, trainable=trainable, name=name))

    @tf.function(autograph=False)
    def __call__(self, data: tf.Tensor) -> tf.Tensor:
        data_nhwc = tf.transpose(data, [0, 2, 3, 1])  # 1×3×3×2
        y = (
            tf.nn.conv2d(data_nhwc, self.convolution_kernel, 3, [[0, 0], [0, 1], [0, 1], [0, 0]])
            + self.convolution_bias
        )  # 1×1×1×6
        y_nchw = tf.transpose(y, [0, 3, 1, 2])  # 1×6×1×1
        return y_nchw
