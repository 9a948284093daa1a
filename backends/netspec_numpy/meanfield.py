"""MultiStageMeanfield: point by point, with a dictionary of the lattice's vertices."""

from __future__ import annotations

import numpy as np

from netspec.layers.base import Layer
from netspec.layers.segmentation.meanfield import MultiStageMeanfield
from netspec_numpy.place import Meaning, Place
from netspec_numpy.words import Values

Vertex = tuple[int, ...]


class Lattice:
    """The vertices around each of some points, with how much they count; and all vertices, by their coordinates."""

    def __init__(self, features: Values) -> None:
        self.vertices: dict[Vertex, int] = {}
        self.around = [
            [(self.vertices.setdefault(key, len(self.vertices)), weight) for key, weight in _simplex(row)]
            for row in features
        ]
        self.axes = features.shape[1] + 1

    def filtered(self, x: Values) -> Values:
        """Numbers of the points, C×P."""
        values = np.zeros((len(self.vertices), len(x)), x.dtype)
        for i, around in enumerate(self.around):
            for vertex, weight in around:
                values[vertex] += weight * x[:, i]
        for axis in range(self.axes):
            blurred = values.copy()
            for key, vertex in self.vertices.items():
                for sign in (1, -1):
                    beside = [k - sign for k in key]
                    if axis < len(key):
                        beside[axis] = key[axis] + sign * len(key)
                    if (other := self.vertices.get(tuple(beside))) is not None:
                        blurred[vertex] += 0.5 * values[other]
            values = blurred
        found = [sum(weight * values[vertex] for vertex, weight in around) for around in self.around]
        return np.array(found).T / (1 + 2.0 ** (1 - self.axes))


def _simplex(features: Values) -> list[tuple[Vertex, float]]:
    """The vertices of the simplex that a point is in, but for their last coordinates, and its share in each."""
    axes = len(features) + 1
    total, point = features[0] * 0, list[float]()
    for j in range(axes - 1, 0, -1):
        scaled = features[j - 1] * features.dtype.type((2 / 3) ** 0.5 * axes / (j * (j + 1)) ** 0.5)
        point.insert(0, total - j * scaled)
        total = total + scaled
    point.insert(0, total)
    inverse = features.dtype.type(1 / axes)
    corner = [axes * round(float(p * inverse)) for p in point]
    rest = [p - c for p, c in zip(point, corner, strict=True)]
    order = sorted(range(axes), key=lambda i: -rest[i])  # equal ones keep their order
    shift = sum(corner) // axes
    for place, i in enumerate(order):
        if not 0 <= place + shift < axes:
            corner[i] += axes if place + shift < 0 else -axes
    turned = [order[(place - shift) % axes] for place in range(axes)]
    share = [(point[i] - corner[i]) * inverse for i in turned]  # by rank
    weights = [share[-1] + (1 - share[0]), *(share[k] - share[k + 1] for k in reversed(range(axes - 1)))]
    ranks = {i: rank for rank, i in enumerate(turned)}
    vertices = [
        tuple(corner[i] + step - (axes if ranks[i] > axes - 1 - step else 0) for i in range(axes - 1))
        for step in range(axes)
    ]
    return list(zip(vertices, weights, strict=True))


def mean_field(layer: MultiStageMeanfield, place: Place) -> tuple[Values, ...]:
    scores, start, image = place.inputs
    classes, height, width = scores.shape[1:]
    spatial, bilateral, compatibility = (blob.reshape(classes, classes) for blob in place.params)
    at = np.array([(j, i) for i in range(height) for j in range(width)], scores.dtype)
    near, found = Lattice(at / scores.dtype.type(layer.theta_gamma)), list[Values]()
    for own, likely, colors in zip(scores, start, image, strict=True):
        own, likely, colors = (x.reshape(len(x), -1) for x in (own, likely, colors))
        places = at / scores.dtype.type(layer.theta_alpha), colors.T / scores.dtype.type(layer.theta_beta)
        pairs = ((spatial, near), (bilateral, Lattice(np.concatenate(places, 1))))
        norms = [1 / (lattice.filtered(np.ones_like(own[:1])) + layer.eps) for _, lattice in pairs]
        for _ in range(layer.num_iterations):
            e = np.exp(likely - likely.max(0))
            p = e / e.sum(0)
            message = sum(
                weight @ (norm * lattice.filtered(p)) for (weight, lattice), norm in zip(pairs, norms, strict=True)
            )
            likely = own - compatibility @ message
        found.append(likely)
    return (np.array(found).reshape(scores.shape),)


MEANINGS: dict[type[Layer], Meaning] = {MultiStageMeanfield: mean_field}
