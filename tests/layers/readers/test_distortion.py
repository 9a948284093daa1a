"""DataRandTransform: rules, values, and what netspec does not know of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from netspec.diagnostics.source import Source
from netspec.frontend.load import check_source
from netspec.problems.shapes import BadDimensions
from netspec.shapes import UNKNOWN
from tests.frameworks.cases import net, on_images
from tests.layers.one_layer import close, values
from tests.layers.tables import each, has_shapes, is_explained

NETS = {"DataRandTransform": net("DataRandTransform", "", "2 3 4 5")}

# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("DataRandTransform", {}, ((2, 3, 4, 5),), ((2, 3, 4, 5),)),
    ("DataRandTransform", {}, ((2, UNKNOWN, 4, 5),), ((2, UNKNOWN, 4, 5),)),
]
test_shapes = each(SHAPES, has_shapes)

# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("DataRandTransform", {}, ((2, 3, 4),), BadDimensions, "not 2×3×4"),
    ("DataRandTransform", {}, ((2, 4, 4, 5),), BadDimensions, "up to 3 channels, not 2×4×4×5"),
]
test_refused = each(REFUSED, is_explained)


def test_values() -> None:
    x = np.arange(24.0).reshape(1, 2, 3, 4)
    close(values("DataRandTransform", "", [x]), x)


def test_fields_of_chance_are_not_known() -> None:
    text = on_images("DataRandTransform", "apply_mirroring: true", (2, 3, 4, 5))
    assert [found.code for found in check_source(Source("net.prototxt", text))] == ["NS201"]
