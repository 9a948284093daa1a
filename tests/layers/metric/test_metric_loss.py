"""The Euclidean loss of a layer in Python: its shape."""

from __future__ import annotations

from typing import Any

from tests.layers.tables import each, has_shapes

# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("PythonEuclideanLoss", {}, ((2, 3, 4), (2, 3, 4)), ((1,),)),
]
test_shapes = each(SHAPES, has_shapes)
