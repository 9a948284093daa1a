# A net | Input: a 2×5, b 2×5, similar 2. | Output: loss (). | Phase: TEST.
# tf
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda a, b, similar: {"loss": self(a, b, similar)},
            input_signature=[
                tf.TensorSpec([2, 5], dtype),
                tf.TensorSpec([2, 5], dtype),
                tf.TensorSpec([2], dtype),
            ],
            autograph=False,
        )

    @tf.function(autograph=False)
    def __call__(self, a: tf.Tensor, b: tf.Tensor, similar: tf.Tensor) -> tf.Tensor:
        square = tf.reduce_sum(tf.square(a - b), axis=1)
        # its gradient is by distance + 1e-4, as in Caffe
        distance = tf.stop_gradient(tf.sqrt(square))
        lacking = tf.nn.relu(
            1.0 - (distance + (square - tf.stop_gradient(square)) / (2 * (distance + 0.0001)))
        )
        loss = (
            tf.reduce_mean(
                tf.where(tf.not_equal(tf.cast(similar, tf.int64), 0), square, tf.square(lacking))
            )
            / 2
        )  # scalar
        return loss
