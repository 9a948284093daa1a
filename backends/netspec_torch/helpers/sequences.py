"""Sequences of labels."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def ctc_losses(likely: Tensor, skips: Tensor, count: Tensor) -> Tensor:
    """−log of the probability of all ways through states, N: from one of the first two to the last
    one of an item's 2·count + 1, or the one before it; 0 if there is none.

    likely: the log-probability of each state at each step, T×N×S. A step stays, or goes on by one,
    or by two where `skips`, N×S, holds for the state that it leads to.
    """
    least = -1e30
    begin = torch.arange(likely.shape[2], device=likely.device) < 2
    alpha = torch.where(begin, likely[0], least)
    for step in likely[1:].unbind():
        one = F.pad(alpha[:, :-1], (1, 0), value=least)
        two = torch.where(skips, F.pad(alpha[:, :-2], (2, 0), value=least), least)
        alpha = torch.stack([alpha, one, two]).logsumexp(0) + step
    last = 2 * count[:, None]
    before = torch.where(last > 0, alpha.gather(1, (last - 1).clamp(min=0)), least)
    losses = -torch.cat([alpha.gather(1, last), before], 1).logsumexp(1)
    return torch.where(losses > -least / 2, 0.0, losses)
