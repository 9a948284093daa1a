"""A BatchNorm and the Scale behind it: when they are one layer, and when they stay two."""

from __future__ import annotations

import pytest

import netspec
from netspec.net.passes import run
from netspec.net.passes.fusion import fuse
from tests.frameworks.cases import inputs, layer

NORM = layer("BatchNorm", "x", "y", name="norm")
SCALE = layer("Scale", "y", "z", "scale_param { bias_term: true }", "scale")


def types(text: str, *outputs: str) -> list[str]:
    """The types of the layers behind the input, once the pass has run for the blobs that are asked for."""
    net = netspec.load_text(inputs(x=(2, 3, 4, 3)) + text)
    return [node.type for node in run(net, (fuse,), outputs or net.outputs).layers[1:]]


@pytest.mark.parametrize(
    "scale", [SCALE, layer("Scale", "y", "z", name="scale"), layer("Scale", "y", "y", "", "scale")]
)
def test_one_layer(scale: str) -> None:
    net = netspec.load_text(inputs(x=(2, 3, 4, 3)) + NORM + scale)
    (_, fused) = run(net, (fuse,), net.outputs).layers
    (_, norm, behind) = net.layers
    assert fused.type == "ScaledBatchNorm"
    assert (fused.name, fused.inputs, fused.outputs) == (norm.name, norm.inputs, behind.outputs)
    assert fused.blobs == norm.blobs + behind.blobs


@pytest.mark.parametrize(
    "text",
    [
        layer("BatchNorm", "x", "y", "batch_norm_param { scale_bias: true }", "norm") + SCALE,
        layer("BatchNorm", "x", "y", "batch_norm_param { relu: true }", "norm") + SCALE,
        NORM + layer("Scale", "y", "z", "scale_param { axis: 0 }", "scale"),
        NORM + layer("Scale", "y", "z", "scale_param { axis: 3 }", "scale"),
        NORM + layer("Scale", "y", "z", "scale_param { num_axes: 2 }", "scale"),
        NORM + layer("Scale", "y", "z", "propagate_down: false", "scale"),
        NORM + layer("ReLU", "y", "z", name="relu"),
        layer("MVN", "x", "y", name="norm") + SCALE,
        layer("BatchNorm", "x", "y", "loss_weight: 1", "norm") + SCALE,
        NORM + layer("Scale", "x", "z", name="scale"),
        NORM + SCALE + layer("ReLU", "y", "r", name="relu"),
    ],
)
def test_two_layers(text: str) -> None:
    net = netspec.load_text(inputs(x=(2, 3, 4, 3)) + text)
    assert types(text) == [node.type for node in net.layers[1:]]


def test_what_is_between_may_be_asked_for() -> None:
    assert types(NORM + SCALE, "z") == ["ScaledBatchNorm"]
    assert types(NORM + SCALE, "y", "z") == ["BatchNorm", "Scale"]
