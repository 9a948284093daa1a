# A net | Input: a 1×2×5×5, b 1×2×5×5. | Output: y 1×6×3×3, z 1×6×3×3. | Phase: TEST.
# tf | xavier
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        self.variable("convolution_kernel", xavier(shape=[3, 3, 2, 6], fan=18, dtype=dtype))
        self.variable("convolution_bias", tf.zeros([6], dtype))
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            self.__call__,
            input_signature=[
                tf.TensorSpec([1, 2, 5, 5], dtype),
                tf.TensorSpec([1, 2, 5, 5], dtype),
            ],
        )

    def variable(self, name: str, value: tf.Tensor, trainable: bool = True) -> None:
        """Makes `self.name`, in graphs of the same name."""
        setattr(self, name, tf.Variable(value, trainable=trainable, name=name))

    @tf.function(autograph=False)
    def __call__(self, a: tf.Tensor, b: tf.Tensor) -> dict[str, tf.Tensor]:
        a_nhwc = tf.transpose(a, [0, 2, 3, 1])  # 1×5×5×2
        b_nhwc = tf.transpose(b, [0, 2, 3, 1])  # 1×5×5×2
        y = tf.nn.conv2d(a_nhwc, self.convolution_kernel, 1, "VALID") + self.convolution_bias
        z = tf.nn.conv2d(b_nhwc, self.convolution_kernel, 1, "VALID") + self.convolution_bias
        y_nchw = tf.transpose(y, [0, 3, 1, 2])  # 1×6×3×3
        z_nchw = tf.transpose(z, [0, 3, 1, 2])  # 1×6×3×3
        return {"y": y_nchw, "z": z_nchw}
