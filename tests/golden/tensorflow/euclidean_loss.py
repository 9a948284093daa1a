# A net | Input: a 2×5, b 2×5. | Output: loss (). | Phase: TEST.
# tf
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda a, b: {"loss": self(a, b)},
            input_signature=[tf.TensorSpec([2, 5], dtype), tf.TensorSpec([2, 5], dtype)],
            autograph=False,
        )

    @tf.function(autograph=False)
    def __call__(self, a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
        loss = tf.reduce_mean(tf.reduce_sum(tf.square(a - b), axis=1)) / 2  # scalar
        return loss
