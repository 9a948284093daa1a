"""NdConvolution, with a size for each axis: shapes, refusals, and windows by loops."""

from __future__ import annotations

from typing import Any

import numpy as np

from netspec.problems.fields import InvalidValue, MissingField
from netspec.problems.shapes import BadDimensions, NotDivisible
from tests.frameworks.cases import net
from tests.layers.one_layer import agree, close, net_text, values
from tests.layers.tables import each, has_shapes, is_explained, is_refused
from tests.layers.windows import convolves, correlate, padded

NETS = {
    "Convolution3D": net(
        "Convolution3D", "convolution3d_param { num_output: 4 kernel_size: 2 kernel_depth: 3 }", "1 2 4 6 5"
    ),
    "Deconvolution3D": net(
        "Deconvolution3D",
        "convolution3d_param { num_output: 3 kernel_size: 3 kernel_depth: 2 stride: 2 temporal_stride: 2 "
        "pad: 1 group: 2 }",
        "1 2 4 6 5",
    ),
    "NdConvolution": net(
        "NdConvolution", "convolution_param { num_output: 3 kernel_shape { dim: 3 dim: 2 dim: 1 } }", "1 2 4 6 5"
    ),
}

FILM = (1, 2, 4, 6, 5)


# type, fields, bottoms, tops, parameter blobs
SHAPES: list[tuple[Any, ...]] = [
    ("Convolution3D", {"num_output": 3, "kernel_size": (3,)}, (FILM,), ((1, 3, 4, 4, 3),), ((3, 2, 1, 3, 3), (3,))),
    ("Deconvolution3D", {"num_output": 3, "kernel_size": (3,)}, (FILM,), ((1, 3, 4, 8, 7),), ((2, 3, 1, 3, 3), (3,))),
    (
        "NdConvolution",
        {"num_output": 3, "kernel_shape": {"dim": (3, 2, 1)}},
        (FILM,),
        ((1, 3, 2, 5, 5),),
        ((3, 2, 3, 2, 1), (3,)),
    ),
]
test_shapes = each(SHAPES, has_shapes)


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("NdConvolution", {"num_output": 2}, (FILM,), MissingField, "NdConvolution has no kernel_size"),
]
test_refused = each(REFUSED, is_explained)


BRIEFLY: list[tuple[Any, ...]] = [
    ("Convolution3D", {"num_output": 2, "kernel_size": (3,)}, ((2, 3, 7, 6),), BadDimensions, "takes N×C×frames×H×W"),
    (
        "Convolution3D",
        {"num_output": 3, "kernel_size": (3,), "filter_group": 2},
        (FILM,),
        NotDivisible,
        "3 outputs do not make 2 parts",
    ),
    (
        "NdConvolution",
        {"num_output": 2, "kernel_shape": {"dim": (3, 0, 1)}},
        (FILM,),
        InvalidValue,
        "kernel_shape must be at least 1",
    ),
]
test_refused_briefly = each(BRIEFLY, is_refused)


# type, fields, input, weight, what numpy says of input and weight
CONVOLVED: list[tuple[Any, ...]] = [
    (
        "Convolution3D",
        "num_output: 2 kernel_size: 3 kernel_depth: 2 pad: 1 stride: 2 temporal_stride: 3 temporal_pad: 1 "
        "filter_group: 2",
        FILM,
        (2, 2, 2, 3, 3),
        lambda x, w: correlate(padded(x, (1, 1), (1, 1), (1, 1)), w, (3, 2, 2)),
    ),
    (  # a group is no group
        "Convolution3D",
        "num_output: 4 kernel_size: 2 kernel_depth: 3 group: 2",
        FILM,
        (4, 2, 3, 2, 2),
        lambda x, w: correlate(x, w, (1, 1, 1)),
    ),
    (
        "NdConvolution",
        "num_output: 3 kernel_shape { dim: 3 dim: 2 dim: 1 } stride_shape { dim: 1 dim: 2 dim: 3 } "
        "pad_shape { dim: 1 dim: 0 dim: 1 }",
        FILM,
        (3, 2, 3, 2, 1),
        lambda x, w: correlate(padded(x, (1, 1), (0, 0), (1, 1)), w, (1, 2, 3)),
    ),
]
test_convolution = each(CONVOLVED, convolves)


def test_deconvolution_of_films() -> None:
    random = np.random.default_rng(6)
    x, w, b = random.normal(size=FILM), random.normal(size=(2, 3, 2, 3, 3)), random.normal(size=3)
    whole = np.zeros((1, 3, 8, 13, 11))
    for n, c, *at in np.ndindex(*x.shape):
        t, i, j = at
        whole[n, :, 2 * t : 2 * t + 2, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3] += x[(n, c, *at)] * w[c]
    fields = "num_output: 3 kernel_size: 3 kernel_depth: 2 stride: 2 temporal_stride: 2 pad: 1 group: 2"
    message = f"convolution3d_param {{ {fields} }}"
    expected = whole[..., 1:-1, 1:-1] + b.reshape(-1, 1, 1, 1)
    close(values("Deconvolution3D", message, [x], params={"y": [w, b]}), expected)
    agree(net_text("Deconvolution3D", message, [FILM]))
