"""Layers of FlowNet 2.0: values place by place, gradients, what has no meaning, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.problems.fields import EntryCount, InvalidValue, MissingField
from netspec.problems.shapes import BadDimensions, ShapeMismatch
from netspec.shapes import UNKNOWN
from tests.frameworks.cases import net
from tests.layers.one_layer import BACKENDS, net_text
from tests.layers.small_nets import text_of
from tests.layers.tables import agrees, computes, each, has_shapes, in_backends, is_refused, lacks

NETS = {
    "Accum": net("Accum", "accum_param { size_divisible_by: 4 }", "2 3 5 6"),
    "Downsample": net("Downsample", "downsample_param { top_height: 3 top_width: 4 }", "2 3 5 6"),
    "FlowWarp": net("FlowWarp", "", "2 3 5 6", "2 2 5 6"),
    "LpqLoss": net("LpqLoss", "lpq_loss_param { p: 1 q: 1 q_epsilon: 0 pq_episode_starts_at_iter: 0 }", "2 3 5 6"),
}

RANDOM = np.random.default_rng(11)
A, B = RANDOM.normal(size=(2, 2, 3, 5, 6))
FLOW = RANDOM.normal(size=(2, 2, 5, 6)) * 2
FLOW[0, 0, 0, 0], FLOW[1, :, 2, 3], FLOW[1, :, 4, 5] = np.nan, 0, 0.5
HOLES = A.copy()
HOLES[0, 1, 1:4, 2:4] = np.nan
PLANE = np.arange(30.0).reshape(1, 1, 5, 6)


def warped(x: Any, flow: Any, fill: float) -> Any:
    """A linear image stays one where all four elements lie in it; here from the definition, for any image."""
    y = np.full_like(x, fill)
    n, _, h, w = x.shape
    for k, i, j in np.ndindex(n, h, w):
        c, r = j + flow[k, 0, i, j], i + flow[k, 1, i, j]
        if c >= 0 and r >= 0 and c < w and r < h:
            y[k, :, i, j] = sum(
                max(0, 1 - abs(r - p)) * max(0, 1 - abs(c - q)) * x[k, :, min(p, h - 1), min(q, w - 1)]
                for p in range(h + 1)
                for q in range(w + 1)
            )
    return y


def stretched(x: Any, height: int, width: int) -> Any:
    """Bilinear, with the corners in the corners."""
    for axis, size in ((2, height), (3, width)):
        places = np.arange(size) * (x.shape[axis] - 1) / (size - 1)
        weights = np.maximum(0, 1 - np.abs(places[:, None] - np.arange(x.shape[axis])))
        x = np.moveaxis(np.tensordot(weights, x, (1, axis)), 0, axis)
    return x


def shrunk(x: Any, height: int, width: int) -> Any:
    """As the kernel goes: a window around the nearest element, NaN counted beside the rest."""
    y = np.empty((*x.shape[:2], height, width))
    steps = [(s - 1) / (t - 1) for s, t in zip(x.shape[2:], (height, width), strict=True)]
    for n, c, i, j in np.ndindex(*y.shape):
        value = weight = lost = 0.0
        for p, q in np.ndindex(*x.shape[2:]):
            share = max(0, 1 - abs(p - i * steps[0]) / steps[0]) * max(0, 1 - abs(q - j * steps[1]) / steps[1])
            if np.isnan(x[n, c, p, q]):
                lost += share
            else:
                value, weight = value + share * x[n, c, p, q], weight + share
        y[n, c, i, j] = np.nan if lost > 0.5 * weight else value / weight
    return y


DIFFERENCE = np.abs(A - B)


# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("Accum", {"size_divisible_by": 64}, ((1, 2, UNKNOWN, 5), (1, 3, 4, 5)), ((1, 5, UNKNOWN, UNKNOWN),)),
    ("FlowWarp", {}, ((1, 3, UNKNOWN, 6), (1, 2, UNKNOWN, 6)), ((1, 3, UNKNOWN, 6),)),
    ("Downsample", {"top_height": 3, "top_width": 4}, ((1, 3, UNKNOWN, 6),), ((1, 3, 3, 4),)),
    ("LpqLoss", {"p": (2,), "q": (0.5,)}, ((1, 3, UNKNOWN, 6),) * 2, ((),)),
]
test_shapes = each(SHAPES, has_shapes)


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("FlowWarp", {}, (A.shape, (2, 3, 5, 6)), ShapeMismatch, "two channels"),
    ("FlowWarp", {}, (A.shape, (2, 2)), BadDimensions, "2×2 has 2 axes"),
    ("Accum", {}, (A.shape, (3, 1, 2, 2)), ShapeMismatch, "2 and 3"),
    ("Accum", {"have_reference": True}, (A.shape,), InvalidValue, "at least two"),
    ("Accum", {"size_divisible_by": 0}, (A.shape,), InvalidValue, "greater than 0"),
    ("Downsample", {"top_height": 3}, (A.shape,), MissingField, "top_width"),
    ("LpqLoss", {"p": (1,)}, (A.shape,), MissingField, "p and q"),
    ("LpqLoss", {"p": (1, 2), "q": (1, 2)}, (A.shape,), EntryCount, "2, 2 and 0"),
    ("LpqLoss", {"p": (1,), "q": (1,), "pq_episode_starts_at_iter": (5,)}, (A.shape,), InvalidValue, "begin with 0"),
]
test_refused = each(REFUSED, is_refused)


# type, fields, bottoms, words of what has no meaning
LACKING: list[tuple[Any, ...]] = [
    ("Accum", {"top_height": 2, "top_width": 2}, ((1, 2, 1, 1),), ""),
    ("Accum", {}, ((1, 2, 1, 3),), "division by 0"),
    ("Downsample", {"top_height": 1, "top_width": 2}, ((1, 2, 3, 3),), "division by 0"),
    ("LpqLoss", {"p": (1, 2), "q": (1, 1), "pq_episode_starts_at_iter": (0, 9)}, (A.shape,), "iterations"),
]
test_what_has_no_meaning = each(LACKING, lacks)


# type, fields, inputs, value
VALUES: list[tuple[Any, ...]] = [
    ("FlowWarp", "", (A, FLOW), warped(A, FLOW, 0)),
    ("FlowWarp", "flow_warp_param { fill_value: NOT_A_NUMBER }", (A, FLOW), warped(A, FLOW, np.nan)),
    ("Accum", "", (A, B[:, :2, :3, :2]), np.concatenate((A, stretched(B[:, :2, :3, :2], 5, 6)), 1)),
    ("Accum", "accum_param { size_divisible_by: 4 }", (A,), stretched(A, 8, 8)),
    ("Accum", "accum_param { size_divisible_by: 5 }", (A,), A),
    ("Accum", "accum_param { top_height: 7 top_width: 6 }", (A,), A),
    ("Accum", "accum_param { top_height: 6 top_width: 9 }", (A, B), stretched(np.concatenate((A, B), 1), 6, 9)),
    ("Accum", "accum_param { have_reference: true }", (A, PLANE[:, :, :2, :3]), stretched(A, 2, 3)),
    ("Downsample", "downsample_param { top_height: 3 top_width: 4 }", (HOLES,), shrunk(HOLES, 3, 4)),
    ("Downsample", "downsample_param { top_height: 5 top_width: 6 }", (HOLES,), HOLES),
    ("Downsample", "", (A, B[:, :, :2, :2]), shrunk(A, 2, 2)),
    ("LpqLoss", "lpq_loss_param { p: 2 q: 0.5 }", (A, B), np.sqrt((DIFFERENCE**2).sum(1) + 0.01).sum() / 2),
    ("LpqLoss", "lpq_loss_param { p: 1 q: 1 q_epsilon: 0 pq_episode_starts_at_iter: 0 }", (A,), np.abs(A).sum() / 2),
    (
        "LpqLoss",
        "lpq_loss_param { p: 1 q: 0.4 p_epsilon: 0.1 l2_prescale_by_channels: true normalize_by_num_entries: true }",
        (HOLES,),
        (((np.nan_to_num(np.abs(HOLES)) + 0.1).mean(1) + 0.01) ** 0.4).sum() / (np.isfinite(HOLES).sum() / 3),
    ),
]
test_values = in_backends(VALUES, computes)
test_backends_agree = each(VALUES, agrees)


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_gradients_at_the_border_of_the_image_and_of_nothing(backend: str) -> None:
    def gradients(type_name: str, fields: str, *inputs: Any) -> Any:
        text = "force_backward: true\n" + text_of(type_name, fields, inputs)
        model = netspec.build(netspec.load_text(text), backend, dtype="float64")
        y = model.forward({f"x{i}": x for i, x in enumerate(inputs)})["y0"]
        return model.backward({"y0": np.ones_like(y)}).inputs

    image = np.array([[[[1.0, 3.0], [2.0, np.nan]]]])
    flow = np.array([[[[0.5, 0.5], [-3.0, 0.0]], [[0.0, 0.0], [0.0, 5.0]]]])
    found = gradients("FlowWarp", "", image * [[1, 1], [1, 0]] if backend == "" else np.nan_to_num(image), flow)
    np.testing.assert_allclose(found["x0"], [[[[0.5, 1.5], [0, 0]]]])
    np.testing.assert_allclose(found["x1"][0, 0], [[2, 0], [0, 0]])
    holes = gradients("LpqLoss", "lpq_loss_param { p: 1 q: 1 }", np.array([[np.nan, 2.0, 0.0, -1.0]]))
    np.testing.assert_array_equal(holes["x0"], [[0, 1, -1, -1]])


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_flow_between_networks(backend: str) -> None:
    """As FlowNet2-CSS has it: the second image warped by a flow, the error of brightness, and all of it together."""
    text = (
        net_text("FlowWarp", "", [(1, 3, 4, 4), (1, 2, 4, 4)])
        + 'layer { name: "d" type: "Eltwise" bottom: "x0" bottom: "y0" top: "d" eltwise_param { coeff: [1, -1] } }\n'
        + 'layer { name: "n" type: "ChannelNorm" bottom: "d" top: "n" reshape_every_iter: false }\n'
        + 'layer { name: "c" type: "Concat" bottom: "x0" bottom: "y0" bottom: "n" top: "c" }\n'
    )
    model = netspec.build(netspec.load_text(text), backend, dtype="float64")
    found = model.forward({"x0": A[:1, :, :4, :4], "x1": np.zeros((1, 2, 4, 4))})["c"]
    np.testing.assert_allclose(found, np.concatenate((A[:1, :, :4, :4],) * 2 + (np.zeros((1, 1, 4, 4)),), 1))
