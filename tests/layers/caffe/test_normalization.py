"""LRN, BatchNorm, MVN and Softmax: shapes, refusals, values, and what forks add."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import netspec
from netspec.layers.base import CallSite, LayoutPreference, Phase
from netspec.layers.caffe.normalization import BatchNorm
from netspec.problems.shapes import AxisOutOfRange, BadDimensions
from tests.layers.one_layer import BACKENDS, Floats, make, net_text
from tests.layers.tables import (
    agrees,
    computes,
    each,
    has_shapes,
    in_backends,
    is_explained,
    is_invalid,
    is_read_over,
    means,
)
from tests.layers.windows import spec

IMAGE = (2, 6, 9, 11)
VOLUME = (1, 4, 7, 8, 9)
X = np.array([[-2.0, -0.5, 0.0, 0.5], [1.0, 2.0, 3.0, 4.0]])
MAPS = np.arange(24.0).reshape(1, 2, 3, 4)


# type, fields, bottoms, tops, parameter blobs
SHAPES: list[tuple[Any, ...]] = [
    ("LRN", {"local_size": 3}, (IMAGE,), (IMAGE,), ()),
    ("LRN", {}, (VOLUME,), (VOLUME,), ()),
    ("LRN", {"norm_region": 1}, (VOLUME,), (VOLUME,), ()),
    ("BatchNorm", {}, (VOLUME,), (VOLUME,), ((4,), (4,), (1,))),
    ("MVN", {}, ((3, 5),), ((3, 5, 1, 1),), ()),
    ("MVN", {"across_channels": True}, (IMAGE,), (IMAGE,), ()),
    ("Softmax", {"axis": -1}, ((2, 3, 4),), ((2, 3, 4),), ()),
]
test_shapes = each(SHAPES, has_shapes)


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("LRN", {}, ((2,),), BadDimensions, "has 1 axis"),
    ("LRN", {"norm_region": 1}, ((2, 3),), BadDimensions, "has 2 axes"),
    ("LRN", {"norm_region": 1}, ((2, 3, 1, 1, 1, 1),), BadDimensions, "has 6 axes"),
    ("BatchNorm", {}, ((3,),), AxisOutOfRange, "1 axis"),
    ("MVN", {}, (VOLUME,), BadDimensions, "has 5"),
    ("Softmax", {"axis": 2}, ((3, 5),), AxisOutOfRange, "axis 2"),
]
test_refused = each(REFUSED, is_explained)


# type, fields, the field at fault
INVALID: list[tuple[Any, ...]] = [
    ("LRN", {"local_size": 4}, "local_size"),
]
test_invalid = each(INVALID, is_invalid)


# type, fields, bottoms, tops
FORMULAS: list[tuple[Any, ...]] = [
    ("Softmax", {"axis": 0}, (X,), [np.exp(X) / np.exp(X).sum(0)]),
    ("MVN", {"normalize_variance": False}, (X[None, None],), [X[None, None] - X.mean()]),
    ("MVN", {"eps": 0.5}, (X[None, None],), [(X[None, None] - X.mean()) / (X.std() + 0.5)]),
    ("MVN", {}, (X,), [np.zeros((2, 4, 1, 1))]),
]
test_formulas = each(FORMULAS, means)


def across(x: Floats, n: int = 3) -> Floats:
    """LRN over n channels with the default fields."""
    squares = np.pad(x * x, [(0, 0), (n // 2, n // 2), *[(0, 0)] * (x.ndim - 2)])
    sums = sum(squares[:, i : i + x.shape[1]] for i in range(n))
    return x / (1 + sums / n) ** 0.75


def within(x: Floats, n: int = 3) -> Floats:
    """LRN over n elements along each spatial axis with the default fields."""
    spatial = range(2, x.ndim)
    squares = np.pad(x * x, [(0, 0), (0, 0), *[(n // 2, n // 2)] * len(spatial)])
    windows = np.lib.stride_tricks.sliding_window_view(squares, (n,) * len(spatial), tuple(spatial))
    return x / (1 + windows.mean(tuple(range(x.ndim, windows.ndim)))) ** 0.75


FILM = np.random.default_rng(3).normal(size=(2, 5, 3, 4, 3))
WITHIN = "lrn_param { local_size: 3 norm_region: WITHIN_CHANNEL }"
# type, fields, inputs, value
VALUES: list[tuple[Any, ...]] = [
    *(("LRN", "lrn_param { local_size: 3 }", (x,), across(x)) for x in (FILM, FILM[..., 0, 0], FILM[:, :, 0, 0, 0])),
    ("LRN", "lrn_param { local_size: 3 }", (FILM[..., None],), across(FILM[..., None])),
    *(("LRN", WITHIN, (x,), within(x)) for x in (FILM, FILM[..., 0, 0])),
    (
        "MVN",
        "mvn_param { add_eps_before_sqrt: true eps: 0.5 }",
        (MAPS,),
        (MAPS - MAPS.mean((2, 3), keepdims=True)) / np.sqrt(MAPS.var((2, 3), keepdims=True) + 0.5),
    ),
]
test_values = in_backends(VALUES, computes)
test_backends_agree = each(VALUES, agrees)


def test_batch_norm_chooses_its_statistics_by_phase() -> None:
    assert BatchNorm().global_stats(Phase.TEST)
    assert not BatchNorm().global_stats(Phase.TRAIN)
    assert BatchNorm.model_validate({"use_global_stats": True}).global_stats(Phase.TRAIN)
    assert not any(blob.learnable for blob in BatchNorm().blobs(CallSite((IMAGE,))))


SMALL = (2, 3, 7, 6)


# The fields, the blobs behind the factor, and what is done with them
SCALED: list[tuple[str, int, Callable[[Any, Any, Any], Any]]] = [
    ("scale_bias: true scale_filler { value: 2 }", 2, lambda y, w, b: w * y + b),
    ("scale_bias: false", 0, lambda y, w, b: y),
    ("bias_filler { value: 2 }", 2, lambda y, w, b: w * y + b),
    ("use_weight_bias: true filler { value: 2 }", 2, lambda y, w, b: w * y + b),
    ("use_weight_bias: true bias_term: false", 1, lambda y, w, b: w * y),
    ("use_weight_bias: true relu: true engine: MKL2017", 2, lambda y, w, b: np.maximum(w * y + b, 0)),
]


@pytest.mark.parametrize(("fields", "more", "expected"), SCALED, ids=[case[0] for case in SCALED])
@pytest.mark.parametrize("phase", ["TEST", "TRAIN"])
def test_batch_norm(fields: str, more: int, expected: Any, phase: str) -> None:
    """With the weight and the bias that forks give it; a Scale behind it stays one."""
    random = np.random.default_rng(6)
    x, mean, variance = random.normal(size=SMALL), random.normal(size=3), random.uniform(0.5, 2, 3)
    factors = [random.normal(size=3) for _ in range(2)]
    text = spec("BatchNorm", fields, SMALL)
    net = netspec.load_text(text, phase=phase)
    for backend in BACKENDS:
        model = netspec.build(net, backend=backend, dtype="float64")
        model.set_params({"y": [2 * mean, 2 * variance, np.array([2.0]), *factors[:more]]})
        y = model.forward({"data": x})["y"]
        if phase == "TRAIN":
            mean, variance = x.mean((0, 2, 3)), x.var((0, 2, 3))
        column = (-1, 1, 1)
        normal = (x - mean.reshape(column)) / np.sqrt(variance.reshape(column) + 1e-5)
        np.testing.assert_allclose(y, expected(normal, *(f.reshape(column) for f in factors)), rtol=1e-9, atol=1e-9)
    scale = 'layer { name: "s" type: "Scale" bottom: "y" top: "s" }'
    assert netspec.verify(netspec.load_text(f"{text}\n{scale}", phase=phase), grad=True).ok


# What three layers share, two of one input and the last of another number of axes: the entries for their blobs.
FREE, OWN = "param { lr_mult: 0 }", [f'param {{ name: "{name}" lr_mult: 0 }}' for name in ("m", "v", "f")]
SHARED = {
    "nothing": [FREE, FREE, FREE],
    "the mean": [OWN[0], FREE, FREE],
    "the factor": [FREE, FREE, OWN[2]],
    "all": OWN,
}
FIELDS = ["", "use_global_stats: true", "use_global_stats: false", "eps: 0.5 add_eps_before_sqrt: false"]


@pytest.mark.parametrize("phase", ["TEST", "TRAIN"])
@pytest.mark.parametrize("shared", SHARED)
@pytest.mark.parametrize("fields", FIELDS)
@pytest.mark.parametrize("other", [None, "eps: 1"])
def test_statistics_that_layers_share(fields: str, other: str | None, shared: str, phase: str) -> None:
    """Sums of one layer divided by the factor of another are what they are in Caffe."""
    text = "input x: [4, 3, 2, 2]\ninput row: [4, 3]\n"
    for name, bottom in (("a", "x"), ("b", "x"), ("c", "row")):
        said = fields if name != "b" or other is None else other
        text += f'layer {{ name: "{name}" type: "BatchNorm" bottom: "{bottom}" top: "{name}" '
        text += f"batch_norm_param {{ {said} }} {' '.join(SHARED[shared])} }}\n"
        text += f'layer {{ name: "{name}s" type: "Scale" bottom: "{name}" top: "{name}s" }}\n'
    net = netspec.load_text(text, phase=phase)
    random = np.random.default_rng(3)
    inputs = {name: random.normal(size=net.blobs[name]) for name in net.inputs}
    params = {layer: [random.uniform(0.5, 2, shape) for shape in shapes] for layer, shapes in net.params.items()}
    found: list[dict[str, Any]] = []
    for backend in BACKENDS:
        model = netspec.build(net, backend, dtype="float64")
        model.set_params(params)
        found.append(model.forward(inputs) | model.forward(inputs))  # the second pass has what the first has left
    for name, wanted in found[0].items():
        for other_found in found[1:]:
            np.testing.assert_allclose(other_found[name], wanted, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("fields", ["", "use_global_stats: true", "add_eps_before_sqrt: false"])
def test_statistics_that_nothing_has_entered_are_zero(fields: str, backend: str) -> None:
    """Before anything is set, and where a file says that the factor is 0, whatever the sums are."""
    x = np.random.default_rng(4).normal(size=SMALL)
    net = netspec.load_text(spec("BatchNorm", f"{fields} eps: 0.25", SMALL))
    model = netspec.build(net, backend, dtype="float64")
    wanted = x / (0.25 if "sqrt" in fields else 0.5)
    np.testing.assert_allclose(model.forward({"data": x})["y"], wanted, rtol=1e-12)
    model.set_params({"y": [np.ones(3), np.ones(3), np.zeros(1)]})
    np.testing.assert_allclose(model.forward({"data": x})["y"], wanted, rtol=1e-12)


RANDOM = np.random.default_rng(11)
NORM = "batch_norm_param { add_eps_before_sqrt: false eps: 0.25 %s }"
SCALE = '\nlayer { name: "s" type: "Scale" bottom: "y0" top: "s" scale_param { bias_term: true } }'


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("phase", ["TRAIN", "TEST"])
@pytest.mark.parametrize("behind", ["", SCALE])
def test_eps_beside_the_root(behind: str, phase: str, backend: str) -> None:
    x, mean, variance = RANDOM.normal(size=(4, 3, 2, 2)), RANDOM.normal(size=3), RANDOM.uniform(0.5, 2, 3)
    net = netspec.load_text(net_text("BatchNorm", NORM % "", [x.shape]) + behind, phase=phase)
    model = netspec.build(net, backend, dtype="float64")
    factor, added = np.array([2.0, -1.0, 3.0]), np.array([1.0, 0.5, 0.0])
    model.set_params({"y": [mean * 2, variance * 2, np.array([2.0])], **({"s": [factor, added]} if behind else {})})
    found = model.forward({"x0": x})["s" if behind else "y0"]
    seen = (mean, variance) if phase == "TEST" else (x.mean((0, 2, 3)), x.var((0, 2, 3)))
    wanted = (x.swapaxes(1, 3) - seen[0]) / (np.sqrt(seen[1]) + 0.25)
    wanted = (wanted * factor + added if behind else wanted).swapaxes(1, 3)
    np.testing.assert_allclose(found, wanted, rtol=1e-9)


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_the_gradient_beside_the_root_is_that_of_the_fork(backend: str) -> None:
    x, d = RANDOM.normal(size=(4, 3, 2, 2)), RANDOM.normal(size=(4, 3, 2, 2))
    text = "force_backward: true\n" + net_text("BatchNorm", NORM % "", [x.shape])
    model = netspec.build(netspec.load_text(text, phase="TRAIN"), backend, dtype="float64")
    y = model.forward({"x0": x})["y0"]

    def mean(a: Floats) -> Floats:
        return a.mean((0, 2, 3), keepdims=True)

    wanted = (d - mean(d) - mean(d * y) * y) / (np.sqrt(x.var((0, 2, 3), keepdims=True)) + 0.25)
    np.testing.assert_allclose(model.backward({"y0": d}).inputs["x0"], wanted, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 4, 4), (1, 3, 1, 1)])
@pytest.mark.parametrize("phase", ["TRAIN", "TEST"])
def test_backends_agree_beside_the_root(shape: tuple[int, ...], phase: str) -> None:
    net = netspec.load_text(net_text("BatchNorm", NORM % "icnet: true", [shape]) + SCALE, phase=phase)
    assert netspec.verify(net, grad=True).ok


@pytest.mark.parametrize("backend", BACKENDS)
def test_blobs_that_stay_in_training_are_refused(backend: str) -> None:
    text = net_text("BatchNorm", "batch_norm_param { update_global_stats: false }", [(2, 3)])
    netspec.build(netspec.load_text(text, phase="TEST"), backend)
    with pytest.raises(netspec.SpecError, match="measures no variance"):
        netspec.build(netspec.load_text(text, phase="TRAIN"), backend)


# type, fields that change nothing, bottoms
READ_OVER: list[tuple[Any, ...]] = [
    ("LRN", "lrn_param { engine: MKLDNN }", "1 2 3 3"),
]
test_fields_without_effect = each(READ_OVER, is_read_over)


def test_wishes() -> None:
    for type_name in ("BatchNorm", "Softmax", "MVN"):
        assert make(type_name).layout_preference(CallSite((IMAGE,))) is LayoutPreference.EITHER, type_name
