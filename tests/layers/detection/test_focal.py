"""FocalLoss: values, the gradient of the fork, what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

import netspec
from netspec.layers.base import CallSite, Refusal
from netspec.problems.shapes import CountMismatch
from tests.frameworks.cases import net
from tests.layers.one_layer import Floats, agree, close, make, net_text, values

NETS = {
    "FocalLoss": net(
        "FocalLoss", "focal_loss_param { axis: -1 alpha: 1 gamma: 3 } softmax_param { axis: 2 }", "3 2 5", "3 2"
    ),
}

RANDOM = np.random.default_rng(4)
SCORES: Floats = RANDOM.normal(size=(2, 4, 3, 2)) * 2
LABELS: Floats = RANDOM.integers(0, 4, size=(2, 3, 2)).astype(float)
LABELS[1, 2, 0] = 7


def reference(alpha: float, gamma: float, count: float, ignore: int | None) -> tuple[Floats, Floats, Floats]:
    """The loss, the probabilities and the gradient, prediction by prediction, as the fork's loops go."""
    p = np.exp(SCORES) / np.exp(SCORES).sum(1, keepdims=True)
    loss, gradient = 0.0, np.zeros_like(SCORES)
    for n, i, j in np.ndindex(2, 3, 2):
        label = int(LABELS[n, i, j])
        if label == ignore:
            continue
        q = p[n, label, i, j]
        loss -= alpha * (1 - q) ** gamma * np.log(q)
        for c in range(4):
            pc = p[n, c, i, j]
            if c == label:
                gradient[n, c, i, j] = alpha * (1 - q) ** gamma * (gamma * q * np.log(q) + q - 1)
            else:
                fall = (1 - q) ** (gamma - 1) * -gamma * np.log(q) * q * pc
                gradient[n, c, i, j] = alpha * (fall + (1 - q) ** gamma * pc)
    return np.array(loss / count), p, gradient / count


@pytest.mark.parametrize(
    ("fields", "gamma", "count"),
    [("", 2.0, 11), ("gamma: 1.5", 1.5, 11), ("normalization: BATCH_SIZE", 2.0, 2), ("normalization: NONE", 2.0, 1)],
)
def test_values_and_gradients(fields: str, gamma: float, count: float) -> None:
    own, mode = (fields, "") if "gamma" in fields else ("", fields)
    message = f"focal_loss_param {{ alpha: 0.25 {own} }} loss_param {{ ignore_label: 7 {mode} }}"
    loss, p, gradient = reference(0.25, gamma, count, 7)
    weights = "loss_weight: 1 loss_weight: 0"
    close(values("FocalLoss", f"{message} {weights}", [SCORES, LABELS], tops=2), loss, p)
    net = netspec.load_text("force_backward: true\n" + net_text("FocalLoss", message, [SCORES.shape, LABELS.shape]))
    for backend in ("torch", "tensorflow"):
        model = netspec.build(net, backend=backend, dtype="float64")
        model.forward({"x0": SCORES, "x1": LABELS})
        found = model.backward({}).inputs["x0"]
        np.testing.assert_allclose(found, gradient, rtol=1e-9, atol=1e-12, err_msg=backend)


def test_backends_agree_where_classes_are_last() -> None:
    fields = "focal_loss_param { axis: -1 alpha: 1 gamma: 3 } softmax_param { axis: 2 }"
    agree(net_text("FocalLoss", fields, [(3, 2, 5), (3, 2)]))


@pytest.mark.parametrize(
    ("fields", "words"), [("", "no alpha"), ("focal_loss_param { alpha: 1 axis: 2 }", "axis 2 beside axis 1")]
)
def test_what_has_no_meaning(fields: str, words: str) -> None:
    shapes = [(2, 4, 3), (2, 4) if "axis" in fields else (2, 3)]
    with pytest.raises(netspec.SpecError, match=words):
        netspec.emit(netspec.load_text(net_text("FocalLoss", fields, shapes)), "torch")


def test_a_label_for_each_prediction() -> None:
    with pytest.raises(Refusal) as caught:
        make("FocalLoss", alpha=1.0).infer(CallSite(((2, 4, 3), (2, 4))))
    assert caught.value.problem is CountMismatch
