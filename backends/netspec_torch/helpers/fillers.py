"""How parameters begin, where no initialiser of the framework does it."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def sparse_normal_(weight: Tensor, *, sparse: int, mean: float = 0.0, std: float = 1.0) -> Tensor:
    """Normal, with each element kept with the probability sparse / outputs and 0 otherwise."""
    with torch.no_grad():
        kept = torch.bernoulli(torch.full_like(weight, sparse / weight.shape[0]))
        return weight.normal_(mean, std).mul_(kept)


def values_(weight: Tensor, *, values: list[object] | Tensor) -> Tensor:
    """These, in lists for each axis."""
    with torch.no_grad():
        return weight.copy_(torch.as_tensor(values, dtype=weight.dtype).reshape(weight.shape))


def positive_unitball_(weight: Tensor) -> Tensor:
    """Uniform and positive, with a sum of 1 for each output."""
    with torch.no_grad():
        return weight.uniform_().div_(
            weight.flatten(1).sum(1).reshape(-1, *(1,) * (weight.dim() - 1))
        )


def gaussian_unitball_(weight: Tensor) -> Tensor:
    """Normal, with a length of 1 for each output."""
    with torch.no_grad():
        squares = weight.normal_().flatten(1).square().sum(1)
        return weight.div_(torch.sqrt(squares + 1e-12).reshape(-1, *(1,) * (weight.dim() - 1)))


def identity_(weight: Tensor) -> Tensor:
    """1 where the number of a row is that of the column, counted in C order, else 0."""
    with torch.no_grad():
        weight.zero_()
        weight.view(-1)[:: len(weight) + 1][: len(weight)] = 1
        return weight


def bilinear_(weight: Tensor) -> Tensor:
    """The kernel of bilinear interpolation, for every pair of channels."""
    with torch.no_grad():
        size = weight.shape[-1]
        f = math.ceil(size / 2)
        ramp = 1 - (torch.arange(size) / f - (size - 1) / (2 * f)).abs()
        return weight.copy_(ramp[:, None] * ramp)


def symmetric_(weight: Tensor, *, filters: int) -> Tensor:
    """Makes the first filters the same wherever swapping and mirroring the three axes of a cube
    leads.
    """
    with torch.no_grad():
        size = weight.shape[-1]
        away = (torch.arange(size, device=weight.device) - size // 2).abs()
        positions = torch.stack(torch.meshgrid(away, away, away, indexing="ij")) + size // 2
        x, y, z = positions.sort(0, descending=True).values
        weight[:filters] = weight[:filters, :, x, y, z]
        return weight


def diagonal_(weight: Tensor, *, sums: tuple[float, ...] = ()) -> Tensor:
    """Zeros, but for the kernel that filter i has for channel i, which is flat and adds up to its
    sum, or to 1.
    """
    with torch.no_grad():
        weight.zero_()
        kernels = (
            weight.reshape(*weight.shape[:2], -1) if weight.dim() > 1 else weight.reshape(-1, 1, 1)
        )
        for i in range(min(kernels.shape[:2])):
            kernels[i, i] = (sums[i] if i < len(sums) else 1) / kernels.shape[2]
        return weight.copy_(kernels.reshape(weight.shape))


def gabor_(
    weight: Tensor, *, waves: list[tuple[float, float, float, float, tuple[float, float, float]]]
) -> Tensor:
    """A wave for each filter: its direction, frequency and phase, by π, how wide its bell is, and
    its colour.
    """
    with torch.no_grad():
        place = torch.linspace(-1, 1, weight.shape[-1], dtype=weight.dtype)
        y, x = torch.meshgrid(place, place, indexing="ij")
        for kernel, (turn, frequency, phase, sigma, colour) in zip(weight, waves, strict=True):
            along = x * math.cos(math.pi * turn) - y * math.sin(math.pi * turn)
            value = torch.exp(-(x**2 + y**2) / (2 * sigma**2)) * torch.cos(
                math.pi * (frequency * along + phase)
            )
            kernel.copy_(torch.tensor(colour, dtype=weight.dtype)[:, None, None] * value)
        return weight
