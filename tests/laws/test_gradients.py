"""Laws of single layers: the gradients of the frameworks are the slopes of what numpy computes.

Where Caffe's gradient is not the derivative, its recorded results decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

import netspec
from netspec.layers.caffe.recurrent import RecurrentLayer
from tests.laws.drawn import PLAIN, RICH, Drawn
from tests.laws.running import Values, accepted, inputs, modest, parameters

RICH_EXAMPLES, EXAMPLES = 12, 4
STEP = 1e-6
EQUAL = 1e-6
OTHERWISE = {"MVN", "ContrastiveLoss"}  # Caffe adds eps to the deviation, and 1e-4 to the distance, in the gradient


@pytest.mark.parametrize("type_name", sorted((RICH | PLAIN).keys() - OTHERWISE))
def test_gradients_are_slopes(type_name: str) -> None:
    @modest(RICH_EXAMPLES if type_name in RICH else EXAMPLES)
    @given((RICH | PLAIN)[type_name])
    def law(drawn: Drawn) -> None:
        drawn = replace(drawn, coarse=False)  # a maximum has no slope where two values are equal
        if net := accepted(drawn):
            expect_slopes(net, drawn)

    law()


def expect_slopes(net: netspec.Net, drawn: Drawn) -> None:
    """Along one random direction of all inputs and parameters that take a gradient."""
    random = np.random.default_rng(2)
    at = arrays(net, drawn)
    moved = at.keys() - without_gradient(net, drawn)
    along = {name: np.asarray(random.choice([-1.0, 1.0], at[name].shape)) for name in sorted(moved)}
    outputs = forward(net, at)
    if not all(np.isfinite(y).all() for y in outputs.values()):
        return
    if isinstance(net.layers[-1].params, RecurrentLayer):
        outputs = {"y0": outputs["y0"]}  # nothing comes back from the last states
    seeds = {blob: np.asarray(random.uniform(-1, 1, y.shape)) for blob, y in outputs.items()}
    up, down = (forward(net, {k: v + step * along.get(k, 0) for k, v in at.items()}) for step in (STEP, -STEP))
    slope = sum(float(np.sum(seed * (up[blob] - down[blob]))) for blob, seed in seeds.items()) / (2 * STEP)
    for backend in ("torch", "tensorflow"):
        found = gradients(net, backend, at, seeds)
        terms = [found[name] * direction for name, direction in along.items()]
        magnitude = size(terms) + size(outputs.values())
        assert abs(sum(float(np.sum(term)) for term in terms) - slope) <= EQUAL * magnitude, backend


def size(values: Iterable[Values]) -> float:
    return sum(float(np.sum(np.abs(value))) for value in values)


def arrays(net: netspec.Net, drawn: Drawn) -> dict[str, Values]:
    """Inputs by their names, and parameters by their places in the list of the layer."""
    return inputs(net, drawn) | {
        str(i): value for values in parameters(net, drawn).values() for i, value in enumerate(values)
    }


def without_gradient(net: netspec.Net, drawn: Drawn) -> set[str]:
    """Labels, the matrix of an InfogainLoss, the first states of a sequence, and what BatchNorm has measured."""
    node, names = net.layers[-1], {f"x{i}" for i in drawn.labels}
    match node.params:
        case RecurrentLayer() as layer:
            return names | {f"x{i}" for i in range(layer.first_state(net.site(node)), len(drawn.bottoms))}
        case _ if drawn.type == "InfogainLoss":
            return names | {"x2"}
        case _ if drawn.type == "BatchNorm":
            return names | {"0", "1", "2"}
        case _:
            return names


def given_params(net: netspec.Net, at: Mapping[str, Values]) -> dict[str, list[Values]]:
    return {layer: [at[str(i)] for i in range(len(shapes))] for layer, shapes in net.params.items()}


def forward(net: netspec.Net, at: Mapping[str, Values]) -> dict[str, Values]:
    """What numpy computes, from the beginning."""
    model = netspec.build(net, "numpy", dtype="float64")
    model.set_params(given_params(net, at))
    return model.forward({name: at[name] for name in net.inputs})


def gradients(
    net: netspec.Net, backend: str, at: Mapping[str, Values], seeds: Mapping[str, Values]
) -> dict[str, Values]:
    model = netspec.build(net, backend, dtype="float64")
    model.set_params(given_params(net, at))
    model.forward({name: at[name] for name in net.inputs})
    found = model.backward(seeds)
    params = {str(i): g for blobs in found.params.values() for i, g in enumerate(blobs)}
    return {name: found.inputs.get(name, np.zeros_like(at[name])) for name in net.inputs} | params
