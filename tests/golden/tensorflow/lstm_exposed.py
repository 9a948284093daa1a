# A net | Input: x 4×2×5, cont 4×2, s 2×3, h0 1×2×3, c0 1×2×3. | Output: cT 1×2×3, h 4×2×3, hT 1×2×3. | Phase: TEST.
# tf | lstm_steps
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        self.variable("lstm_weight_x", tf.zeros([5, 12], dtype))
        self.variable("lstm_bias", tf.zeros([12], dtype))
        self.variable("lstm_weight_static", tf.zeros([3, 12], dtype))
        self.variable("lstm_weight_h", tf.zeros([3, 12], dtype))
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            self.__call__,
            input_signature=[
                tf.TensorSpec([4, 2, 5], dtype),
                tf.TensorSpec([4, 2], dtype),
                tf.TensorSpec([2, 3], dtype),
                tf.TensorSpec([1, 2, 3], dtype),
                tf.TensorSpec([1, 2, 3], dtype),
            ],
        )

    def variable(self, name: str, value: tf.Tensor, trainable: bool = True) -> None:
        """Makes `self.name`, in graphs of the same name."""
        setattr(self, name, tf.Variable(value, trainable=trainable, name=name))

    @tf.function(autograph=False)
    def __call__(
        self, x: tf.Tensor, cont: tf.Tensor, s: tf.Tensor, h0: tf.Tensor, c0: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        gates = (
            tf.matmul(x, self.lstm_weight_x)
            + self.lstm_bias
            + tf.matmul(s, self.lstm_weight_static)[tf.newaxis]
        )
        h, last_h, last_c = lstm_steps(
            gates, cont, self.lstm_weight_h, tf.stop_gradient(h0[0]), tf.stop_gradient(c0[0])
        )  # 4×2×3
        hT = tf.stop_gradient(last_h[tf.newaxis])  # 1×2×3
        cT = tf.stop_gradient(last_c[tf.newaxis])  # 1×2×3
        return {"cT": cT, "h": h, "hT": hT}
