"""Loops over maps and over graphs of neighbours."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def first_of_region(values: Tensor) -> Tensor:
    """The number, row by row, of the first element of each one's region in maps N×H×W: elements
    side by side, or one above the other, of the same value.
    """
    right = F.pad(values[:, :, :-1] == values[:, :, 1:], (0, 1)).flatten(1)
    below = F.pad(values[:, :-1] == values[:, 1:], (0, 0, 0, 1)).flatten(1)
    first = torch.arange(right.shape[1], device=values.device).expand(len(values), -1)
    while True:
        found = first
        for step, alike in ((1, right), (values.shape[2], below)):
            found = torch.where(alike, found.minimum(found.roll(-step, 1)), found)
            found = torch.where(alike.roll(step, 1), found.minimum(found.roll(step, 1)), found)
        found = found.gather(1, found)
        if torch.equal(found, first):
            return first.reshape(values.shape)
        first = found


def joined_pairs(strength: Tensor, ends: Tensor, labels: Tensor, *, alike: bool) -> Tensor:
    """What share of all pairs of places each edge joins, N×M, if the strongest come first, of equal
    ones the first, and count where nothing has joined their places before.

    strength: of edges, N×M; edge e begins at place e mod V. ends: where each leads, M; -1 is
    nowhere. labels: of places, N×V; 0 does not count. alike: whether pairs of equal labels are
    meant, or of different ones.
    """
    places = labels.shape[1]
    leads = [int(end) for end in ends]
    shares = torch.zeros_like(strength)
    for item, heights in enumerate(strength):
        own = [int(label) for label in labels[item]]
        group = list(range(places))
        kinds: list[dict[int, int]] = [{label: 1} if label else {} for label in own]
        counts: dict[int, int] = {}
        for label in own:
            counts[label] = counts.get(label, 0) + (label != 0)
        every = sum(counts.values()) * (sum(counts.values()) - 1) // 2
        same = sum(count * (count - 1) // 2 for count in counts.values())
        pairs = [0] * len(leads)
        for place in heights.argsort(descending=True, stable=True):
            edge = int(place)
            a, b = edge % places, max(leads[edge], 0)
            while group[a] != a:
                group[a] = a = group[group[a]]
            while group[b] != b:
                group[b] = b = group[group[b]]
            if leads[edge] >= 0 and a != b:
                more, less = kinds[a], kinds[b]
                if len(more) < len(less):
                    more, less = less, more
                shared = sum(more.get(label, 0) * count for label, count in less.items())
                joined = sum(more.values()) * sum(less.values())
                pairs[edge] = shared if alike else joined - shared
                more.update({label: more.get(label, 0) + count for label, count in less.items()})
                group[b], kinds[a] = a, more
        shares[item] = strength.new_tensor(pairs) / max(same if alike else every - same, 1)
    return shares
