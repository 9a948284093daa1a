# A net | Input: data 3×5. | Output: y 3×1×2. | Phase: TEST.
# tf
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        self.dtype = dtype
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda data: {"y": self(data)},
            input_signature=[tf.TensorSpec([3, 5], dtype)],
            autograph=False,
        )

    @tf.function(autograph=False)
    def __call__(self, data: tf.Tensor) -> tf.Tensor:
        index = tf.reverse(
            tf.argsort(-tf.reshape(data, [-1, 5]), axis=1, direction="DESCENDING", stable=True),
            axis=[1],
        )[:, :2]
        y = tf.reshape(tf.cast(index, self.dtype), [-1, 1, 2])  # 3×1×2
        return y
