"""ROIPooling, PSROIPooling and proposals: rules, values cell by cell, and nets whose sizes depend on the data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import netspec
from netspec.diagnostics import Diagnostic, SpecError
from netspec.layers.base import Phase, Refusal, Site
from netspec.layers.proposals import PythonProposal, anchors
from netspec.problems.shapes import BadDimensions, NotDivisible, ShapeMismatch
from netspec.shapes import UNKNOWN, VARYING, Shape, settled, show
from tests.layers.one_layer import BACKENDS, Floats, agree, close, make, net_text, values

MAP = (2, 8, 6, 7)
IMAGE = (UNKNOWN, 3, UNKNOWN, UNKNOWN)
RPN = ((1, 6, 4, 5), (1, 12, 4, 5), (1, 3))
THREE: dict[str, Any] = {"ratio": (0.5, 1.0, 2.0), "scale": (2.0,)}

# type, bottoms, tops, shapes, parameters
SHAPES: list[Any] = [
    ("ROIPooling", (MAP, (3, 5)), 1, ((3, 8, 2, 4),), {"pooled_h": 2, "pooled_w": 4}),
    ("ROIPooling", (MAP, (3, 5, 1, 1)), 1, ((3, 8, 2, 2),), {"pooled_h": 2, "pooled_w": 2}),
    ("ROIPooling", (MAP, (VARYING, 5)), 1, ((VARYING, 8, 2, 2),), {"pooled_h": 2, "pooled_w": 2}),
    ("ROIPooling", ((1, UNKNOWN, 9, 9), (4, UNKNOWN)), 1, ((4, UNKNOWN, 2, 2),), {"pooled_h": 2, "pooled_w": 2}),
    ("PSROIPooling", (MAP, (3, 5)), 1, ((3, 2, 2, 2),), {"output_dim": 2, "group_size": 2, "spatial_scale": 0.1}),
    ("Proposal", RPN, 2, ((VARYING, 5), (VARYING,)), THREE),
    ("PythonProposal", RPN, 2, ((VARYING, 5), (VARYING, 1)), {"scales": (8.0,)}),
    ("PythonAnchorTarget", (RPN[0], (2, 5), (1, 3), MAP), 4, ((1, 1, 12, 5), *(RPN[1],) * 3), {"scales": (8.0,)}),
    ("PythonProposalTarget", ((9, 5), (2, 5)), 2, ((128, 5), (128, 1, 1, 1)), {"num_classes": 4}),
    ("PythonRoIData", (), 4, ((2, 3, 600, 1000), (128, 5), (128,), (128, 16)), {"num_classes": 4}),
]


@pytest.mark.parametrize(("type_name", "bottoms", "tops", "wanted", "params"), SHAPES)
def test_shapes(
    type_name: str, bottoms: tuple[Shape, ...], tops: int, wanted: Sequence[Shape], params: dict[str, Any]
) -> None:
    found = make(type_name, **params).infer(Site(bottoms, tops))
    assert [show(shape) for shape in found[: len(wanted)]] == [show(shape) for shape in wanted]


# type, bottoms, problem, words of the message, parameters
REFUSED: list[Any] = [
    ("ROIPooling", ((8, 6), (3, 5)), BadDimensions, "8×6", {"pooled_h": 2, "pooled_w": 2}),
    ("ROIPooling", (MAP, (3, 4)), ShapeMismatch, "R×5", {"pooled_h": 2, "pooled_w": 2}),
    ("ROIPooling", (MAP, ()), BadDimensions, "scalar", {"pooled_h": 2, "pooled_w": 2}),
    ("PSROIPooling", (MAP, (3, 5)), NotDivisible, "3·2² = 12", {"output_dim": 3, "group_size": 2, "spatial_scale": 1}),
    ("Proposal", (RPN[0], (1, 12, 4, 6), RPN[2]), ShapeMismatch, "axis 3", THREE),
    ("Proposal", ((1, 8, 4, 5), *RPN[1:]), ShapeMismatch, "2·3 = 6", THREE),
    ("Proposal", (*RPN[:2], (1, 2)), BadDimensions, "height, width and scale", THREE),
    ("Proposal", ((1, 6), *RPN[1:]), BadDimensions, "1×6", THREE),
    ("PythonProposal", ((2, 6, 4, 5), (2, 12, 4, 5), (2, 3)), ShapeMismatch, "one image", {"scales": (8.0,)}),
]


@pytest.mark.parametrize(("type_name", "bottoms", "problem", "words", "params"), REFUSED)
def test_what_is_refused(
    type_name: str, bottoms: tuple[Shape, ...], problem: type[Diagnostic], words: str, params: dict[str, Any]
) -> None:
    with pytest.raises(Refusal) as caught:
        make(type_name, **params).infer(Site(bottoms))
    assert caught.value.problem is problem and words in str(caught.value)


def test_a_size_that_varies_stays_one() -> None:
    assert all(size.varies for size in (VARYING + 1, 3 * VARYING, VARYING // 2, -VARYING) if not isinstance(size, int))
    assert settled((VARYING * 2, 5)) and not settled((VARYING * UNKNOWN, 5)) and not settled(None)


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
    assert PythonProposal().limits(Phase.TRAIN) == (12000, 2000)


# Regions inside the map, beyond its borders on every side, outside it, of no size, and with halves to round.
ROIS = np.array(
    [
        *(
            [0, 0, 0, 6, 5],
            [1, 1, 2, 3, 3],
            [0, -4, -3, 2, 1],
            [1, 4, 4, 12, 9],
            [0, 20, 1, 30, 3],
            [1, -9, -9, -5, -6],
        ),
        *([0, 3, 3, 1, 1], [1, 0.5, 1.5, 2.5, 4.49], [1, -0.5, -1.5, 5.5, 3]),
    ],
    np.float64,
)


def half_away(x: float) -> int:
    return int(x + 0.5) if x >= 0 else -int(-x + 0.5)


def pooled(x: Floats, rois: Floats, size: tuple[int, int], scale: float) -> Floats:
    """The definition: every cell asks which bins it is in."""
    found = np.zeros((len(rois), x.shape[1], *size))
    for r, roi in enumerate(rois):
        x1, y1, x2, y2 = (half_away(end * scale) for end in roi[1:])
        for i, j in np.ndindex(*size):
            sides = [(y1, max(y2 - y1 + 1, 1), i, size[0]), (x1, max(x2 - x1 + 1, 1), j, size[1])]
            (top, bottom), (left, right) = [(a + k * n // p, a + math.ceil((k + 1) * n / p)) for a, n, k, p in sides]
            cells = [(h, w) for h, w in np.ndindex(*x.shape[2:]) if top <= h < bottom and left <= w < right]
            if cells:
                found[r, :, i, j] = np.max([x[int(roi[0]), :, h, w] for h, w in cells], 0)
    return found


def averaged(x: Floats, rois: Floats, channels: int, size: int, scale: float) -> Floats:
    found = np.zeros((len(rois), channels, size, size))
    for r, roi in enumerate(rois):
        starts = [half_away(roi[1]) * scale, half_away(roi[2]) * scale]
        ends = [(half_away(roi[3]) + 1) * scale, (half_away(roi[4]) + 1) * scale]
        steps = [max(end - start, 0.1) / size for start, end in zip(starts, ends, strict=True)]
        for c, i, j in np.ndindex(channels, size, size):
            rows = range(math.floor(i * steps[1] + starts[1]), math.ceil((i + 1) * steps[1] + starts[1]))
            columns = range(math.floor(j * steps[0] + starts[0]), math.ceil((j + 1) * steps[0] + starts[0]))
            plane = x[int(roi[0]), (c * size + i) * size + j]
            seen = [plane[h, w] for h, w in np.ndindex(*plane.shape) if h in rows and w in columns]
            found[r, c, i, j] = np.mean(seen) if seen else 0
    return found


@pytest.mark.parametrize("scale", [1.0, 0.6])
def test_values_of_regions(scale: float) -> None:
    x = np.random.default_rng(0).normal(size=MAP)
    message = f"roi_pooling_param {{ pooled_h: 2 pooled_w: 3 spatial_scale: {scale} }}"
    close(values("ROIPooling", message, [x, ROIS]), pooled(x, ROIS, (2, 3), scale))
    message = f"psroi_pooling_param {{ output_dim: 2 group_size: 2 spatial_scale: {scale} }}"
    close(values("PSROIPooling", message, [x, ROIS]), averaged(x, ROIS, 2, 2, scale))


def test_the_first_of_equal_maxima_takes_the_gradient() -> None:
    text = net_text("ROIPooling", "roi_pooling_param { pooled_h: 1 pooled_w: 1 }", [(1, 1, 2, 3), (1, 5)])
    x = np.array([[[[0.0, 1, 1], [1, 1, 0]]]])
    for backend in ("torch", "tensorflow"):
        model = netspec.build(netspec.load_text(text), backend=backend, dtype="float64")
        model.forward({"x0": x, "x1": np.array([[0.0, 0, 0, 2, 1]])})
        found = model.backward({"y0": np.full((1, 1, 1, 1), 2.0)})
        np.testing.assert_array_equal(found.inputs["x0"][0, 0], [[0, 2, 0], [0, 0, 0]], err_msg=backend)


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
