class Conv2D(tf.Module):
    """A convolution with a bias, which is 0 unless it is given."""

    def __init__(
        self,
        kernel: tf.Tensor,
        *,
        bias: tf.Tensor | None = None,
        strides: int | list[int] = 1,
        padding: str | list[list[int]] = "SAME",
    ) -> None:
        super().__init__()
        self.strides, self.padding = strides, padding
        self.kernel = tf.Variable(kernel, name="kernel")
        self.bias = tf.Variable(
            tf.zeros(kernel.shape[-1:], kernel.dtype) if bias is None else bias, name="bias"
        )

    def __call__(self, x: tf.Tensor) -> tf.Tensor:
        return tf.nn.conv2d(x, self.kernel, self.strides, self.padding) + self.bias
