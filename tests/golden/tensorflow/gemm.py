# A net | Input: a 3×4, b 5×4, c 1×5. | Output: y 3×5. | Phase: TEST.
# tf
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda a, b, c: {"y": self(a, b, c)},
            input_signature=[
                tf.TensorSpec([3, 4], dtype),
                tf.TensorSpec([5, 4], dtype),
                tf.TensorSpec([1, 5], dtype),
            ],
            autograph=False,
        )

    @tf.function(autograph=False)
    def __call__(self, a: tf.Tensor, b: tf.Tensor, c: tf.Tensor) -> tf.Tensor:
        y = 2.0 * tf.matmul(a, b, transpose_b=True) + c  # 3×5
        return y
