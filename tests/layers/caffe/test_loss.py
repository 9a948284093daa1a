"""Caffe's losses, and Accuracy: shapes, refusals, values at the bounds, and fields of forks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import netspec
from netspec.layers.base import LayoutPreference
from netspec.problems.fields import EntryCount, MissingField
from netspec.problems.shapes import AxisOutOfRange, BadDimensions, CountMismatch, OutOfBounds, ShapeMismatch
from netspec.shapes import UNKNOWN
from tests.layers.small_nets import layer
from tests.layers.tables import agrees, computes, each, has_no_meaning, has_shapes, in_backends, is_refused, means

Q = UNKNOWN
LOG2 = np.log(2)
SCORES = np.array([[1.0, 2, 3], [0, 0, 1], [2, -1, 0], [1, 1, 1]])
LABELS = np.array([2, 0, 0, 1])
LOGS = SCORES - np.log(np.exp(SCORES).sum(1, keepdims=True))
LOSSES = -LOGS[np.arange(4), LABELS]


# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("SoftmaxWithLoss", {}, ((2, 5), (2,)), ((),)),
    ("SoftmaxWithLoss", {}, ((2, 5, 3, 4), (2, 3, 4)), ((), (2, 5, 3, 4))),
    ("SoftmaxWithLoss", {}, ((2, 5, 3, 4), (2, 1, 3, 4)), ((),)),
    ("SoftmaxWithLoss", {"softmax_param": {"axis": -1}}, ((2, 3, 5), (2, 3)), ((),)),
    ("SoftmaxWithLoss", {"loss_param": {"ignore_label": 255}}, ((Q, 5, Q, Q), (Q, 1, Q, Q)), ((),)),
    ("SigmoidCrossEntropyLoss", {}, ((2, 5), (2, 5, 1, 1)), ((),)),
    ("SigmoidCrossEntropyLoss", {}, ((2, 5), (2, 5), (10,)), ((),)),
    ("EuclideanLoss", {}, ((2, 3, 4), (2, 12)), ((),)),
    ("HingeLoss", {}, ((2, 5), (2, 1, 1, 1)), ((),)),
    ("MultinomialLogisticLoss", {}, ((2, 5, 1, 1), (2,)), ((),)),
    ("InfogainLoss", {}, ((2, 5), (2,), (1, 1, 5, 5)), ((), (2, 5))),
    ("InfogainLoss", {"source": "h.binaryproto"}, ((2, 5), (2,)), ((),)),
    ("InfogainLoss", {"axis": 2}, ((2, 3, 5), (2, 3), (25,)), ((),)),
    ("ContrastiveLoss", {}, ((2, 5), (2, 5, 1, 1), (2,)), ((),)),
    ("Accuracy", {}, ((2, 5), (2,)), ((),)),
    ("Accuracy", {"top_k": 5}, ((2, 5, 3, 4), (2, 3, 4)), ((), (5,))),
]
test_shapes = each(SHAPES, has_shapes)


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("SoftmaxWithLoss", {}, ((2, 5), (3,)), ShapeMismatch, "2 items and 3 targets"),
    ("SoftmaxWithLoss", {}, ((2, 5), (2, 5)), CountMismatch, "a label for each prediction: 2, not 2×5 = 10"),
    ("SoftmaxWithLoss", {"softmax_param": {"axis": 2}}, ((2, 5), (2,)), AxisOutOfRange, "axis 2"),
    ("SoftmaxWithLoss", {}, ((), ()), AxisOutOfRange, "0 axes"),
    ("SigmoidCrossEntropyLoss", {}, ((2, 5), (2, 4)), ShapeMismatch, "2×5 = 10 and 2×4 = 8"),
    ("SigmoidCrossEntropyLoss", {}, ((2, 5), (2, 5), (2, 4)), ShapeMismatch, "weight for each element: 2×5 = 10"),
    ("EuclideanLoss", {}, ((2, 5), (1, 10)), ShapeMismatch, "2 items and 1 targets"),
    ("HingeLoss", {}, ((2, 5), (2, 5)), ShapeMismatch, "one label for each item"),
    ("MultinomialLogisticLoss", {}, ((2, 5, 1, 1, 1), (2,)), BadDimensions, "at most 4 axes"),
    ("InfogainLoss", {}, ((2, 5), (2,)), MissingField, "matrix"),
    ("InfogainLoss", {}, ((2, 5), (2,), (4, 4)), ShapeMismatch, "5×5 = 25 elements, not 16"),
    ("ContrastiveLoss", {}, ((2, 5), (2, 4), (2,)), ShapeMismatch, "equal length"),
    ("ContrastiveLoss", {}, ((2, 5, 2), (2, 5), (2,)), ShapeMismatch, "vectors, one for each item"),
    ("ContrastiveLoss", {}, ((2, 5), (2, 5), (3,)), ShapeMismatch, "2 pairs and 3 numbers"),
    ("Accuracy", {"top_k": 6}, ((2, 5), (2,)), OutOfBounds, "top_k 6"),
    ("Accuracy", {}, ((2, 5, 3), (2,)), CountMismatch, "2×3 = 6, not 2"),
    (
        "SoftmaxWithLoss",
        {"loss_param": {"weight_by_label_freqs": True, "class_weighting": (1.0, 2.0)}},
        ((4, 3), (4,)),
        EntryCount,
        "3 classes and 2 weights",
    ),
]
test_refused = each(REFUSED, is_refused)


# type, fields, bottoms, tops
FORMULAS: list[tuple[Any, ...]] = [
    # what equals the label's score counts against it; nothing counted is 0
    ("Accuracy", {}, [[[1, 1, 0], [0, 2, 1]], [0, 1]], [0.5]),
    ("Accuracy", {"top_k": 2}, [[[1, 1, 0], [0, 2, 1]], [0, 1]], [1]),
    ("Accuracy", {"ignore_label": 1}, [[[1, 0], [0, 2]], [1, 1]], [0, [0, 0]]),
    ("Accuracy", {"ignore_label": 255}, [[[1, 0], [0, 2], [3, 1]], [0, 255, 1]], [0.5, [1, 0]]),
    # Caffe's lower bounds of probabilities, and the numbers that losses are divided by
    ("SoftmaxWithLoss", {}, [[[1000, 0]], [1]], [126 * LOG2]),
    ("SoftmaxWithLoss", {"loss_param": {"ignore_label": 0}}, [[[1, 2]], [0]], [0]),
    ("SoftmaxWithLoss", {"loss_param": {"ignore_label": 9}}, [[[0, 0], [5, 5]], [9, 1]], [LOG2]),
    ("SoftmaxWithLoss", {"loss_param": {"ignore_label": 9, "normalize": False}}, [[[0, 0]] * 2, [9, 1]], [LOG2 / 2]),
    ("SoftmaxWithLoss", {"loss_param": {"normalization": 3}}, [[[0, 0]] * 3, [0, 1, 1]], [3 * LOG2]),
    ("SoftmaxWithLoss", {"loss_param": {"normalization": 2}}, [[[[0] * 3] * 2], [[0, 1, 1]]], [3 * LOG2]),
    ("MultinomialLogisticLoss", {}, [[[0, 1]], [0]], [-np.log(1e-20)]),
    ("InfogainLoss", {}, [[[1000, 0]], [1], [[1, 0], [0, 2]]], [-2 * np.log(1e-20)]),
    ("SigmoidCrossEntropyLoss", {}, [[[0, 0], [0, 0]], [[0, 1], [1, 1]]], [2 * LOG2]),
    ("SigmoidCrossEntropyLoss", {"loss_param": {"ignore_label": 1}}, [[[0, 0]], [[0, 1]]], [LOG2]),
    ("SigmoidCrossEntropyLoss", {}, [[[0, 9]], [[0, 1]], [[3, 0]]], [LOG2]),
    ("SigmoidCrossEntropyLoss", {}, [[[0, 1]], [[0, 0]], [[3, 1]]], [(3 * LOG2 + np.log(1 + np.e)) / 4]),
    ("SigmoidCrossEntropyLoss", {}, [[[0, 9]], [[0, 1]], [[0, 0]]], [0]),
    ("HingeLoss", {}, [[[0.5, -3, 1]], [0]], [0.5 + 0 + 2]),
    ("HingeLoss", {"norm": 2}, [[[0.5, -3, 1]], [0]], [0.25 + 0 + 4]),
    ("EuclideanLoss", {}, [[[1, 2], [3, 4]], [[0, 0], [0, 0]]], [30 / 4]),
    ("ContrastiveLoss", {}, [[[3, 4], [0, 0]], [[0, 0], [0, 0.25]], [1, 0]], [(25 + 0.75**2) / 4]),
    ("ContrastiveLoss", {"legacy_version": True}, [[[0.0]], [[0.5]], [0]], [(1 - 0.25) / 2]),
]
test_formulas = each(FORMULAS, means)


# type, fields, inputs, value
VALUES: list[tuple[Any, ...]] = [
    (
        "SoftmaxWithLoss",
        "loss_param { normalization: PRE_FIXED pre_fixed_normalizer: 8 }",
        (SCORES, LABELS),
        LOSSES.sum() / 8,
    ),
    (
        "SoftmaxWithLoss",
        "loss_param { weight_by_label_freqs: true class_weighting: [1, 2, 4] }",
        (SCORES, LABELS),
        (LOSSES * [4, 1, 1, 2]).mean(),
    ),
    (
        "SoftmaxWithLoss",
        "loss_param { weight_by_label_freqs: false class_weighting: [1, 2, 4] }",
        (SCORES, LABELS),
        LOSSES.mean(),
    ),
    (
        "SoftmaxWithLoss",
        "loss_param { weight_by_label_freqs: true }",
        (SCORES, LABELS),
        (LOSSES / [1, 2, 2, 1]).mean(),
    ),
    (
        "SoftmaxWithLoss",
        "loss_param { weight_by_label_freqs: true ignore_label: 1 }",
        (SCORES, LABELS),
        (LOSSES / [1, 2, 2, 1])[:3].mean(),
    ),
]
test_values = in_backends(VALUES, computes)
test_backends_agree = each(VALUES, agrees)


def test_smoothed_labels_are_refused(tmp_path: Path) -> None:
    spec = tmp_path / "net.prototxt"
    spec.write_text(layer("SoftmaxWithLoss", "loss_param { label_smoothing: 0.1 }", "2 3", "2"))
    (found,) = netspec.check(spec)
    assert found.code == "NS206"
    assert "is 0.1" in found.message


# type, fields, bottoms, wish
UNSAID: list[tuple[Any, ...]] = [
    ("InfogainLoss", {"source": "h.binaryproto"}, ((2, 5), (2,)), LayoutPreference.FIRST),
]
test_a_meaning_that_is_not_there_is_refused_only_when_asked_for = each(UNSAID, has_no_meaning)
