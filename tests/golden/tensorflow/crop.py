# A net | Input: data 1×2×9×8, like 1×2×5×6. | Output: y 1×2×5×6. | Phase: TEST.
# tf
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda data, like: {"y": self(data, like)},
            input_signature=[
                tf.TensorSpec([1, 2, 9, 8], dtype),
                tf.TensorSpec([1, 2, 5, 6], dtype),
            ],
            autograph=False,
        )

    @tf.function(autograph=False)
    def __call__(self, data: tf.Tensor, like: tf.Tensor) -> tf.Tensor:
        y = data[:, :, 2:7, 1:7]  # 1×2×5×6
        return y
