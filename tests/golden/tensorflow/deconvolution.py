# A net | Input: data 2×4×6×7. | Output: y 2×6×12×14. | Phase: TEST.
# tf | xavier, grouped
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        self.variable("deconvolution_kernel", xavier(shape=[4, 4, 3, 4], fan=48, dtype=dtype))
        self.variable("deconvolution_bias", tf.zeros([6], dtype))
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
        whole = grouped(
            data_nhwc,
            self.deconvolution_kernel,
            groups=2,
            convolution=tf.nn.conv2d_transpose,
            output_shape=[2, 14, 16, 3],
            strides=2,
            padding="VALID",
        )
        y = whole[:, 1:-1, 1:-1] + self.deconvolution_bias  # 2×12×14×6
        y_nchw = tf.transpose(y, [0, 3, 1, 2])  # 2×6×12×14
        return y_nchw
