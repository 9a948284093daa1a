# A net | Input: data 2×3, label 2. | Output: y 2×3. | Phase: TEST.
# tf
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda data, label: {"y": self(data, label)},
            input_signature=[tf.TensorSpec([2, 3], dtype), tf.TensorSpec([2], dtype)],
            autograph=False,
        )

    @tf.function(autograph=False)
    def __call__(self, data: tf.Tensor, label: tf.Tensor) -> tf.Tensor:
        y = tf.nn.relu(data)
        return y
