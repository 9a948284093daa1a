"""Layers of happynear's fork: values and gradients by its loops, rules, and a net for faces."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import netspec
from netspec.diagnostics import Diagnostic
from netspec.layers.base import CallSite, Phase, Refusal
from netspec.layers.metric.normface import LabelSpecificAdd
from netspec.problems.fields import InvalidValue, MissingField
from netspec.problems.shapes import AxisOutOfRange, BadDimensions, CountMismatch, ShapeMismatch
from netspec.shapes import UNKNOWN
from tests.frameworks.cases import net
from tests.layers.one_layer import Floats, agree, close, make, net_text, values

NETS = {
    "ChannelScale": net("ChannelScale", "", "4 6", "4"),
    "CosineInnerProduct": net(
        "InnerProduct", "inner_product_param { num_output: 5 normalize: true bias_term: true }", "4 6"
    ),
    "HappynearNormalize": net("Normalize", "", "2 3 4 5"),
    "InnerDistance": net("InnerDistance", "inner_distance_param { num_output: 5 }", "4 6"),
    "LabelSpecificAdd": net("LabelSpecificAdd", "label_specific_add_param { }", "4 6", "4"),
}

RNG = np.random.default_rng(7)
X, W, B = RNG.normal(size=(4, 6)), RNG.normal(size=(5, 6)), RNG.normal(size=5)
MAPS = RNG.normal(size=(2, 3, 4, 5))
LABELS = np.array([1.0, 4.0, 0.0, 2.0])
UNITS = W / np.sqrt((W**2).sum(1, keepdims=True) + 1e-6)

# type, bottoms, tops, blobs, fields
RULES: list[Any] = [
    ("CosineInnerProduct", ((4, 6),), ((4, 5),), ((5, 6), (5,)), {"num_output": 5, "normalize": True}),
    ("CosineInnerProduct", ((4, 6, 2),), ((4, 6, 5),), ((5, 2), (5,)), {"num_output": 5, "axis": 2}),
    ("CosineInnerProduct", ((4, UNKNOWN, 2),), ((4, 5),), ((5, UNKNOWN), (5,)), {"num_output": 5, "normalize": True}),
    ("InnerDistance", ((4, 2, 3),), ((4, 5),), ((5, 6),), {"num_output": 5}),
    ("InnerDistance", ((4, 6),), ((4, 5),), ((6, 5),), {"num_output": 5, "transpose": True}),
    ("InnerDistance", ((4, 6, 1, 1), (10, 6)), ((4, 10),), (), {}),
    ("InnerDistance", ((4, 2, 6), (10, 6)), ((4, 2, 10),), (), {"axis": -1}),
    ("HappynearNormalize", ((4, 6),), ((4, 6, 1, 1), (4, 1, 1, 1)), (), {}),
    ("HappynearNormalize", ((4, 6, UNKNOWN, 2),), ((4, 6, UNKNOWN, 2), (4, 1, UNKNOWN, 2)), (), {}),
    ("LabelSpecificAdd", ((4, 6), (4,)), ((4, 6), (1,)), (), {}),
    ("LabelSpecificAdd", ((4, 2, 3), (4, 1)), ((4, 2, 3),), (), {}),
    ("ChannelScale", ((4, 6), (4,)), ((4, 6),), (), {}),
    ("ChannelScale", ((4, 6, 3, UNKNOWN), (4, 1, 3, UNKNOWN)), ((4, 6, 3, UNKNOWN),), (), {}),
]


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize(("type_name", "bottoms", "tops", "blobs", "fields"), RULES)
def test_shapes(type_name: str, bottoms: Any, tops: Any, blobs: Any, fields: dict[str, Any], phase: Phase) -> None:
    layer, site = make(type_name, **fields), CallSite(bottoms, tops=len(tops), phase=phase)
    assert layer.infer(site) == tops
    assert tuple(blob.shape for blob in layer.blobs(site)) == blobs


# type, bottoms, how many tops, problem, words of the message, fields
REFUSED: list[Any] = [
    ("CosineInnerProduct", ((4, 6),), 1, InvalidValue, "transposed", {"num_output": 5, "transpose": True}),
    ("CosineInnerProduct", ((),), 1, AxisOutOfRange, "axis 1", {"num_output": 5}),
    ("InnerDistance", ((4, 6),), 1, MissingField, "num_output", {}),
    ("InnerDistance", ((4, 6), (5, 4)), 1, ShapeMismatch, "needs 6 numbers for each item of bottom 1; it has 4", {}),
    ("HappynearNormalize", ((1, 2, 3, 4, 5),), 1, BadDimensions, "at most 4 axes", {}),
    ("LabelSpecificAdd", ((4, 6), (3,)), 1, CountMismatch, "needs 4 labels", {}),
    ("ChannelScale", ((4, 6, 3), (4, 6)), 1, ShapeMismatch, "needs 12 factors", {}),
]


@pytest.mark.parametrize(("type_name", "bottoms", "tops", "problem", "words", "fields"), REFUSED)
def test_refused(
    type_name: str, bottoms: Any, tops: int, problem: type[Diagnostic], words: str, fields: dict[str, Any]
) -> None:
    with pytest.raises(Refusal) as caught:
        make(type_name, **fields).infer(CallSite(bottoms, tops=tops, phase=Phase.TRAIN))
    assert caught.value.problem is problem and words in str(caught.value)


# what has no meaning yet, and the words that say so
LACKING = [
    (
        "InnerDistance",
        "inner_distance_param { num_output: 5 update_center_only: true }",
        ((4, 6),),
        "update_center_only",
    ),
    ("ChannelScale", "channel_scale_param { global_scale: true }", ((4, 6), (4,)), "global_scale"),
]


@pytest.mark.parametrize(("type_name", "message", "shapes", "words"), LACKING)
def test_what_has_no_meaning_yet(type_name: str, message: str, shapes: Any, words: str) -> None:
    with pytest.raises(netspec.SpecError) as caught:
        netspec.build(netspec.load_text(net_text(type_name, message, shapes)))
    assert [(fault.code, words in fault.message) for fault in caught.value.diagnostics] == [("NS401", True)]


def test_only_two_norms() -> None:
    with pytest.raises(netspec.SpecError) as caught:
        netspec.load_text(net_text("Normalize", 'normalize_param { normalize_type: "L3" }', [(4, 6)]))
    assert "must be L2 or L1" in str(caught.value)


def norms(x: Floats, kind: str) -> Floats:
    """Position by position, as the fork's loop."""
    n, c, h, w = x.shape
    result = np.empty((n, 1, h, w))
    for i, j, k in np.ndindex(n, h, w):
        size = sum(x[i, m, j, k] ** 2 if kind == "L2" else abs(x[i, m, j, k]) for m in range(c)) + 1e-6
        result[i, 0, j, k] = math.sqrt(size) if kind == "L2" else size
    return result


@pytest.mark.parametrize("kind", ["L2", "L1"])
@pytest.mark.parametrize("x", [X, MAPS, MAPS[:, :, 0]], ids=["rows", "maps", "lines"])
def test_normalize(kind: str, x: Floats) -> None:
    wide = x.reshape(*x.shape, *(1,) * (4 - x.ndim))
    size = norms(wide, kind)
    close(values("Normalize", f'normalize_param {{ normalize_type: "{kind}" }}', [x], 2), wide / size, size)


def test_two_forks_have_a_normalize() -> None:
    """The SSD fork's has a blob, and sums over the item; it is told by its message, be it empty."""
    for message in ("", "normalize_param { }"):
        close(values("Normalize", message, [MAPS]), MAPS / norms(MAPS, "L2"))
        agree(net_text("Normalize", message, [MAPS.shape]))
    whole = np.sqrt((MAPS**2).sum((1, 2, 3), keepdims=True) + 1e-10)
    for message in ("norm_param { }", "param { lr_mult: 1 }", "param { lr_mult: 1 } norm_param { }"):
        close(values("Normalize", message, [MAPS], params={"y": [np.array(3.0)]}), 3 * MAPS / whole)


@pytest.mark.parametrize("bias", [True, False])
def test_inner_product_of_unit_weights(bias: bool) -> None:
    message = f"inner_product_param {{ num_output: 5 normalize: true bias_term: {str(bias).lower()} }}"
    blobs = [W, B] if bias else [W]
    expected = X @ UNITS.T + (B if bias else 0)
    for x in (X, X.reshape(4, 3, 2)):
        close(values("InnerProduct", message, [x], params={"y": blobs}), expected)
    agree(net_text("InnerProduct", message, [X.shape]))


# fields, the weight in its blob, the distances
DISTANCES: list[tuple[str, Floats, Floats]] = [
    ("", W, ((X[:, None] - W) ** 2).sum(2)),
    ('distance_type: "L1"', W, np.abs(X[:, None] - W).sum(2)),
    ("normalize: true bias_term: false", W, ((X[:, None] - UNITS) ** 2).sum(2)),
    ("transpose: true", W.reshape(6, 5), ((X[:, None] - W) ** 2).sum(2)),
]


@pytest.mark.parametrize(("fields", "blob", "expected"), DISTANCES, ids=[case[0] for case in DISTANCES])
def test_distances(fields: str, blob: Floats, expected: Floats) -> None:
    message = f"inner_distance_param {{ num_output: 5 {fields} }}"
    close(values("InnerDistance", message, [X], params={"y": [blob]}), expected)
    agree(net_text("InnerDistance", message, [X.shape]))


@pytest.mark.parametrize("fields", ["", "normalize: true"])
def test_distances_to_a_bottom(fields: str) -> None:
    """Which is not brought to length 1."""
    expected = ((X[:, None] - W) ** 2).sum(2)
    close(values("InnerDistance", f"inner_distance_param {{ {fields} }}", [X, W]), expected)


def slopes(
    type_name: str, message: str, xs: list[Floats], tops: list[Floats], blobs: Any = (), phase: str = "TEST"
) -> Any:
    """By backend: the gradients of the bottoms, and of the blobs, with these gradients of the tops."""
    text = net_text(type_name, message, [x.shape for x in xs], len(tops))
    found: dict[str, Any] = {}
    for backend in ("torch", "tensorflow"):
        model = netspec.build(netspec.load_text(text, phase=phase), backend=backend, dtype="float64")
        if blobs:
            model.set_params({"y": blobs})
        model.forward({f"x{i}": x for i, x in enumerate(xs)})
        gradient = model.backward({f"y{i}": top for i, top in enumerate(tops)})
        found[backend] = gradient.inputs, gradient.params.get("y", [])
    return found


def test_the_gradient_of_unit_weights_is_that_of_the_product() -> None:
    """The fork leaves out that the weights are divided by their length."""
    top = RNG.normal(size=(4, 5))
    message = "inner_product_param { num_output: 5 normalize: true bias_term: false }"
    for inputs, params in slopes("InnerProduct", message, [X], [top], [W]).values():
        np.testing.assert_allclose(inputs["x0"], top @ UNITS, rtol=1e-9)
        np.testing.assert_allclose(params[0], top.T @ X, rtol=1e-9)


@pytest.mark.parametrize("through", [True, False])
def test_the_gradient_of_a_norm(through: bool) -> None:
    """As the fork's loops have it: that of the second top counts with bp_norm alone."""
    tops = [RNG.normal(size=MAPS.shape), RNG.normal(size=(2, 1, 4, 5))]
    size = norms(MAPS, "L2")
    y = MAPS / size
    expected = (tops[0] - y * (y * tops[0]).sum(1, keepdims=True)) / size + (tops[1] * y if through else 0)
    message = f"normalize_param {{ bp_norm: {str(through).lower()} }}"
    for inputs, _ in slopes("Normalize", message, [MAPS], tops).values():
        np.testing.assert_allclose(inputs["x0"], expected, rtol=1e-9)


# fields, the bias in TRAIN
BIASES = [
    ("bias: -0.35", -0.35),
    ("bias: 0.5", 0.5),
    ("", 0.0),
    ("bias_base: -0.1 bias_gamma: 0.5 bias_min: -1 bias_max: 1 iteration: 2", 0.9),
    ("bias_base: -0.1 bias_gamma: 3 bias_power: 2 bias_max: 0.25 iteration: 1", 0.25),
    ("bias: 3 bias_base: -0.5", 0.0),
]


@pytest.mark.parametrize(("fields", "bias"), BIASES)
def test_a_margin(fields: str, bias: float) -> None:
    """What is above −bias of the label's class has it added in TRAIN, and has the gradient of what is not changed."""
    message, expected = f"label_specific_add_param {{ {fields} }}", X.copy()
    for i, label in enumerate(LABELS.astype(int)):
        if X[i, label] > -bias:
            expected[i, label] += bias
    assert bias == 0 or (expected != X).sum() in (1, 2, 3)
    text = net_text("LabelSpecificAdd", message, [X.shape, LABELS.shape], 2)
    for phase, wanted, added in (("TRAIN", expected, bias), ("TEST", X, 0.0)):
        for backend in ("numpy", "torch", "tensorflow"):
            model = netspec.build(netspec.load_text(text, phase=phase), backend=backend, dtype="float64")
            found = model.forward({"x0": X, "x1": LABELS}, blobs="all")
            np.testing.assert_allclose(found["y0"], wanted, rtol=1e-12)
            np.testing.assert_allclose(found["y1"], [added], rtol=1e-12)
    top = RNG.normal(size=X.shape)
    for inputs, _ in slopes("LabelSpecificAdd", message, [X, LABELS], [top], phase="TRAIN").values():
        np.testing.assert_allclose(inputs["x0"], top)


def test_a_bias_that_is_given_does_not_change() -> None:
    layer = make("LabelSpecificAdd", bias=-0.35, bias_gamma=1.0, iteration=7)
    assert isinstance(layer, LabelSpecificAdd) and layer.added() == -0.35


@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize("feature", [True, False])
@pytest.mark.parametrize("scale", [True, False])
def test_channel_scale(forward: bool, feature: bool, scale: bool) -> None:
    factors, top = RNG.normal(size=(2, 1, 4, 5)), RNG.normal(size=MAPS.shape)
    said = {"do_forward": forward, "do_backward_feature": feature, "do_backward_scale": scale}
    message = f"channel_scale_param {{ {' '.join(f'{name}: {str(value).lower()}' for name, value in said.items())} }}"
    close(values("ChannelScale", message, [MAPS, factors]), MAPS * factors if forward else MAPS)
    for inputs, _ in slopes("ChannelScale", message, [MAPS, factors], [top]).values():
        np.testing.assert_allclose(inputs["x0"], top * factors if feature else top)
        if scale:
            np.testing.assert_allclose(inputs["x1"], (top * MAPS).sum(1, keepdims=True), rtol=1e-9)
        else:
            assert not np.any(inputs.get("x1", 0))


def test_factors_of_rows() -> None:
    close(values("ChannelScale", "", [X, LABELS]), X * LABELS[:, None])


def test_the_smallest_distance_is_the_best() -> None:
    distances = np.array([[3.0, 1.0, 2.0], [0.5, 4.0, 1.0]])
    for labels, k, share in (([1, 0], 1, 1.0), ([2, 1], 1, 0.0), ([2, 0], 1, 0.5), ([2, 2], 2, 1.0)):
        message = f"accuracy_param {{ min_is_better: true top_k: {k} }}"
        close(values("Accuracy", message, [distances, np.array(labels, float)]), np.array(share))


AM_SOFTMAX = """
layer { name: "data" type: "Input" top: "data" top: "label"
  input_param { shape { dim: 4 dim: 3 dim: 8 dim: 8 } shape { dim: 4 } } }
layer { name: "flip" type: "Flip" bottom: "data" top: "flip" }
layer { name: "both" type: "Eltwise" bottom: "data" bottom: "flip" top: "both" }
layer { name: "fc5" type: "InnerProduct" bottom: "both" top: "fc5"
  inner_product_param { num_output: 7 weight_filler { type: "xavier" } } }
layer { name: "norm1" type: "Normalize" bottom: "fc5" top: "norm1" normalize_param { } }
layer { name: "fc6" type: "InnerProduct" bottom: "norm1" top: "fc6"
  inner_product_param { num_output: 5 normalize: true bias_term: false weight_filler { type: "gaussian_unitball" } } }
layer { name: "margin" type: "LabelSpecificAdd" bottom: "fc6" bottom: "label" top: "margin"
  label_specific_add_param { bias: -0.35 } }
layer { name: "scale" type: "Scale" bottom: "margin" top: "scale" param { lr_mult: 0 }
  scale_param { filler { value: 30 } } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "scale" bottom: "label" top: "loss" }
layer { name: "id" type: "Parameter" top: "id"
  parameter_param { shape { dim: 5 dim: 7 } blob_filler { type: "gaussian_unitball" } } }
layer { name: "distance" type: "InnerDistance" bottom: "norm1" bottom: "id" top: "distance" }
layer { name: "right" type: "Accuracy" bottom: "distance" bottom: "label" top: "right"
  accuracy_param { min_is_better: true } }
"""


def test_a_net_for_faces() -> None:
    net = netspec.load_text(AM_SOFTMAX, phase="TRAIN")
    report = netspec.verify(net, grad=True)
    assert report.ok, [(row.item, row.error, row.note) for row in report.rows if not row.ok]
    model = netspec.build(net)
    np.testing.assert_allclose((model.get_params()["id"][0] ** 2).sum(1), 1, rtol=1e-5)
