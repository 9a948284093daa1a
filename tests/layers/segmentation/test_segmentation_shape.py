"""AlignedCrop and AutoCrop: their shape, what they refuse, and V1's crop, which a net aligns."""

from __future__ import annotations

from typing import Any

import netspec
from netspec.problems.shapes import BadDimensions, OutOfBounds
from tests.frameworks.cases import inputs, layer
from tests.layers.one_layer import agree
from tests.layers.tables import each, has_shapes, is_refused

NETS = {
    "AlignedCrop": inputs(data=(1, 2, 9, 9))
    + layer("Convolution", "data", "part", "convolution_param { num_output: 1 kernel_size: 5 }")
    + layer("AlignedCrop", "data part", "y"),
    "AutoCrop": inputs(data=(1, 2, 9, 9))
    + layer("Convolution", "data", "part", "convolution_param { num_output: 1 kernel_size: 5 }")
    + layer("AutoCrop", "data part", "y"),
}


# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("AlignedCrop", {}, ((2, 3, 8, 9), (5, 7, 4, 6)), ((2, 3, 4, 6),)),
    ("AutoCrop", {}, ((2, 3, 8, 9), (5, 7, 4, 6)), ((2, 3, 4, 6),)),
]
test_shapes = each(SHAPES, has_shapes)


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("AlignedCrop", {}, ((2, 8), (2, 8)), BadDimensions, "bottom 0 is 2×8"),
    ("AlignedCrop", {}, ((1, 2, 5, 5), (1, 2, 5, 6)), OutOfBounds, "AlignedCrop cuts 6 out of 5 on axis 3"),
    ("AutoCrop", {}, ((1, 2, 5, 5), (1, 2, 5, 6)), OutOfBounds, "AutoCrop cuts 6 out of 5 on axis 3"),
]
test_refused = each(REFUSED, is_refused)


def test_the_crop_of_v1() -> None:
    v1 = """
    input: "x" input_dim: [1, 1, 9, 9]
    layers { name: "c" type: CONVOLUTION bottom: "x" top: "y" convolution_param { num_output: 1 kernel_size: 5 } }
    layers { name: "crop" type: CROP bottom: "x" bottom: "y" top: "z" }
    """
    net = netspec.load_text(v1)
    assert net.layers[-1].type == "AlignedCrop"
    agree(v1)
    assert "x[:, :, 2:7, 2:7]" in netspec.emit(net, backend="torch")


def test_the_crop_of_rcf() -> None:
    """A side output, enlarged by 2, begins 1 before its image, since the convolution before pooling has padding."""
    text = (
        inputs(data=(1, 2, 8, 8))
        + layer("Convolution", "data", "c", "convolution_param { num_output: 2 kernel_size: 3 pad: 1 }")
        + layer("Pooling", "c", "p", "pooling_param { kernel_size: 2 stride: 2 }")
        + layer("Deconvolution", "p", "up", "convolution_param { num_output: 1 kernel_size: 4 stride: 2 }")
        + layer("AutoCrop", "up data", "y")
        + layer("Sigmoid", "y", "side")
    )
    assert "[:, :, 1:9, 1:9]" in netspec.emit(netspec.load_text(text), backend="torch")
    agree(text)
