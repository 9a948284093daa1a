"""Layers in Python that read images and films, and are known: the shapes of what they read."""

from __future__ import annotations

import pytest

from netspec.frontend.load import load_text
from netspec.shapes import Shape

PYTHON = """layer {{
  name: "data" type: "Python" {tops}
  python_param {{ module: "{module}" layer: "{layer}" param_str: "{text}" }}
}}
"""


@pytest.mark.parametrize(
    ("module", "layer", "text", "tops", "wanted"),
    [
        ("siftflow_layers", "SIFTFlowSegDataLayer", "{'split': 'test'}", 3,
         [(1, 3, 256, 256), (1, 1, 256, 256), (1, 1, 256, 256)]),
        ("sequence_input_layer", "videoReadTrain_RGB", "", 3, [(384, 3, 227, 227), (384,), (384,)]),
        ("sequence_input_layer", "videoReadTrain_flow", "", 3, [(384, 3, 227, 227), (384,), (384,)]),
        ("sequence_input_layer", "videoReadTest_flow", "", 3, [(48, 3, 227, 227), (48,), (48,)]),
        ("sequence_input_layer", "videoReadTest_RGB", "", 2, [None, None]),
        ("nyud_layers", "NYUDSegDataLayer", "{'tops': ['hha', 'depth', 'label']}", 2, [None, None]),
    ],
)  # fmt: skip
def test_layers_in_python_that_are_known(
    module: str, layer: str, text: str, tops: int, wanted: list[Shape | None]
) -> None:
    names = [f"t{i}" for i in range(tops)]
    spec = PYTHON.format(tops=" ".join(f'top: "{name}"' for name in names), module=module, layer=layer, text=text)
    blobs = load_text(spec).blobs
    assert [blobs[name] for name in names] == wanted


@pytest.mark.parametrize(
    ("module", "layer", "text", "channels"),
    [
        ("voc_layers", "VOCSegDataLayer", "{'split': 'val', 'mean': (1, 2, 3)}", [3, 1]),
        ("voc_layers", "SBDDSegDataLayer", "{}", [3, 1]),
        ("pascalcontext_layers", "PASCALContextSegDataLayer", "{}", [3, 1]),
        ("nyud_layers", "NYUDSegDataLayer", "{'tops': ['hha', 'depth', 'label']}", [3, 1, 1]),
    ],
)
def test_images_of_any_size(module: str, layer: str, text: str, channels: list[int]) -> None:
    names = [f"t{i}" for i in range(len(channels))]
    spec = PYTHON.format(tops=" ".join(f'top: "{name}"' for name in names), module=module, layer=layer, text=text)
    net = load_text(spec)
    assert [net.blobs[name] for name in names] == [(1, count, 224, 224) for count in channels]
