# A net | Input: x 4×2×5, cont 4×2. | Output: h 4×2×3. | Phase: TEST.
# tf | rnn_steps
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        self.variable("rnn_weight_x", tf.zeros([5, 3], dtype))
        self.variable("rnn_bias", tf.zeros([3], dtype))
        self.rnn_h = tf.Variable(tf.zeros([2, 3], dtype), trainable=False, name="rnn_h")
        self.variable("rnn_weight_h", tf.zeros([3, 3], dtype))
        self.variable("rnn_weight_o", tf.zeros([3, 3], dtype))
        self.variable("rnn_bias_o", tf.zeros([3], dtype))
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
        gates = tf.matmul(x, self.rnn_weight_x) + self.rnn_bias
        hidden, last_h = rnn_steps(gates, cont, self.rnn_weight_h, self.rnn_h)
        self.rnn_h.assign(last_h)
        h = tf.tanh(tf.matmul(hidden, self.rnn_weight_o) + self.rnn_bias_o)  # 4×2×3
        return h
