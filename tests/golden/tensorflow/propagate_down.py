# A net | Input: data 2×4. | Output: y 2×3. | Phase: TEST.
# tf
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        self.innerproduct_kernel = tf.Variable(tf.zeros([4, 3], dtype), name="innerproduct_kernel")
        self.innerproduct_bias = tf.Variable(tf.zeros([3], dtype), name="innerproduct_bias")
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda data: {"y": self(data)},
            input_signature=[tf.TensorSpec([2, 4], dtype)],
            autograph=False,
        )

    @tf.function(autograph=False)
    def __call__(self, data: tf.Tensor) -> tf.Tensor:
        ip = tf.matmul(data, self.innerproduct_kernel) + self.innerproduct_bias  # 2×3
        y = tf.tanh(tf.stop_gradient(ip))
        return y
