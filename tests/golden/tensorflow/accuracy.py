# A net | Input: score 2×5, label 2. | Output: per_class 5, top1 (). | Phase: TEST.
# tf
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        self.dtype = dtype
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            self.__call__, input_signature=[tf.TensorSpec([2, 5], dtype), tf.TensorSpec([2], dtype)]
        )

    @tf.function(autograph=False)
    def __call__(self, score: tf.Tensor, label: tf.Tensor) -> dict[str, tf.Tensor]:
        labels = tf.cast(tf.reshape(label, [-1, 1]), tf.int64)
        rank = tf.reduce_sum(
            tf.cast(score >= tf.gather(score, labels, batch_dims=1), self.dtype),
            axis=1,
            keepdims=True,
        )
        correct = tf.cast(rank <= 1, self.dtype)
        members = tf.one_hot(labels, 5, dtype=self.dtype)
        top1 = tf.reduce_mean(correct)  # scalar
        per_class = tf.reduce_sum(members * correct[..., tf.newaxis], axis=[0, 1]) / tf.maximum(
            tf.reduce_sum(members, axis=[0, 1]), 1.0
        )  # 5
        return {"per_class": per_class, "top1": top1}
