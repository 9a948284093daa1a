"""A net in TensorFlow, written by netspec.

Input: x 4×2×5, cont 4×2, s 2×3, h0 1×2×3, c0 1×2×3.
Output: cT 1×2×3, h 4×2×3, hT 1×2×3.
Phase: TEST.
"""

import tensorflow as tf


def lstm_steps(
    gates: tf.Tensor, cont: tf.Tensor, weight: tf.Tensor, h: tf.Tensor, c: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """From what the inputs add to the gates of every step, T×N×4H, and the first state to the hidden state after every
    step, T×N×H, and the last state. `cont`, T×N, is 0 where a sequence begins."""

    def step(state, inputs):
        h, c = state
        gate, keep = inputs
        i, f, o, g = tf.split(gate + tf.matmul(keep * h, weight), 4, axis=1)
        c = keep * tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
        return tf.sigmoid(o) * tf.tanh(c), c

    keep = tf.stop_gradient(cont)[..., tf.newaxis]
    h, c = tf.scan(step, (gates, keep), initializer=(tf.convert_to_tensor(h), tf.convert_to_tensor(c)))
    return h, h[-1], c[-1]


class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        self.lstm_weight_x = tf.Variable(tf.zeros([5, 12], dtype), name="lstm_weight_x")
        self.lstm_bias = tf.Variable(tf.zeros([12], dtype), name="lstm_bias")
        self.lstm_weight_static = tf.Variable(tf.zeros([3, 12], dtype), name="lstm_weight_static")
        self.lstm_weight_h = tf.Variable(tf.zeros([3, 12], dtype), name="lstm_weight_h")
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

    @tf.function(autograph=False)
    def __call__(
        self,
        x: tf.Tensor,
        cont: tf.Tensor,
        s: tf.Tensor,
        h0: tf.Tensor,
        c0: tf.Tensor,
    ) -> dict[str, tf.Tensor]:
        gates = (
            tf.matmul(x, self.lstm_weight_x)
            + self.lstm_bias
            + tf.matmul(s, self.lstm_weight_static)
        )
        hidden, last_h, last_c = lstm_steps(
            gates, cont, self.lstm_weight_h, tf.stop_gradient(h0[0]), tf.stop_gradient(c0[0])
        )
        h = hidden  # 4×2×3
        hT = tf.stop_gradient(last_h[tf.newaxis])  # 1×2×3
        cT = tf.stop_gradient(last_c[tf.newaxis])  # 1×2×3
        return {"cT": cT, "h": h, "hT": hT}
