# A net | Input: a 2×3, b 2×3. | Output: y 2×3. | Phase: TEST.
# tf
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda a, b: {"y": self(a, b)},
            input_signature=[tf.TensorSpec([2, 3], dtype), tf.TensorSpec([2, 3], dtype)],
            autograph=False,
        )

    @tf.function(autograph=False)
    def __call__(self, a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
        y = tf.where(a > b, a, b)
        return y
