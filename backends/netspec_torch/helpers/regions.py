"""Pooling of regions."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor


def rounded(x: Tensor) -> Tensor:
    """To whole numbers, halves away from 0."""
    return (x.abs() + 0.5).floor() * x.sign()


def roi_pool(
    x: Tensor,
    rois: Tensor,
    *,
    output_size: tuple[int, int],
    spatial_scale: float = 1.0,
    pad_ratio: float = 0.0,
) -> Tensor:
    """The maxima of height×width bins of each region (item, x1, y1, x2, y2); 0 for one outside.

    pad_ratio: how much a region is made larger at each side, by its size.
    """
    wide = torch.promote_types(rois.dtype, torch.float32)  # half precision is too coarse for places
    rois = rois.detach().to(wide).reshape(-1, 5)
    pad = (rois[:, 3:] - rois[:, 1:3] + 1) * pad_ratio
    ends = rois[:, 1:] + torch.cat([-pad, pad], 1)
    regions = torch.cat([rois[:, :1], rounded(ends * spatial_scale)], 1).long()
    pooled: list[Tensor] = []
    for region in regions.unbind():
        item, x1, y1, x2, y2 = (int(end) for end in region)
        wide, high = max(x2 - x1 + 1, 1), max(y2 - y1 + 1, 1)
        inside = x[item, :, max(y1, 0) : max(y1 + high, 0), max(x1, 0) : max(x1 + wide, 0)]
        left, above = min(max(-x1, 0), wide), min(max(-y1, 0), high)
        around = (left, wide - left - inside.shape[2], above, high - above - inside.shape[1])
        pooled.append(F.adaptive_max_pool2d(F.pad(inside, around, value=-math.inf), output_size))
    y = torch.stack(pooled) if pooled else x.new_zeros((0, x.shape[1], *output_size))
    y = torch.where(y == -math.inf, 0, y)
    # A region that ends before it starts has a cell, but gives it no gradient, as in Caffe.
    return torch.where(
        (regions[:, 3:] >= regions[:, 1:3]).all(1)[:, None, None, None], y, y.detach()
    )


def psroi_pool(
    x: Tensor, rois: Tensor, *, output_dim: int, group_size: int, spatial_scale: float
) -> Tensor:
    """The means of group_size² bins of each region (item, x1, y1, x2, y2), every bin from channels
    of its own.
    """
    wide = torch.promote_types(rois.dtype, torch.float32)  # half precision is too coarse for places
    rois = rois.detach().to(wide).reshape(-1, 5)
    ends = rounded(rois[:, 1:])
    start = ends[:, :2] * spatial_scale
    bins = ((ends[:, 2:] + 1) * spatial_scale - start).clamp(min=0.1) / group_size

    def shares(axis: int, count: int) -> Tensor:
        """How much of each bin, R×group_size, each of `count` cells along an axis is."""
        i = torch.arange(group_size, device=x.device)
        first = (i * bins[:, axis, None] + start[:, axis, None]).floor().clamp(0, count)
        last = ((i + 1) * bins[:, axis, None] + start[:, axis, None]).ceil().clamp(0, count)
        cell = torch.arange(count, device=x.device)
        inside = (cell >= first[..., None]) & (cell < last[..., None])
        return (inside / (last - first).clamp(min=1)[..., None]).to(x.dtype)

    items = rois[:, :1].long() == torch.arange(len(x), device=x.device)
    rows = shares(1, x.shape[2])[:, None] * items[..., None, None]
    grouped = x.reshape(len(x), output_dim, group_size, group_size, *x.shape[2:])
    columns = torch.einsum("ndijhw,rjw->nrdijh", grouped, shares(0, x.shape[3]))
    return torch.einsum("nrdijh,rnih->rdij", columns, rows)


def interval_pool(
    x: Tensor, intervals: Tensor, *, bins: int, temporal_scale: float = 1.0
) -> Tensor:
    """The maxima of the bins of each interval (item, start, end) of N×C×L, R×C×bins; 0 outside."""
    ends = rounded(intervals[:, 1:] * temporal_scale).long()
    pooled: list[Tensor] = []
    for item, (start, last) in zip(intervals[:, 0].long(), ends, strict=True):
        first, length = int(start), max(int(last - start) + 1, 1)
        for i in range(bins):
            begin = max(first + i * length // bins, 0)
            seen = x[int(item), :, begin : max(first - (-(i + 1) * length // bins), begin)]
            best = seen.max(1).values if seen.shape[1] else x.new_zeros(x.shape[1])
            # One that ends before it starts has a cell, but gives it no gradient.
            pooled.append(best if last >= start else best.detach())
    if not pooled:
        return x.new_zeros((0, x.shape[1], bins))
    return torch.stack(pooled).reshape(-1, bins, x.shape[1]).transpose(1, 2)
