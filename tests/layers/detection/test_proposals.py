"""Proposals: rules, values box by box, and nets whose sizes depend on the data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import netspec
from netspec.diagnostics import SpecError
from netspec.layers.base import Phase
from netspec.layers.detection.proposals import PythonProposal, anchors
from netspec.problems.fields import InvalidValue
from netspec.problems.shapes import BadDimensions, ShapeMismatch
from netspec.shapes import VARYING
from tests.frameworks.cases import net
from tests.layers.one_layer import BACKENDS, Floats, agree, close, values
from tests.layers.tables import each, has_shapes, is_refused

NETS = {
    "Proposal": net(
        "Proposal", "proposal_param { ratio: [0.5, 1, 2] scale: 2 min_size: 16 }", "1 6 4 5", "1 12 4 5", "1 3", tops=2
    ),
    "PythonProposal": net(
        "Python",
        "python_param { module: 'rpn.proposal_layer' layer: 'ProposalLayer' param_str: \"'scales': [2]\" }",
        "1 6 4 5",
        "1 12 4 5",
        "1 3",
        tops=2,
    ),
}

MAP = (2, 8, 6, 7)
RPN = ((1, 6, 4, 5), (1, 12, 4, 5), (1, 3))
THREE: dict[str, Any] = {"ratio": (0.5, 1.0, 2.0), "scale": (2.0,)}


# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("Proposal", THREE, RPN, ((VARYING, 5), (VARYING,))),
    ("Proposal", {"max_rois": 9, "anchor_scale": 1}, RPN, ((VARYING, 5), (VARYING, 1))),
    ("PythonProposal", {"scales": (8.0,)}, RPN, ((VARYING, 5), (VARYING, 1))),
    ("PythonAnchorTarget", {"scales": (8.0,)}, (RPN[0], (2, 5), (1, 3), MAP), ((1, 1, 12, 5), *(RPN[1],) * 3)),
    ("PythonProposalTarget", {"num_classes": 4}, ((9, 5), (2, 5)), ((128, 5), (128, 1, 1, 1), *((128, 16),) * 3)),
    ("PythonRoIData", {"num_classes": 4}, (), ((2, 3, 600, 1000), (128, 5), (128,), (128, 16))),
]
test_shapes = each(SHAPES, has_shapes)


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("Proposal", THREE, (RPN[0], (1, 12, 4, 6), RPN[2]), ShapeMismatch, "axis 3"),
    ("Proposal", THREE, ((1, 8, 4, 5), *RPN[1:]), ShapeMismatch, "2·3 = 6"),
    ("Proposal", THREE, (*RPN[:2], (1, 2)), BadDimensions, "height, width and scale"),
    ("Proposal", THREE, ((1, 6), *RPN[1:]), BadDimensions, "1×6"),
    ("Proposal", {"max_rois": 9}, RPN, ShapeMismatch, "2·9 = 18"),
    ("Proposal", {"anchor_scale": 1}, ((2, 6, 4, 5), (2, 12, 4, 5), (2, 3)), ShapeMismatch, "one image"),
    ("Proposal", THREE | {"max_rois": 9}, RPN, InvalidValue, "ratio is a field of PVANET's Proposal, and max_rois one"),
    ("PythonProposal", {"scales": (8.0,)}, ((2, 6, 4, 5), (2, 12, 4, 5), (2, 3)), ShapeMismatch, "one image"),
]
test_refused = each(REFUSED, is_refused)


def test_anchors_are_those_of_faster_rcnn() -> None:
    """The table in generate_anchors.py of py-faster-rcnn, which counts from 1 where Python counts from 0."""
    wanted = [
        *(
            (-83, -39, 100, 56),
            (-175, -87, 192, 104),
            (-359, -183, 376, 200),
            (-55, -55, 72, 72),
            (-119, -119, 136, 136),
        ),
        *((-247, -247, 264, 264), (-35, -79, 52, 96), (-79, -167, 96, 184), (-167, -343, 184, 360)),
    ]
    assert [tuple(x + 1 for x in box) for box in anchors(16, (0.5, 1, 2), (8, 16, 32))] == wanted
    assert PythonProposal().top_n(Phase.TRAIN) == (12000, 2000)


def overlap(a: Floats, b: Floats) -> float:
    wide, high = (max(0.0, min(a[k + 2], b[k + 2]) - max(a[k], b[k]) + 1) for k in (0, 1))
    return wide * high / (sum(np.prod(x[2:] - x[:2] + 1) for x in (a, b)) - wide * high)


def proposed(scores: Floats, deltas: Floats, info: Floats, boxes: Sequence[Any], least: float, drop: bool) -> Floats:
    """Step by step as py-faster-rcnn says it, with equal scores in their order."""
    count, (height, width) = len(boxes), scores.shape[2:]
    found: list[tuple[float, Floats]] = []
    for h, w, a in np.ndindex(height, width, count):
        x1, y1, x2, y2 = np.array(boxes[a]) + 16 * np.array([w, h, w, h])
        dx, dy, dw, dh = deltas[0, 4 * a : 4 * a + 4, h, w]
        wide, high = x2 - x1 + 1, y2 - y1 + 1
        cx, cy = dx * wide + x1 + 0.5 * wide, dy * high + y1 + 0.5 * high
        half = 0.5 * np.exp(dw) * wide, 0.5 * np.exp(dh) * high
        box = np.array([cx - half[0], cy - half[1], cx + half[0], cy + half[1]])
        box = np.clip(box, 0, [info[0, 1] - 1, info[0, 0] - 1] * 2)
        small = any(box[2:] - box[:2] + 1 < least * info[0, 2])
        if not (small and drop):
            found.append((0.0 if small else scores[0, count + a, h, w], box))
    kept: list[tuple[float, Floats]] = []
    for score, box in sorted(found, key=lambda pair: -pair[0]):
        if all(overlap(box, other) <= 0.7 for _, other in kept):
            kept.append((score, box))
    return np.array([[0, *box, score] for score, box in kept])


@pytest.mark.parametrize("python", [True, False])
def test_values_of_proposals(python: bool) -> None:
    rng = np.random.default_rng(3)
    scores, deltas = rng.uniform(size=RPN[0]), rng.normal(size=RPN[1]) * 0.4
    scores[0, 3, 1] = scores[0, 3, 0]  # equal ones
    info = np.array([[60.0, 75.0, 1.6]])
    if python:
        text = "python_param { module: 'rpn.proposal_layer' layer: 'ProposalLayer' param_str: \"'scales': [2]\" }"
        found = values("Python", text, [scores, deltas, info], tops=2)
    else:
        text = "proposal_param { ratio: 0.5 ratio: 1 ratio: 2 scale: 2 min_size: 16 }"
        found = values("Proposal", text, [scores, deltas, info], tops=2)
    wanted = proposed(scores, deltas, info, anchors(16, (0.5, 1, 2), (2,)), 16, python)
    assert 5 < len(wanted) < 60 and (python or 0 in wanted[:, 5])
    close(found, wanted[:, :5], wanted[:, 5:] if python else wanted[:, 5])


def test_proposals_of_counted_anchors() -> None:
    """Synopsys': one scale of 32, the ratios of py-faster-rcnn, small ones left out, as many as are asked for."""
    rng = np.random.default_rng(4)
    scores, deltas, info = rng.uniform(size=RPN[0]), rng.normal(size=RPN[1]) * 0.4, np.array([[600.0, 750.0, 1.6]])
    scores[0, 3, 1] = scores[0, 3, 0]
    text = "proposal_param { anchor_scale: 1 anchor_base_size: 4 rpn_min_size: 40 max_rois: 6 }"
    found = values("Proposal", text, [scores, deltas, info], tops=2)
    wanted = proposed(scores, deltas, info, anchors(4, (0.5, 1, 2), (32,)), 40, drop=True)
    assert len(wanted) > 6
    close(found, wanted[:6, :5], wanted[:6, 5:])


def test_halves_are_rounded_up_in_c() -> None:
    assert anchors(12, (0.5,), (1,)) != anchors(12, (0.5,), (1,), even=False)
    (box,) = anchors(12, (0.5,), (1,), even=False)
    assert (box[2] - box[0] + 1, box[3] - box[1] + 1) == (17, 9)


def test_proposals_of_several_items() -> None:
    rng = np.random.default_rng(5)
    scores, deltas = rng.uniform(size=(2, 6, 3, 4)), rng.normal(size=(2, 12, 3, 4)) * 0.3
    info = np.array([[48.0, 64.0, 1.1, 0.9]])  # the scale of the height, and of the width
    message = "proposal_param { ratio: 0.5 ratio: 1 ratio: 2 scale: 2 post_nms_topn: 4 pre_nms_topn: 20 }"
    found = values("Proposal", message, [scores, deltas, info], tops=2)
    assert found["numpy"][0][:, 0].tolist() == [0] * 4 + [1] * 4
    close(found, *found["numpy"])


RCNN = """
layer {{ name: "data" type: "Input" top: "data" top: "im_info"
  input_param {{ shape {{ dim: 1 dim: 3 dim: 64 dim: 96 }} shape {{ dim: 1 dim: 3 }} }} }}
layer {{ name: "conv" type: "Convolution" bottom: "data" top: "conv"
  convolution_param {{ num_output: 8 kernel_size: 16 stride: 16 }} }}
layer {{ name: "score" type: "Convolution" bottom: "conv" top: "score"
  convolution_param {{ num_output: 6 kernel_size: 1 }} }}
layer {{ name: "delta" type: "Convolution" bottom: "conv" top: "delta"
  convolution_param {{ num_output: 12 kernel_size: 1 }} }}
layer {{ name: "two" type: "Reshape" bottom: "score" top: "two"
  reshape_param {{ shape {{ dim: 0 dim: 2 dim: -1 dim: 0 }} }} }}
layer {{ name: "soft" type: "Softmax" bottom: "two" top: "soft" }}
layer {{ name: "six" type: "Reshape" bottom: "soft" top: "six"
  reshape_param {{ shape {{ dim: 0 dim: 6 dim: -1 dim: 0 }} }} }}
layer {{ name: "rois" bottom: "six" bottom: "delta" bottom: "im_info" top: "rois" {proposal} }}
{head}
layer {{ name: "prob" type: "Softmax" bottom: "cls" top: "prob" }}
"""


PYTHON = """type: "Python" python_param { module: "rpn.proposal_layer" layer: "ProposalLayer"
  param_str: "'feat_stride': 16\\n'scales': !!python/tuple [2]" }"""


CPP = 'type: "Proposal" proposal_param { ratio: 0.5 ratio: 1 ratio: 2 scale: 2 post_nms_topn: 9 }'
FASTER = """
layer { name: "pool" type: "ROIPooling" bottom: "conv" bottom: "rois" top: "pool"
  roi_pooling_param { pooled_h: 3 pooled_w: 2 spatial_scale: 0.0625 } }
layer { name: "more" type: "Convolution" bottom: "pool" top: "more" convolution_param { num_output: 4 kernel_size: 1 } }
layer { name: "norm" type: "BatchNorm" bottom: "more" top: "norm" }
layer { name: "scale" type: "Scale" bottom: "norm" top: "scale" scale_param { bias_term: true } }
layer { name: "sum" type: "Eltwise" bottom: "scale" bottom: "more" top: "sum" }
layer { name: "mean" type: "Pooling" bottom: "sum" top: "mean" pooling_param { pool: AVE global_pooling: true } }
layer { name: "up" type: "Deconvolution" bottom: "sum" top: "up"
  convolution_param { num_output: 2 kernel_size: 2 stride: 2 } }
layer { name: "fc" type: "InnerProduct" bottom: "sum" top: "fc" inner_product_param { num_output: 6 } }
layer { name: "relu" type: "ReLU" bottom: "fc" top: "fc" }
layer { name: "drop" type: "Dropout" bottom: "fc" top: "fc" }
layer { name: "cls" type: "InnerProduct" bottom: "fc" top: "cls" inner_product_param { num_output: 4 } }
"""


RFCN = """
layer { name: "maps" type: "Convolution" bottom: "conv" top: "maps"
  convolution_param { num_output: 12 kernel_size: 1 } }
layer { name: "pool" type: "PSROIPooling" bottom: "maps" bottom: "rois" top: "pool"
  psroi_pooling_param { output_dim: 3 group_size: 2 spatial_scale: 0.0625 } }
layer { name: "vote" type: "Pooling" bottom: "pool" top: "vote" pooling_param { pool: AVE kernel_size: 2 stride: 2 } }
layer { name: "cls" type: "Reshape" bottom: "vote" top: "cls" reshape_param { shape { dim: -1 dim: 3 } } }
"""


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("proposal", "head"), [(PYTHON, FASTER), (CPP, FASTER), (PYTHON, RFCN)])
def test_nets_agree(proposal: str, head: str, dtype: str) -> None:
    agree(RCNN.format(proposal=proposal, head=head), dtype=dtype)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_net_runs_without_any_proposal(backend: str) -> None:
    model = netspec.build(netspec.load_text(RCNN.format(proposal=PYTHON, head=FASTER)), backend=backend)
    out = model.forward({"data": np.zeros((1, 3, 64, 96)), "im_info": np.array([[64, 96, 100]])})
    assert out["prob"].shape == (0, 4) and out["up"].shape == (0, 2, 6, 4)


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
@pytest.mark.parametrize(
    ("head", "code", "words"),
    [
        (
            'type: "InnerProduct" top: "fc" inner_product_param { num_output: 4 axis: 0 }',
            "NS402",
            "depends on the data",
        ),
        ('type: "Slice" top: "a" top: "b" slice_param { axis: 0 }', "NS401", "known before a run"),
    ],
)
def test_where_a_size_must_be_a_number(head: str, code: str, words: str, backend: str) -> None:
    with pytest.raises(SpecError) as caught:
        text = f'layer {{ name: "x" bottom: "rois" {head} }} layer {{ type: "ReLU" bottom: "rois" top: "cls" }}'
        netspec.emit(netspec.load_text(RCNN.format(proposal=PYTHON, head=text)), backend=backend)
    (fault,) = {d.code: d for d in caught.value.diagnostics}.values()
    assert fault.code == code and words in str(fault.message)
