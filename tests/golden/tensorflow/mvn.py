# A net | Input: data 2×4×6×7. | Output: y 2×4×6×7. | Phase: TEST.
# tf
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda data: {"y": self(data)},
            input_signature=[tf.TensorSpec([2, 4, 6, 7], dtype)],
            autograph=False,
        )

    @tf.function(autograph=False)
    def __call__(self, data: tf.Tensor) -> tf.Tensor:
        centred = data - tf.reduce_mean(data, axis=[2, 3], keepdims=True)
        variance = tf.reduce_mean(tf.square(centred), axis=[2, 3], keepdims=True)
        y = centred / tf.sqrt(
            variance + tf.stop_gradient(1e-09 * (2.0 * tf.sqrt(variance) + 1e-09))
        )
        return y
