"""Loops over boxes."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def nms(
    boxes: Tensor,
    candidates: Tensor,
    *,
    iou: Callable[[Tensor, Tensor], Tensor],
    iou_threshold: float,
    eta: float = 1.0,
    inclusive: bool = False,
) -> Tensor:
    """Non-maximum suppression: which candidates among boxes N×P×4, best first, are kept, those
    whose IoU with each box kept before is at most `iou_threshold`.

    eta: what the threshold is multiplied by after each box kept, while it is above 0.5. inclusive:
    whether an IoU of just the threshold is too much.
    """
    kept = torch.zeros_like(candidates)
    thresholds = boxes.new_full((len(boxes), 1), iou_threshold)
    for i in range(candidates.shape[1]):
        ious = iou(boxes[:, i : i + 1], boxes[:, :i])[:, 0]
        covered = ious >= thresholds if inclusive else ious > thresholds
        kept[:, i] = candidates[:, i] & ~(kept[:, :i] & covered).any(1)
        if eta < 1:  # if eta
            thresholds = torch.where(
                kept[:, i : i + 1] & (thresholds > 0.5), thresholds * eta, thresholds
            )
    return kept


def pair_up(ious: Tensor, *, overlap_threshold: float | None = None) -> Tensor:
    """The column that each row of N×P×G is matched with, N×P×1; 0, which is no annotation, for
    none. Of each item the largest element matches its row and its column, then the largest of those
    left, and so on.

    overlap_threshold: from where on rows left take their largest one.
    """
    matched, left = torch.zeros_like(ious[:, :, 0], dtype=torch.long), ious.clone()
    item = torch.arange(len(ious), device=ious.device)
    while left.max() > 1e-6:
        largest, place = left.flatten(1).max(1)
        row, column = place // left.shape[2], place % left.shape[2]
        matched[item, row] = torch.where(largest > 1e-6, column, matched[item, row])
        left[item, row], left[item, :, column] = 0, 0
    if overlap_threshold is None:  # unless overlap_threshold
        return matched[..., None]
    best, column = ious.max(2)  # if overlap_threshold
    free = (matched == 0) & (best >= overlap_threshold)  # if overlap_threshold
    return torch.where(free, column, matched)[..., None]  # if overlap_threshold
