# A net | Input: word 3×2. | Output: y 3×2×4. | Phase: TEST.
# tf
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        self.variable("embed_weight", tf.random.uniform([9, 4], 0.0, 1.0, dtype))
        self.variable("embed_bias", tf.zeros([4], dtype))
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda word: {"y": self(word)},
            input_signature=[tf.TensorSpec([3, 2], dtype)],
            autograph=False,
        )

    def variable(self, name: str, value: tf.Tensor, trainable: bool = True) -> None:
        """Makes `self.name`, in graphs of the same name."""
        setattr(self, name, tf.Variable(value, trainable=trainable, name=name))

    @tf.function(autograph=False)
    def __call__(self, word: tf.Tensor) -> tf.Tensor:
        y = tf.gather(self.embed_weight, tf.cast(word, tf.int64)) + self.embed_bias  # 3×2×4
        return y
