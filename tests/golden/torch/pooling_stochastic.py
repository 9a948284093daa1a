"""A net in PyTorch, written by netspec.

Input: data 2×4×6×7.
Output: y 2×4×3×4.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def window_padding(
    x: Tensor, kernel: tuple[int, ...], stride: tuple[int, ...], padding: tuple[int, ...], output: tuple[int, ...]
) -> list[int]:
    """F.pad's argument that makes room for exactly `output` windows."""
    pads: list[int] = []
    for size, k, s, p, n in zip(x.shape[2:], kernel, stride, padding, output, strict=True):
        pads = [p, max(0, (n - 1) * s + k - p - size), *pads]
    return pads


def weighted_pool(
    x: Tensor, kernel: tuple[int, ...], stride: tuple[int, ...], padding: tuple[int, ...], output: tuple[int, ...]
) -> Tensor:
    """What stochastic pooling gives on average: Σ x² / Σ x over each window, 0 where Σ x is not above 0."""
    pool = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)[len(kernel) - 1]
    x = F.pad(x, window_padding(x, kernel, stride, padding, output))
    total, squares = pool(x, kernel, stride), pool(x * x, kernel, stride)
    positive = total > 0
    return torch.where(positive, squares / torch.where(positive, total, 1), 0)


class Net(nn.Module):
    def forward(self, data: Tensor) -> Tensor:
        y = weighted_pool(data, (2, 2), (2, 2), (0, 0), (3, 4))  # 2×4×3×4
        return y
