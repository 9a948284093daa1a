# A net | Input: c0 2×4×13×14. | Output: c14 2×4×5×3. | Phase: TEST.
# tf | xavier, Conv2D, grouped
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        self.conv0 = Conv2D(xavier(shape=[3, 3, 4, 4], fan=36, dtype=dtype))
        self.conv1 = Conv2D(
            xavier(shape=[1, 1, 4, 4], fan=4, dtype=dtype), bias=tf.constant(0.5, dtype, [4])
        )
        self.conv2 = Conv2D(
            xavier(shape=[3, 3, 4, 4], fan=36, dtype=dtype),
            bias=tf.random.normal([4], 0.0, 1.0, dtype),
            padding="VALID",
        )
        self.conv3 = Conv2D(
            xavier(shape=[3, 3, 4, 4], fan=36, dtype=dtype),
            strides=2,
            padding=[[0, 0], [1, 1], [1, 1], [0, 0]],
        )
        self.variable("conv4_kernel", xavier(shape=[3, 3, 4, 4], fan=36, dtype=dtype))
        self.variable("conv4_bias", tf.zeros([4], dtype))
        self.variable("conv5_kernel", xavier(shape=[3, 3, 2, 4], fan=18, dtype=dtype))
        self.variable("conv5_bias", tf.zeros([4], dtype))
        self.variable("conv6_kernel", xavier(shape=[3, 3, 4, 4], fan=36, dtype=dtype))
        self.variable(
            "conv7_kernel", xavier(shape=[3, 3, 4, 4], fan=36, dtype=dtype), trainable=False
        )
        self.variable("conv7_bias", tf.zeros([4], dtype))
        self.conv8 = Conv2D(xavier(shape=[3, 3, 4, 4], fan=36, dtype=dtype))
        self.variable("conv10_bias", tf.zeros([4], dtype))
        self.conv11 = Conv2D(
            xavier(shape=[1, 3, 4, 4], fan=12, dtype=dtype), strides=[1, 2], padding="VALID"
        )
        self.conv12 = Conv2D(xavier(shape=[1, 1, 4, 4], fan=4, dtype=dtype), strides=2)
        self.conv13 = Conv2D(
            xavier(shape=[1, 1, 4, 4], fan=4, dtype=dtype), padding=[[0, 0], [1, 1], [1, 1], [0, 0]]
        )
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda c0: {"c14": self(c0)},
            input_signature=[tf.TensorSpec([2, 4, 13, 14], dtype)],
            autograph=False,
        )

    def variable(self, name: str, value: tf.Tensor, trainable: bool = True) -> None:
        """Makes `self.name`, in graphs of the same name."""
        setattr(self, name, tf.Variable(value, trainable=trainable, name=name))

    @tf.function(autograph=False)
    def __call__(self, c0: tf.Tensor) -> tf.Tensor:
        c0_nhwc = tf.transpose(c0, [0, 2, 3, 1])  # 2×13×14×4
        c1 = self.conv0(c0_nhwc)
        c2 = self.conv1(c1)
        c3 = self.conv2(c2)  # 2×11×12×4
        c4 = self.conv3(c3)  # 2×6×6×4
        c5 = tf.nn.convolution(c4, self.conv4_kernel, padding="SAME", dilations=2) + self.conv4_bias
        c6 = (
            grouped(
                c5, self.conv5_kernel, groups=2, convolution=tf.nn.conv2d, strides=1, padding="SAME"
            )
            + self.conv5_bias
        )
        c7 = tf.nn.conv2d(c6, self.conv6_kernel, 1, "SAME")
        c8 = tf.nn.conv2d(c7, self.conv7_kernel, 1, "SAME") + self.conv7_bias
        c9 = self.conv8(c8)
        c10 = self.conv8(c9)
        c11 = tf.nn.conv2d(c10, self.conv8.kernel, 1, "SAME") + self.conv10_bias
        c12 = self.conv11(c11)  # 2×6×2×4
        c13 = self.conv12(c12)  # 2×3×1×4
        c14 = self.conv13(c13)  # 2×5×3×4
        c14_nchw = tf.transpose(c14, [0, 3, 1, 2])  # 2×4×5×3
        return c14_nchw
