# A net | Input: data 4×3, index 5. | Output: y 5×3. | Phase: TEST.
# tf
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda data, index: {"y": self(data, index)},
            input_signature=[tf.TensorSpec([4, 3], dtype), tf.TensorSpec([5], dtype)],
            autograph=False,
        )

    @tf.function(autograph=False)
    def __call__(self, data: tf.Tensor, index: tf.Tensor) -> tf.Tensor:
        index_2 = tf.cast(index, tf.int64)
        y = tf.gather(data, index_2)  # 5×3
        return y
