"""Normalization by batch statistics, with the sums or averages that Caffe keeps."""

# nn.BatchNorm2d calls its argument `input`, which is a function of Python's.
# pyright: reportIncompatibleMethodOverride=false

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def local_response_norm(x: Tensor, *, size: int, alpha: float, beta: float, k: float) -> Tensor:
    """F.local_response_norm, which has no half precision on the CPU: it averages on three axes,
    this on two.
    """
    squares = x.square().reshape(x.shape[0], 1, x.shape[1], -1)
    squares = F.avg_pool2d(squares, (size, 1), stride=1, padding=(size // 2, 0))
    return x / (k + alpha * squares.reshape(x.shape)) ** beta


class FrozenBatchNorm(nn.BatchNorm2d):
    """Keeps to its statistics in training, as use_global_stats says. For any number of axes."""

    def forward(self, x: Tensor) -> Tensor:
        return F.batch_norm(
            x, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps
        )


class BatchNorm(nn.Module):
    """Caffe's BatchNorm: sums of the means and variances seen so far, and the factor by which both
    are divided.

    affine: whether a weight multiplies the result, and a bias is added.
    fraction: how much of the sums is kept when a batch enters them.
    """

    mean: Tensor
    variance: Tensor
    factor: Tensor

    def __init__(
        self, *, channels: int, affine: bool = False, eps: float = 1e-5, fraction: float = 0.999
    ) -> None:
        super().__init__()
        self.eps, self.fraction = eps, fraction
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("variance", torch.zeros(channels))
        self.register_buffer("factor", torch.zeros(1))
        self.weight = nn.Parameter(torch.ones(channels)) if affine else None
        self.bias = nn.Parameter(torch.zeros(channels)) if affine else None

    def forward(self, x: Tensor, by_batch: bool | None = None) -> Tensor:
        """by_batch: whether to normalise by the batch, which then enters the sums; None: in
        training.
        """
        if self.training if by_batch is None else by_batch:
            return self.by_batch(x)
        scale = torch.where(self.factor == 0, 0.0, 1 / self.factor)
        return self.by_sums(x, self.mean * scale, self.variance * scale)

    def by_sums(self, x: Tensor, mean: Tensor, variance: Tensor) -> Tensor:
        return F.batch_norm(x, mean, variance, self.weight, self.bias, eps=self.eps)

    def by_batch(self, x: Tensor) -> Tensor:
        mean, variance = self.measured(x.detach())
        if x.numel() == x.shape[1]:  # which training=True refuses: an element is its own mean
            return F.batch_norm(
                x.detach(), mean.flatten(), variance.flatten(), self.weight, self.bias, eps=self.eps
            )
        return F.batch_norm(x, None, None, self.weight, self.bias, training=True, eps=self.eps)

    def measured(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The mean and variance of a batch, which enter the sums, there the variance unbiased."""
        others = list(range(x.dim()))
        others.remove(1)
        variance, mean = torch.var_mean(x, others, correction=0, keepdim=True)
        count = x.numel() // x.shape[1]
        with torch.no_grad():
            self.factor.mul_(self.fraction).add_(1)
            self.mean.mul_(self.fraction).add_(mean.flatten())
            self.variance.mul_(self.fraction).add_(variance.flatten() * (count / max(count - 1, 1)))
        return mean, variance


class OutsideBatchNorm(BatchNorm):
    """BatchNorm that adds eps to the deviation, not to the variance."""

    def by_sums(self, x: Tensor, mean: Tensor, variance: Tensor) -> Tensor:
        return F.batch_norm(
            x, mean, (variance.sqrt() + self.eps) ** 2, self.weight, self.bias, eps=0.0
        )

    def by_batch(self, x: Tensor) -> Tensor:
        mean, variance = self.measured(x)
        # Of (deviation + eps)² only the variance is differentiated.
        y = (x - mean) / torch.sqrt(variance + self.eps * (2 * variance.detach().sqrt() + self.eps))
        y = y if self.weight is None else y * self.weight.reshape(mean.shape)
        return y if self.bias is None else y + self.bias.reshape(mean.shape)


class MovingBatchNorm(nn.Module):
    """Batch normalisation with moving averages of mean and variance; all parameters are 1×C×1×1.

    kept: how much of the averages stays when a batch enters them; without it none does.
    use_averages: whether to normalise by the averages; without it they are used in evaluation.
    learned: whether weight and bias are. batch_gradient: whether the gradient takes the averages
    for the batch's mean and variance.
    """

    mean: Tensor
    variance: Tensor

    def __init__(
        self,
        *,
        channels: int,
        eps: float = 1e-5,
        kept: float | None = None,
        use_averages: bool | None = None,
        learned: bool = True,
        batch_gradient: bool = False,
    ) -> None:
        super().__init__()
        self.eps = eps
        self.kept = kept  # if kept
        self.use_averages = use_averages  # if use_averages
        self.batch_gradient = batch_gradient  # if batch_gradient
        self.weight = nn.Parameter(torch.zeros(1, channels, 1, 1))
        self.bias = nn.Parameter(torch.zeros(1, channels, 1, 1))
        self.weight.requires_grad_(learned)  # if learned
        self.bias.requires_grad_(learned)  # if learned
        self.register_buffer("mean", torch.zeros(1, channels, 1, 1))
        first = 1.0 if kept is None else 0.0
        self.register_buffer("variance", torch.full((1, channels, 1, 1), first))

    def forward(self, x: Tensor) -> Tensor:
        weight, bias = self.weight.flatten(), self.bias.flatten()
        averages = not self.training if self.use_averages is None else self.use_averages
        if averages:
            if self.batch_gradient and x.requires_grad:  # if batch_gradient
                return self.as_of_batch(x)
            return F.batch_norm(
                x, self.mean.flatten(), self.variance.flatten(), weight, bias, eps=self.eps
            )
        if self.training and self.kept is not None:  # if kept
            self.measure(x, self.kept)
        if x.numel() == x.shape[1]:  # which F.batch_norm refuses: an element is its own mean
            zeros = torch.zeros_like(weight)
            return F.batch_norm(x * 0, zeros, zeros, weight, bias, eps=self.eps)
        return F.batch_norm(x, None, None, weight, bias, training=True, eps=self.eps)

    def measure(self, x: Tensor, kept: float) -> None:  # if kept
        """The mean and variance of a batch enter the averages."""
        others = [axis for axis in range(x.dim()) if axis != 1]
        variance, mean = torch.var_mean(x.detach(), others, correction=0)
        with torch.no_grad():
            self.mean.mul_(kept).add_((1 - kept) * mean.reshape(self.mean.shape))
            self.variance.mul_(kept).add_((1 - kept) * variance.reshape(self.mean.shape))

    def as_of_batch(self, x: Tensor) -> Tensor:  # if batch_gradient
        """By the averages, with the gradient of the batch's mean and variance."""
        others = [axis for axis in range(x.dim()) if axis != 1]
        mean, variance, weight, bias = (
            v.reshape(1, -1, *[1] * (x.dim() - 2))
            for v in (self.mean, self.variance, self.weight, self.bias)
        )
        batch, spread = x.mean(others, keepdim=True), ((x - mean) ** 2).mean(others, keepdim=True)
        mean, variance = mean + (batch - batch.detach()), variance + (spread - spread.detach())
        return weight * (x - mean) / torch.sqrt(variance + self.eps) + bias
