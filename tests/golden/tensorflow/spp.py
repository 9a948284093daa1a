# A net | Input: data 2×4×6×7. | Output: y 2×20. | Phase: TEST.
# tf
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda data: {"y": self(data)},
            input_signature=[tf.TensorSpec([2, 4, 6, 7], dtype)],
            autograph=False,
        )

    @tf.function(autograph=False)
    def __call__(self, data: tf.Tensor) -> tf.Tensor:
        data_nhwc = tf.transpose(data, [0, 2, 3, 1])  # 2×6×7×4
        spp_level0 = tf.nn.max_pool2d(data_nhwc, [6, 7], [6, 7], "VALID")  # 2×1×1×4
        spp_level0_nchw = tf.transpose(spp_level0, [0, 3, 1, 2])  # 2×4×1×1
        spp_row0 = tf.reshape(spp_level0_nchw, [-1, 4])  # 2×4
        padded = tf.pad(
            data_nhwc, [[0, 0], [0, 0], [1, 0], [0, 0]], constant_values=data_nhwc.dtype.min
        )
        spp_level1 = tf.nn.max_pool2d(padded, [3, 4], [3, 4], "VALID")  # 2×2×2×4
        spp_level1_nchw = tf.transpose(spp_level1, [0, 3, 1, 2])  # 2×4×2×2
        spp_row1 = tf.reshape(spp_level1_nchw, [-1, 16])  # 2×16
        y = tf.concat([spp_row0, spp_row1], axis=1)  # 2×20
        return y
