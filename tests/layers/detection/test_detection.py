"""What trains detectors, and the Normalize of SSD: rules, values by hand, gradients of both backends."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.diagnostics.source import Source
from netspec.frontend.load import check_source
from netspec.problems.fields import BlobCount
from netspec.problems.shapes import AxisOutOfRange, BadDimensions, ShapeMismatch
from netspec.shapes import UNKNOWN
from tests.frameworks.cases import net
from tests.layers.one_layer import Floats, agree, close, net_text, values
from tests.layers.tables import each, has_shapes, is_refused

NETS = {
    "BoxAnnotatorOHEM": net(
        "BoxAnnotatorOHEM", "box_annotator_ohem_param { roi_per_img: 2 }", "6 5", "6", "6", "6 2", tops=2
    ),
    "SSDNormalize": net("Normalize", "norm_param { }", "2 3 4 5"),
    "SmoothL1Loss": net("SmoothL1Loss", "loss_weight: 1 smooth_l1_loss_param { sigma: 1.5 }", "3 4 2 1", "3 4 2 1"),
    "SmoothL1LossOHEM": net("SmoothL1LossOHEM", "loss_weight: [1, 0]", "6 4 1 1", "6 4 1 1", "6 4 1 1", tops=2),
    "SoftmaxWithLossOHEM": net("SoftmaxWithLossOHEM", "loss_weight: [1, 0, 0]", "6 4 1 1", "6", tops=3),
}

# type, fields, bottoms, tops, parameter blobs
SHAPES: list[tuple[Any, ...]] = [
    ("SSDNormalize", {}, ((2, 3, 4, 5),), ((2, 3, 4, 5),), ((),)),
    ("SSDNormalize", {"channel_shared": False}, ((2, UNKNOWN, 4),), ((2, UNKNOWN, 4),), ((UNKNOWN,),)),
    ("SmoothL1Loss", {}, ((2, 3), (2, 3)), ((),), ()),
    ("SmoothL1Loss", {"sigma": 3}, ((2, 3, 1, 1), (2, 3), (2, 3), (2, UNKNOWN)), ((),), ()),
    ("SmoothL1LossOHEM", {}, ((2, 3, 5, 4), (2, 3, 5, 4)), ((), (2, 1, 5, 4)), ()),
    ("SmoothL1LossOHEM", {}, ((2, 3), (2, 3)), ((), (2, 1, 1, 1)), ()),
    ("SmoothL1LossOHEM", {}, ((1,), (1,), ()), ((), (1, 1, 1, 1)), ()),
    ("SoftmaxWithLossOHEM", {}, ((2, 3, 1, 1), (2, 1)), ((), (2, 3, 1, 1), (2, 1)), ()),
    ("BoxAnnotatorOHEM", {"roi_per_img": 2}, ((9, 5), (9,), (9, 1), (9, 8)), ((9, 1, 1, 1), (9, 8, 1, 1)), ()),
]
test_shapes = each(SHAPES, has_shapes)


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("SSDNormalize", {}, ((1, 2, 3, 4, 5),), BadDimensions, "at most 4 axes"),
    ("SSDNormalize", {}, ((),), AxisOutOfRange, "0 axes"),
    ("SmoothL1Loss", {}, ((2, 3), (2, 4)), ShapeMismatch, "2×3 and 2×4"),
    ("SmoothL1Loss", {}, ((2, 3), (3, 3)), ShapeMismatch, "2 items and 3 targets"),
    ("SmoothL1Loss", {}, ((2, 3), (2, 3), (2, 2), (2, 3)), ShapeMismatch, "2×3 and 2×2"),
    ("SmoothL1Loss", {}, ((2, 3), (2, 3), (2, 3)), BlobCount, "2 or 4 bottoms, not 3"),
    ("BoxAnnotatorOHEM", {"roi_per_img": 2}, ((9, 4), (9,), (9,), (9, 8)), ShapeMismatch, "regions R×5"),
    ("BoxAnnotatorOHEM", {"roi_per_img": 2}, ((9, 5), (8,), (9,), (9, 8)), ShapeMismatch, "9 and 8"),
]
test_refused = each(REFUSED, is_refused)


X = np.random.default_rng(1).normal(size=(2, 3, 4, 5))


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


# what stands in the layer, how many bottoms it has, σ, the loss weight
SMOOTH: list[tuple[str, int, float, float]] = [
    ("", 2, 1.0, 1.0),
    ("loss_weight: 2 smooth_l1_loss_param { sigma: 1.5 }", 2, 1.5, 2.0),
    ("loss_weight: 1 smooth_l1_loss_param { sigma: 1.5 }", 4, 1.5, 1.0),
    ("smooth_l1_loss_param { }", 2, 1.0, 0.0),
    ("", 4, 1.0, 0.0),
]


@pytest.mark.parametrize(("message", "count", "sigma", "weight"), SMOOTH)
def test_smooth_l1_loss(message: str, count: int, sigma: float, weight: float) -> None:
    """SSD's counts in the loss; Fast R-CNN's has loss weight 0 unless one is written, which is said."""
    a, b, inside, outside = np.random.default_rng(2).normal(size=(4, 3, 4, 2, 1))
    weights = [inside, outside][: count - 2]
    factor = inside if weights else np.ones_like(a)
    d = factor * (a - b)
    losses, gradient = smooth(d, sigma), slope(d, sigma) * weight
    if count == 4:
        losses, gradient = losses * outside, gradient * inside * outside
    xs = [a, b, *weights]
    close(values("SmoothL1Loss", message, xs), np.array(losses.sum() / 3))
    text = net_text("SmoothL1Loss", message, [x.shape for x in xs])
    said = check_source(Source("text.net", text))
    assert [fault.code for fault in said] == ["NS233"] * (weight == 0)
    for backend in ("torch", "tensorflow"):
        model = netspec.build(netspec.load_text(text), backend=backend, dtype="float64")
        model.forward({f"x{i}": x for i, x in enumerate(xs)})
        found = model.backward({})
        np.testing.assert_allclose(found.inputs.get("x0", 0 * a), gradient / 3, err_msg=backend)
        np.testing.assert_allclose(found.inputs.get("x1", 0 * a), -gradient / 3, err_msg=backend)


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
