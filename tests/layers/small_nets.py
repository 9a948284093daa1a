"""Nets of one layer, written and run: what tests of single layers have in common."""

from __future__ import annotations

from typing import Any

import numpy as np

import netspec


def layer(type_name: str, fields: str, *shapes: str, tops: int = 1) -> str:
    """A net of inputs x0, x1, … and a layer with the tops y0, y1, …; a shape is written `2 3 4`."""
    inputs = "".join(
        f'layer {{ name: "x{i}" type: "Input" top: "x{i}" input_param {{ shape {{ {dims} }} }} }}\n'
        for i, dims in enumerate(" ".join(f"dim: {size}" for size in shape.split()) for shape in shapes)
    )
    blobs = " ".join([f'bottom: "x{i}"' for i in range(len(shapes))] + [f'top: "y{i}"' for i in range(tops)])
    return f'{inputs}layer {{ name: "layer" type: "{type_name}" {blobs} {fields} }}\n'


def text_of(type_name: str, fields: str, inputs: tuple[Any, ...]) -> str:
    return layer(type_name, fields, *(" ".join(map(str, np.shape(x))) for x in inputs))


def run(text: str, *inputs: Any, phase: str = "TEST", backend: str = "numpy", params: Any = None) -> Any:
    """The first top."""
    model = netspec.build(netspec.load_text(text, phase=phase), backend=backend, dtype="float64")
    if params is not None:
        model.set_params({"layer": [np.asarray(blob, float) for blob in params]})
    return model.forward({f"x{i}": np.asarray(x, float) for i, x in enumerate(inputs)})["y0"]
