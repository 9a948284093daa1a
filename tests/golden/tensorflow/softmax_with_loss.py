# A net | Input: score 2×5×3×3, label 2×3×3. | Output: loss (). | Phase: TEST.
# tf
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        self.dtype = dtype
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda score, label: {"loss": self(score, label)},
            input_signature=[tf.TensorSpec([2, 5, 3, 3], dtype), tf.TensorSpec([2, 3, 3], dtype)],
            autograph=False,
        )

    @tf.function(autograph=False)
    def __call__(self, score: tf.Tensor, label: tf.Tensor) -> tf.Tensor:
        labels = tf.cast(tf.reshape(label, [-1, 1, 3, 3]), tf.int64)
        valid = tf.not_equal(labels, 255)
        log_probability = tf.nn.log_softmax(score, axis=1)
        safe_labels = tf.where(valid, labels, 0)
        log_likelihood = tf.experimental.numpy.take_along_axis(log_probability, safe_labels, 1)
        losses = -(
            log_likelihood + tf.stop_gradient(tf.nn.relu(-87.3365447505531 - log_likelihood))
        )  # at most -log(FLT_MIN), as in Caffe
        count = tf.reduce_sum(tf.cast(valid, self.dtype))
        loss = tf.reduce_sum(tf.where(valid, losses, 0.0)) / tf.maximum(count, 1.0)  # scalar
        return loss
