"""Layers whose fork the other layers of the file show."""

from __future__ import annotations

import numpy as np
import pytest

import netspec
from netspec.diagnostics.source import Source
from netspec.frontend.load import check_source
from tests.layers.one_layer import net_text

SHAPES = [(3, 4, 2, 1)] * 3
LOSS = net_text("SmoothL1Loss", "loss_weight: 1", SHAPES)
REGIONS = """layer { name: "rois" type: "Input" top: "rois" input_param { shape { dim: 3 dim: 5 } } }
layer { name: "pool" type: "ROIPooling" bottom: "x0" bottom: "rois" top: "pool" %s
  roi_pooling_param { pooled_h: 1 pooled_w: 1 } }
"""

# what stands beside a loss with three bottoms, whether that shows the first Fast R-CNN
COMPANY = [
    ("", False),
    (REGIONS % "", True),
    (REGIONS % "include { phase: TRAIN }", True),
    ('layer { name: "other" type: "Permute" bottom: "x0" top: "other" permute_param { order: [0, 2, 3, 1] } }', False),
]


@pytest.mark.parametrize(("beside", "taken"), COMPANY)
@pytest.mark.parametrize("first", [True, False])
def test_three_bottoms(beside: str, taken: bool, first: bool) -> None:
    text = LOSS + beside
    if not first:  # the loss before its company
        *inputs, loss = text.splitlines(keepends=True)[:4]
        text = "".join(inputs) + beside + loss
    found = [d for d in check_source(Source("a.prototxt", text)) if d.code == "NS212"]
    assert [("2 or 4 bottoms, not 3" in d.message, "ROIPooling" in (d.help or "")) for d in found] == (
        [] if taken else [(True, True)]
    )


@pytest.mark.parametrize("backend", ["numpy", "torch", "tensorflow"])
def test_the_first_fast_rcnns_loss(backend: str) -> None:
    """Inside weights count in the loss, and not in the gradient."""
    a, b, inside = np.random.default_rng(1).normal(size=(3, *SHAPES[0]))
    d = inside * (a - b)
    model = netspec.build(netspec.load_text(LOSS + REGIONS % ""), backend=backend, dtype="float64")
    found = model.forward({"x0": a, "x1": b, "x2": inside, "rois": np.zeros((3, 5))})
    np.testing.assert_allclose(found["y0"], np.where(np.abs(d) < 1, d**2 / 2, np.abs(d) - 0.5).sum() / 3)
    if backend != "numpy":
        slope = np.clip(d, -1, 1) / 3
        gradient = model.backward({}).inputs
        np.testing.assert_allclose(gradient["x0"], slope)
        np.testing.assert_allclose(gradient["x1"], -slope)
