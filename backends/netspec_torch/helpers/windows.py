"""Sliding windows: what poolings and correlations of the framework do not do."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def im2col(
    x: Tensor,
    *,
    kernel_size: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    dilation: tuple[int, ...],
) -> Tensor:
    """The patches that a kernel sees, along the channels: …×C×S to …×(C·kernel)×S'."""
    x = F.pad(x, [p for p in reversed(padding) for _ in range(2)])
    n, channel = len(kernel_size), x.dim() - len(kernel_size) - 1
    for i in range(n):
        x = x.unfold(channel + 1 + i, dilation[i] * (kernel_size[i] - 1) + 1, stride[i])[
            ..., :: dilation[i]
        ]
    last = channel + 1 + n
    x = x.permute(*range(channel + 1), *range(last, last + n), *range(channel + 1, last))
    return x.flatten(channel, channel + n)


def window_padding(*, padding: tuple[int, ...], ends: tuple[int, ...]) -> list[int]:
    """F.pad's argument for `padding` before each axis and `ends` after it."""
    return [size for pair in reversed(list(zip(padding, ends, strict=True))) for size in pair]


def avg_pool(
    x: Tensor,
    *,
    kernel_size: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    ends: tuple[int, ...],
) -> Tensor:
    """Mean over windows that may lie partly outside, of which elements up to `padding` beyond the
    input count.

    `ends`: what has to follow the input for the last window.
    """
    pool = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)[len(kernel_size) - 1]
    y = pool(F.pad(x, window_padding(padding=padding, ends=ends)), kernel_size, stride)
    for axis, (k, s, p) in enumerate(zip(kernel_size, stride, padding, strict=True), 2):
        begin = torch.arange(y.shape[axis], device=x.device) * s - p
        counted = (begin + k).clamp(max=x.shape[axis] + p) - begin
        y = y * (k / counted.to(x.dtype)).reshape(-1, *(1,) * (x.dim() - 1 - axis))
    return y


def avg_pool_inside(
    x: Tensor,
    *,
    kernel_size: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    ends: tuple[int, ...],
) -> Tensor:
    """Mean over what windows have of the input."""
    pool = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)[len(kernel_size) - 1]
    pads = window_padding(padding=padding, ends=ends)
    inside = pool(F.pad(torch.ones_like(x[:1, :1]), pads), kernel_size, stride)
    return pool(F.pad(x, pads), kernel_size, stride) / inside


def max_pool_with_mask(
    x: Tensor,
    *,
    kernel_size: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    ends: tuple[int, ...],
) -> tuple[Tensor, Tensor]:
    """The maximum of each window, and its index in the plane of the input as a float; −1 for a
    window outside.
    """
    pads = window_padding(padding=padding, ends=ends)
    padded = F.pad(x, pads, value=torch.finfo(x.dtype).min)
    pool = (F.max_pool1d, F.max_pool2d, F.max_pool3d)[len(kernel_size) - 1]
    y, index = pool(padded, kernel_size, stride, return_indices=True)
    place, inside, factor = torch.zeros_like(index), torch.ones_like(index, dtype=torch.bool), 1
    for axis in range(x.dim() - 1, 1, -1):
        at = index % padded.shape[axis] - padding[axis - 2]
        index = index // padded.shape[axis]
        inside = inside & (at >= 0) & (at < x.shape[axis])
        place, factor = place + at * factor, factor * x.shape[axis]
    return y, torch.where(inside, place, -1).to(x.dtype)


def weighted_pool(
    x: Tensor,
    *,
    kernel_size: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    ends: tuple[int, ...],
) -> Tensor:
    """What stochastic pooling gives on average: Σ x² / Σ x over each window, 0 where Σ x is not
    above 0.
    """
    pool = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)[len(kernel_size) - 1]
    x = F.pad(x, window_padding(padding=padding, ends=ends))
    total, squares = pool(x, kernel_size, stride), pool(x * x, kernel_size, stride)
    positive = total > 0
    return torch.where(positive, squares / torch.where(positive, total, 1), 0)


def stochastic_pool(
    x: Tensor,
    *,
    kernel_size: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    ends: tuple[int, ...],
) -> Tensor:
    """An element of each window, drawn with a probability proportional to it; none is negative."""
    x = F.pad(x, window_padding(padding=padding, ends=ends))
    for axis, (k, s) in enumerate(zip(kernel_size, stride, strict=True), 2):
        x = x.unfold(axis, k, s)
    x = x.flatten(-len(kernel_size))
    sums = x.detach().cumsum(-1)
    drawn = torch.rand_like(sums[..., :1]) * sums[..., -1:]
    first = (sums >= drawn).to(x.dtype).argmax(-1, keepdim=True)
    return x.take_along_dim(first, -1).squeeze(-1)


def pick(x: Tensor, row: Tensor, column: Tensor) -> Tensor:
    """The elements of images at places N×1×H×W."""
    places = (row * x.shape[3] + column).flatten(2).expand(-1, x.shape[1], -1)
    return x.flatten(2).gather(2, places).reshape(*x.shape[:2], *row.shape[2:])


def unpool(x: Tensor, mask: Tensor, *, height: int, width: int) -> Tensor:
    """Zeros, but for the elements of x, each at its index in the plane."""
    planes = x.new_zeros(*x.shape[:2], height * width)
    placed = planes.scatter(2, mask.flatten(2).long(), x.flatten(2))
    return placed.reshape(*x.shape[:2], height, width)
