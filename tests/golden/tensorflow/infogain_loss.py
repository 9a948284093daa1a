# A net | Input: score 2×5, label 2, H 5×5. | Output: loss (). | Phase: TEST.
# tf
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda score, label, H: {"loss": self(score, label, H)},
            input_signature=[
                tf.TensorSpec([2, 5], dtype),
                tf.TensorSpec([2], dtype),
                tf.TensorSpec([5, 5], dtype),
            ],
            autograph=False,
        )

    @tf.function(autograph=False)
    def __call__(self, score: tf.Tensor, label: tf.Tensor, H: tf.Tensor) -> tf.Tensor:
        labels = tf.cast(label, tf.int64)
        gains = tf.gather(tf.stop_gradient(H), labels)
        log_probability = tf.nn.log_softmax(score)
        losses = -tf.reduce_sum(
            gains
            * (
                log_probability
                + tf.stop_gradient(tf.nn.relu(-46.051701859880914 - log_probability))
            ),
            axis=1,
        )
        loss = tf.reduce_mean(losses)  # scalar
        return loss
