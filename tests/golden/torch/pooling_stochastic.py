"""A net in PyTorch, written by netspec.

Input: data 2×4×6×7.
Output: y 2×4×3×4.
Phase: TEST.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def window_padding(padding: tuple[int, ...], ends: tuple[int, ...]) -> list[int]:
    """F.pad's argument for `padding` before each axis and `ends` after it."""
    return [size for pair in reversed(list(zip(padding, ends, strict=True))) for size in pair]


def weighted_pool(
    x: Tensor, kernel: tuple[int, ...], stride: tuple[int, ...], padding: tuple[int, ...], ends: tuple[int, ...]
) -> Tensor:
    """What stochastic pooling gives on average: Σ x² / Σ x over each window, 0 where Σ x is not above 0."""
    pool = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)[len(kernel) - 1]
    x = F.pad(x, window_padding(padding, ends))
    total, squares = pool(x, kernel, stride), pool(x * x, kernel, stride)
    positive = total > 0
    return torch.where(positive, squares / torch.where(positive, total, 1), 0)


class Net(nn.Module):
    def forward(self, data: Tensor) -> Tensor:
        y = weighted_pool(data, (2, 2), (2, 2), (0, 0), (0, 1))  # 2×4×3×4
        return y
