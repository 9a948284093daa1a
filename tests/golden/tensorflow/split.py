# A net | Input: data 2×3. | Output: a 2×3, c 2×3. | Phase: TEST.
# tf
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(self.__call__, input_signature=[tf.TensorSpec([2, 3], dtype)])

    @tf.function(autograph=False)
    def __call__(self, data: tf.Tensor) -> dict[str, tf.Tensor]:
        a = tf.nn.relu(data)
        c = tf.tanh(data)
        return {"a": a, "c": c}
