# A net | Input: data 2×4×6×7. | Output: y 2×4×6×7. | Phase: TEST.
# tf | neighbour_sums
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda data: {"y": self(data)},
            input_signature=[tf.TensorSpec([2, 4, 6, 7], dtype)],
            autograph=False,
        )

    @tf.function(autograph=False)
    def __call__(self, data: tf.Tensor) -> tf.Tensor:
        data_nhwc = tf.transpose(data, [0, 2, 3, 1])  # 2×6×7×4
        y = (
            data_nhwc
            * (2.0 + 3.3333333333333335e-05 * neighbour_sums(tf.square(data_nhwc), size=3)) ** -0.75
        )
        y_nchw = tf.transpose(y, [0, 3, 1, 2])  # 2×4×6×7
        return y_nchw
