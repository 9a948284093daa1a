"""Seeded values for every input and parameter of a net, the same for every backend in whatever order they are asked
for.

Each array comes from a generator of its own, seeded by the seed and the array's name. All values are float32 numbers,
held as float64, so that a run in either precision begins with the same ones."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias
from zlib import crc32

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netspec.layers.base import Blob, Role
from netspec.net import Net, Node, Value
from netspec.net.asking import asked
from netspec.shapes import integers

Limits: TypeAlias = Sequence[tuple[float, float]]
Given: TypeAlias = Mapping[str, Sequence[ArrayLike]]  # parameters by layer, as Executable.set_params takes them

# Ranges in which deep nets keep their values within a few orders of magnitude; a weight's follows from its fan-in.
RANGES: Mapping[Role, tuple[float, float]] = MappingProxyType(
    {
        Role.BIAS: (-0.1, 0.1),
        Role.SCALE: (0.6, 1.4),
        Role.SLOPE: (0.1, 0.4),
        Role.MEAN: (-0.2, 0.2),
        Role.VARIANCE: (0.6, 1.4),
        Role.FACTOR: (1.0, 1.0),
    }
)
EMPTY: Given = MappingProxyType({})


class Samples(NamedTuple):
    """Where the numbers of a run come from: a seed, a factor on weights, and parameters that stand in the place of
    drawn ones."""

    seed: int
    gain: float = 1.0
    given: Given = EMPTY


def generator(seed: int, name: str) -> np.random.Generator:
    return np.random.default_rng([seed, crc32(name.encode("utf-8", "surrogatepass"))])


def uniform(seed: int, name: str, shape: tuple[int, ...], low: float, high: float) -> NDArray[np.float64]:
    values = generator(seed, name).uniform(low, high, shape)
    return np.asarray(values).astype(np.float32).astype(np.float64)


def draw_input(
    seed: int, name: str, shape: tuple[int, ...], classes: int | None, limits: Limits = ()
) -> NDArray[np.float64]:
    """Between −1 and 1; for an input that is read as whole numbers, one of 0 to classes − 1. Where the numbers of its
    rows have limits, between those."""
    if limits and not math.prod(shape) % len(limits):
        rows = uniform(seed, name, (math.prod(shape) // len(limits), len(limits)), 0.0, 1.0)
        low, high = np.array(limits).T
        return (low + rows * (high - low)).astype(np.float32).astype(np.float64).reshape(shape)
    if classes is None:
        return uniform(seed, name, shape, -1.0, 1.0)
    return generator(seed, name).integers(0, max(classes, 1), shape).astype(np.float64)


def draw_parameters(values: Samples, node: Node, names: Mapping[tuple[int, int], str]) -> list[NDArray[np.float64]]:
    """The parameter blobs of a layer, in Caffe's order and layout; those that share storage get the same values.

    `names` is `parameter_names` of the net.
    """
    drawn: list[NDArray[np.float64]] = []
    for param in node.blobs:
        shape = integers(param.blob.shape) or ()
        low, high = RANGES.get(param.blob.role) or _weights(param.blob, values.gain)
        drawn.append(uniform(values.seed, names[param.owner], (math.prod(shape),), low, high).reshape(shape))
    return drawn


def draw_seeds(seed: int, name: str, output: NDArray[Any]) -> NDArray[np.float64]:
    """What the gradient of an output begins with: the smaller the larger the output's own value.

    Where a softmax is saturated, the gradient of its largest output is a difference of equal numbers, of which float32
    gets nothing right. With a seed that is nearly 0 there, what is left is well determined.
    """
    drawn = uniform(seed, f"gradient of {name}", output.shape, -1.0, 1.0)
    sizes = np.nan_to_num(np.abs(output.astype(np.float64)), nan=0.0, posinf=0.0)
    falloff = 1 - sizes / (sizes.max(initial=0.0) or 1.0)
    return drawn * falloff if falloff.max(initial=0.0) > 0.5 else drawn


def parameter_names(net: Net) -> dict[tuple[int, int], str]:
    """`conv1/0` for a layer's first parameter blob, by `Param.key`."""
    return {param.key: f"{node.name}/{i}" for node in net.layers for i, param in enumerate(node.blobs)}


def _weights(blob: Blob, gain: float) -> tuple[float, float]:
    """±√(6 / fan-in), which keeps the variance through a layer followed by a ReLU (He et al. 2015), times the gain."""
    bound = gain * math.sqrt(6 / max(1, math.prod((integers(blob.shape) or ())[1:])))
    return -bound, bound


def limited(net: Net) -> dict[Value, Limits]:
    """The values that some layer understands only within limits."""
    found: dict[Value, Limits] = {}
    for node in net.layers:
        site = net.site(node)
        if len(site.bottoms) == len(node.inputs):
            ranges = asked(net, node, "say what its bottoms hold", partial(node.params.ranges, site))
            found |= {node.inputs[bottom]: limits for bottom, limits in ranges.items()}
    return found
