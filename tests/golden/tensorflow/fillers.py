# A net | Input: data 2×4. | Output: y0 2×4, y1 2×4, y2 2×4, y3 2×4, y4 2×4, y5 2×4, y6 2×4, y7 2×4, y8 2×4. | Phase: TEST.
# tf | xavier, msra, sparse_gaussian, positive_unitball
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        self.variable("ip0_kernel", tf.constant(0.5, dtype, [4, 4]))
        self.variable("ip0_bias", tf.zeros([4], dtype))
        self.variable("ip1_kernel", tf.random.uniform([4, 4], -1.0, 1.0, dtype))
        self.variable("ip1_bias", tf.zeros([4], dtype))
        self.variable("ip2_kernel", tf.random.normal([4, 4], 1.0, 0.1, dtype))
        self.variable("ip2_bias", tf.zeros([4], dtype))
        self.variable("ip3_kernel", sparse_gaussian(shape=[4, 4], kept=0.5, dtype=dtype))
        self.variable("ip3_bias", tf.zeros([4], dtype))
        self.variable(
            "ip4_kernel", tf.transpose(positive_unitball(shape=[4, 4], dtype=dtype), [1, 0])
        )
        self.variable("ip4_bias", tf.zeros([4], dtype))
        self.variable("ip5_kernel", xavier(shape=[4, 4], fan=4.0, dtype=dtype))
        self.variable("ip5_bias", tf.zeros([4], dtype))
        self.variable("ip6_kernel", xavier(shape=[4, 4], fan=4, dtype=dtype))
        self.variable("ip6_bias", tf.zeros([4], dtype))
        self.variable("ip7_kernel", msra(shape=[4, 4], fan=4.0, dtype=dtype))
        self.variable("ip7_bias", tf.zeros([4], dtype))
        self.variable("ip8_kernel", msra(shape=[4, 4], fan=4, dtype=dtype))
        self.variable("ip8_bias", tf.zeros([4], dtype))
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(self.__call__, input_signature=[tf.TensorSpec([2, 4], dtype)])

    def variable(self, name: str, value: tf.Tensor, trainable: bool = True) -> None:
        """Makes `self.name`, in graphs of the same name."""
        setattr(self, name, tf.Variable(value, trainable=trainable, name=name))

    @tf.function(autograph=False)
    def __call__(self, data: tf.Tensor) -> dict[str, tf.Tensor]:
        y0 = tf.matmul(data, self.ip0_kernel) + self.ip0_bias
        y1 = tf.matmul(data, self.ip1_kernel) + self.ip1_bias
        y2 = tf.matmul(data, self.ip2_kernel) + self.ip2_bias
        y3 = tf.matmul(data, self.ip3_kernel) + self.ip3_bias
        y4 = tf.matmul(data, self.ip4_kernel) + self.ip4_bias
        y5 = tf.matmul(data, self.ip5_kernel) + self.ip5_bias
        y6 = tf.matmul(data, self.ip6_kernel) + self.ip6_bias
        y7 = tf.matmul(data, self.ip7_kernel) + self.ip7_bias
        y8 = tf.matmul(data, self.ip8_kernel) + self.ip8_bias
        return {
            "y0": y0,
            "y1": y1,
            "y2": y2,
            "y3": y3,
            "y4": y4,
            "y5": y5,
            "y6": y6,
            "y7": y7,
            "y8": y8,
        }
