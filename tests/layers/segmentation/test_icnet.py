"""ICNet's pyramid, window by window and element by element."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netspec.layers.base import CallSite
from netspec.problems.shapes import BadDimensions, EmptyOutput
from netspec.shapes import UNKNOWN, show
from tests.frameworks.cases import net
from tests.layers.one_layer import Floats, agree, close, make, net_text, values
from tests.layers.tables import each, is_refused

NETS = {
    "ICNetSubgraph": net("ICNetSubgraph", "", "2 2 33 65"),
}

# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("ICNetSubgraph", {}, ((2, 8),), BadDimensions, "N×C×H×W, not 2×8"),
    ("ICNetSubgraph", {}, ((1, 2, 33, 0),), EmptyOutput, "windows of 33×65"),
]
test_refused = each(REFUSED, is_refused)


RANDOM = np.random.default_rng(11)


def pyramid(x: Floats) -> Floats:
    """Window by window and element by element."""
    rows, columns = x.shape[2:]
    y = x.copy()
    for (kh, kw), (sh, sw) in (
        ((33, 65), (33, 65)),
        ((17, 33), (16, 32)),
        ((13, 25), (10, 20)),
        ((8, 15), (5, 10)),
    ):
        h, w = int(np.ceil((rows - kh) / sh)) + 1, int(np.ceil((columns - kw) / sw)) + 1
        small: Floats = np.zeros((*x.shape[:2], h, w))
        for i, j in np.ndindex(h, w):
            small[..., i, j] = x[..., i * sh : i * sh + kh, j * sw : j * sw + kw].mean((2, 3))
        for i, j in np.ndindex(rows, columns):
            a, b = i * (h - 1) / (rows - 1), j * (w - 1) / (columns - 1)
            low, left = int(a), int(b)
            high, right = min(low + 1, h - 1), min(left + 1, w - 1)
            top = small[..., low, left] * (1 - b + left) + small[..., low, right] * (b - left)
            bottom = small[..., high, left] * (1 - b + left) + small[..., high, right] * (b - left)
            y[..., i, j] += top * (1 - a + low) + bottom * (a - low)
    return y


@pytest.mark.parametrize("size", [(33, 65), (36, 70), (30, 60)])
def test_the_pyramid_of_icnet(size: tuple[int, int]) -> None:
    x = RANDOM.normal(size=(2, 2, *size))
    close(values("ICNetSubgraph", "", [x]), pyramid(x))


def test_backends_agree_on_the_pyramid_of_icnet() -> None:
    agree(net_text("ICNetSubgraph", "", [(1, 2, 34, 67)]))


def test_sizes_that_are_not_known() -> None:
    shape = (UNKNOWN, 8, UNKNOWN, UNKNOWN)
    layer = make("ICNetSubgraph")
    assert show(layer.infer(CallSite((shape,)))[0]) == show(shape)
    assert "--input" in layer.lacks(CallSite((shape,)))
