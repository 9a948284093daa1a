# A net | Input: x 4×2×5, cont 4×2. | Output: h 4×2×3. | Phase: TEST.
# tf | lstm_steps
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        self.variable("lstm_weight_x", tf.random.uniform([5, 12], -0.1, 0.1, dtype))
        self.variable("lstm_bias", tf.zeros([12], dtype))
        self.lstm_h = tf.Variable(tf.zeros([2, 3], dtype), trainable=False, name="lstm_h")
        self.lstm_c = tf.Variable(tf.zeros([2, 3], dtype), trainable=False, name="lstm_c")
        self.variable("lstm_weight_h", tf.random.uniform([3, 12], -0.1, 0.1, dtype))
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda x, cont: {"h": self(x, cont)},
            input_signature=[tf.TensorSpec([4, 2, 5], dtype), tf.TensorSpec([4, 2], dtype)],
            autograph=False,
        )

    def variable(self, name: str, value: tf.Tensor, trainable: bool = True) -> None:
        """Makes `self.name`, in graphs of the same name."""
        setattr(self, name, tf.Variable(value, trainable=trainable, name=name))

    @tf.function(autograph=False)
    def __call__(self, x: tf.Tensor, cont: tf.Tensor) -> tf.Tensor:
        gates = tf.matmul(x, self.lstm_weight_x) + self.lstm_bias
        h, last_h, last_c = lstm_steps(gates, cont, self.lstm_weight_h, self.lstm_h, self.lstm_c)
        self.lstm_h.assign(last_h)
        self.lstm_c.assign(last_c)
        return h
