# A net | Input: data 2×4×6×6. | Output: mask 2×4×3×3, y 2×4×3×3. | Phase: TEST.
# tf | max_pool_with_mask
class Net(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            self.__call__, input_signature=[tf.TensorSpec([2, 4, 6, 6], dtype)]
        )

    @tf.function(autograph=False)
    def __call__(self, data: tf.Tensor) -> dict[str, tf.Tensor]:
        data_nhwc = tf.transpose(data, [0, 2, 3, 1])  # 2×6×6×4
        y, mask = max_pool_with_mask(
            data_nhwc, kernel_size=[2, 2], stride=[2, 2], padding=[0, 0], ends=[0, 0]
        )
        mask_nchw = tf.transpose(mask, [0, 3, 1, 2])  # 2×4×3×3
        y_nchw = tf.transpose(y, [0, 3, 1, 2])  # 2×4×3×3
        return {"mask": mask_nchw, "y": y_nchw}
