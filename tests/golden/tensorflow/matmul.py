# A net | Input: a 2×3×4, b 2×4×5. | Output: y 2×3×5. | Phase: TEST.
# tf
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda a, b: {"y": self(a, b)},
            input_signature=[tf.TensorSpec([2, 3, 4], dtype), tf.TensorSpec([2, 4, 5], dtype)],
            autograph=False,
        )

    @tf.function(autograph=False)
    def __call__(self, a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
        y = tf.matmul(a, b)  # 2×3×5
        return y
