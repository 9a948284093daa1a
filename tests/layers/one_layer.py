"""A layer by itself: as an object for its rules, and as a net for its values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import netspec
from netspec.layers import find
from netspec.layers.base import Layer
from netspec.layers.extensions import shown

BACKENDS = ("numpy", "torch", "tensorflow")
Floats = NDArray[Any]


def make(type_name: str, **params: Any) -> Layer:
    layer = find(type_name)
    assert layer is not None
    layer = shown(layer, params)
    return layer.model_validate({name: value for name, value in params.items() if name not in layer.without_effect()})


def net_text(type_name: str, message: str, shapes: Sequence[Sequence[int]], tops: int = 1) -> str:
    """Inputs x0, x1, … of some shapes, and a layer that reads them and writes y0, y1, …."""
    dims = ["".join(f" dim: {size}" for size in shape) for shape in shapes]
    inputs = [
        f'layer {{ name: "x{i}" type: "Input" top: "x{i}" input_param {{ shape {{{dim} }} }} }}\n'
        for i, dim in enumerate(dims)
    ]
    bottoms = " ".join(f'bottom: "x{i}"' for i in range(len(shapes)))
    outputs = " ".join(f'top: "y{i}"' for i in range(tops))
    return "".join([*inputs, f'layer {{ name: "y" type: "{type_name}" {bottoms} {outputs} {message} }}\n'])


def values(
    type_name: str,
    message: str,
    xs: Sequence[Floats],
    tops: int = 1,
    params: Mapping[str, Sequence[Floats]] | None = None,
) -> dict[str, list[Floats]]:
    """The tops by backend, in float64."""
    net = netspec.load_text(net_text(type_name, message, [x.shape for x in xs], tops))
    found: dict[str, list[Floats]] = {}
    for backend in BACKENDS:
        model = netspec.build(net, backend=backend, dtype="float64")
        model.set_params(params or {})
        outputs = model.forward({f"x{i}": x for i, x in enumerate(xs)}, blobs="all")
        found[backend] = [outputs[f"y{i}"] for i in range(tops)]
    return found


def agree(text: str, grad: bool = True, dtype: str = "float64") -> None:
    """PyTorch, TensorFlow and numpy compute the same, and the first two the same gradients."""
    net = netspec.load_text(text)
    report = netspec.verify(net, grad=grad, dtype=dtype)
    assert report.ok, [(row.item, row.error, row.note) for row in report.rows if not row.ok]
    report = netspec.verify(net, backends=("torch", "numpy"), grad=False, dtype=dtype)
    assert report.ok, [(row.item, row.error, row.note) for row in report.rows if not row.ok]


def close(found: Mapping[str, Sequence[Floats]], *wanted: Floats) -> None:
    for backend, tops in found.items():
        for top, expected in zip(tops, wanted, strict=True):
            assert top.shape == np.shape(expected), (backend, top.shape, np.shape(expected))
            np.testing.assert_allclose(top, expected, rtol=1e-9, atol=1e-12, err_msg=backend)
