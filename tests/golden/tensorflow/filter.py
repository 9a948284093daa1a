# A net | Input: data 4×3, selector 4×1. | Output: y 4×3. | Phase: TEST.
# tf
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda data, selector: {"y": self(data, selector)},
            input_signature=[tf.TensorSpec([4, 3], dtype), tf.TensorSpec([4, 1], dtype)],
            autograph=False,
        )

    @tf.function(autograph=False)
    def __call__(self, data: tf.Tensor, selector: tf.Tensor) -> tf.Tensor:
        kept = tf.not_equal(tf.reshape(selector, [-1]), 0.0)
        y = tf.boolean_mask(data, kept)
        return y
