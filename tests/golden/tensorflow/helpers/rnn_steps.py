def rnn_steps(
    inputs: tf.Tensor, cont: tf.Tensor, weight: tf.Tensor, h: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """From what the inputs add to the state of every step, T×N×H, and the first state to the state
    after every step, T×N×H, and the last state. `cont`, T×N, is 0 where a sequence begins.
    """

    def step(h, inputs):
        x, keep = inputs
        return tf.tanh(x + tf.matmul(keep * h, weight))

    keep = tf.stop_gradient(cont)[..., tf.newaxis]
    h = tf.scan(step, (inputs, keep), initializer=tf.convert_to_tensor(h))
    return h, h[-1]
