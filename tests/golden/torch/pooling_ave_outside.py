"""A net in PyTorch, written by netspec.

Input: data 2×4×6×6.
Output: y 2×4×4×4.
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


def avg_pool(
    x: Tensor, kernel: tuple[int, ...], stride: tuple[int, ...], padding: tuple[int, ...], output: tuple[int, ...]
) -> Tensor:
    """Mean over windows that may lie partly outside, of which elements up to `padding` beyond the input count."""
    pool = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)[len(kernel) - 1]
    y = pool(F.pad(x, window_padding(x, kernel, stride, padding, output)), kernel, stride)
    for axis, (k, s, p, n) in enumerate(zip(kernel, stride, padding, output, strict=True), 2):
        begin = torch.arange(n, device=x.device) * s - p
        counted = (begin + k).clamp(max=x.shape[axis] + p) - begin
        y = y * (k / counted.to(x.dtype)).reshape(-1, *(1,) * (x.dim() - 1 - axis))
    return y


class Net(nn.Module):
    def forward(self, data: Tensor) -> Tensor:
        y = avg_pool(data, (1, 1), (2, 2), (0, 0), (4, 4))  # 2×4×4×4
        return y
