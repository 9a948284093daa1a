# A net | Input: score 2×5, label 2. | Output: loss (). | Phase: TEST.
# tf
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        self.dtype = dtype
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda score, label: {"loss": self(score, label)},
            input_signature=[tf.TensorSpec([2, 5], dtype), tf.TensorSpec([2], dtype)],
            autograph=False,
        )

    @tf.function(autograph=False)
    def __call__(self, score: tf.Tensor, label: tf.Tensor) -> tf.Tensor:
        labels = tf.cast(label, tf.int64)
        sign = 1 - 2 * tf.one_hot(labels, 5, dtype=self.dtype)
        margins = tf.nn.relu(1 + sign * score)
        loss = tf.reduce_mean(tf.reduce_sum(margins, axis=1))  # scalar
        return loss
