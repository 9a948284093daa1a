"""Runs a drawn layer in a backend, with the same numbers in each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
from hypothesis import HealthCheck, Phase, event, settings
from numpy.typing import NDArray

import netspec
from netspec.shapes import Shape, integers
from tests.laws.drawn import Drawn

Values: TypeAlias = NDArray[np.float64]


def modest(examples: int) -> settings:
    """A failing example is not made smaller, which takes long; they all are small."""
    return settings(
        max_examples=examples,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],
    )


def accepted(drawn: Drawn) -> netspec.Net | None:
    """The net, or None where netspec refuses it, before any backend sees it."""
    try:
        return netspec.load_text(drawn.text, phase=drawn.phase)
    except netspec.SpecError as refused:
        event(f"refused: {refused.diagnostics[0].code}")
        return None


def inputs(net: netspec.Net, drawn: Drawn) -> dict[str, Values]:
    return {name: _input(i, drawn) for i, name in enumerate(net.inputs)}


def _input(i: int, drawn: Drawn) -> Values:
    random, shape = np.random.default_rng(i), drawn.bottoms[i]
    if i in drawn.labels:
        return np.asarray(random.integers(0, drawn.labels[i], shape), np.float64)
    fine = np.asarray(random.uniform(drawn.low, drawn.high, shape))
    return np.asarray(np.round(4 * fine) / 4 if drawn.coarse else fine)


def parameters(net: netspec.Net, drawn: Drawn) -> dict[str, list[Values]]:
    return {layer: list(_blobs(shapes, drawn)) for layer, shapes in net.params.items()}


def _blobs(shapes: Sequence[Shape], drawn: Drawn) -> Iterator[Values]:
    """Of either sign, but for the sums of variances and the factor that they are divided by."""
    random = np.random.default_rng(0)
    low, high = (0.5, 1.5) if drawn.type == "BatchNorm" else (-1.0, 1.0)
    for shape in shapes:
        yield np.asarray(random.uniform(low, high, integers(shape)))
