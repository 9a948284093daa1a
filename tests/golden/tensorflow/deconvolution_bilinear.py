# A net | Input: data 2×4×6×7. | Output: y 2×4×14×16. | Phase: TEST.
# tf | bilinear, depthwise_conv2d_transpose
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        self.variable(
            "deconvolution_kernel",
            tf.transpose(bilinear(shape=[4, 1, 4, 4], dtype=dtype), [2, 3, 0, 1]),
        )
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
        y = depthwise_conv2d_transpose(data_nhwc, self.deconvolution_kernel, stride=2)  # 2×14×16×4
        y_nchw = tf.transpose(y, [0, 3, 1, 2])  # 2×4×14×16
        return y_nchw
