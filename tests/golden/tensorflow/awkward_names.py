# class ___ _ _ import os | Input: in put/1_ _x 1×3×4×4. | Output: torch.nn 1×6×4×4. | Phase: TEST.
# tf | xavier
class ClassImportOs(tf.Module):
    def __init__(self, dtype: tf.DType = tf.float32) -> None:
        super().__init__()
        self.variable("import_kernel", xavier(shape=[1, 1, 3, 6], fan=3, dtype=dtype))
        self.variable("import_bias", tf.zeros([6], dtype))
        # What tf.saved_model.save stores: inputs of fixed shapes and precision, outputs with names.
        self.forward = tf.function(
            lambda in_put_1_x: {"torch.nn": self(in_put_1_x)},
            input_signature=[tf.TensorSpec([1, 3, 4, 4], dtype)],
            autograph=False,
        )

    def variable(self, name: str, value: tf.Tensor, trainable: bool = True) -> None:
        """Makes `self.name`, in graphs of the same name."""
        setattr(self, name, tf.Variable(value, trainable=trainable, name=name))

    @tf.function(autograph=False)
    def __call__(self, in_put_1_x: tf.Tensor) -> tf.Tensor:
        in_put_1_x_nhwc = tf.transpose(in_put_1_x, [0, 2, 3, 1])  # 1×4×4×3
        self_2 = tf.nn.conv2d(in_put_1_x_nhwc, self.import_kernel, 1, "VALID") + self.import_bias
        torch_nn = tf.nn.relu(self_2)
        torch_nn_nchw = tf.transpose(torch_nn, [0, 3, 1, 2])  # 1×6×4×4
        return torch_nn_nchw
