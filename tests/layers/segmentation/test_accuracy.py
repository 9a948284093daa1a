"""What judges a segmentation: its shape, and that it is left out."""

from __future__ import annotations

from typing import Any

import netspec
from netspec.problems.shapes import BadDimensions, ShapeMismatch
from tests.layers.small_nets import layer
from tests.layers.tables import each, is_refused

# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("SegAccuracy", {}, ((2, 5, 4, 4), (2, 4, 4)), BadDimensions, "bottom 1 is 2×4×4"),
    ("SegAccuracy", {}, ((2, 5, 4, 4), (2, 5, 4, 4)), ShapeMismatch, "single channel"),
    ("SegAccuracy", {}, ((2, 5, 4, 4), (2, 1, 4, 5)), ShapeMismatch, "on axis 3"),
]
test_refused = each(REFUSED, is_refused)


def test_what_judges_is_left_out() -> None:
    text = layer("SegAccuracy", "seg_accuracy_param { ignore_label: 255 }", "2 5 4 4", "2 1 4 4")
    net = netspec.load_text(text + 'layer { name: "r" type: "ReLU" bottom: "x0" top: "r" }')
    assert net.blobs["y0"] == (1, 1, 1, 3)
    assert "y0" not in netspec.emit(net, "torch")
