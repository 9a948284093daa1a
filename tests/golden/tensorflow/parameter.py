# A net | Input: data 2×3. | Output: y 2×3. | Phase: TEST.
# tf
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        self.parameter_value = tf.Variable(tf.zeros([2, 3], dtype), name="parameter_value")
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda data: {"y": self(data)},
            input_signature=[tf.TensorSpec([2, 3], dtype)],
            autograph=False,
        )

    @tf.function(autograph=False)
    def __call__(self, data: tf.Tensor) -> tf.Tensor:
        p = self.parameter_value  # 2×3
        y = data + p
        return y
