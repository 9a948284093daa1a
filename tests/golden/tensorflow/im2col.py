# A net | Input: data 2×4×6×7. | Output: y 2×36×3×4. | Phase: TEST.
# tf | patches-dilation+stride
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
        padded = tf.pad(data, [[0, 0], [0, 0], [1, 1], [1, 1]])
        y = tf.reshape(patches(padded, axis=1, kernel_size=[3, 3], stride=[2, 2]), [2, 36, 3, 4])
        return y
