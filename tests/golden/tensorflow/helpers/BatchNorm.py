class BatchNorm(tf.Module):
    """Caffe's BatchNorm: sums of the means and variances seen so far, and the factor by which both are divided.

    axis: that of the channels. fraction: how much of the sums stays when a batch is added.
    use_global_stats: normalise by the sums, or by the batch, which then enters them.
    outside: whether eps is added to the deviation, not to the variance.
    """

    def __init__(
        self,
        *,
        channels: int,
        dtype: tf.DType,
        axis: int = -1,
        eps: float = 1e-5,
        fraction: float = 0.999,
        use_global_stats: bool = True,
        outside: bool = False,
    ) -> None:
        super().__init__()
        self.axis, self.eps, self.fraction, self.use_global_stats = axis, eps, fraction, use_global_stats
        self.outside = outside
        self.mean = tf.Variable(tf.zeros([channels], dtype), trainable=False, name="mean")
        self.variance = tf.Variable(tf.zeros([channels], dtype), trainable=False, name="variance")
        self.factor = tf.Variable(tf.zeros([1], dtype), trainable=False, name="factor")

    def __call__(self, x: tf.Tensor, weight: tf.Tensor | None = None, bias: tf.Tensor | None = None) -> tf.Tensor:
        if self.use_global_stats:
            mean = tf.math.divide_no_nan(self.mean, self.factor)
            variance = tf.math.divide_no_nan(self.variance, self.factor)
        else:
            mean, variance = self.update(x)
        if self.outside:  # of (deviation + eps)² only the variance is differentiated
            variance += tf.stop_gradient(self.eps * (2 * tf.sqrt(variance) + self.eps))
        along = [-1] + [1] * (len(x.shape) - 1 - self.axis % len(x.shape))
        mean, variance = tf.reshape(mean, along), tf.reshape(variance, along)
        weight, bias = (None if v is None else tf.reshape(v, along) for v in (weight, bias))
        return tf.nn.batch_normalization(x, mean, variance, bias, weight, 0.0 if self.outside else self.eps)

    def update(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The mean and variance of a batch, which it adds to the sums; there the variance is the unbiased one."""
        mean, variance = tf.nn.moments(x, [i for i in range(len(x.shape)) if i != self.axis % len(x.shape)])
        count = x.shape.num_elements() // x.shape[self.axis]
        self.factor.assign(self.fraction * self.factor + 1)
        self.mean.assign(self.fraction * self.mean + mean)
        self.variance.assign(self.fraction * self.variance + variance * (count / max(count - 1, 1)))
        return mean, variance
