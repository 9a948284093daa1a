"""Affinity, ConnectedComponent and MalisLoss: rules, and values by every pair and every way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.problems.fields import BlobCount, EntryCount
from netspec.problems.shapes import BadDimensions, OutOfBounds, ShapeMismatch
from tests.frameworks.cases import net
from tests.layers.one_layer import BACKENDS, Floats, agree, close, net_text, values
from tests.layers.tables import each, has_shapes, is_refused

NETS = {
    "Affinity": net("Affinity", "affinity_param { offset: 1 offset: 0 }", "1 2 4 5", "1 1 3 3", tops=2),
    "ConnectedComponent": net("ConnectedComponent", "", "2 2 4 5"),
    "MalisLoss": net("MalisLoss", "", "2 2 3 4", "2 2 3 4", "2 1 3 4"),
}
MAPS = (2, 2, 3, 4)
LABELS = (2, 1, 3, 4)
TWO_TOPS = "loss_weight: 1 loss_weight: 0"

# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("Affinity", {}, ((3, 2, 4, 5), (1, 1, 2, 3)), ((1, 2, 4, 5), (1, 2, 2, 3))),
    ("ConnectedComponent", {}, ((2, 3, 4, 5),), ((2, 3, 4, 5),)),
    ("MalisLoss", {}, (MAPS, MAPS, LABELS), ((), MAPS)),
    ("MalisLoss", {}, ((2, 4, 3, 4), (2, 4, 12), (2, 2, 3, 4), (1, 1, 4, 3)), ((),)),
    ("MalisLoss", {}, ((2, 1, 3), (2, 1, 3), (2, 1, 3)), ((),)),
    ("MalisLoss", {}, ((2, 3, 4, 5, 6), (2, 3, 4, 5, 6), (2, 1, 4, 5, 6)), ((),)),
]
test_shapes = each(SHAPES, has_shapes)

# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("Affinity", {"offset": (0, 0)}, ((1, 2, 4, 5),), EntryCount, "1 bottoms, and 2 offset"),
    ("Affinity", {"offset": (2,)}, ((1, 2, 4, 5),), OutOfBounds, "offset 2 is none of the 2 channels"),
    ("Affinity", {}, ((1, 2, 4),), BadDimensions, "not 1×2×4"),
    ("Affinity", {}, ((1, 2, 1, 4),), OutOfBounds, "two rows"),
    ("ConnectedComponent", {}, ((2, 3, 4),), BadDimensions, "not 2×3×4"),
    ("MalisLoss", {}, ((2, 2), MAPS, LABELS), BadDimensions, "not 2×2"),
    ("MalisLoss", {}, (MAPS, (2, 2, 3, 3), LABELS), ShapeMismatch, "48 and 2×2×3×3 = 36"),
    ("MalisLoss", {}, (MAPS, MAPS, (2, 3, 3, 4)), BadDimensions, "labels N×1×… or N×2×…"),
    ("MalisLoss", {}, (MAPS, MAPS, (2, 1, 3, 3)), ShapeMismatch, "3 and 4 on axis 3"),
    ("MalisLoss", {}, ((2, 4, 3, 4), (2, 4, 3, 4), LABELS), BlobCount, "4 edges at each place"),
    ("MalisLoss", {}, (MAPS, MAPS, LABELS, (1, 1, 3, 3)), ShapeMismatch, "each of 2 edges: 6"),
]
test_refused = each(REFUSED, is_refused)

RANDOM = np.random.default_rng(15)


@pytest.mark.parametrize("channel", [0, 1])
def test_values_of_affinities(channel: int) -> None:
    x = RANDOM.normal(size=(2, 2, 4, 5))
    wanted = np.zeros((1, 2, 4, 5))
    for i, j in np.ndindex(3, 4):
        own = x[0, channel]
        wanted[0, :, i, j] = min(own[i, j], own[i + 1, j]), min(own[i, j], own[i, j + 1])
    close(values("Affinity", f"affinity_param {{ offset: {channel} }}", [x]), wanted)
    agree(net_text("Affinity", f"affinity_param {{ offset: {channel} }}", [(2, 2, 4, 5), (1, 3, 3, 2)], tops=2))


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_gradient_of_affinities_goes_to_both_classes(backend: str) -> None:
    x = np.array([[[[1.0, 2.0], [0.5, 9.0]], [[7.0, 7.0], [7.0, 7.0]]]])
    model = netspec.build(netspec.load_text(net_text("Affinity", "", [x.shape])), backend=backend)
    model.forward({"x0": x})
    seed = np.zeros((1, 2, 2, 2))
    seed[0, :, 0, 0] = 3, 5  # below, and to the right
    found = model.backward({"y0": seed}).inputs["x0"]
    np.testing.assert_array_equal(found, [[[[5, 0], [3, 0]], [[-5, 0], [-3, 0]]]])


def test_regions_are_counted_row_by_row() -> None:
    x = np.array(
        [[[[2, 2, 0, 1], [0, 2, 1, 1], [1, 0, 2, 1], [1, 2, 2, 2]], [[0] * 4, [-1, 0, 0, 0], [0] * 4, [0] * 4]]]
    )
    first = [[3, 3, 0, 4], [0, 3, 4, 4], [5, 0, 6, 4], [5, 6, 6, 6]]
    second = [[0] * 4, [1, 0, 0, 0], [0] * 4, [0] * 4]
    close(values("ConnectedComponent", "", [x.astype(float)]), np.array([[first, second]], float))


def test_regions_that_wind() -> None:
    x = np.ones((1, 1, 9, 9))
    x[0, 0, 1::4, :-1] = x[0, 0, 3::4, 1:] = 0
    close(values("ConnectedComponent", "", [x]), 2 * x)
    many = RANDOM.integers(0, 3, size=(3, 2, 8, 7)).astype(float)
    found = values("ConnectedComponent", "", [many])
    close(found, found["numpy"][0])


def by_pairs(strength: Floats, labels: Floats, steps: Floats, alike: bool) -> float:
    """The mean of what pairs are from 0 or 1, squared: by the strongest of all ways between any two."""
    places = list(np.ndindex(labels.shape))
    best = np.full((len(places), len(places)), -np.inf)
    for edge, step in enumerate(steps):
        for i, begin in enumerate(places):
            end = tuple(a + int(b) for a, b in zip(begin, step, strict=True))
            if end in places:
                j = places.index(end)
                best[i, j] = best[j, i] = max(best[i, j], strength[edge][begin])
    for through in range(len(places)):
        best = np.maximum(best, np.minimum(best[:, through, None], best[None, through]))
    kinds = labels.ravel()
    pairs = [(i, j) for i in range(len(places)) for j in range(i) if kinds[i] and kinds[j]]
    pairs = [(i, j) for i, j in pairs if (kinds[i] == kinds[j]) == alike]
    met = [(best[pair] - alike) ** 2 for pair in pairs if best[pair] > -np.inf]
    return sum(met) / len(pairs) if pairs else 0.0


def malis(x: Floats, truth: Floats, labels: Floats, steps: Floats) -> float:
    losses = [
        (
            by_pairs(np.maximum(affinity, right), kinds[0], steps, False)
            + by_pairs(np.minimum(affinity, right), kinds[-1], steps, True)
        )
        / 2
        for affinity, right, kinds in zip(x, truth, labels, strict=True)
    ]
    return float(np.mean(losses))


# the shape of affinities, how many channels of labels, where edges lead if that is said
CASES: list[tuple[tuple[int, ...], int, Any]] = [
    ((2, 2, 3, 4), 1, None),
    ((1, 2, 4, 3), 2, None),
    ((2, 1, 6), 1, None),
    ((1, 3, 2, 3, 2), 2, None),
    ((1, 4, 3, 3), 1, [[0, 1, 0], [0, 0, 1], [0, 1, 1], [0, -1, 2]]),
    ((1, 1, 2, 6), 1, [[0, 0, 2]]),
]


@pytest.mark.parametrize(("shape", "channels", "leading"), CASES, ids=lambda case: str(case))
@pytest.mark.parametrize("truth", ["0 and 1", "any"])
def test_values_of_malis(shape: tuple[int, ...], channels: int, leading: Any, truth: str) -> None:
    edges, space = shape[1], shape[2:]
    x, right = RANDOM.random(shape), RANDOM.random(shape)
    right = np.round(right) if truth == "0 and 1" else right
    labels = RANDOM.integers(0, 3, size=(shape[0], channels, *space)).astype(float)
    steps = np.array(leading if leading else np.eye(3)[3 - edges :], float)
    fed = [x, right, labels, *([steps[None, None]] if leading else [])]
    flat = (*(1,) * (3 - len(space)), *space)
    parts = [each.reshape(shape[0], -1, *flat) for each in (x, right, labels)]
    close(values("MalisLoss", "", fed), np.array(malis(*parts, steps)))
    agree(net_text("MalisLoss", TWO_TOPS, [each.shape for each in fed], tops=2))


def test_nothing_to_compare_is_no_loss() -> None:
    x = RANDOM.random((1, 2, 2, 2))
    close(values("MalisLoss", "", [x, x, np.zeros((1, 1, 2, 2))]), np.array(0.0))


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_gradient_of_malis(backend: str) -> None:
    """Half of the value's, to the affinity also where the truth counts, and not divided by the number of items."""
    x = np.array([[[0.2, 0.6, 0.0]], [[0.7, 0.1, 0.0]]])
    truth = np.array([[[1.0, 0.0, 0.0]], [[1.0, 1.0, 0.0]]])
    labels = np.array([[[1, 1, 2]], [[1, 1, 1]]], float)
    model = netspec.build(
        netspec.load_text(net_text("MalisLoss", "", [x.shape, x.shape, labels.shape])), backend=backend, dtype="float64"
    )
    model.forward({"x0": x, "x1": truth, "x2": labels})
    # Of the first item one pair is alike, with a lesser strength of 0.2, and two differ, with a greater one of 0.6.
    # In the second three are alike: one by 0.7, and two by 0.1.
    wanted = [[[(0.2 - 1) / 2, 0.6 / 2, 0]], [[(0.7 - 1) / 3 / 2, (0.1 - 1) * 2 / 3 / 2, 0]]]
    np.testing.assert_allclose(model.backward({}).inputs["x0"], wanted, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_second_top_is_the_first_bottom(backend: str) -> None:
    fed = [RANDOM.random((1, 2, 3, 3)), np.ones((1, 2, 3, 3)), np.ones((1, 1, 3, 3))]
    found = values("MalisLoss", TWO_TOPS, fed, tops=2)[backend]
    np.testing.assert_array_equal(found[1], fed[0])
