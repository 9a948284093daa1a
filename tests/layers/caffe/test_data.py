"""Data layers of Caffe: shapes as far as a spec says them, refusals, and what comes from where."""

from __future__ import annotations

from typing import Any

import pytest

import netspec
from netspec.layers import FAMILIES, find
from netspec.layers.caffe.data import Data, ImageData, WindowData
from netspec.layers.data_layer import DataLayer
from netspec.problems.fields import InvalidValue, MissingField
from netspec.problems.shapes import OutOfBounds
from netspec.shapes import UNKNOWN
from tests.layers.one_layer import BACKENDS, net_text
from tests.layers.tables import each, has_shapes, is_refused

Q = UNKNOWN


# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("Data", {"batch_size": 4}, (), ((4, 3, Q, Q), (4,))),
    ("Data", {"batch_size": 4, "crop_size": 9}, (), ((4, 3, Q, Q),)),  # Caffe reads transform_param alone
    ("Data", {"batch_size": 4, "transform_param": {"crop_size": 9}}, (), ((4, 3, 9, 9), (4,))),
    ("Data", {"transform_param": {"crop_size": 9, "force_gray": True}}, (), ((Q, 1, 9, 9), (Q,))),
    ("Data", {"transform_param": {"mean_value": (1, 2, 3, 4)}}, (), ((Q, 4, Q, Q), (Q,))),
    ("ImageData", {}, (), ((1, 3, Q, Q), (1,))),
    ("ImageData", {"batch_size": 2, "is_color": False, "new_height": 5, "new_width": 6}, (), ((2, 1, 5, 6), (2,))),
    (
        "ImageData",
        {"new_height": 5, "new_width": 6, "transform_param": {"crop_size": 5}},
        (),
        ((1, 3, 5, 5), (1,)),
    ),
    ("WindowData", {"batch_size": 2, "transform_param": {"crop_size": 7}}, (), ((2, 3, 7, 7), (2,))),
    ("HDF5Data", {"batch_size": 4}, (), (None, None, None)),
    ("MemoryData", {"batch_size": 2, "channels": 1, "height": 3, "width": 4}, (), ((2, 1, 3, 4), (2,))),
    ("HDF5Output", {}, ((2, 3), (2,)), ()),
    ("Python", {"module": "m", "layer": "L"}, ((2, 3),), (None, None)),
    ("PythonData", {"module": "m", "layer": "L"}, (), (None, None)),
    ("PythonSink", {"module": "m", "layer": "L"}, ((2, 3), None), ()),
    ("ImageData", {"batch_size": 2, "short_side": 9, "new_height": 5, "new_width": 5}, (), ((2, 3, Q, Q), (2,))),
    ("MemoryData", {"dim": (2, 3, 8, 8, 8)}, (), ((2, 3, 8, 8, 8), (2, 1, 1, 1, 1))),
    ("MemoryData", {"dim": (2, 9)}, (), ((2, 9),)),
    ("ImageData", {"batch_size": 2, "label_dim": 7}, (), ((2, 3, Q, Q), (2, 7))),
    ("ImageData", {"short_side": 9, "transform_param": {"crop_size": 8}, "cache": True}, (), ((1, 3, 8, 8), (1,))),
]
test_shapes = each(SHAPES, has_shapes)


# type, fields, bottoms, problem, words of the message, how many tops
REFUSED: list[tuple[Any, ...]] = [
    ("Data", {"transform_param": {"mean_file": "m", "mean_value": (1.0,)}}, (), InvalidValue, "exclude"),
    ("Data", {"transform_param": {"force_color": True, "force_gray": True}}, (), InvalidValue, "exclude"),
    ("ImageData", {"new_height": 3}, (), InvalidValue, "new_height 3, new_width 0", 2),
    (
        "ImageData",
        {"new_height": 3, "new_width": 9, "transform_param": {"crop_size": 4}},
        (),
        OutOfBounds,
        "crop_size 4 is more than the images have: 3×9",
        2,
    ),
    ("WindowData", {}, (), MissingField, "crop_size", 2),
    ("HDF5Data", {"transform_param": {}}, (), InvalidValue, "does not transform"),
    ("Data", {"transform_param": {"crop_size": 3, "crop_h": 3}}, (), InvalidValue, "exclude each other"),
    ("Data", {"transform_param": {"crop_h": 3}}, (), InvalidValue, "crop_h is given without crop_w"),
    (
        "Data",
        {"transform_param": {"crop_h": 31, "crop_w": 9, "resize_param": ({"height": 30, "width": 30},)}},
        (),
        OutOfBounds,
        "crop_h 31, crop_w 9 is more than the images have: 30×30",
    ),
]
test_refused = each(REFUSED, is_refused)


@pytest.mark.parametrize(
    ("layer", "channels"),
    [
        (Data(), 3),
        (Data.model_validate({"force_encoded_color": True}), None),
        (Data.model_validate({"transform_param": {"force_gray": True}}), None),
        (Data.model_validate({"transform_param": {"mean_value": (104, 117, 123)}}), None),
        (Data.model_validate({"transform_param": {"mean_value": (104,)}}), 3),
        (ImageData(), None),
        (WindowData(), 3),
    ],
)
def test_channels_that_the_spec_does_not_say_are_assumed(layer: DataLayer, channels: int | None) -> None:
    assert layer.assumed_channels() == channels


TYPES = [
    t
    for family in ("data", "input", "loss", "merge", "recurrent", "reduction", "shape")
    for t in FAMILIES[f"caffe.{family}"].split()
]


def test_what_comes_from_outside() -> None:
    found = {t: layer for t in TYPES if (layer := find(t)) and issubclass(layer, DataLayer)}
    assert {t for t, layer in found.items() if layer.from_caller} == {"Input"}
    assert {t for t, layer in found.items() if not layer.from_caller} == {
        "Data", "ImageData", "WindowData", "HDF5Data", "MemoryData", "PythonData", "RandomData"
    }  # fmt: skip


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_layer_that_writes_a_file_has_no_code(backend: str) -> None:
    text = net_text("HDF5Output", 'hdf5_output_param { file_name: "x.h5" }', [(2, 3), (2,)], tops=0)
    with pytest.raises(netspec.SpecError, match=r"NS401.*writes no files"):
        netspec.build(netspec.load_text(text), backend)
