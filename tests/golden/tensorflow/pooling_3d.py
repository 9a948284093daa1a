# A net | Input: data 1×2×4×4×4. | Output: y 1×2×2×2×2. | Phase: TEST.
# tf | pool3d
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda data: {"y": self(data)},
            input_signature=[tf.TensorSpec([1, 2, 4, 4, 4], dtype)],
            autograph=False,
        )

    @tf.function(autograph=False)
    def __call__(self, data: tf.Tensor) -> tf.Tensor:
        data_ndhwc = tf.transpose(data, [0, 2, 3, 4, 1])  # 1×4×4×4×2
        y = pool3d(data_ndhwc, pool2d=tf.nn.max_pool2d, kernel_size=[2, 2, 2], stride=[2, 2, 2])
        y_ncdhw = tf.transpose(y, [0, 4, 1, 2, 3])
        return y_ncdhw
