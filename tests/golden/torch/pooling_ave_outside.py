"""A net in PyTorch, written by netspec.

Input: data 2×4×6×6.
Output: y 2×4×4×4.
Phase: TEST.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def window_padding(padding: tuple[int, ...], ends: tuple[int, ...]) -> list[int]:
    """F.pad's argument for `padding` before each axis and `ends` after it."""
    return [size for pair in reversed(list(zip(padding, ends, strict=True))) for size in pair]


def avg_pool(
    x: Tensor, kernel: tuple[int, ...], stride: tuple[int, ...], padding: tuple[int, ...], ends: tuple[int, ...]
) -> Tensor:
    """Mean over windows that may lie partly outside, of which elements up to `padding` beyond the input count.

    `ends`: what has to follow the input for the last window.
    """
    pool = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)[len(kernel) - 1]
    y = pool(F.pad(x, window_padding(padding, ends)), kernel, stride)
    for axis, (k, s, p) in enumerate(zip(kernel, stride, padding, strict=True), 2):
        begin = torch.arange(y.shape[axis], device=x.device) * s - p
        counted = (begin + k).clamp(max=x.shape[axis] + p) - begin
        y = y * (k / counted.to(x.dtype)).reshape(-1, *(1,) * (x.dim() - 1 - axis))
    return y


class Net(nn.Module):
    def forward(self, data: Tensor) -> Tensor:
        y = avg_pool(data, (1, 1), (2, 2), (0, 0), (1, 1))  # 2×4×4×4
        return y
