"""What is drawn."""

from __future__ import annotations

import torch
from torch import Tensor


def uniform_like(x: Tensor) -> Tensor:
    """A number between 0 and 1 for each element, drawn."""
    return torch.rand_like(x)


def drawn(places: Tensor, counts: Tensor) -> Tensor:
    """Which of N×P places are met by as many draws as `counts` says for each item."""
    met = torch.zeros_like(places, dtype=torch.bool)
    for item, count in zip(met.unbind(), counts.unbind(), strict=True):
        item[torch.randint(places.shape[1], (int(count),), device=places.device)] = True
    return met
