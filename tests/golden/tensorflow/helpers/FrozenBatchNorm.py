class FrozenBatchNorm(tf.Module):
    """Batch normalisation by a mean and a variance that no batch changes: 0 at first, as in Caffe.

    shape: that of all variables, which begins with the channels.
    """

    def __init__(self, *, shape: list[int], dtype: tf.DType, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        self.mean = tf.Variable(tf.zeros(shape, dtype), trainable=False, name="mean")
        self.variance = tf.Variable(tf.zeros(shape, dtype), trainable=False, name="variance")
        self.weight = tf.Variable(tf.ones(shape, dtype), name="weight")
        self.bias = tf.Variable(tf.zeros(shape, dtype), name="bias")

    def __call__(self, x: tf.Tensor) -> tf.Tensor:
        return tf.nn.batch_normalization(
            x, self.mean, self.variance, self.bias, self.weight, self.eps
        )
