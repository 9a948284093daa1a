"""RankLoss: values, gradients, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.layers.base import CallSite
from netspec.problems.shapes import BadDimensions, NotDivisible, ShapeMismatch
from netspec.shapes import UNKNOWN, Shape
from tests.frameworks.cases import net
from tests.layers.one_layer import agree, close, make, net_text, values
from tests.layers.small_nets import text_of
from tests.layers.tables import each, is_refused

NETS = {
    "RankLoss": net("RankLoss", "rank_loss_param { allpairs: true }", "6", "6"),
}

RANDOM = np.random.default_rng(5)
SCORES, LABELS = RANDOM.normal(size=6), np.array([2.0, 1, 0, 3, 4, 4])
CLASSES = RANDOM.uniform(size=(6, 2))


def pairs(every: bool) -> list[tuple[int, int]]:
    return [(i, j) for i in range(6) for j in range(i + 1, 6)] if every else [(0, 1), (2, 3), (4, 5)]


def rank_loss(s: Any, every: bool) -> Any:
    """Pair by pair, as gnina's loop goes."""
    losses: list[float] = []
    for i, j in pairs(every):
        p = np.exp(s[i] - s[j]) / (1 + np.exp(s[i] - s[j]))
        losses.append(-np.log(max(p if LABELS[i] > LABELS[j] else 1 - p, 1e-20)))
    return sum(losses) / len(losses)


def gradient(x: Any, every: bool) -> Any:
    s, found = x.reshape(6, -1)[:, -1], np.zeros((6, x.size // 6))
    for i, j in pairs(every):
        d = -1 / (1 + np.exp(s[i] - s[j])) / 6 * (-1 if LABELS[i] < LABELS[j] else 1)
        for item, sign in ((i, 1), (j, -1)):
            found[item] += [sign * d] if x.ndim == 1 else [-sign * d / 2, sign * d / 2]
    return found.reshape(x.shape)


@pytest.mark.parametrize("every", [False, True])
@pytest.mark.parametrize("x", [SCORES, CLASSES, 100 * SCORES])
def test_ranks(x: Any, every: bool) -> None:
    message = f"rank_loss_param {{ allpairs: {str(every).lower()} }}"
    close(values("RankLoss", message, [x, LABELS]), rank_loss(x.reshape(6, -1)[:, -1], every))
    text = "force_backward: true\n" + text_of("RankLoss", message, (x, LABELS))
    for backend in ("torch", "tensorflow"):
        model = netspec.build(netspec.load_text(text), backend, dtype="float64")
        model.forward({"x0": x, "x1": LABELS})
        found = model.backward({"y0": np.ones(())}).inputs["x0"]
        np.testing.assert_allclose(found, gradient(x, every), rtol=1e-9, atol=1e-15)
    agree(net_text("RankLoss", message, [x.shape, (6,)]))


@pytest.mark.parametrize("every", [False, True])
@pytest.mark.parametrize("bottoms", [((6, 2), (6,)), ((6, 1, 1), (6, 1)), ((UNKNOWN, 2), (UNKNOWN, 1)), ((6,), (6, 1))])
def test_a_rank_loss_is_a_scalar(bottoms: tuple[Shape, ...], every: bool) -> None:
    layer: Any = make("RankLoss", allpairs=every)
    assert layer.infer(CallSite(bottoms)) == ((),)
    assert layer.trace(CallSite(bottoms))[0].shape == ()


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("RankLoss", {}, ((5,), (5,)), NotDivisible, "5 mod 2 = 1"),
    ("RankLoss", {"allpairs": True}, ((1,), (1,)), BadDimensions, "not 1"),
    ("RankLoss", {}, ((4, 3), (4,)), BadDimensions, "not 3"),
    ("RankLoss", {}, ((4,), (4, 2)), ShapeMismatch, "one label"),
    ("RankLoss", {}, ((4,), (6,)), ShapeMismatch, "4 items and 6"),
]
test_refused = each(REFUSED, is_refused)
