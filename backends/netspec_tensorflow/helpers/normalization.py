"""Normalization by batch statistics, with the sums or averages that Caffe keeps."""

# The type stubs of tensorflow cover a part of it, and let any size be None.
# pyright: basic, reportArgumentType=false, reportOptionalOperand=false, reportOperatorIssue=false

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf


def neighbour_sums(x: tf.Tensor, *, size: int) -> tf.Tensor:
    """For each channel, the last axis, the sum over the `size` channels around it."""
    half = size // 2
    padded = tf.pad(x, [[0, 0]] * (len(x.shape) - 1) + [[half, half]])
    return tf.add_n([padded[..., i : i + x.shape[-1]] for i in range(size)])


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


class BatchNorm(tf.Module):
    """Caffe's BatchNorm in training: by the batch, which enters sums that a factor would divide.

    affine: whether a weight multiplies the result, and a bias is added; the channels are the last
    axis then.
    axis: that of the channels. fraction: how much of the sums stays when a batch is added.
    """

    def __init__(
        self,
        *,
        channels: int,
        dtype: tf.DType,
        affine: bool = False,
        axis: int = -1,
        eps: float = 1e-5,
        fraction: float = 0.999,
    ) -> None:
        super().__init__()
        self.axis, self.eps, self.fraction = axis, eps, fraction
        self.mean = tf.Variable(tf.zeros([channels], dtype), trainable=False, name="mean")
        self.variance = tf.Variable(tf.zeros([channels], dtype), trainable=False, name="variance")
        self.factor = tf.Variable(tf.zeros([1], dtype), trainable=False, name="factor")
        self.weight = tf.Variable(tf.ones([channels], dtype), name="weight") if affine else None
        self.bias = tf.Variable(tf.zeros([channels], dtype), name="bias") if affine else None

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


class OutsideBatchNorm(BatchNorm):
    """BatchNorm that adds eps to the deviation, not to the variance."""

    def __call__(self, x: tf.Tensor) -> tf.Tensor:
        mean, variance = self.measured(x)
        rest = tf.stop_gradient(
            self.eps * (2 * tf.sqrt(variance) + self.eps)
        )  # only the variance is differentiated
        return tf.nn.batch_normalization(x, mean, variance + rest, self.bias, self.weight, 0.0)


class MovingBatchNorm(tf.Module):
    """Batch normalisation with moving averages of mean and variance; all parameters are 1×C×1×1.

    axis: that of the channels. kept: how much of the averages stays when a batch enters them;
    without it none does. variance: its average before any batch.
    by_batch: whether to normalise by the batch, rather than by the averages.
    batch_gradient: whether the gradient takes the averages for the batch's mean and variance.
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
        by_batch: bool = False,
        batch_gradient: bool = False,
    ) -> None:
        super().__init__()
        self.axis, self.eps = axis, eps
        self.kept = kept  # if kept
        self.by_batch = by_batch  # if by_batch
        self.batch_gradient = batch_gradient  # if batch_gradient
        shape = [1, channels, 1, 1]
        first = tf.fill(shape, tf.cast(variance, dtype)) if variance else tf.zeros(shape, dtype)
        self.mean = tf.Variable(tf.zeros(shape, dtype), trainable=False, name="mean")
        self.variance = tf.Variable(first, trainable=False, name="variance")

    def __call__(self, x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
        mean, variance = self.mean, self.variance
        others = [i for i in range(len(x.shape)) if i != self.axis % len(x.shape)]
        if self.by_batch:  # if by_batch
            mean, variance = tf.nn.moments(x, others)
            if self.kept is not None:  # if kept
                for average, batch in ((self.mean, mean), (self.variance, variance)):
                    entering = (1 - self.kept) * tf.reshape(batch, average.shape)
                    average.assign(self.kept * average + entering)
        along = [-1] + [1] * (len(x.shape) - 1 - self.axis % len(x.shape))
        mean, variance, weight, bias = (
            tf.reshape(v, along) for v in (mean, variance, weight, bias)
        )
        if not self.batch_gradient:  # unless batch_gradient
            return tf.nn.batch_normalization(x, mean, variance, bias, weight, self.eps)
        unit = with_batch_gradient(
            (x - mean) / tf.sqrt(variance + self.eps), others=others
        )  # if batch_gradient
        return weight * unit + bias  # if batch_gradient


def with_batch_gradient(unit: tf.Tensor, *, others: list[int]) -> tf.Tensor:
    """The same, with the gradient as if the batch's own mean and deviation had made it."""

    @tf.custom_gradient
    def same(unit: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
        def gradient(g: tf.Tensor) -> tf.Tensor:
            along = unit * tf.reduce_mean(g * unit, others, True)
            return g - tf.reduce_mean(g, others, True) - along

        return tf.identity(unit), gradient

    return same(unit)  # type: ignore[return-value] - the decorator takes the gradient
