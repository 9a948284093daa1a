"""Sampling: axes of another size."""

from __future__ import annotations

import torch
from torch import Tensor


def nearest(x: Tensor, *, axis: int, size: int, step: int, shift: int, divisor: int) -> Tensor:
    """An axis of another size: element i is that at (step·i + shift) / divisor, rounded down."""
    at = (torch.arange(size, device=x.device) * step + shift) // divisor
    return x.index_select(axis, at.clamp(0, x.shape[axis] - 1))


def linear(x: Tensor, *, axis: int, size: int, scale: float, shift: float = 0.0) -> Tensor:
    """An axis of another size, whose element i lies at scale·i + shift between two elements of the
    input.
    """
    last, wide = (
        x.shape[axis] - 1,
        torch.promote_types(x.dtype, torch.float32),
    )  # half precision is too coarse for places
    at = (torch.arange(size, device=x.device, dtype=wide) * scale + shift).clamp(0, last)
    below = at.floor()
    share = (at - below).to(x.dtype).reshape(-1, *(1,) * (x.dim() - 1 - axis))
    low = x.index_select(axis, below.long())
    return low + share * (x.index_select(axis, (below.long() + 1).clamp(max=last)) - low)


def filtered(
    x: Tensor,
    *,
    axis: int,
    size: int,
    scale: float,
    shift: float = 0.0,
    sharpness: float = 1.0,
    cubic: bool = False,
) -> Tensor:
    """An axis of another size, whose element i is the mean of those around scale·i + shift.

    What an element counts falls with its distance, times `sharpness`: as a line, or as Catmull and
    Rom's cubic.
    """
    wide = torch.promote_types(x.dtype, torch.float32)  # half precision is too coarse for places
    at = torch.arange(size, device=x.device, dtype=wide)[:, None] * scale + shift
    d = (at - torch.arange(x.shape[axis], device=x.device)).abs() * sharpness
    if cubic:
        weights = torch.where(
            d <= 1, d * d * (1.5 * d - 2.5) + 1, (d * (2.5 - 0.5 * d) - 4) * d + 2
        ) * (d < 2)
    else:
        weights = (1 - d).clamp(min=0)
    total = weights.sum(1, keepdim=True)
    weights = (weights / torch.where(total == 0, 1.0, total)).to(x.dtype)
    return (x.movedim(axis, -1) @ weights.T).movedim(-1, axis)
