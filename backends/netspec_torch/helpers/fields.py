"""Random fields, whose filters are in a permutohedral lattice (Adams, Baek, Davis 2010)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def lattice(features: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Where P points with D features are: the D + 1 vertices of the simplex around each, P×(D + 1),
    how much each of these counts, and the vertices before and behind each of M vertices on each
    axis, (D + 1)×2×M. A vertex that no point has is M.
    """
    axes = features.shape[1] + 1
    total, raised = torch.zeros_like(features[:, 0]), list[Tensor]()
    for j in range(axes - 1, 0, -1):
        scaled = features[:, j - 1] * ((2 / 3) ** 0.5 * axes / (j * (j + 1)) ** 0.5)
        raised.insert(0, total - j * scaled)
        total = total + scaled
    point = torch.stack([total, *raised], 1)
    whole = torch.round(point * (1 / axes))
    less = (point - whole * axes)[:, :, None] < (point - whole * axes)[:, None]
    rank = less.triu(1).sum(2) + (~less).triu(1).sum(1) + whole.sum(1, keepdim=True).long()
    wrapped = (rank < 0).long() - (rank >= axes).long()
    rank, corner = rank + axes * wrapped, (whole.long() + wrapped) * axes
    share = ((point - corner) * (1 / axes)).gather(1, rank.argsort(1, descending=True))
    first = share[:, :1] + (1 - share[:, -1:])
    weights = torch.cat([first, share[:, 1:] - share[:, :-1]], 1)
    step = torch.arange(axes, device=features.device)
    beyond = rank[:, None, :-1] > axes - 1 - step[:, None]
    keys = corner[:, None, :-1] + step[:, None] - axes * beyond.long()
    least = keys.amin((0, 1))
    span = keys.amax((0, 1)) - least + 2 * axes
    stride = torch.cat([span.new_ones(1), span[:-1].cumprod(0)])
    code = ((keys - least + axes) * stride).sum(2)
    ordered = code.flatten().sort().values
    vertices = ordered[F.pad(ordered[1:] != ordered[:-1], (1, 0), value=True)]
    moved = F.pad(stride * axes, (0, 1)) - stride.sum()
    beside = vertices + torch.stack([moved, -moved], 1)[..., None]
    found = torch.searchsorted(vertices, beside).clamp(max=len(vertices) - 1)
    found = torch.where(vertices[found] == beside, found, len(vertices))
    return torch.searchsorted(vertices, code), weights, found


def lattice_filter(x: Tensor, places: Tensor, weights: Tensor, beside: Tensor) -> Tensor:
    """Numbers of points, C×P, spread to the vertices of a `lattice`, from there to those beside
    them on each axis in turn, and back to the points.
    """
    spread = (x[:, :, None] * weights).flatten(1)
    values = x.new_zeros(len(x), beside.shape[2] + 1).index_add(1, places.flatten(), spread)
    for before, behind in beside:
        around = values[:, before] + values[:, behind]
        values = F.pad(values[:, :-1] + 0.5 * around, (0, 1))
    return (values[:, places] * weights).sum(2) / (1 + 2.0 ** (1 - len(beside)))


def mean_field(
    scores: Tensor,
    start: Tensor,
    image: Tensor,
    spatial: Tensor,
    bilateral: Tensor,
    compatibility: Tensor,
    *,
    iterations: int,
    alpha: float,
    beta: float,
    gamma: float,
    eps: float,
) -> Tensor:
    """Scores N×C×H×W less what pixels near by, and those near by of like colors, make of them.

    spatial, bilateral, compatibility: of classes, C×C. alpha, gamma: how far pixels see each other,
    of like colors and in any case. beta: how alike these are.
    """
    rows, columns = torch.meshgrid(
        *(
            torch.arange(size, device=scores.device, dtype=scores.dtype)
            for size in scores.shape[2:]
        ),
        indexing="ij",
    )
    place = torch.stack([columns.flatten(), rows.flatten()], 1)
    near, found = lattice(place / gamma), list[Tensor]()
    flat = (x.flatten(2) for x in (scores, start, image))
    for own, likely, colors in zip(*flat, strict=True):
        alike = lattice(torch.cat([place / alpha, colors.T / beta], 1))
        kinds = [
            (weight, around, 1 / (lattice_filter(torch.ones_like(own[:1]), *around) + eps))
            for weight, around in ((spatial, near), (bilateral, alike))
        ]
        for _ in range(iterations):
            p = likely.softmax(0)
            message = [
                weight @ (norm * lattice_filter(p, *around)) for weight, around, norm in kinds
            ]
            likely = own - compatibility @ (message[0] + message[1])
        found.append(likely)
    return torch.stack(found).reshape(scores.shape)
