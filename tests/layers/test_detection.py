"""Permute, Normalize and what trains detectors: rules, values by hand, gradients of both backends."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.diagnostics import Diagnostic
from netspec.layers import PYTHON, find
from netspec.layers.base import Refusal, Site
from netspec.problems.fields import InvalidValue, MissingField
from netspec.problems.shapes import AxisOutOfRange, BadDimensions, ShapeMismatch
from netspec.shapes import UNKNOWN, Shape, show
from netspec.weights import modules
from tests.layers.one_layer import BACKENDS, Floats, agree, close, make, net_text, values

X = np.random.default_rng(1).normal(size=(2, 3, 4, 5))

CROP = {"transform_param": {"crop_size": 9}}
FLOW = {"modality": 1, **CROP}
LABELS = {"use_multiple_label": True, "num_of_labels": 7}

# type, bottoms, tops, shapes, shapes of the parameter blobs, parameters
SHAPES: list[Any] = [
    ("Permute", ((2, 3, 4, 5),), ((2, 4, 5, 3),), (), {"order": (0, 2, 3, 1)}),
    ("Permute", ((2, UNKNOWN, 4, 5),), ((4, 2, UNKNOWN, 5),), (), {"order": (2,)}),
    ("Permute", ((2, 3),), ((2, 3),), (), {}),
    ("SSDNormalize", ((2, 3, 4, 5),), ((2, 3, 4, 5),), ((),), {}),
    ("SSDNormalize", ((2, UNKNOWN, 4),), ((2, UNKNOWN, 4),), ((UNKNOWN,),), {"channel_shared": False}),
    ("SmoothL1Loss", ((2, 3), (2, 3)), ((),), (), {}),
    ("SmoothL1Loss", ((2, 3, 1, 1), (2, 3), (2, 3), (2, UNKNOWN)), ((),), (), {"sigma": 3}),
    ("SmoothL1LossOHEM", ((2, 3, 1, 1), (2, 3, 1, 1)), ((), (2, 1, 1, 1)), (), {}),
    ("SoftmaxWithLossOHEM", ((2, 3, 1, 1), (2, 1)), ((), (2, 3, 1, 1), (2, 1)), (), {}),
    ("BoxAnnotatorOHEM", ((9, 5), (9,), (9, 1), (9, 8)), ((9, 1, 1, 1), (9, 8, 1, 1)), (), {"roi_per_img": 2}),
    ("RegionLoss", ((2, 125, 13, 13), (2, 150)), ((),), (), {}),
    ("EvalDetection", ((2, 1470), (2, 150)), ((2, "*"),), (), {}),
    ("YoloDetectionOutput", ((2, 125, 13, 13),), ((1, 1, "*", 7),), (), {"biases": (1.0,) * 10}),
    (
        "Yolov3DetectionOutput",
        ((2, 75, 13, 13), (2, 75, 26, 26)),
        ((1, 1, "*", 7),),
        (),
        {"biases": (1.0,) * 12, "mask": (3, 4, 5, 0, 1, 2), "anchors_scale": (32, 16)},
    ),
    ("AnnotatedData", (), ((4, 3, 9, 9), (1, 1, UNKNOWN, 8)), (), {"data_param": {"batch_size": 4}, **CROP}),
    ("VideoData", (), ((4, 3, 16, 9, 9), (4,)), (), {"batch_size": 4, "new_length": 16, **CROP}),
    ("VideoData", (), ((4, 30, 9, 9), (4,)), (), {"batch_size": 4, "new_length": 5, "num_segments": 3, **FLOW}),
    ("VideoData", (), ((1, 3, UNKNOWN, UNKNOWN),), (), {"data_param": {"batch_size": 1}}),
    ("VideoData", (), ((4, 3, 16, 9, 9), (4, 7)), (), {"batch_size": 4, "new_length": 16, **LABELS, **CROP}),
]


@pytest.mark.parametrize(("type_name", "bottoms", "wanted", "blobs", "params"), SHAPES)
def test_shapes(type_name: str, bottoms: Any, wanted: Any, blobs: Any, params: dict[str, Any]) -> None:
    layer, site = make(type_name, **params), Site(bottoms, len(wanted))
    assert [show(shape) for shape in layer.infer(site)] == [show(shape) for shape in wanted]
    assert [show(blob.shape) for blob in layer.blobs(site)] == [show(shape) for shape in blobs]


# type, bottoms, problem, words of the message, parameters
REFUSED: list[Any] = [
    ("Permute", ((2, 3),), AxisOutOfRange, "order 2 is out of range", {"order": (2,)}),
    ("Permute", ((2, 3),), InvalidValue, "axis 1 more than once", {"order": (1, 1)}),
    ("SSDNormalize", ((1, 2, 3, 4, 5),), BadDimensions, "at most 4 axes", {}),
    ("SSDNormalize", ((),), AxisOutOfRange, "0 axes", {}),
    ("VideoData", (), MissingField, "needs num_of_labels", {"use_multiple_label": True}),
    ("SmoothL1Loss", ((2, 3), (2, 4)), ShapeMismatch, "2×3 and 2×4", {}),
    ("SmoothL1Loss", ((2, 3), (3, 3)), ShapeMismatch, "2 items and 3 targets", {}),
    ("SmoothL1Loss", ((2, 3), (2, 3), (2, 2)), ShapeMismatch, "2×3 and 2×2", {}),
    ("BoxAnnotatorOHEM", ((9, 4), (9,), (9,), (9, 8)), ShapeMismatch, "regions R×5", {"roi_per_img": 2}),
    ("BoxAnnotatorOHEM", ((9, 5), (8,), (9,), (9, 8)), ShapeMismatch, "9 and 8", {"roi_per_img": 2}),
    ("RegionLoss", ((2, 124, 13, 13), (2, 150)), ShapeMismatch, "= 125 channels", {}),
    ("Yolov3DetectionOutput", ((2, 75, 13, 13), (2, 75)), BadDimensions, "2×75", {}),
]


@pytest.mark.parametrize(("type_name", "bottoms", "problem", "words", "params"), REFUSED)
def test_what_is_refused(
    type_name: str, bottoms: tuple[Shape, ...], problem: type[Diagnostic], words: str, params: dict[str, Any]
) -> None:
    with pytest.raises(Refusal) as caught:
        make(type_name, **params).infer(Site(bottoms))
    assert caught.value.problem is problem and words in str(caught.value)


def test_python_layers_are_listed() -> None:
    for pair, name in PYTHON.items():
        layer = find(name)
        assert layer is not None and layer.python == pair and layer.message == "python_param"


def test_values_of_rearranging() -> None:
    close(values("Permute", "permute_param { order: 0 order: 2 order: 3 order: 1 }", [X]), X.transpose(0, 2, 3, 1))
    close(values("Permute", "permute_param { order: 3 }", [X]), X.transpose(3, 0, 1, 2))
    close(values("Permute", "", [X]), X)


@pytest.mark.parametrize("spatial", [True, False])
@pytest.mark.parametrize("shared", [True, False])
def test_values_of_normalize(spatial: bool, shared: bool) -> None:
    scale = np.array(3.0) if shared else np.array([1.0, 2.0, 3.0])
    wanted = np.empty_like(X)
    for n, c, h, w in np.ndindex(*X.shape):
        norm = np.sqrt(0.5 + np.sum((X[n] if spatial else X[n, :, h, w]) ** 2))
        wanted[n, c, h, w] = X[n, c, h, w] / norm * (scale if shared else scale[c])
    message = f"norm_param {{ across_spatial: {str(spatial).lower()} channel_shared: {str(shared).lower()} eps: 0.5 }}"
    close(values("Normalize", message, [X], params={"y": [scale]}), wanted)
    agree(net_text("Normalize", message, [X.shape]))


def smooth(d: Floats, sigma: float = 1.0) -> Floats:
    return np.where(np.abs(d) < 1 / sigma**2, 0.5 * (sigma * d) ** 2, np.abs(d) - 0.5 / sigma**2)


def slope(d: Floats, sigma: float = 1.0) -> Floats:
    return np.where(np.abs(d) < 1 / sigma**2, sigma**2 * d, np.sign(d))


@pytest.mark.parametrize("count", [2, 3, 4])
def test_smooth_l1_loss(count: int) -> None:
    """With three bottoms the gradient leaves the weights out: the SSD fork has them in its forward pass alone."""
    a, b, inside, outside = np.random.default_rng(2).normal(size=(4, 3, 4, 2, 1))
    weights = [inside, outside][: count - 2]
    factor = inside if weights else np.ones_like(a)
    d = factor * (a - b)
    losses, gradient = smooth(d, 1.5), slope(d, 1.5)
    if count == 4:
        losses, gradient = losses * outside, gradient * inside * outside
    xs = [a, b, *weights]
    message = "smooth_l1_loss_param { sigma: 1.5 }"
    close(values("SmoothL1Loss", message, xs), np.array(losses.sum() / 3))
    text = net_text("SmoothL1Loss", message, [x.shape for x in xs])
    for backend in ("torch", "tensorflow"):
        model = netspec.build(netspec.load_text(text), backend=backend, dtype="float64")
        model.forward({f"x{i}": x for i, x in enumerate(xs)})
        found = model.backward({})
        np.testing.assert_allclose(found.inputs["x0"], gradient / 3, err_msg=backend)
        np.testing.assert_allclose(found.inputs["x1"], -gradient / 3, err_msg=backend)


def test_losses_of_hard_examples() -> None:
    a, b, w = np.random.default_rng(3).normal(size=(3, 6, 4, 1, 1))
    each = smooth(w * (a - b)).sum(1, keepdims=True)
    close(values("SmoothL1LossOHEM", "loss_weight: [1, 0]", [a, b, w], tops=2), np.array(each.sum() / 6), each)
    label = np.array([0.0, 1, 2, 3, 1, 0])
    p = np.exp(a[:, :, 0, 0]) / np.exp(a[:, :, 0, 0]).sum(1, keepdims=True)
    losses = -np.log(p[range(6), label.astype(int)]) * (label != 1)
    found = values("SoftmaxWithLossOHEM", "loss_weight: [1, 0, 0] loss_param { ignore_label: 1 }", [a, label], 3)
    close(found, np.array(losses.sum() / 4), p[:, :, None, None], losses)
    agree(net_text("SoftmaxWithLossOHEM", "loss_weight: [1, 0, 0]", [(6, 4, 1, 1), (6,)], tops=3))
    agree(net_text("SmoothL1LossOHEM", "loss_weight: [1, 0]", [(6, 4, 1, 1)] * 3, tops=2))


def test_the_hardest_examples_are_kept() -> None:
    rois = np.zeros((6, 5))
    rois[:, 0] = [0, 1, 0, 1, 0, 0]
    loss, label, weights = np.array([3.0, 1, 5, 2, 3, 4]), np.arange(6.0), np.full((6, 2), 7.0)
    kept = np.array([False, True, True, True, False, True])  # of item 0 the losses 5 and 4
    xs = [rois, loss, label, weights]
    found = values("BoxAnnotatorOHEM", "box_annotator_ohem_param { roi_per_img: 2 }", xs, 2)
    wanted = np.where(kept, label, -1), np.where(kept[:, None], weights, 0)
    close(found, wanted[0][:, None, None, None], wanted[1][:, :, None, None])
    found = values("BoxAnnotatorOHEM", "box_annotator_ohem_param { roi_per_img: 3 }", xs, 2)
    assert [top[0].ravel()[[0, 4]].tolist() for top in found.values()] == [[0, -1]] * 3  # the first of equal ones


def test_a_measure_that_is_read_on_stays() -> None:
    text = (
        net_text("EvalDetection", "", [(2, 1470), (2, 150)]) + 'layer { type: "ReLU" name: "z" bottom: "y0" top: "z" }'
    )
    net = netspec.load_text(text)
    assert net.compiled.layers == net.layers
    for backend in ("torch", "tensorflow"):
        with pytest.raises(netspec.SpecError) as refused:
            netspec.emit(net, backend)
        assert [d.code for d in refused.value.diagnostics] == ["NS401"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_measure_of_training_is_left_out(backend: str) -> None:
    text = net_text("DetectionEvaluate", "detection_evaluate_param { num_classes: 3 }", [(1, 1, 4, 7), (1, 1, 2, 8)])
    net = netspec.load_text(text)
    assert "DetectionEvaluate" in [node.type for node in net.layers]
    model = netspec.build(net, backend=backend)
    assert "DetectionEvaluate" not in [node.type for node in model.net.layers]
    assert set(model.net.outputs) == set(net.inputs)
    if backend != "numpy":
        assert modules.slots(net, backend) == {}


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_layer_without_a_meaning_says_why(backend: str) -> None:
    text = net_text("RegionLoss", "region_loss_param { side: 4 num_class: 3 }", [(1, 40, 4, 4), (1, 150)])
    with pytest.raises(netspec.SpecError) as caught:
        netspec.build(netspec.load_text(text), backend=backend)
    assert [fault.code for fault in caught.value.diagnostics] == ["NS401"]
    assert "no biases" in str(caught.value)
