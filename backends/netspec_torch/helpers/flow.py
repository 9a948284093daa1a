"""Images moved along a flow, and made smaller around what is no number."""

from __future__ import annotations

import torch
from torch import Tensor


def flow_warp(x: Tensor, flow: Tensor, *, fill: float = 0.0) -> Tensor:
    """x at the places that the flow of each place points to, between elements bilinearly; `fill` outside."""
    height, width = x.shape[2:]
    flow = flow.to(torch.promote_types(x.dtype, torch.float32))  # half precision is too coarse for places
    column = torch.arange(width, device=x.device) + flow[:, 0]
    row = torch.arange(height, device=x.device)[:, None] + flow[:, 1]
    inside = (column >= 0) & (row >= 0) & (column < width) & (row < height)
    column, row = torch.where(inside, column, 0), torch.where(inside, row, 0)
    left, above = column.long(), row.long()
    right, below = (left + 1).clamp(max=width - 1), (above + 1).clamp(max=height - 1)
    planes = x.flatten(2)

    def at(row: Tensor, column: Tensor) -> Tensor:
        places = (row * width + column).flatten(1)[:, None].expand(-1, x.shape[1], -1)
        return planes.gather(2, places).reshape(x.shape)

    share, down = (column - left)[:, None].to(x.dtype), (row - above)[:, None].to(x.dtype)
    upper = (1 - share) * at(above, left) + share * at(above, right)
    lower = (1 - share) * at(below, left) + share * at(below, right)
    return torch.where(inside[:, None], (1 - down) * upper + down * lower, fill)


def downsample(x: Tensor, *, height: int, width: int) -> Tensor:
    """The mean of the numbers around each place, their weight falling as a line; NaN where more than half is none."""

    def nearness(size: int, output: int) -> Tensor:
        step = (size - 1) / (output - 1)
        wide = torch.promote_types(x.dtype, torch.float32)  # half precision is too coarse for places
        at = torch.arange(output, device=x.device, dtype=wide)[:, None] * step
        return (1 - (torch.arange(size, device=x.device) - at).abs() / step).clamp(min=0).to(x.dtype)

    down, along = nearness(x.shape[2], height), nearness(x.shape[3], width).T
    missing = x.isnan()
    value = down @ x.masked_fill(missing, 0) @ along
    counted, lost = down @ (~missing).to(x.dtype) @ along, down @ missing.to(x.dtype) @ along
    return torch.where(lost / counted > 0.5, torch.nan, value / counted)
