class BatchNorm(tf.Module):
    """Caffe's BatchNorm in training: by the batch, which enters sums that a factor would divide.

    axis: that of the channels. fraction: how much of the sums stays when a batch is added.
    """

    def __init__(
        self,
        *,
        channels: int,
        dtype: tf.DType,
        axis: int,
        eps: float = 1e-5,
        fraction: float = 0.999,
    ) -> None:
        super().__init__()
        self.axis, self.eps, self.fraction = axis, eps, fraction
        self.mean = tf.Variable(tf.zeros([channels], dtype), trainable=False, name="mean")
        self.variance = tf.Variable(tf.zeros([channels], dtype), trainable=False, name="variance")
        self.factor = tf.Variable(tf.zeros([1], dtype), trainable=False, name="factor")
        self.weight = None
        self.bias = None

    def __call__(self, x: tf.Tensor) -> tf.Tensor:
        mean, variance = self.measured(x)
        return tf.nn.batch_normalization(x, mean, variance, self.bias, self.weight, self.eps)

    def measured(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The mean and variance of a batch, which enter the sums, there the variance unbiased."""
        others = [i for i in range(len(x.shape)) if i != self.axis % len(x.shape)]
        mean, variance = tf.nn.moments(x, others, keepdims=True)
        count = x.shape.num_elements() // x.shape[self.axis]
        unbiased = variance * (count / max(count - 1, 1))
        self.factor.assign(self.fraction * self.factor + 1)
        self.mean.assign(self.fraction * self.mean + tf.reshape(mean, [-1]))
        self.variance.assign(self.fraction * self.variance + tf.reshape(unbiased, [-1]))
        return mean, variance
