"""How parameters begin, where no initialiser of the framework does it."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def sparse_normal_(weight: Tensor, sparse: int, mean: float = 0.0, std: float = 1.0) -> Tensor:
    """Normal, with each element kept with the probability sparse / outputs and 0 otherwise."""
    with torch.no_grad():
        kept = torch.bernoulli(torch.full_like(weight, sparse / weight.shape[0]))
        return weight.normal_(mean, std).mul_(kept)


def positive_unitball_(weight: Tensor) -> Tensor:
    """Uniform and positive, with a sum of 1 for each output."""
    with torch.no_grad():
        return weight.uniform_().div_(weight.flatten(1).sum(1).reshape(-1, *(1,) * (weight.dim() - 1)))


def bilinear_(weight: Tensor) -> Tensor:
    """The kernel of bilinear interpolation, for every pair of channels."""
    with torch.no_grad():
        size = weight.shape[-1]
        f = math.ceil(size / 2)
        ramp = 1 - (torch.arange(size) / f - (size - 1) / (2 * f)).abs()
        return weight.copy_(ramp[:, None] * ramp)


def symmetric_(weight: Tensor, filters: int) -> Tensor:
    """Makes the first filters the same wherever swapping and mirroring the three axes of a cube leads."""
    with torch.no_grad():
        size = weight.shape[-1]
        away = (torch.arange(size, device=weight.device) - size // 2).abs()
        positions = torch.stack(torch.meshgrid(away, away, away, indexing="ij")) + size // 2
        x, y, z = positions.sort(0, descending=True).values
        weight[:filters] = weight[:filters, :, x, y, z]
        return weight


def diagonal_(weight: Tensor, sums: tuple[float, ...] = ()) -> Tensor:
    """Zeros, but for the kernel that filter i has for channel i, which is flat and adds up to its sum, or to 1."""
    with torch.no_grad():
        weight.zero_()
        kernels = weight.reshape(*weight.shape[:2], -1) if weight.dim() > 1 else weight.reshape(-1, 1, 1)
        for i in range(min(kernels.shape[:2])):
            kernels[i, i] = (sums[i] if i < len(sums) else 1) / kernels.shape[2]
        return weight.copy_(kernels.reshape(weight.shape))
