"""Layers that give an image another size: shapes, values against numpy, refusals, and that the backends agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.problems.fields import InvalidValue, MissingField
from netspec.problems.shapes import BadDimensions, EmptyOutput, ShapeMismatch
from netspec.shapes import UNKNOWN
from tests.frameworks import cases
from tests.layers.one_layer import BACKENDS
from tests.layers.resizing import DATA, IMAGE, corners, cubic, picked, resampled, resizes, triangle
from tests.layers.small_nets import layer
from tests.layers.tables import agrees, computes, each, has_shapes, in_backends, is_refused

NETS = {
    "Interp": cases.net("Interp", "interp_param { height: 9 width: 300 }", "1 2 5 140"),
    "NearestUpsample": cases.net("Upsample", "upsample_param { scale: 2 }", "2 3 5 4"),
    "Resample": cases.net("Resample", "resample_param { height: 9 width: 300 }", "1 2 5 140"),
    "SegNetUpsample": cases.inputs(data=(2, 3, 5, 4))
    + cases.layer("Pooling", "data", "p m", "pooling_param { kernel_size: 2 stride: 2 }")
    + cases.layer("Upsample", "p m", "y", "upsample_param { scale: 2 }"),
}

RANDOM = np.random.default_rng(3)
MAPS, ROWS = RANDOM.normal(size=(2, 3, 2, 4)), RANDOM.normal(size=(3, 4))


# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("Interp", {"zoom_factor": 2}, ((1, 2, UNKNOWN, 3),), ((1, 2, UNKNOWN, 5),)),
    ("Interp", {"height": 7, "width": 6}, ((UNKNOWN, 2, UNKNOWN, 3),), ((UNKNOWN, 2, 7, 6),)),
    ("NearestUpsample", {"scale": 2}, ((1, UNKNOWN, UNKNOWN, 3),), ((1, UNKNOWN, UNKNOWN, 6),)),
    ("Resample", {}, ((1, 2, 3, 4), (1, 5, 6, UNKNOWN)), ((1, 2, 6, UNKNOWN),)),
    ("Resample", {"factor": 1.5}, ((1, 2, 3, UNKNOWN),), ((1, 2, 4, UNKNOWN),)),
    ("SegNetUpsample", {}, ((1, 2, UNKNOWN, 4),) * 2, ((1, 2, UNKNOWN, 8),)),
]
test_shapes = each(SHAPES, has_shapes)


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("Interp", {"use_blob_size": True}, ((1, 2, 3, 4),), InvalidValue, "there is none"),
    ("Interp", {"zoom_factor": 2}, ((1, 2, 3, 4), (1, 2, 3, 4)), InvalidValue, "and zoom_factor"),
    ("Interp", {"use_blob_size": True}, ((1, 2, 3, 4), (1, 2)), BadDimensions, "not 1×2"),
    ("Interp", {}, (IMAGE,), MissingField, "Interp has no size"),
    ("Interp", {"height": 3}, (IMAGE,), MissingField, "Interp has no size"),
    ("Interp", {"height": 0, "width": 2}, (IMAGE,), InvalidValue, "height must be greater than 0"),
    ("Interp", {"zoom_factor": 2, "pad_beg": -3, "pad_end": -2}, (IMAGE,), EmptyOutput, "5 − 3 − 2 = 0"),
    ("Interp", {"zoom_factor": 2}, ((2, 3, 4),), BadDimensions, "takes 4 axes"),
    ("Resample", {}, (IMAGE,), MissingField, "Resample has no size"),
    ("SegNetUpsample", {}, (IMAGE, (2, 3, 5, 5)), ShapeMismatch, "needs the shape"),
    ("SegNetUpsample", {"scale": 3, "pad_out_h": True}, (IMAGE, IMAGE), InvalidValue, "has to be 2"),
    ("SegNetUpsample", {"scale_h": 3}, (IMAGE, IMAGE), InvalidValue, "alone"),
    ("SegNetUpsample", {"upsample_h": 1, "upsample_w": 4}, (IMAGE, IMAGE), InvalidValue, "greater than 1"),
]
test_refused = each(REFUSED, is_refused)


# type, fields, inputs, value
BY_BLOB: list[tuple[Any, ...]] = [
    (
        "Interp",
        "interp_param { use_blob_size: true }",
        (MAPS, MAPS[:, :1, :1, :3]),
        MAPS[:, :, :1] @ np.array([[1, 0, 0], [0, 0.5, 0], [0, 0.5, 0], [0, 0, 1]]),
    ),
]
test_values_by_another_blob = in_backends(BY_BLOB, computes)
test_backends_agree_by_another_blob = each(BY_BLOB, agrees)


# type, fields, what numpy says
RESIZED: list[tuple[Any, ...]] = [
    ("Interp", "height: 9 width: 8", lambda x: corners(x, 9, 8)),
    ("Interp", "height: 1 width: 2", lambda x: corners(x, 1, 2)),
    ("Interp", "height: 5 width: 4", lambda x: x),
    ("Interp", "zoom_factor: 2", lambda x: corners(x, 9, 7)),
    ("Interp", "zoom_factor: 3 height: 2 width: 2", lambda x: corners(x, 13, 10)),
    ("Interp", "shrink_factor: 2", lambda x: corners(x, 3, 2)),
    ("Interp", "shrink_factor: 2 zoom_factor: 4", lambda x: corners(x, 9, 5)),
    ("Interp", "shrink_factor: 2 zoom_factor: 4 height: 3 width: 3", lambda x: corners(x, 3, 3)),
    ("Interp", "full_zoom_factor: 2", lambda x: corners(x, 10, 8)),
    ("Interp", "zoom_factor: 2 pad_beg: -1 pad_end: -1", lambda x: corners(x[..., 1:-1, 1:-1], 5, 3)),
    ("NearestUpsample", "scale: 3", lambda x: x.repeat(3, 2).repeat(3, 3)),
    ("Resample", "type: NEAREST factor: 2.0", lambda x: x.repeat(2, 2).repeat(2, 3)),
    ("Resample", "type: NEAREST height: 2 width: 2", picked([1, 3], [1, 3])),
    ("Resample", "factor: 2.0", lambda x: resampled(x, 10, 8, triangle, True)),
    ("Resample", "height: 2 width: 3", lambda x: resampled(x, 2, 3, triangle, True)),
    ("Resample", "height: 2 width: 9", lambda x: resampled(x, 2, 9, triangle, True)),
    ("Resample", "height: 2 width: 3 antialias: false", lambda x: resampled(x, 2, 3, triangle, False)),
    ("Resample", "type: CUBIC factor: 2.0", lambda x: resampled(x, 10, 8, cubic, True)),
    ("Resample", "type: CUBIC height: 2 width: 3", lambda x: resampled(x, 2, 3, cubic, True)),
]
test_values = each(RESIZED, resizes)


def test_channels_last() -> None:
    """TensorFlow resizes what a convolution gives in the order it comes."""
    fields = "convolution_param { num_output: 2 kernel_size: 2 }"
    conv = f'layer {{ name: "c" type: "Convolution" bottom: "data" top: "c" {fields} }}'
    rest = 'layer { name: "y" type: "Interp" bottom: "c" top: "y" interp_param { zoom_factor: 2 pad_end: -1 } }'
    net = netspec.load_text(DATA + conv + rest)
    assert netspec.emit(net, backend="tensorflow").count("tf.transpose") == 2
    assert netspec.verify(net, grad=True).ok


MASKED = [
    ("kernel_size: 2 stride: 2", "scale: 2 pad_out_h: true", (2, 3, 5, 4)),
    ("kernel_size: 2 stride: 2", "scale_h: 2 scale_w: 3", (2, 3, 6, 6)),
    ("kernel_size: 2 stride: 2", "upsample_h: 7 upsample_w: 5", (2, 3, 7, 5)),
    ("kernel_size: 3 stride: 1", "upsample_h: 5 upsample_w: 4 scale: 2", (2, 3, 5, 4)),
]


@pytest.mark.parametrize(("pool", "fields", "shape"), MASKED)
def test_unpooling(pool: str, fields: str, shape: Any) -> None:
    """Every maximum goes where its mask says in the plane of the output."""
    text = (
        DATA
        + f'layer {{ name: "p" type: "Pooling" bottom: "data" top: "p" top: "m" pooling_param {{ {pool} }} }}\n'
        + f'layer {{ name: "y" type: "Upsample" bottom: "p" bottom: "m" top: "y" upsample_param {{ {fields} }} }}'
    )
    net = netspec.load_text(text)
    assert type(net.layers[-1].params).__name__ == "SegNetUpsample"
    x = np.random.default_rng(3).normal(size=IMAGE)
    for backend in BACKENDS:
        found = netspec.build(net, backend=backend, dtype="float64").forward({"data": x}, blobs="all")
        expected = np.zeros(shape)
        for n, c in np.ndindex(2, 3):
            for value, index in zip(found["p"][n, c].flat, found["m"][n, c].flat, strict=True):
                expected[n, c].flat[int(index)] = value
        np.testing.assert_array_equal(found["y"], expected, err_msg=backend)
    assert netspec.verify(net, grad=True).ok


def test_upsample_is_told_apart_by_its_bottoms() -> None:
    net = netspec.load_text(
        DATA + 'layer { name: "y" type: "Upsample" bottom: "data" top: "y" upsample_param { scale: 2 } }'
    )
    assert type(net.layers[-1].params).__name__ == "NearestUpsample"


def test_a_second_bottom_alone_is_a_size() -> None:
    """DeepLab's forks have no field for it."""
    text = layer("Interp", "", "1 2 3 4", "1 5 6 7")
    assert netspec.load_text(text).blobs["y0"] == (1, 2, 6, 7)


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_a_size_that_is_a_name(backend: str) -> None:
    text = "input x: [1, 2, 3, 4]\ninput like: [1, 5, h, w]\ny0 = Interp(x, like)\n"
    model = netspec.build(netspec.load_text(text), backend, dtype="float64")
    x = MAPS[:1, :2, :1].repeat(3, axis=2)
    found = model.forward({"x": x, "like": np.zeros((1, 5, 5, 4))})["y0"]
    np.testing.assert_allclose(found, x[:, :, [0, 0, 1, 1, 2]], rtol=1e-12)
