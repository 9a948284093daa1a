# A net | Input: c 1×2×3, x 1×2×12, cont 1×2. | Output: C 1×2×3, H 1×2×3. | Phase: TEST.
# tf
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            self.__call__,
            input_signature=[
                tf.TensorSpec([1, 2, 3], dtype),
                tf.TensorSpec([1, 2, 12], dtype),
                tf.TensorSpec([1, 2], dtype),
            ],
        )

    @tf.function(autograph=False)
    def __call__(self, c: tf.Tensor, x: tf.Tensor, cont: tf.Tensor) -> dict[str, tf.Tensor]:
        keep = tf.stop_gradient(cont)[..., tf.newaxis]
        f = x[:, :, 3:6]
        i = x[:, :, :3]
        g = x[:, :, 9:]
        cell = keep * tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
        o = x[:, :, 6:9]
        C = cell
        H = tf.sigmoid(o) * tf.tanh(cell)
        return {"C": C, "H": H}
