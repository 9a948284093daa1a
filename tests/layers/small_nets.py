"""Nets of one layer, written and run: what tests of single layers have in common."""

from __future__ import annotations

from typing import Any

import numpy as np

import netspec
from tests.frameworks.cases import net


def layer(type_name: str, fields: str, *shapes: str, tops: int = 1) -> str:
    """A net of inputs x0, x1, … and a layer with the tops y0, y1, …; a shape is written `2 3 4`."""
    return net(type_name, fields, *shapes, tops=tops, name="layer")


def text_of(type_name: str, fields: str, inputs: tuple[Any, ...]) -> str:
    return layer(type_name, fields, *(" ".join(map(str, np.shape(x))) for x in inputs))


def run(text: str, *inputs: Any, phase: str = "TEST", backend: str = "numpy", params: Any = None) -> Any:
    """The first top."""
    model = netspec.build(netspec.load_text(text, phase=phase), backend=backend, dtype="float64")
    if params is not None:
        model.set_params({"layer": [np.asarray(blob, float) for blob in params]})
    return model.forward({f"x{i}": np.asarray(x, float) for i, x in enumerate(inputs)})["y0"]
