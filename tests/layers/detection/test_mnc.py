"""The layers in Python of MNC: rules, values box by box, and what the number of bottoms tells."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.layers.base import Phase
from netspec.layers.detection.mnc import PythonMNCProposal
from netspec.layers.detection.proposals import anchors
from netspec.problems.shapes import BadDimensions, ShapeMismatch
from netspec.shapes import VARYING
from tests.frameworks.cases import layer, net
from tests.layers.detection.test_proposals import proposed
from tests.layers.one_layer import close, net_text, values
from tests.layers.tables import each, has_shapes, is_refused


def python(module: str, name: str, text: str = "") -> str:
    given = f' param_str: "{text}"' if text else ""
    return f"python_param {{ module: 'pylayer.{module}' layer: '{name}'{given} }}"


PROPOSAL = python("proposal_layer", "ProposalLayer", "{'feat_stride': 16, 'use_clip': 0}")
BRIDGE = python("stage_bridge_layer", "StageBridgeLayer")
NETS = {
    "PythonMNCProposal": net("Python", PROPOSAL, "1 18 4 5", "1 36 4 5", "1 3", tops=2),
    "PythonMNCMask": net("Python", python("mask_layer", "MaskLayer"), "3 441"),
    "PythonStageBridge": net("Python", BRIDGE, "6 5", "6 12", "6 3", "1 3"),
}
RPN = ((1, 18, 4, 5), (1, 36, 4, 5), (1, 3))
CLASSES: dict[str, Any] = {"num_classes": 3}
IMAGE, BOXES, MAPS = (1, 3, 600, 1000), (64, 12), (64, 1, 21, 21)
GIVEN = (IMAGE, (1, 3), (1, 5), (1, 21, 21), (1, 2))

# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("PythonMNCProposal", {"feat_stride": 16}, RPN, ((VARYING, 5), (1, VARYING))),
    ("PythonMNCAnchorTarget", {}, (RPN[0], (2, 5), (1, 3)), ((1, 1, 36, 5), *(RPN[1],) * 3)),
    ("PythonMNCProposalTarget", CLASSES, ((9, 5), (2, 5), (1, 3)), ((64, 5), (64,), *(BOXES,) * 3)),
    (
        "PythonMNCProposalTarget",
        CLASSES,
        ((9, 5), (2, 5), (1, 3), (2, 30, 40), (2, 2), (1, 9)),
        ((64, 5), (64,), *(BOXES,) * 3, MAPS, MAPS, (64, 12), (19,), (45,)),
    ),
    ("PythonMNCMask", {}, ((VARYING, 441),), ((VARYING, 1, 21, 21),)),
    ("PythonMNCMaskLabels", {}, ((7, 21, 21), (2, 30, 40), (7, 12)), ((7, 1, 21, 21), (7, 1))),
    ("PythonStageBridge", {}, ((VARYING, 5), (VARYING, 12), (VARYING, 3), (1, 3)), ((VARYING, 5),)),
    (
        "PythonStageTargets",
        CLASSES,
        ((64, 5), BOXES, (64, 3), (2, 5), (2, 30, 40), (1, 3), (2, 2)),
        ((66, 5), (66,), (66, 1, 21, 21), (66, 1, 21, 21), (66, 12), *((66, 12),) * 3),
    ),
    ("PythonMNCData", CLASSES, (), GIVEN),
    ("PythonMNCData", CLASSES, (), GIVEN[:3]),
    (
        "PythonCFMData",
        CLASSES,
        (),
        (IMAGE, (64, 5), (64, 1, 14, 14), (64, 1), (64, 1), BOXES, MAPS, BOXES, BOXES, MAPS),
    ),
]
test_shapes = each(SHAPES, has_shapes)

# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("PythonMNCProposal", {"feat_stride": 16}, ((1, 6, 4, 5), *RPN[1:]), ShapeMismatch, "2·9 = 18"),
    ("PythonMNCProposal", {"feat_stride": 16}, ((2, 18, 4, 5), (2, 36, 4, 5), (2, 3)), ShapeMismatch, "one image"),
    ("PythonMNCMask", {}, ((3, 400),), ShapeMismatch, "21·21 = 441"),
    ("PythonMNCMask", {}, ((),), BadDimensions, "not a scalar"),
    ("PythonStageBridge", {}, ((6, 5), (6, 8), (6, 3), (1, 3)), ShapeMismatch, "12 numbers in bottom 1"),
    ("PythonStageBridge", {}, ((6, 5), (6, 12), (6, 3), (1, 1)), BadDimensions, "height, width and scale"),
    ("PythonStageTargets", CLASSES, ((), BOXES, (64, 3), (2, 5), (2, 9, 9), (1, 3), (2, 2)), BadDimensions, "rows"),
]
test_refused = each(REFUSED, is_refused)

RANDOM = np.random.default_rng(7)


def test_values_of_proposals() -> None:
    scores, deltas = RANDOM.uniform(size=RPN[0]), RANDOM.normal(size=RPN[1]) * 0.4
    info = np.array([[60.0, 75.0, 1.6]])
    found = values("Python", PROPOSAL, [scores, deltas, info], tops=2)
    wanted = proposed(scores, deltas, info, anchors(16, (0.5, 1, 2), (8, 16, 32)), 16, drop=True)
    flat = scores[0, 9:].transpose(1, 2, 0).ravel()
    numbers = np.array([[int(np.flatnonzero(flat == score)[0]) for score in wanted[:, 5]]])
    assert len(wanted) > 3
    close(found, wanted[:, :5], numbers)
    assert PythonMNCProposal(feat_stride=16).top_n(Phase.TRAIN) == (12000, 2000)


def test_values_of_the_next_stage() -> None:
    rois = np.array([[0, 3, 4, 12, 20], [0, 0, 0, 30, 9], [0, 25, 5, 29, 19]], float)
    said, scores = RANDOM.normal(size=(3, 12)) * 0.3, RANDOM.uniform(size=(3, 3))
    wanted = np.zeros((3, 5))
    for r, (_, x1, y1, x2, y2) in enumerate(rois):
        dx, dy, dw, dh = said[r].reshape(3, 4)[np.argmax(scores[r])]
        wide, high = x2 - x1 + 1, y2 - y1 + 1
        x, y = dx * wide + x1 + wide / 2, dy * high + y1 + high / 2
        wide, high = np.exp(dw) * wide, np.exp(dh) * high
        wanted[r, 1:] = np.clip([x - wide / 2, y - high / 2, x + wide / 2, y + high / 2], 0, [29, 19, 29, 19])
    close(values("Python", BRIDGE, [rois, said, scores, np.array([[20.0, 30.0, 1.0]])]), wanted)


def test_values_of_masks() -> None:
    x = RANDOM.normal(size=(2, 441))
    close(values("Python", python("mask_layer", "MaskLayer"), [x]), x.reshape(2, 1, 21, 21))


TARGETS = python("stage_bridge_layer", "StageBridgeLayer", "{'feat_stride': 16, 'use_clip': 1, 'num_classes': 3}")


@pytest.mark.parametrize(
    ("fields", "shapes", "wanted"),
    [
        (BRIDGE, ((6, 5), (6, 12), (6, 3), (1, 3)), ["PythonStageBridge"]),
        (TARGETS, ((6, 5), (6, 12), (6, 3), (2, 5), (2, 9, 9), (1, 3), (2, 2)), ["PythonStageTargets"]),
        (python("mask_layer", "MaskLayer"), ((6, 441), (2, 9, 9), (6, 12)), ["PythonMNCMaskLabels"]),
    ],
)
def test_more_bottoms_are_those_of_train(fields: str, shapes: Any, wanted: list[str]) -> None:
    tops = {"PythonStageBridge": 1, "PythonStageTargets": 8, "PythonMNCMaskLabels": 2}[wanted[0]]
    found = netspec.load_text(net_text("Python", fields, shapes, tops))
    assert [node.params.type_name() for node in found.layers if node.name == "y"] == wanted


def test_regions_of_proposals_are_warped() -> None:
    """A stage with regions of which the data says how many there are."""
    spec = net("Python", PROPOSAL, "1 18 4 5", "1 36 4 5", "1 3") + layer(
        "ROIWarping", "x0 y0", "z", "roi_warping_param { pooled_h: 2 pooled_w: 2 spatial_scale: 0.0625 }"
    )
    report = netspec.verify(netspec.load_text(spec))
    assert report.ok
