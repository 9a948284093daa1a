"""Random fields: rules, values by a lattice of points one by one, and how near that is to Gaussian filters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from netspec_numpy.meanfield import Lattice

import netspec
from netspec.layers.base import CallSite
from netspec.problems.shapes import BadDimensions, ShapeMismatch
from tests.frameworks.cases import net
from tests.layers.one_layer import BACKENDS, Floats, agree, make, net_text
from tests.layers.tables import each, has_shapes, is_invalid, is_refused

FIELDS = "num_iterations: 2 theta_alpha: 3 theta_beta: 0.7 theta_gamma: 2"
NETS = {
    "MultiStageMeanfield": net(
        "MultiStageMeanfield", f"multi_stage_meanfield_param {{ {FIELDS} }}", "1 2 4 5", "1 2 4 5", "1 3 4 5"
    ),
}
FIVE: dict[str, Any] = {"num_iterations": 5}

# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("MultiStageMeanfield", FIVE, ((2, 4, 5, 6), (2, 4, 5, 6), (2, 3, 5, 6)), ((2, 4, 5, 6),)),
]
test_shapes = each(SHAPES, has_shapes)

# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("MultiStageMeanfield", FIVE, ((1, 2, 3, 4),) * 2 + ((1, 3),), BadDimensions, "bottom 2"),
    ("MultiStageMeanfield", FIVE, ((1, 2, 3, 4),) * 2 + ((1, 3, 3, 5),), ShapeMismatch, "axis 3"),
    ("MultiStageMeanfield", FIVE, ((1, 2, 3, 4),) * 2 + ((1, 1, 3, 4),), ShapeMismatch, "three channels"),
    ("MultiStageMeanfield", FIVE, ((1, 2, 3, 4), (1, 3, 3, 4), (1, 3, 3, 4)), ShapeMismatch, "twice"),
]
test_refused = each(REFUSED, is_refused)

# type, fields, the field whose value the class does not take
INVALID: list[tuple[Any, ...]] = [
    ("MultiStageMeanfield", {"num_iterations": 1}, "num_iterations"),
    ("MultiStageMeanfield", FIVE | {"theta_beta": 0}, "theta_beta"),
]
test_invalid = each(INVALID, is_invalid)

RANDOM = np.random.default_rng(11)


def test_three_blobs_of_classes_by_classes() -> None:
    layer = make("MultiStageMeanfield", **FIVE)
    blobs = layer.blobs(CallSite(((1, 21, 3, 4), (1, 21, 3, 4), (1, 3, 3, 4))))
    assert [blob.shape for blob in blobs] == [(1, 1, 21, 21)] * 3


def test_its_old_name() -> None:
    text = """layers { name: "crf" type: MULTI_STAGE_MEANFIELD bottom: "u" bottom: "q" bottom: "im" top: "pred"
      multi_stage_meanfield_param { num_iterations: 10 threshold: 2 compatibility_mode: POTTS } }
    input: "u" input: "q" input: "im"
    input_shape { dim: 1 dim: 2 dim: 4 dim: 4 } input_shape { dim: 1 dim: 2 dim: 4 dim: 4 }
    input_shape { dim: 1 dim: 3 dim: 4 dim: 4 }"""
    assert netspec.load_text(text).blobs["pred"] == (1, 2, 4, 4)


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_a_lattice_filters_nearly_as_a_gaussian(axes: int) -> None:
    """Normalised, among so many points that every vertex around is there."""
    sides = np.meshgrid(*[np.arange(-3, 3.01, 0.25 if axes < 3 else 0.75)] * axes)
    points = np.stack([side.ravel() for side in sides], 1)
    x = np.sin(points.sum(1) * 1.3)[None]
    lattice = Lattice(points)
    found = lattice.filtered(x) / lattice.filtered(np.ones_like(x))
    weights = np.exp(-((points[:, None] - points) ** 2).sum(2) / 2)
    inner = np.abs(points).max(1) < 1.6
    np.testing.assert_allclose(found[0, inner], (weights @ x[0] / weights.sum(1))[inner], atol=0.08)


# features of points, their numbers, what a program built of modified_permutohedral.cpp makes of these
RECORDED: list[tuple[list[list[float]], list[float], list[float]]] = [
    (
        [[0, 0], [0.5, 0], [1, 0.25], [0.1, 1.5], [2, 2]],
        [1, 2, 3, 4, 5],
        [4.54888916, 5.12403846, 5.63840082, 5.02027845, 3.44817856],
    ),
    (
        [[0, 0, 1, 0, 2], [0.5, 0, 1, 0.5, 2], [0, 0.5, 0.25, 1, 2], [1, 1, 0, 1, 1.5]],
        [1, 2, 3, 4],
        [2.44088846, 2.04526612, 2.56895112, 2.39754616],
    ),
]


@pytest.mark.parametrize(("points", "x", "wanted"), RECORDED, ids=["2 axes", "5 axes"])
def test_a_lattice_filters_as_the_program(points: list[list[float]], x: list[float], wanted: list[float]) -> None:
    found = Lattice(np.array(points, np.float32)).filtered(np.array([x], np.float32))
    np.testing.assert_allclose(found, [wanted], rtol=1e-6)


def by_hand(scores: Floats, start: Floats, image: Floats, blobs: list[Floats], thetas: tuple[float, ...]) -> Floats:
    """Two iterations, with filters as matrices: what a lattice makes of each point alone."""
    alpha, beta, gamma = thetas
    height, width = scores.shape[2:]
    at = np.array([(j, i) for i, j in np.ndindex(height, width)], float)
    found: list[Floats] = []
    for own, q, colors in zip(scores, start, image, strict=True):
        own, q, colors = (each.reshape(len(each), -1) for each in (own, q, colors))
        features = at / gamma, np.concatenate([at / alpha, colors.T / beta], 1)
        filters = [Lattice(each).filtered(np.eye(len(at))) for each in features]
        for _ in range(2):
            p = np.exp(q) / np.exp(q).sum(0)
            message = [blob @ (p @ f / f.sum(0)) for blob, f in zip(blobs, filters, strict=False)]
            q = own - blobs[2] @ (message[0] + message[1])
        found.append(q.reshape(-1, height, width))
    return np.array(found)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_values(dtype: str) -> None:
    shape = (2, 3, 5, 6)
    scores, start, image = RANDOM.normal(size=shape), RANDOM.normal(size=shape), RANDOM.normal(size=shape) * 2
    blobs = [RANDOM.normal(size=(3, 3)) for _ in range(3)]
    wanted = by_hand(scores, start, image, blobs, (3, 0.7, 2))
    text = net_text("MultiStageMeanfield", f"multi_stage_meanfield_param {{ {FIELDS} }}", [shape] * 3)
    for backend in BACKENDS:
        model = netspec.build(netspec.load_text(text), backend=backend, dtype=dtype)
        model.set_params({"y": [blob[None, None] for blob in blobs]})
        found = model.forward({"x0": scores, "x1": start, "x2": image})["y0"]
        np.testing.assert_allclose(found, wanted, rtol=1e-9 if dtype == "float64" else 2e-4, err_msg=backend)


@pytest.mark.parametrize("thetas", ["", "theta_alpha: 160 theta_beta: 3 theta_gamma: 3"])
def test_backends_agree(thetas: str) -> None:
    message = f"multi_stage_meanfield_param {{ num_iterations: 3 {thetas} }}"
    agree(net_text("MultiStageMeanfield", message, [(2, 4, 7, 6), (2, 4, 7, 6), (2, 3, 7, 6)]))
