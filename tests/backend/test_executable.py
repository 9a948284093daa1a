"""What every live model does, whatever its framework: names, losses, and which gradients count."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import netspec
from netspec.backend.executable import Executable

TRAINED = """
    layer { name: "x" type: "Input" top: "x" top: "y" input_param { shape { dim: 4 dim: 3 } shape { dim: 4 } } }
    layer { name: "ip" type: "InnerProduct" bottom: "x" top: "ip"
            inner_product_param { num_output: 3 weight_filler { type: "xavier" } } }
    layer { name: "class" type: "SoftmaxWithLoss" bottom: "ip" bottom: "y" CLASS }
    layer { name: "distance" type: "EuclideanLoss" bottom: "ip" bottom: "x" DISTANCE }
    layer { name: "relu" type: "ReLU" bottom: "ip" top: "relu" }
"""
UNNAMED = ("(automatic) 1", "(automatic)")


def trained(class_top: str = "", distance_top: str = "") -> netspec.Net:
    return netspec.load_text(TRAINED.replace("CLASS", class_top).replace("DISTANCE", distance_top), phase="TRAIN")


def gradients(net: netspec.Net, blobs: list[str] | None = None) -> dict[str, list[np.ndarray]]:
    model = netspec.build(net, dtype="float64")
    rng = np.random.default_rng(0)
    model.set_params({"ip": [rng.normal(size=(3, 3)), rng.normal(size=3)]})
    model.forward({"x": rng.normal(size=(4, 3)), "y": np.array([0, 1, 2, 1])}, blobs=blobs)
    return model.backward({}).params


def test_unnamed_losses_are_returned_behind_the_outputs() -> None:
    net = trained()
    assert net.outputs == ("relu",)
    assert net.returned == ("relu", *UNNAMED)
    assert [net.blobs[name] for name in UNNAMED] == [(), ()]


@pytest.mark.parametrize("blobs", [None, ["relu"], ["ip", "(automatic)"]], ids=str)
def test_gradients_begin_at_every_loss_whatever_was_asked_for(blobs: list[str] | None) -> None:
    named = gradients(trained('top: "a"', 'top: "b"'))
    for expected, found in zip(named["ip"], gradients(trained(), blobs)["ip"], strict=True):
        assert np.any(expected)
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_losses_add_up_by_their_weights() -> None:
    """The gradient is linear in the loss weights."""
    both, one, other = (
        gradients(trained(f'top: "a" loss_weight: {a}', f'top: "b" loss_weight: {b}'))["ip"]
        for a, b in ((2, 3), (1, 0), (0, 1))
    )
    for sum_, a, b in zip(both, one, other, strict=True):
        np.testing.assert_allclose(sum_, 2 * a + 3 * b, rtol=1e-12)


DEPLOYED = """
    layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }
    layer { name: "ip" type: "InnerProduct" bottom: "x" top: "ip" inner_product_param { num_output: 2 } RATE }
"""


@pytest.mark.parametrize(
    ("says", "rate", "flows"),
    [
        ("", "", (True, True)),
        ("force_backward: true", "", (True, True)),
        ("force_backward: false", "", (False, False)),
        ("", "param { lr_mult: 0 }", (False, True)),
        ("force_backward: true", "param { lr_mult: 0 }", (True, True)),
    ],
)
def test_seeds_count_as_force_backward_says(says: str, rate: str, flows: tuple[bool, bool]) -> None:
    model = netspec.build(netspec.load_text(says + DEPLOYED.replace("RATE", rate)))
    model.forward({"x": np.ones((2, 3))})
    found = model.backward({"ip": np.ones((2, 2))}).params["ip"]
    assert tuple(bool(np.any(g)) for g in found) == flows


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda m: m.forward({}), 'input "x" is missing; it has the shape 2×3'),
        (lambda m: m.forward({"x": np.ones((3, 3))}), 'input "x" has the shape 2×3, not 3×3'),
        (lambda m: m.forward({"x": np.ones((2, 3)), "y": 1}), 'no input "y"'),
        (lambda m: m.forward({"x": np.ones((2, 3))}, blobs=["pi"]), 'no blob "pi"'),
        (lambda m: m.set_params({"ip": [np.ones((2, 3))]}), 'layer "ip" has parameters of 2×3 and 2, not 2×3'),
        (lambda m: m.set_params({"pi": []}), 'no layer "pi" with parameters'),
    ],
)
def test_what_does_not_fit_is_said_with_its_shapes(call: Callable[[Executable], object], words: str) -> None:
    model = netspec.build(netspec.load_text(DEPLOYED.replace("RATE", "")))
    with pytest.raises(netspec.SpecError) as raised:
        call(model)
    assert words in raised.value.diagnostics[0].message
