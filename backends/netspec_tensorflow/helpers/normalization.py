"""Normalization by batch statistics, with the sums or averages that Caffe keeps."""

# The type stubs of tensorflow cover a part of it, and let any size be None.
# pyright: basic, reportArgumentType=false, reportOptionalOperand=false, reportOperatorIssue=false

from __future__ import annotations

import tensorflow as tf


def neighbour_sums(x: tf.Tensor, *, size: int) -> tf.Tensor:
    """For each channel, the last axis, the sum over the `size` channels around it."""
    half = size // 2
    padded = tf.pad(x, [[0, 0]] * (len(x.shape) - 1) + [[half, half]])
    return tf.add_n([padded[..., i : i + x.shape[-1]] for i in range(size)])


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


class MovingBatchNorm(tf.Module):
    """Batch normalisation with moving averages of mean and variance; all parameters are 1×C×1×1.

    axis: that of the channels. kept: how much of the averages stays when a batch enters them; None: no batch does.
    use_averages: normalise by the averages, rather than by the batch.
    """

    def __init__(
        self,
        *,
        channels: int,
        dtype: tf.DType,
        axis: int = -1,
        eps: float = 1e-5,
        kept: float | None = None,
        variance: float = 0.0,
        use_averages: bool = True,
    ) -> None:
        super().__init__()
        self.axis, self.eps, self.kept, self.use_averages = axis, eps, kept, use_averages
        shape = [1, channels, 1, 1]
        self.mean = tf.Variable(tf.zeros(shape, dtype), trainable=False, name="mean")
        self.variance = tf.Variable(tf.fill(shape, tf.cast(variance, dtype)), trainable=False, name="variance")

    def __call__(self, x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
        mean, variance = self.mean, self.variance
        if not self.use_averages:
            mean, variance = tf.nn.moments(x, [i for i in range(len(x.shape)) if i != self.axis % len(x.shape)])
            if self.kept is not None:
                for average, batch in ((self.mean, mean), (self.variance, variance)):
                    average.assign(self.kept * average + (1 - self.kept) * tf.reshape(batch, average.shape))
        along = [-1] + [1] * (len(x.shape) - 1 - self.axis % len(x.shape))
        mean, variance, weight, bias = (tf.reshape(v, along) for v in (mean, variance, weight, bias))
        return tf.nn.batch_normalization(x, mean, variance, bias, weight, self.eps)
