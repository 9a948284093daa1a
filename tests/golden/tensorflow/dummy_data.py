# A net | Input: none. | Output: y 2×6. | Phase: TEST.
# tf
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        self.dtype = dtype
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(lambda: {"y": self()}, input_signature=[], autograph=False)

    @tf.function(autograph=False)
    def __call__(self) -> tf.Tensor:
        a = tf.constant(0.5, self.dtype, [2, 3])  # 2×3
        b = tf.constant(0.5, self.dtype, [2, 3])  # 2×3
        y = tf.concat([a, b], axis=1)  # 2×6
        return y
