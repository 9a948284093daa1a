# A net | Input: data 2×4×6×7. | Output: y 2×4×8×9. | Phase: TEST.
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
        padded = tf.pad(data_nhwc, [[0, 0], [2, 2], [2, 2], [0, 0]])
        y = tf.nn.avg_pool2d(padded, 3, 1, "VALID")  # 2×8×9×4
        y_nchw = tf.transpose(y, [0, 3, 1, 2])  # 2×4×8×9
        return y_nchw
