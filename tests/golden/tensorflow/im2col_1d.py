# A net | Input: data 2×4×6. | Output: y 2×12×2. | Phase: TEST.
# tf | patches+dilation-stride
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda data: {"y": self(data)},
            input_signature=[tf.TensorSpec([2, 4, 6], dtype)],
            autograph=False,
        )

    @tf.function(autograph=False)
    def __call__(self, data: tf.Tensor) -> tf.Tensor:
        y = tf.reshape(patches(data, axis=1, kernel_size=[3], dilation=[2]), [2, 12, 2])  # 2×12×2
        return y
