# A net | Input: prob 2×5, label 2. | Output: loss (). | Phase: TEST.
# tf
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda prob, label: {"loss": self(prob, label)},
            input_signature=[tf.TensorSpec([2, 5], dtype), tf.TensorSpec([2], dtype)],
            autograph=False,
        )

    @tf.function(autograph=False)
    def __call__(self, prob: tf.Tensor, label: tf.Tensor) -> tf.Tensor:
        labels = tf.cast(label, tf.int64)
        likelihood = tf.gather(prob, tf.reshape(labels, [-1, 1]), batch_dims=1)
        loss = -tf.reduce_mean(
            tf.math.log(likelihood + tf.stop_gradient(tf.nn.relu(1e-20 - likelihood)))
        )  # scalar
        return loss
