# A net | Input: score 2×5, target 2×5. | Output: loss (). | Phase: TEST.
# tf
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda score, target: {"loss": self(score, target)},
            input_signature=[tf.TensorSpec([2, 5], dtype), tf.TensorSpec([2, 5], dtype)],
            autograph=False,
        )

    @tf.function(autograph=False)
    def __call__(self, score: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
        target_2 = tf.stop_gradient(target)
        losses = tf.nn.softplus(score) - score * target_2
        loss = tf.reduce_mean(tf.reduce_sum(losses, axis=1))  # scalar
        return loss
