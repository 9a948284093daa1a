"""Proposals in time: rules, values interval by interval, and what tells R-C3D's layers from those of py-faster-rcnn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.layers.base import Phase
from netspec.layers.video.proposals import PythonTwinProposal
from netspec.problems.shapes import BadDimensions, OutOfBounds, ShapeMismatch
from netspec.shapes import VARYING
from tests.frameworks.cases import inputs, layer, net
from tests.layers.one_layer import Floats, agree, close, net_text, values
from tests.layers.tables import each, has_shapes, is_refused

POOL = "roi_pooling_param { pooled_l: 2 pooled_h: 3 pooled_w: 2 temporal_scale: 0.5 spatial_scale: 0.1 }"
TWIN = "python_param { module: 'rpn.proposal_layer' layer: 'ProposalLayer' param_str: \"{'scales': [1, 2.5]}\" }"
NETS = {
    "TemporalROIPooling": net("ROIPooling", POOL, "2 2 5 7 7", "4 3"),
    "PythonTwinProposal": net("Python", TWIN, "1 4 6 1 1", "1 4 6 1 1", tops=2),
}
THREE: dict[str, Any] = {"pooled_l": 1, "pooled_h": 2, "pooled_w": 3}
MAPS, SCORES = (2, 4, 5, 7, 7), (1, 4, 6, 1, 1)
TWO: dict[str, Any] = {"scales": (1.0, 2.5)}

# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("TemporalROIPooling", THREE, (MAPS, (VARYING, 3)), ((VARYING, 4, 1, 2, 3),)),
    ("PythonTwinProposal", TWO, (SCORES, SCORES), ((VARYING, 3), (VARYING, 1))),
    ("PythonTwinAnchorTarget", TWO, (SCORES, (2, 3), (1, 3, 48, 9, 9)), ((1, 1, 12, 1, 1), *((1, 4, 6, 1, 1),) * 3)),
]
test_shapes = each(SHAPES, has_shapes)

# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("TemporalROIPooling", THREE, ((2, 4, 7, 7), (5, 3)), BadDimensions, "N×C×L×H×W, not 2×4×7×7"),
    ("TemporalROIPooling", THREE, ((2, 4, 5, 6, 7), (5, 3)), OutOfBounds, "7 rows and columns"),
    ("TemporalROIPooling", THREE, (MAPS, (5, 5)), ShapeMismatch, "R×3 (item, start, end), not 5×5"),
    ("TemporalROIPooling", THREE, (MAPS, ()), BadDimensions, "not a scalar"),
    ("PythonTwinProposal", {"scales": (1.0,)}, (SCORES, SCORES), ShapeMismatch, "1 anchors, which take 2 channels"),
    ("PythonTwinProposal", TWO, (SCORES, (1, 4, 7, 1, 1)), ShapeMismatch, "equal length: 6 and 7"),
    ("PythonTwinProposal", TWO, (SCORES, (1, 4, 6, 2, 1)), ShapeMismatch, "one row, not 2"),
    ("PythonTwinProposal", TWO, (SCORES, (1, 4, 6)), BadDimensions, "not 1×4×6"),
    ("PythonTwinAnchorTarget", TWO, ((1, 4), (2, 3), (1, 3)), BadDimensions, "not 1×4"),
]
test_refused = each(REFUSED, is_refused)

RANDOM = np.random.default_rng(9)
# One ends before it starts, one lies before the film in part, one behind it in part, one behind it.
INTERVALS = np.array([[0, 1, 6], [1, 5, 2], [0, -5, 4], [1, 6, 14], [1, 30, 40]], float)


def test_values_of_pooled_intervals() -> None:
    x = RANDOM.normal(size=(2, 3, 5, 8, 7))
    wanted = np.zeros((5, 3, 2, 3, 2))
    for r, (item, start, end) in enumerate(INTERVALS):
        first, last = (int(np.sign(t) * np.floor(abs(t * 0.5) + 0.5)) for t in (start, end))
        length = max(last - first + 1, 1)
        for i, j, k in np.ndindex(2, 3, 2):
            cells = [
                x[int(item), :, t, h, w]
                for t, h, w in np.ndindex(5, 7, 7)
                if np.floor(i * length / 2) <= t - first < np.ceil((i + 1) * length / 2)
                and np.floor(j * 7 / 3) <= h < np.ceil((j + 1) * 7 / 3)
                and np.floor(k * 7 / 2) <= w < np.ceil((k + 1) * 7 / 2)
            ]
            wanted[r, :, i, j, k] = np.max(cells, 0) if cells else 0
    close(values("ROIPooling", POOL, [x, INTERVALS]), wanted)
    agree(net_text("ROIPooling", POOL, [(2, 3, 5, 7, 7), (4, 3)]))


def by_hand(scores: Floats, deltas: Floats) -> Floats:
    """Start, last frame and score of what is kept, best first."""
    found: list[tuple[float, float, float]] = []
    for cell in range(6):
        for a, length in enumerate((8.0, 20.0)):
            start = 3.5 - (length - 1) / 2 + 8 * cell
            middle = deltas[0, 2 * a, cell, 0, 0] * length + start + length / 2
            reach = np.exp(deltas[0, 2 * a + 1, cell, 0, 0]) * length / 2
            begin, end = np.clip([middle - reach, middle + reach], 0, 47)
            if end - begin + 1 >= 8:
                found.append((begin, end, scores[0, 2 + a, cell, 0, 0]))
    kept: list[tuple[float, float, float]] = []
    for begin, end, score in sorted(found, key=lambda row: -row[2]):
        shared = [(max(min(end, e) - max(begin, b) + 1, 0), e - b + 1) for b, e, _ in kept]
        if all(both / (length + end - begin + 1 - both) <= 0.7 for both, length in shared):
            kept.append((begin, end, score))
    return np.array(kept)


def test_values_of_proposals() -> None:
    scores, deltas = RANDOM.uniform(size=SCORES), RANDOM.normal(size=SCORES) * 0.3
    wanted = by_hand(scores, deltas)
    assert 3 < len(wanted) < 12
    rois = np.concatenate([np.zeros((len(wanted), 1)), wanted[:, :2]], 1)
    close(values("Python", TWIN, [scores, deltas], tops=2), rois, wanted[:, 2:])
    assert PythonTwinProposal.model_construct().top_n(Phase.TRAIN) == (12000, 2000)


def python(module: str, name: str, text: str, bottoms: str, tops: str) -> str:
    fields = f"python_param {{ module: '{module}' layer: '{name}' param_str: \"{text}\" }}"
    return layer("Python", bottoms, tops, fields, name.lower())


CLASSES = "'num_classes': 21"
DATA = python("roi_data_layer.layer", "RoIDataLayer", CLASSES, "", "data gt")
TARGET = python("rpn.proposal_target_layer", "ProposalTargetLayer", CLASSES, "rois gt", "own label t i o")
ANCHORS = python("rpn.anchor_target_layer", "AnchorTargetLayer", "'feat_stride': 8", "s gt data", "a b c e")
FOUND = layer("Python", "s d", "rois", TWIN, "found")


def test_layers_beside_twin_proposals_are_of_the_same_project() -> None:
    found = netspec.load_text(DATA + inputs(s=SCORES, d=SCORES) + FOUND + TARGET + ANCHORS)
    wanted = {"data": (1, 3, 512, 112, 112), "gt": (1, 3), "own": (128, 3), "label": (128,), "t": (128, 42)}
    assert {blob: found.blobs[blob] for blob in wanted} == wanted
    assert found.blobs["b"] == (1, 20, 6, 1, 1)


def test_layers_without_twin_proposals_are_not() -> None:
    found = netspec.load_text(inputs(rois=(9, 5), gt=(2, 5)) + TARGET)
    assert found.blobs["own"] == (128, 5)


@pytest.mark.parametrize("axes", [4, 5])
def test_the_loss_of_films(axes: int) -> None:
    shape = (2, 3, 4, 2, 2)[:axes]
    a, b, inside, outside = (RANDOM.normal(size=shape) for _ in range(4))
    d = np.abs(inside * (a - b))
    wanted = (outside * np.where(d < 1, d**2 / 2, d - 0.5)).sum() / 2
    close(values("SmoothL1Loss", "loss_weight: 1", [a, b, inside, outside]), wanted)
