"""RegionLoss: values annotation by annotation, the gradient that the forks give it, rules, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.diagnostics import Diagnostic
from netspec.layers.base import CallSite, Refusal
from netspec.problems.fields import EntryCount
from netspec.problems.shapes import BadDimensions, ShapeMismatch
from netspec.shapes import UNKNOWN
from tests.layers.one_layer import Floats, agree, close, make, net_text, values

RANDOM = np.random.default_rng(5)
CLASSES, BIASES = 3, np.array([[0.8, 1.1], [2.0, 1.6]])
PREDICTION: Floats = RANDOM.normal(size=(2, 2 * 8, 4, 4))
# Two of the first item lie in one cell, and one is like none of the biases; a row is none, and the second item has one.
ROWS: Floats = np.array(
    [
        [0, 1, 0, 0.10, 0.12, 0.35, 0.30, 0],
        [0, 3, 0, 0.12, 0.14, 0.33, 0.31, 0],
        [-1, 2, 0, 0, 0, 1, 1, 0],
        [1, 2, 0, 0.30, 0.45, 0.95, 0.90, 0],
        [0, 2, 0, 0.50, 0.05, 0.99, 0.99, 1],
    ]
).reshape(1, 1, 5, 8)
LISTS: Floats = np.zeros((2, 4 * 5))
LISTS[0, :10] = 0, 0.22, 0.21, 0.25, 0.18, 2, 0.7, 0.6, 0.5, 0.9
LISTS[1, :5] = 1, 0.4, 0.5, 0.1, 0.6
LISTS[1, 10:15] = 2, 0.5, 0.5, 0.5, 0.5  # behind the end, where x is 0


def text(fields: str = "") -> str:
    biases = " ".join(f"biases: {bias}" for bias in BIASES.ravel())
    return f"region_loss_param {{ side: 4 num: 2 num_class: {CLASSES} {biases} thresh: 0.3 object_scale: 5 {fields} }}"


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def shared(a: Any, b: Any) -> float:
    """Of boxes by their middle and size."""
    sides = [
        min(a[k] + a[k + 2] / 2, b[k] + b[k + 2] / 2) - max(a[k] - a[k + 2] / 2, b[k] - b[k + 2] / 2) for k in (0, 1)
    ]
    area = 0.0 if min(sides) < 0 else sides[0] * sides[1]
    return area / (a[2] * a[3] + b[2] * b[3] - area)


def annotated(annotations: Floats) -> list[tuple[int, int, list[float]]]:
    if annotations.shape[-1] == 8:
        rows = [row for row in annotations[0, 0] if row[0] >= 0]
        return [
            (int(r[0]), int(r[1]) - 1, [(r[3] + r[5]) / 2, (r[4] + r[6]) / 2, r[5] - r[3], r[6] - r[4]]) for r in rows
        ]
    found: list[tuple[int, int, list[float]]] = []
    for item, numbers in enumerate(annotations.reshape(len(annotations), -1)):
        for row in numbers.reshape(-1, 5):
            if not row[1]:
                break
            found.append((item, int(row[0]), list(row[1:])))
    return found


def delta(
    annotations: Floats, by_bias: bool = True, rescore: bool = True, noobject: float = 0.5, small: bool = False
) -> Floats:
    n, side = len(PREDICTION), 4
    cells = PREDICTION.reshape(n, 2, 8, side, side)
    result: Floats = np.zeros_like(cells)

    def box(b: int, k: int, j: int, i: int) -> list[float]:
        v = cells[b, k, :, j, i]
        return [(i + sigmoid(v[0])) / side, (j + sigmoid(v[1])) / side, *(np.exp(v[2:4]) * BIASES[k] / side)]

    for b, k, j, i in np.ndindex(n, 2, side, side):
        if all(shared(box(b, k, j, i), truth) <= 0.3 for item, _, truth in annotated(annotations) if item == b):
            o = sigmoid(cells[b, k, 4, j, i])
            result[b, k, 4, j, i] = noobject * o * o * (1 - o)
    for b, label, truth in annotated(annotations):
        i, j = int(truth[0] * side), int(truth[1] * side)
        sizes = [BIASES[k] / side if by_bias else box(b, k, j, i)[2:] for k in range(2)]
        k = int(np.argmax([shared([0, 0, *size], [0, 0, *truth[2:]]) for size in sizes]))
        v, s, o = cells[b, k, :, j, i], sigmoid(cells[b, k, :2, j, i]), sigmoid(cells[b, k, 4, j, i])
        p = np.exp(v[5:]) / np.exp(v[5:]).sum()
        weight = 5 * (2 - truth[2] * truth[3] if small else 1)
        result[b, k, :2, j, i] = weight * (s - np.array([truth[0] * side - i, truth[1] * side - j])) * s * (1 - s)
        result[b, k, 2:4, j, i] = weight * (v[2:4] - np.log(np.array(truth[2:]) * side / BIASES[k]))
        result[b, k, 4, j, i] = 5 * (o - (shared(box(b, k, j, i), truth) if rescore else 1)) * o * (1 - o)
        result[b, k, 5:, j, i] = p - (np.arange(CLASSES) == label)
    return result.reshape(PREDICTION.shape)


CASES: list[tuple[str, Floats, dict[str, Any]]] = [
    ("", ROWS, {}),
    ("", LISTS, {}),
    ("rescore: 0 noobject_scale: 2", ROWS, {"rescore": False, "noobject": 2}),
    ("bias_match: 0", LISTS, {"by_bias": False}),
    ("", np.full((1, 1, 1, 8), -1.0), {}),
    ("", LISTS.reshape(2, 1, 4, 5), {}),
    ("rescore: 0", LISTS.reshape(2, 1, 4, 5), {"rescore": False, "small": True}),
]


@pytest.mark.parametrize(("fields", "annotations", "options"), CASES)
def test_values(fields: str, annotations: Floats, options: dict[str, Any]) -> None:
    found = values("RegionLoss", text(fields), [PREDICTION, annotations])
    close(found, np.sum(delta(annotations, **options) ** 2) / (2 if annotations.shape[-1] == 5 else 1))


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
@pytest.mark.parametrize("annotations", [ROWS, LISTS, LISTS.reshape(2, 1, 4, 5)])
def test_the_gradient_is_what_is_squared(annotations: Floats, backend: str) -> None:
    net = netspec.load_text(net_text("RegionLoss", text(), [PREDICTION.shape, annotations.shape]))
    model = netspec.build(net, backend=backend, dtype="float64")
    model.forward({"x0": PREDICTION, "x1": annotations})
    gradient = model.backward({}).inputs["x0"]
    np.testing.assert_allclose(gradient, delta(annotations) / len(PREDICTION), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("shape", [(1, 1, 6, 8), (2, 15), (2, 1, 3, 5)])
def test_backends_agree(shape: tuple[int, ...]) -> None:
    agree(net_text("RegionLoss", text(), [(2, 16, 3, 5), shape]))


# bottoms, problem, words of the message, parameters
PARAM = {"num": 2, "num_class": 3, "biases": (1.0, 1.0, 2.0, 2.0)}
REFUSED: list[tuple[Any, type[Diagnostic], str, dict[str, Any]]] = [
    (((2, 16), (1, 1, 3, 8)), BadDimensions, "N×C×H×W", PARAM),
    (((2, 15, 4, 4), (1, 1, 3, 8)), ShapeMismatch, "= 16 channels, not 15", PARAM),
    (((2, 16, 4, 4), (2, 7)), BadDimensions, "5 numbers each", PARAM),
    (((2, 16, 4, 4), (3, 10)), ShapeMismatch, "for each item", PARAM),
    (((2, 16, 4, 4), (1, 1, 3, 8)), EntryCount, "2·2 = 4 entries, has 2", {**PARAM, "biases": (1.0, 1.0)}),
]


@pytest.mark.parametrize(("bottoms", "problem", "words", "param"), REFUSED)
def test_what_is_refused(bottoms: Any, problem: type[Diagnostic], words: str, param: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as caught:
        make("RegionLoss", region_loss_param=param).infer(CallSite(bottoms))
    assert caught.value.problem is problem and words in str(caught.value)


def test_sizes_may_be_unknown() -> None:
    layer = make("RegionLoss", region_loss_param=PARAM)
    assert layer.infer(CallSite(((UNKNOWN, 16, UNKNOWN, UNKNOWN), (1, 1, UNKNOWN, 8)))) == ((),)
    assert layer.infer(CallSite(((2, 16, 4, 4), (UNKNOWN, UNKNOWN)))) == ((),)


@pytest.mark.parametrize(
    ("fields", "words"),
    [("coords: 3", "4 coords"), ("softmax_tree: 'x'", "softmax_tree"), ("class_map: 'x'", "class_map")],
)
def test_what_has_no_meaning(fields: str, words: str) -> None:
    shape = (2, 14 if "coords" in fields else 16, 4, 4)
    with pytest.raises(netspec.SpecError, match=words):
        netspec.emit(netspec.load_text(net_text("RegionLoss", text(fields), [shape, (1, 1, 3, 8)])), "torch")
