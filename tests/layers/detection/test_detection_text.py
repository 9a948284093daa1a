"""CTPN's proposals: rules, and values strip by strip."""

from __future__ import annotations

from typing import Any

import numpy as np

from netspec.layers.detection.text import ANCHORS
from netspec.problems.shapes import BadDimensions, ShapeMismatch
from netspec.shapes import UNKNOWN
from tests.frameworks.cases import net
from tests.layers.one_layer import agree, close, net_text, values
from tests.layers.tables import each, has_shapes, is_refused

MESSAGE = (
    "python_param { module: 'layers.text_proposal_layer' layer: 'ProposalLayer' param_str: \"'feat_stride': 16\" }"
)
NETS = {"PythonTextProposal": net("Python", MESSAGE, "1 20 2 3", "1 20 2 3", "1 3", tops=2)}
MAPS = ((1, 20, 4, 5), (1, 20, 4, 5), (1, 3))
STRIDE: dict[str, Any] = {"feat_stride": 16}

# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("PythonTextProposal", STRIDE, MAPS, ((200, 4), (200, 1))),
    ("PythonTextProposal", STRIDE, ((1, 20, UNKNOWN, 5), (1, 20, UNKNOWN, 5), (1, 3)), ((UNKNOWN, 4), (UNKNOWN, 1))),
]
test_shapes = each(SHAPES, has_shapes)

# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("PythonTextProposal", STRIDE, ((1, 20), *MAPS[1:]), BadDimensions, "1×20×H×W twice, not 1×20"),
    ("PythonTextProposal", STRIDE, ((1, 18, 4, 5), *MAPS[1:]), ShapeMismatch, "20 channels, not 18"),
    ("PythonTextProposal", STRIDE, ((2, 20, 4, 5), *MAPS[1:]), ShapeMismatch, "one image at a time"),
    ("PythonTextProposal", STRIDE, ((1, 20, 4, 6), *MAPS[1:]), ShapeMismatch, "axis 3"),
    ("PythonTextProposal", STRIDE, (*MAPS[:2], (1,)), BadDimensions, "height, width and scale"),
]
test_refused = each(REFUSED, is_refused)


def test_anchors() -> None:
    """Of 11 pixels 5 are above the middle at 7.5, and 5 below it, without the half."""
    assert ANCHORS[:4] == ((0, 2, 15, 12), (0, 0, 15, 15), (0, -3, 15, 18), (0, -8, 15, 23))


def test_values() -> None:
    random = np.random.default_rng(4)
    scores, deltas = random.uniform(size=(1, 20, 2, 3)), random.normal(size=(1, 20, 2, 3)) * 0.4
    rows: list[list[float]] = []
    for i, j, a in np.ndindex(2, 3, 10):
        x1, y1, x2, y2 = np.array(ANCHORS[a]) + 16 * np.array([j, i, j, i])
        high = y2 - y1 + 1
        size = np.exp(deltas[0, 2 * a + 1, i, j]) * high
        begin = deltas[0, 2 * a, i, j] * high + (y1 + y2) / 2 - size / 2
        strip = np.clip([x1, begin, x2, begin + size], 0, [45, 30, 45, 30])
        rows.append([*strip, scores[0, 10 + a, i, j]])
    wanted = np.array(rows)
    found = values("Python", MESSAGE, [scores, deltas, np.array([[31.0, 46.0, 1.0]])], tops=2)
    close(found, wanted[:, :4], wanted[:, 4:])
    agree(net_text("Python", MESSAGE, [(1, 20, 2, 3), (1, 20, 2, 3), (1, 3)], tops=2))
