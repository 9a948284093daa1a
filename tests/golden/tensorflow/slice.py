# A net | Input: data 2×6×4. | Output: a 2×1×4, b 2×2×4, c 2×3×4. | Phase: TEST.
# tf
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(self.__call__, input_signature=[tf.TensorSpec([2, 6, 4], dtype)])

    @tf.function(autograph=False)
    def __call__(self, data: tf.Tensor) -> dict[str, tf.Tensor]:
        a = data[:, :1]  # 2×1×4
        b = data[:, 1:3]  # 2×2×4
        c = data[:, 3:]  # 2×3×4
        return {"a": a, "b": b, "c": c}
