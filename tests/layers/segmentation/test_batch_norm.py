"""The layers called BN: shapes, values against numpy, refusals, and that the backends agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.layers import find
from netspec.layers.base import CallSite, Phase, Refusal
from netspec.shapes import UNKNOWN, show
from tests.frameworks.cases import net
from tests.layers.one_layer import net_text

NETS = {
    "HappynearBN": net("HappynearBN", "bn_param { decay: 0.25 }", "2 3 4 6"),
    "PSPNetBN": net("BN", "bn_param { icnet: true }", "1 3 2 2"),
    "SegNetBN": net("SegNetBN", "bn_param { bn_mode: INFERENCE }", "2 3 4 6"),
}

DATA = 'layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 dim: 4 dim: 6 } } }\n'
CONV = """
layer { name: "c" type: "Convolution" bottom: "data" top: "c" convolution_param { num_output: 5 kernel_size: 3 } }
"""
C = (1, 3, 1, 1)

# type, fields, phase, tops
CASES: list[tuple[str, str, str, int]] = [
    ("SegNetBN", "", "TEST", 1),
    ("SegNetBN", "", "TRAIN", 3),
    ("SegNetBN", "bn_mode: INFERENCE", "TEST", 1),
    ("PSPNetBN", "", "TEST", 1),
    ("PSPNetBN", "momentum: 0.75", "TRAIN", 1),
    ("PSPNetBN", "frozen: true eps: 0.1", "TRAIN", 1),
    ("HappynearBN", "decay: 0.25", "TEST", 1),
    ("HappynearBN", "decay: 0.25", "TRAIN", 1),
    ("HappynearBN", "moving_average: false", "TEST", 1),
    ("HappynearBN", "frozen: true", "TRAIN", 1),
]
each = pytest.mark.parametrize(("kind", "fields", "phase", "tops"), CASES)


def spec(kind: str, fields: str, tops: int, before: str = DATA, bottom: str = "data") -> str:
    names = " ".join(f'top: "y{i}"' for i in range(tops))
    return before + f'layer {{ name: "bn" type: "{kind}" bottom: "{bottom}" {names} bn_param {{ {fields} }} }}\n'


@each
@pytest.mark.parametrize("backend", ["numpy", "torch", "tensorflow"])
def test_values(kind: str, fields: str, phase: str, tops: int, backend: str) -> None:
    random = np.random.default_rng(1)
    x = random.normal(size=(2, 3, 4, 6))
    factor, added, mean = (random.normal(size=C) for _ in range(3))
    variance = random.uniform(0.5, 2, C)
    model = netspec.build(netspec.load_text(spec(kind, fields, tops), phase=phase), backend=backend, dtype="float64")
    moving = [] if kind == "SegNetBN" else [mean, variance]
    model.set_params({"bn": [factor, added, *moving]})
    y = model.forward({"data": x})
    batch = x.mean((0, 2, 3), keepdims=True), x.var((0, 2, 3), keepdims=True)
    used, eps = batch, 1e-9
    if kind == "PSPNetBN":
        eps = 0.1 if "eps" in fields else 1e-5
        used = (mean, variance) if phase == "TEST" or "frozen" in fields else batch
    elif kind == "HappynearBN":
        eps = 1e-10
        used = (mean, variance) if phase == "TEST" and "false" not in fields else batch
    expected = factor * (x - used[0]) / np.sqrt(used[1] + eps) + added
    if "INFERENCE" in fields:
        expected = factor * x + added
    np.testing.assert_allclose(y["y0"], expected, rtol=1e-9, atol=1e-12)
    if tops > 1:
        np.testing.assert_allclose(y["y1"], batch[0], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(y["y2"], batch[1], rtol=1e-9)
    if moving:
        share = {"momentum: 0.75": 0.25, "decay: 0.25": 0.25}.get(fields, 0) if phase == "TRAIN" else 0
        after = model.get_params()["bn"][2:]
        for now, before, seen in zip(after, (mean, variance), batch, strict=True):
            np.testing.assert_allclose(now, (1 - share) * before + share * seen, rtol=1e-9, atol=1e-12)


@each
def test_frameworks_agree(kind: str, fields: str, phase: str, tops: int) -> None:
    """Behind a convolution, so that TensorFlow runs it channels last."""
    net = netspec.load_text(spec(kind, fields, tops, DATA + CONV, "c"), phase=phase)
    assert netspec.verify(net, grad=True).ok


SHAPES = [
    ("SegNetBN", (2, UNKNOWN, 5, 5), 2, ((1, UNKNOWN, 1, 1),) * 2),
    ("PSPNetBN", (2, 3), 1, (C,) * 4),
    ("PSPNetBN", (2, 3, 4, 5, 6), 1, (C,) * 4),
    ("HappynearBN", (UNKNOWN, 3, UNKNOWN, 1), 1, (C,) * 4),
]


@pytest.mark.parametrize(("kind", "shape", "tops", "blobs"), SHAPES)
def test_shapes(kind: str, shape: Any, tops: int, blobs: Any) -> None:
    layer = find(kind)
    assert layer
    site = CallSite((shape,), tops, Phase.TRAIN)
    params = layer.model_validate({})
    assert show(params.infer(site)[0]) == show(shape)
    assert [show(blob.shape) for blob in params.blobs(site)] == [show(blob) for blob in blobs]


REFUSALS: list[tuple[str, dict[str, Any], tuple[int, ...], int, str]] = [
    ("SegNetBN", {}, (2, 3), 1, "N×C×H×W; its input 2×3 has 2 axes"),
    ("SegNetBN", {"bn_mode": 1}, (1, 3, 2, 2), 2, "one top"),
    ("PSPNetBN", {}, (3,), 1, "at least two axes"),
    ("HappynearBN", {"axis": 2}, (1, 3, 2, 2), 1, "axis is 2"),
]


@pytest.mark.parametrize(("kind", "fields", "shape", "tops", "message"), REFUSALS)
def test_refusals(kind: str, fields: dict[str, Any], shape: Any, tops: int, message: str) -> None:
    layer = find(kind)
    assert layer
    with pytest.raises(Refusal, match=message):
        layer.model_validate(fields).infer(CallSite((shape,), tops))


def test_initial_variance() -> None:
    """A frozen layer begins with a variance of 1."""
    for backend in ("numpy", "torch", "tensorflow"):
        for fields, variance in (("frozen: true", 1), ("frozen: false", 0)):
            model = netspec.build(netspec.load_text(spec("PSPNetBN", fields, 1)), backend=backend)
            assert (model.get_params()["bn"][3] == variance).all()


@pytest.mark.parametrize(
    "fields", ["icnet: true", "slope_filler { value: 1 } frozen: true momentum: 0.95 icnet: true", "frozen: true"]
)
def test_icnet_is_the_bn_of_pspnet(fields: str) -> None:
    net = netspec.load_text(net_text("BN", f"bn_param {{ {fields} }}", [(1, 3, 2, 2)]))
    assert net.layers[-1].params.type_name() == "PSPNetBN"


def test_bn_without_icnet_is_that_of_segnet() -> None:
    with pytest.raises(netspec.SpecError, match="a SegNetBN"):
        netspec.load_text(net_text("PSPNetBN", "bn_param { icnet: false }", [(1, 3, 2, 2)]))


def test_what_is_frozen_may_have_multipliers() -> None:
    """As the nets of temporal segments write it, all whose layers are frozen but the first."""
    fields = "bn_param { frozen: true } param { lr_mult: 1 decay_mult: 0 } param { lr_mult: 1 decay_mult: 0 }"
    (layer,) = netspec.load_text(net_text("BN", fields, [(2, 3, 4, 4)])).layers[1:]
    assert [param.blob.learnable for param in layer.blobs] == [False] * 4
