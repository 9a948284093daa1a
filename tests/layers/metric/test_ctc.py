"""CtcLoss and LabelsequenceAccuracy: rules, and values by all sequences that there are."""

from __future__ import annotations

from itertools import groupby, product
from typing import Any

import numpy as np
import pytest

from netspec.problems.fields import InvalidValue
from netspec.problems.shapes import BadDimensions, OutOfBounds, ShapeMismatch
from tests.frameworks.cases import net
from tests.layers.one_layer import Floats, agree, close, net_text, values
from tests.layers.tables import each, has_shapes, is_refused

NETS = {
    "CtcLoss": net("CtcLoss", "ctc_loss_param { alphabet_size: 3 time_step: 5 }", "5 2 3", "2 2"),
    "LabelsequenceAccuracy": net("LabelsequenceAccuracy", "", "2 5 3", "2 2"),
}
ABC: dict[str, Any] = {"alphabet_size": 3, "time_step": 5}

# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("CtcLoss", ABC, ((5, 2, 3), (2, 4)), ((),)),
    ("LabelsequenceAccuracy", {}, ((2, 5, 3), (2, 4)), ((),)),
]
test_shapes = each(SHAPES, has_shapes)

# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("CtcLoss", ABC, ((5, 2, 4), (2, 4)), ShapeMismatch, "an alphabet of 3, and scores of 4"),
    ("CtcLoss", ABC, ((5, 2, 3), (3, 4)), ShapeMismatch, "labels for each item: 2 and 3"),
    ("CtcLoss", ABC, ((4, 2, 3), (2, 4)), OutOfBounds, "time_step 5 is more than the 4 steps"),
    ("CtcLoss", {**ABC, "blank_label": 3}, ((5, 2, 3), (2, 4)), InvalidValue, "not among 3 labels"),
    ("CtcLoss", ABC, ((10, 3), (2, 4)), BadDimensions, "takes T×N×alphabet_size and N×L; bottom 0 is 10×3"),
    ("LabelsequenceAccuracy", {}, ((2, 5, 3), (2,)), BadDimensions, "bottom 1 is 2"),
]
test_refused = each(REFUSED, is_refused)

RANDOM = np.random.default_rng(5)
LABELS = np.array([[1, 2, 0], [2, 2, 1], [0, 2, 0], [0, 0, 0], [1, 1, 1]])


def said(steps: Any, blank: int) -> list[int]:
    return [label for label, _ in groupby(steps) if label != blank]


def likelihoods(scores: Floats, labels: Floats, blank: int) -> list[float]:
    """−log of what all sequences of steps have together, that say an item's labels; 0 if none does."""
    p = np.exp(scores) / np.exp(scores).sum(2, keepdims=True)
    found = list[float]()
    for n, row in enumerate(labels):
        wanted = [int(label) for label in row if label != blank]
        ways = [way for way in product(range(p.shape[2]), repeat=len(p)) if said(way, blank) == wanted]
        sums = sum(np.prod([p[t, n, label] for t, label in enumerate(way)]) for way in ways)
        found.append(-np.log(sums) if ways else 0.0)
    return found


@pytest.mark.parametrize("blank", [0, 2])
@pytest.mark.parametrize("steps", [1, 4, 5])
def test_values_of_losses(blank: int, steps: int) -> None:
    scores = RANDOM.normal(size=(6, 5, 3)) * 2
    message = f"ctc_loss_param {{ alphabet_size: 3 time_step: {steps} blank_label: {blank} }}"
    wanted = np.mean(likelihoods(scores[:steps], LABELS, blank))
    close(values("CtcLoss", message, [scores, LABELS]), wanted)
    agree(net_text("CtcLoss", message, [(6, 5, 3), (5, 3)]))


@pytest.mark.parametrize("blank", [0, 2])
@pytest.mark.parametrize("steps", [2, 6])
def test_values_of_accuracies(blank: int, steps: int) -> None:
    scores = RANDOM.integers(0, 3, size=(40, steps, 3)).astype(float)
    labels = RANDOM.integers(0, 3, size=(40, 3))
    right = [
        said(np.argmax(item, 1).tolist(), blank) == [label for label in row if label != blank]
        for item, row in zip(scores, labels, strict=True)
    ]
    message = f"labelsequence_accuracy_param {{ blank_label: {blank} }}"
    assert 0 < np.mean(right) < 1
    close(values("LabelsequenceAccuracy", message, [scores, labels]), np.mean(right))
