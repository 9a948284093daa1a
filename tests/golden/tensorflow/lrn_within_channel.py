# A net | Input: data 2×4×6×7. | Output: y 2×4×6×7. | Phase: TEST.
# tf
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
            * (
                1.0
                + tf.nn.avg_pool2d(
                    tf.pad(tf.square(data_nhwc), [[0, 0], [1, 1], [1, 1], [0, 0]]), 3, 1, "VALID"
                )
            )
            ** -0.75
        )
        y_nchw = tf.transpose(y, [0, 3, 1, 2])  # 2×4×6×7
        return y_nchw
