"""PairwiseLoss: values, gradients, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.layers.base import CallSite
from netspec.problems.fields import InvalidValue
from netspec.problems.shapes import ShapeMismatch
from netspec.shapes import UNKNOWN
from tests.frameworks.cases import net
from tests.layers.one_layer import agree, close, make, net_text, values
from tests.layers.small_nets import text_of
from tests.layers.tables import each, is_refused

MESSAGE = "pairwise_param { continous_similarity: true class_num: 3 }"
NETS = {"PairwiseLoss": net("PairwiseLoss", MESSAGE, "4 6", "4 3", "4 6", "4 3")}
RANDOM = np.random.default_rng(11)
X, Y = 2 * RANDOM.normal(size=(2, 5, 4))
LABELS = np.array([[1.0, 0, 0], [0, 1, 1], [0, 0, 0], [1, 1, 0], [1, 1, 1]])  # the last pair shares three: unknown
OTHERS = np.array([[1.0, 0, 0], [-1, 0, 0], [0, 0, 1], [0, 1, 0], [1, 1, 1]])  # the second is unknown to some


def reference(fields: dict[str, float], labels: Any, others: Any) -> tuple[float, Any, Any]:
    """Pair by pair: the loss, and the gradients of both halves."""
    given = {"l_threshold": -1, "l_lambda": 1, "class_num": 1, "sigmoid_param": 1, "continous_similarity": 0, **fields}
    loss = count = 0.0
    slopes = np.zeros((5, 5))
    for i in range(5):
        for j in range(5):
            shared = labels[i] @ others[j]
            if not 0 <= shared < 3:
                continue
            alike, p = shared > 0, given["sigmoid_param"] * (X[i] @ Y[j])
            times = given["class_num"] if alike else 1
            smooth = np.log(1 + np.exp(p)) - alike * p
            beyond = 0 <= given["l_threshold"] <= p
            loss += times * (p * (1 - alike) if beyond else smooth)
            count += times
            cosine = shared**2 / ((labels[i] @ labels[i] or 1) * (others[j] @ others[j] or 1)) or 0.25
            slopes[i, j] = 2 * times * (1 / (1 + np.exp(-p)) - alike)
            slopes[i, j] *= 4 * cosine if given["continous_similarity"] else 1
    slopes *= given["l_lambda"] * given["sigmoid_param"] / (count or 1)
    return loss / (count or 1) * (given["l_lambda"] > 0), slopes @ Y, slopes.T @ X


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"class_num": 5, "sigmoid_param": 0.5},
        {"l_threshold": 2, "sigmoid_param": 0.5},
        {"continous_similarity": 1, "l_lambda": 0.3},
        {"l_lambda": 0},
        {"class_num": 0},
    ],
)
@pytest.mark.parametrize(("labels", "others"), [(LABELS, OTHERS), (0 * LABELS, OTHERS), (LABELS, 9 - 0 * OTHERS)])
def test_pairs(fields: dict[str, float], labels: Any, others: Any) -> None:
    written = " ".join(f"{name}: {bool(v) if name[0] == 'c' and name[1] == 'o' else v}" for name, v in fields.items())
    message, inputs = f"pairwise_param {{ {written.lower()} q_threshold: 15 }}", [X, labels, Y, others]
    loss, *wanted = reference(fields, labels, others)
    close(values("PairwiseLoss", message, inputs), loss)
    text = "force_backward: true\n" + text_of("PairwiseLoss", message, tuple(inputs))
    for backend in ("torch", "tensorflow"):
        model = netspec.build(netspec.load_text(text), backend, dtype="float64")
        model.forward({f"x{i}": value for i, value in enumerate(inputs)})
        found = model.backward({"y0": np.ones(())}).inputs
        for name, gradient in zip(("x0", "x2"), wanted, strict=True):
            np.testing.assert_allclose(found[name], gradient, rtol=1e-9, atol=1e-15)


def test_backends_agree() -> None:
    agree(net_text("PairwiseLoss", MESSAGE, [(5, 4, 1), (5, 3), (5, 2, 2), (5, 3)]))


def test_a_scalar_for_any_number_of_items() -> None:
    layer: Any = make("PairwiseLoss")
    assert layer.infer(CallSite(((UNKNOWN, 4), (UNKNOWN, 3), (UNKNOWN, 4), (UNKNOWN, 3)))) == ((),)
    assert layer.macs(CallSite(((5, 4), (5, 3), (5, 4), (5, 3))), ((),)) == 5 * 5 * (4 + 3)


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("PairwiseLoss", {}, ((5, 4), (6, 3), (5, 4), (5, 3)), ShapeMismatch, "items in each bottom: 5 and 6"),
    (
        "PairwiseLoss",
        {},
        ((5, 4), (5, 3), (5, 6), (5, 3)),
        ShapeMismatch,
        "codes of one length in both halves: 4",
    ),
    ("PairwiseLoss", {}, ((5, 4), (5, 3), (5, 4), (5, 2)), ShapeMismatch, "labels of one length in both halves: 3"),
    ("PairwiseLoss", {"axis": 0}, ((5, 4), (5, 3), (5, 4), (5, 3)), InvalidValue, "axis must be 1, is 0"),
]
test_refused = each(REFUSED, is_refused)
