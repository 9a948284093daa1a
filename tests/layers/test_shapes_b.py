"""Shape rules, blobs and refusals of data, loss, merge, recurrent, reduction and shape layers. A case is a row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netspec.diagnostics import Diagnostic
from netspec.layers import FAMILIES, find
from netspec.layers.base import Fed, Formula, Layer, Phase, Refusal, Site
from netspec.layers.data import Data, DataLayer, ImageData, WindowData
from netspec.problems.backends import NoMeaning
from netspec.problems.fields import BlobCount, EntryCount, InvalidValue, MissingField
from netspec.problems.shapes import (
    AxisOutOfRange,
    BadDimensions,
    CountMismatch,
    NotDivisible,
    OutOfBounds,
    ShapeMismatch,
)
from netspec.shapes import UNKNOWN, Shape, show
from tests.layers.numpy_words import evaluate

Fields = dict[str, Any]
Q = UNKNOWN
TYPES = [
    t
    for family in ("data", "input", "loss", "merge", "recurrent", "reduction", "shape")
    for t in FAMILIES[family].split()
]


def make(type_name: str, fields: Fields) -> Layer:
    layer = find(type_name)
    assert layer is not None
    return layer.model_validate(fields)


def shapes(**dims: Any) -> Fields:
    return {"shape": {"dim": dims["dim"]}}


SHAPES: list[tuple[str, Fields, tuple[Shape, ...], tuple[Shape | None, ...]]] = [
    # data
    ("Input", {}, (), (None, None)),
    ("Input", {"shape": ({"dim": (1, 3, 8, 8)},)}, (), ((1, 3, 8, 8), (1, 3, 8, 8))),
    ("Input", {"shape": ({"dim": (2, 3)}, {"dim": ()})}, (), ((2, 3), ())),
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
    ("DummyData", {"shape": ({"dim": (2,)},)}, (), ((2,), (2,))),
    ("RandomData", {"shape": ({"dim": (2,)},), "data_filler": ({"type": "gaussian"},)}, (), ((2,), (2,))),
    ("DummyData", {"num": (2, 3), "channels": (1,), "height": (4,), "width": (5,)}, (), ((2, 1, 4, 5), (3, 1, 4, 5))),
    ("HDF5Output", {}, ((2, 3), (2,)), ()),
    ("Parameter", shapes(dim=(2, 3)), (), ((2, 3),)),
    ("Python", {"module": "m", "layer": "L"}, ((2, 3),), (None, None)),
    ("PythonData", {"module": "m", "layer": "L"}, (), (None, None)),
    ("PythonSink", {"module": "m", "layer": "L"}, ((2, 3), None), ()),
    # losses
    ("SoftmaxWithLoss", {}, ((2, 5), (2,)), ((),)),
    ("SoftmaxWithLoss", {}, ((2, 5, 3, 4), (2, 3, 4)), ((), (2, 5, 3, 4))),
    ("SoftmaxWithLoss", {}, ((2, 5, 3, 4), (2, 1, 3, 4)), ((),)),
    ("SoftmaxWithLoss", {"softmax_param": {"axis": -1}}, ((2, 3, 5), (2, 3)), ((),)),
    ("SoftmaxWithLoss", {"loss_param": {"ignore_label": 255}}, ((Q, 5, Q, Q), (Q, 1, Q, Q)), ((),)),
    ("SigmoidCrossEntropyLoss", {}, ((2, 5), (2, 5, 1, 1)), ((),)),
    ("EuclideanLoss", {}, ((2, 3, 4), (2, 12)), ((),)),
    ("PythonEuclideanLoss", {}, ((2, 3, 4), (2, 3, 4)), ((1,),)),
    ("HingeLoss", {}, ((2, 5), (2, 1, 1, 1)), ((),)),
    ("MultinomialLogisticLoss", {}, ((2, 5, 1, 1), (2,)), ((),)),
    ("InfogainLoss", {}, ((2, 5), (2,), (1, 1, 5, 5)), ((), (2, 5))),
    ("InfogainLoss", {"source": "h.binaryproto"}, ((2, 5), (2,)), ((),)),
    ("InfogainLoss", {"axis": 2}, ((2, 3, 5), (2, 3), (25,)), ((),)),
    ("ContrastiveLoss", {}, ((2, 5), (2, 5, 1, 1), (2,)), ((),)),
    ("Accuracy", {}, ((2, 5), (2,)), ((),)),
    ("Accuracy", {"top_k": 5}, ((2, 5, 3, 4), (2, 3, 4)), ((), (5,))),
    # merging and taking apart
    ("Eltwise", {}, ((2, 3), (2, 3), (2, 3)), ((2, 3),)),
    ("Eltwise", {"operation": 2}, ((Q, 3), (2, 3)), ((2, 3),)),
    ("Concat", {}, ((2, 3, 4),), ((2, 3, 4),)),
    ("Concat", {"axis": -2}, ((2, 3, 4), (2, 5, 4)), ((2, 8, 4),)),
    ("Concat", {"concat_dim": 0}, ((2, 3), (1, 3)), ((3, 3),)),
    ("Concat", {}, ((2, 3, Q), (2, Q, 4)), ((2, Q, Q),)),
    ("Slice", {}, ((2, 6),), ((2, 6),)),
    ("Slice", {}, ((2, 6),), ((2, 2), (2, 2), (2, 2))),
    ("Slice", {"axis": -1, "slice_point": (1, 4)}, ((2, 6),), ((2, 1), (2, 3), (2, 2))),
    ("Slice", {"slice_dim": 0}, ((2, 6),), ((1, 6), (1, 6))),
    ("Slice", {}, ((2, Q),), ((2, Q), (2, Q))),
    ("Slice", {"slice_point": (2,)}, ((2, Q),), ((2, 2), (2, Q))),
    ("Split", {}, ((2, 3),), ((2, 3), (2, 3))),
    ("Silence", {}, ((2, 3), ()), ()),
    ("Filter", {}, ((4, 3), (4,), (4, 1, 1)), ((4, 3), (4,))),
    ("BatchReindex", {}, ((4, 3, 2), (7,)), ((7, 3, 2),)),
    # recurrent
    ("LSTM", {"num_output": 4}, ((5, 2, 3), (5, 2)), ((5, 2, 4),)),
    ("LSTM", {"num_output": 4}, ((5, 2, 3), (5, 2), (2, 6)), ((5, 2, 4),)),
    (
        "LSTM",
        {"num_output": 4, "expose_hidden": True},
        ((5, 2, 3), (5, 2), (1, 2, 4), (1, 2, 4)),
        ((5, 2, 4), (1, 2, 4), (1, 2, 4)),
    ),
    ("RNN", {"num_output": 4, "expose_hidden": True}, ((5, 2, 3), (5, 2), (1, 2, 4)), ((5, 2, 4), (1, 2, 4))),
    ("LSTMUnit", {}, ((1, 2, 3), (1, 2, 12), (1, 2)), ((1, 2, 3), (1, 2, 3))),
    # reductions
    ("Reduction", {}, ((2, 3, 4),), ((),)),
    ("Reduction", {"axis": -1, "operation": 4}, ((2, 3, 4),), ((2, 3),)),
    ("ArgMax", {}, ((2, 5),), ((2, 1, 1),)),
    ("ArgMax", {"top_k": 3, "out_max_val": True}, ((2, 5, 4, 4),), ((2, 2, 3, 1),)),
    ("ArgMax", {"top_k": 3, "axis": 1}, ((2, 5, 4),), ((2, 3, 4),)),
    ("ArgMax", {}, ((Q, 5, Q),), ((Q, 1, 1),)),
    # shapes
    ("Flatten", {}, ((2, 3, 4, 5),), ((2, 60),)),
    ("Flatten", {"axis": -3, "end_axis": -2}, ((2, 3, 4, 5),), ((2, 12, 5),)),
    ("Flatten", {"axis": 2, "end_axis": 1}, ((2, 3, 4),), ((2, 3, 1, 4),)),
    ("Flatten", {}, ((Q, 3, 4),), ((Q, 12),)),
    ("Reshape", shapes(dim=(0, -1)), ((2, 3, 4),), ((2, 12),)),
    ("Reshape", shapes(dim=()) | {"axis": 1, "num_axes": 1}, ((2, 1, 4),), ((2, 4),)),
    ("Reshape", shapes(dim=(2, -1)) | {"axis": 1, "num_axes": 1}, ((2, 6, 4),), ((2, 2, 3, 4),)),
    ("Reshape", shapes(dim=(1, 1)) | {"axis": -1}, ((2, 3),), ((2, 3, 1, 1),)),
    ("Reshape", shapes(dim=(1, -1, 0)), ((2, 3, 4),), ((1, 6, 4),)),
    ("Reshape", shapes(dim=(0, -1)), ((Q, 3, 4),), ((Q, 12),)),
    ("Reshape", shapes(dim=(0, 2, -1, 0)), ((1, 18, Q, 7),), ((1, 2, Q, 7),)),
    ("Reshape", shapes(dim=(-1, 4)) | {"axis": 1}, ((Q, 3, 4),), ((Q, 3, 4),)),
    ("Tile", {"tiles": 3}, ((2, 3),), ((2, 9),)),
    ("Tile", {"tiles": 3, "axis": 0}, ((2, 3),), ((6, 3),)),
    ("Crop", {}, ((2, 3, 8, 9), (5, 7, 4, 6)), ((2, 3, 4, 6),)),
    ("Crop", {"axis": 1, "offset": (0, 4, 3)}, ((2, 3, 8, 9), (1, 3, 4, 6)), ((2, 3, 4, 6),)),
    ("Crop", {"axis": -1, "offset": (3,)}, ((2, 9), (1, 6, 3)), ((2, 6),)),
    ("Crop", {}, ((2, 3, 8, 9), (2, 3, Q, 9)), ((2, 3, Q, 9),)),
    ("AlignedCrop", {}, ((2, 3, 8, 9), (5, 7, 4, 6)), ((2, 3, 4, 6),)),
]


@pytest.mark.parametrize(("type_name", "fields", "bottoms", "tops"), SHAPES)
def test_tops_have_the_shapes(
    type_name: str, fields: Fields, bottoms: tuple[Shape, ...], tops: tuple[Shape | None, ...]
) -> None:
    layer = make(type_name, fields)
    site = Site(bottoms, len(tops), Phase.TEST)
    assert layer.bottoms.holds(len(bottoms))
    assert layer.tops.holds(len(tops))
    assert list(map(show, layer.infer(site))) == list(map(show, tops))


def test_every_type_has_a_case() -> None:
    assert {row[0] for row in SHAPES} == set(TYPES)


BLOBS: list[tuple[str, Fields, tuple[Shape, ...], list[tuple[str, Shape]], int]] = [
    ("Parameter", shapes(dim=(2, 3)), (), [("value", (2, 3))], 0),
    (
        "LSTM",
        {"num_output": 4},
        ((5, 2, 3, 1), (5, 2), (2, 6)),
        [("weight_x", (16, 3)), ("bias", (16,)), ("weight_static", (16, 6)), ("weight_h", (16, 4))],
        5 * 2 * (16 * 3 + 16 * 4) + 2 * 16 * 6,
    ),
    (
        "RNN",
        {"num_output": 4},
        ((5, 2, 3), (5, 2)),
        [("weight_x", (4, 3)), ("bias", (4,)), ("weight_h", (4, 4)), ("weight_o", (4, 4)), ("bias_o", (4,))],
        5 * 2 * (4 * 3 + 4 * 4 + 4 * 4),
    ),
]


@pytest.mark.parametrize(("type_name", "fields", "bottoms", "blobs", "macs"), BLOBS)
def test_parameters_stand_in_the_order_of_caffe(
    type_name: str, fields: Fields, bottoms: tuple[Shape, ...], blobs: list[tuple[str, Shape]], macs: int
) -> None:
    layer, site = make(type_name, fields), Site(bottoms)
    tops = layer.infer(site)
    assert [(blob.name, blob.shape) for blob in layer.blobs(site)] == blobs
    assert layer.macs(site, tuple(top for top in tops if top is not None)) == macs


REFUSED: list[tuple[str, Fields, tuple[Shape, ...], int, type[Diagnostic], str]] = [
    ("Input", {"shape": ({"dim": (1,)},) * 2}, (), 3, EntryCount, "shape is given 2 times for 3 tops"),
    ("Data", {"transform_param": {"mean_file": "m", "mean_value": (1.0,)}}, (), 1, InvalidValue, "exclude"),
    ("Data", {"transform_param": {"force_color": True, "force_gray": True}}, (), 1, InvalidValue, "exclude"),
    ("ImageData", {"new_height": 3}, (), 2, InvalidValue, "new_height 3, new_width 0"),
    (
        "ImageData",
        {"new_height": 3, "new_width": 9, "transform_param": {"crop_size": 4}},
        (),
        2,
        OutOfBounds,
        "crop_size 4 is more than the images have: 3×9",
    ),
    ("WindowData", {}, (), 2, MissingField, "crop_size"),
    ("HDF5Data", {"transform_param": {}}, (), 1, InvalidValue, "does not transform"),
    ("DummyData", {}, (), 1, EntryCount, "shape is given 0 times"),
    ("DummyData", {"num": (2,)}, (), 1, EntryCount, "channels is given 0 times"),
    ("DummyData", {"num": (2,), "shape": ({"dim": (1,)},)}, (), 1, InvalidValue, "two forms"),
    ("DummyData", {"data_filler": ({},) * 2, "shape": ({"dim": (1,)},)}, (), 3, EntryCount, "data_filler"),
    ("SoftmaxWithLoss", {}, ((2, 5), (3,)), 1, ShapeMismatch, "2 items and 3 targets"),
    ("SoftmaxWithLoss", {}, ((2, 5), (2, 5)), 1, CountMismatch, "a label for each prediction: 2, not 2×5 = 10"),
    ("SoftmaxWithLoss", {"softmax_param": {"axis": 2}}, ((2, 5), (2,)), 1, AxisOutOfRange, "axis 2"),
    ("SoftmaxWithLoss", {}, ((), ()), 1, AxisOutOfRange, "0 axes"),
    ("SigmoidCrossEntropyLoss", {}, ((2, 5), (2, 4)), 1, ShapeMismatch, "2×5 = 10 and 2×4 = 8"),
    ("EuclideanLoss", {}, ((2, 5), (1, 10)), 1, ShapeMismatch, "2 items and 1 targets"),
    ("HingeLoss", {}, ((2, 5), (2, 5)), 1, ShapeMismatch, "one label for each item"),
    ("MultinomialLogisticLoss", {}, ((2, 5, 1, 1, 1), (2,)), 1, BadDimensions, "at most 4 axes"),
    ("InfogainLoss", {}, ((2, 5), (2,)), 1, MissingField, "matrix"),
    ("InfogainLoss", {}, ((2, 5), (2,), (4, 4)), 1, ShapeMismatch, "5×5 = 25 elements, not 16"),
    ("ContrastiveLoss", {}, ((2, 5), (2, 4), (2,)), 1, ShapeMismatch, "equal length"),
    ("ContrastiveLoss", {}, ((2, 5, 2), (2, 5), (2,)), 1, ShapeMismatch, "vectors, one for each item"),
    ("ContrastiveLoss", {}, ((2, 5), (2, 5), (3,)), 1, ShapeMismatch, "2 pairs and 3 numbers"),
    ("Accuracy", {"top_k": 6}, ((2, 5), (2,)), 1, OutOfBounds, "top_k 6"),
    ("Accuracy", {}, ((2, 5, 3), (2,)), 1, CountMismatch, "2×3 = 6, not 2"),
    ("Eltwise", {}, ((2, 5), (2, 5), (2, 6)), 1, ShapeMismatch, "equal shape"),
    ("Eltwise", {}, ((2, 1), (2, 5)), 1, ShapeMismatch, "equal shape"),
    ("Eltwise", {"coeff": (1.0,)}, ((2,), (2,)), 1, EntryCount, "2 bottoms and 1 coefficients"),
    ("Eltwise", {"operation": 0, "coeff": (1.0, 1.0)}, ((2,), (2,)), 1, InvalidValue, "SUM alone"),
    ("Concat", {}, ((2, 3, 4), (2, 3, 5)), 1, ShapeMismatch, "every axis but 1"),
    ("Concat", {}, ((2, 3, 4), (2, 3)), 1, ShapeMismatch, "every axis but 1"),
    ("Concat", {"axis": 1, "concat_dim": 1}, ((2, 3),), 1, InvalidValue, "two names"),
    ("Concat", {"concat_dim": 2}, ((2, 3),), 1, AxisOutOfRange, "concat_dim 2"),
    ("Slice", {}, ((2, 6),), 4, NotDivisible, "6 = 4·1 + 2"),
    ("Slice", {"slice_point": (1, 2)}, ((2, 6),), 2, EntryCount, "2 tops need 1 slice_point, not 2"),
    ("Slice", {"slice_point": (2, 2)}, ((2, 6),), 3, InvalidValue, "2, 2"),
    ("Slice", {"slice_point": (0,)}, ((2, 6),), 2, InvalidValue, "from 1 on"),
    ("Slice", {"slice_point": (7,)}, ((2, 6),), 2, OutOfBounds, "7"),
    ("Slice", {"slice_point": (1, 2)}, ((2, 2),), 3, OutOfBounds, "3 tops"),
    ("Slice", {"axis": 1, "slice_dim": 1}, ((2, 6),), 2, InvalidValue, "two names"),
    ("Filter", {}, ((4, 3), (4,)), 2, BlobCount, "1, not 2"),
    ("Filter", {}, ((4, 3), (5,)), 1, ShapeMismatch, "as many items"),
    ("Filter", {}, ((4, 3), (4, 2)), 1, ShapeMismatch, "one number for each item"),
    ("BatchReindex", {}, ((4, 3), (2, 1)), 1, BadDimensions, "one axis"),
    ("LSTM", {"num_output": 4}, ((5, 2), (5, 2)), 1, BadDimensions, "at least 3 axes"),
    ("LSTM", {"num_output": 4}, ((5, 2, 3), (5, 3)), 1, ShapeMismatch, "5×2"),
    ("LSTM", {"num_output": 4}, ((5, 2, 3), (5, 2), (3, 6)), 1, ShapeMismatch, "2 streams"),
    ("LSTM", {"num_output": 4}, ((5, 2, 3), (5, 2)), 2, BlobCount, "1 top, not 2"),
    ("LSTM", {"num_output": 4, "expose_hidden": True}, ((5, 2, 3), (5, 2)), 3, BlobCount, "4 or 5 bottoms, not 2"),
    (
        "RNN",
        {"num_output": 4, "expose_hidden": True},
        ((5, 2, 3), (5, 2), (1, 2, 3)),
        2,
        ShapeMismatch,
        "the first state of this RNN has to be 1×2×4",
    ),
    ("LSTMUnit", {}, ((1, 2, 3), (1, 2, 9), (1, 2)), 2, ShapeMismatch, "four gates"),
    ("LSTMUnit", {}, ((2, 2, 3), (2, 2, 12), (2, 2)), 2, BadDimensions, "one step"),
    ("Reduction", {"axis": 2}, ((2, 3),), 1, AxisOutOfRange, "axis 2"),
    ("Reduction", {}, ((),), 1, AxisOutOfRange, "0 axes"),
    ("ArgMax", {"top_k": 6}, ((2, 5),), 1, OutOfBounds, "top_k 6"),
    ("ArgMax", {"top_k": 3, "axis": 0}, ((2, 5),), 1, OutOfBounds, "top_k 3"),
    ("Flatten", {"axis": 2}, ((2, 3),), 1, AxisOutOfRange, "axis 2"),
    ("Flatten", {"axis": 2, "end_axis": 0}, ((2, 3, 4),), 1, AxisOutOfRange, "ends at axis 0"),
    ("Reshape", shapes(dim=(-1, -1)), ((2, 3),), 1, CountMismatch, "only one size"),
    ("Reshape", shapes(dim=(-2, 3)), ((2, 3),), 1, CountMismatch, "only one size"),
    ("Reshape", shapes(dim=(0, 100)), ((1, 64, 5, 5),), 1, CountMismatch, "1×64×5×5 = 1600 is not 1×100 = 100"),
    ("Reshape", shapes(dim=(0, 7, -1)), ((1, 64),), 1, CountMismatch, "1×64 = 64 elements do not divide by 1×7 = 7"),
    ("Reshape", shapes(dim=(6, 0)), ((2, 3, 4),), 1, CountMismatch, "2×3×4 = 24 is not 6×3 = 18"),
    ("Reshape", shapes(dim=(0, 0, 0)), ((2, 3),), 1, AxisOutOfRange, "copies axis 2"),
    ("Reshape", shapes(dim=(1,)) | {"axis": 4}, ((2, 3),), 1, AxisOutOfRange, "axis 4"),
    ("Reshape", shapes(dim=(1,)) | {"axis": 1, "num_axes": 2}, ((2, 3),), 1, AxisOutOfRange, "2 axes from axis 1"),
    ("Tile", {"tiles": 2, "axis": 3}, ((2, 3),), 1, AxisOutOfRange, "axis 3"),
    ("Crop", {"offset": (2,)}, ((1, 1, 7, 7), (1, 1, 5, 6)), 1, OutOfBounds, "axis 3: offset 2 + size 6 > 7"),
    ("Crop", {}, ((1, 1, 4, 7), (1, 1, 5, 6)), 1, OutOfBounds, "axis 2: offset 0 + size 5 > 4"),
    ("Crop", {"axis": 1, "offset": (1, 1)}, ((1, 1, 7, 7), (1, 1, 5, 6)), 1, EntryCount, "3 axes and has 2 offsets"),
    ("Crop", {}, ((1, 1, 7, 7), (5, 6)), 1, BadDimensions, "which has 2 axes"),
]  # fmt: skip


@pytest.mark.parametrize(("type_name", "fields", "bottoms", "tops", "problem", "words"), REFUSED)
def test_refused(
    type_name: str, fields: Fields, bottoms: tuple[Shape, ...], tops: int, problem: type[Diagnostic], words: str
) -> None:
    with pytest.raises(Refusal) as refusal:
        make(type_name, fields).infer(Site(bottoms, tops))
    assert refusal.value.problem is problem
    assert words in refusal.value.message
    assert all(i < len(bottoms) for i in refusal.value.bottoms)


@pytest.mark.parametrize(
    ("type_name", "fields", "bottoms"),
    [
        ("InfogainLoss", {"source": "h.binaryproto"}, ((2, 5), (2,))),
        ("DummyData", {"shape": ({"dim": (2,)},), "data_filler": ({"type": "gaussian"},)}, ()),
    ],
)
def test_a_meaning_that_is_not_there_is_refused_only_when_asked_for(
    type_name: str, fields: Fields, bottoms: tuple[Shape, ...]
) -> None:
    layer, site = make(type_name, fields), Site(bottoms)
    layer.infer(site)
    layer.wish(site)
    assert isinstance(layer, Formula)
    with pytest.raises(Refusal) as refusal:
        layer.trace(site)
    assert refusal.value.problem is NoMeaning


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


def test_what_is_fed() -> None:
    fed = {t: layer.fed for t in TYPES if (layer := find(t)) and layer.fed}
    assert {t for t, kind in fed.items() if kind is Fed.CALLER} == {"Input"}
    assert {t for t, kind in fed.items() if kind is Fed.DATABASE} == {
        "Data", "ImageData", "WindowData", "HDF5Data", "MemoryData", "PythonData", "RandomData"
    }  # fmt: skip


LOG2 = np.log(2)
VALUES: list[tuple[str, Fields, list[Any], list[Any]]] = [
    # of equal values the later comes first
    ("ArgMax", {"top_k": 2}, [[[3, 7, 7, 1]]], [[[[2, 1]]]]),
    ("ArgMax", {"top_k": 3, "axis": 0}, [[1, 1, 1, 0]], [[2, 1, 0]]),
    ("ArgMax", {"out_max_val": True}, [[[3, 7, 7, 1]]], [[[[2], [7]]]]),
    # what equals the label's score counts against it; nothing counted is 0
    ("Accuracy", {}, [[[1, 1, 0], [0, 2, 1]], [0, 1]], [0.5]),
    ("Accuracy", {"top_k": 2}, [[[1, 1, 0], [0, 2, 1]], [0, 1]], [1]),
    ("Accuracy", {"ignore_label": 1}, [[[1, 0], [0, 2]], [1, 1]], [0, [0, 0]]),
    ("Accuracy", {"ignore_label": 255}, [[[1, 0], [0, 2], [3, 1]], [0, 255, 1]], [0.5, [1, 0]]),
    # Caffe's lower bounds of probabilities, and the numbers that losses are divided by
    ("SoftmaxWithLoss", {}, [[[1000, 0]], [1]], [87.33654475]),
    ("SoftmaxWithLoss", {"loss_param": {"ignore_label": 0}}, [[[1, 2]], [0]], [0]),
    ("SoftmaxWithLoss", {"loss_param": {"ignore_label": 9}}, [[[0, 0], [5, 5]], [9, 1]], [LOG2]),
    ("SoftmaxWithLoss", {"loss_param": {"ignore_label": 9, "normalize": False}}, [[[0, 0]] * 2, [9, 1]], [LOG2 / 2]),
    ("SoftmaxWithLoss", {"loss_param": {"normalization": 3}}, [[[0, 0]] * 3, [0, 1, 1]], [3 * LOG2]),
    ("SoftmaxWithLoss", {"loss_param": {"normalization": 2}}, [[[[0] * 3] * 2], [[0, 1, 1]]], [3 * LOG2]),
    ("MultinomialLogisticLoss", {}, [[[0, 1]], [0]], [-np.log(1e-20)]),
    ("InfogainLoss", {}, [[[1000, 0]], [1], [[1, 0], [0, 2]]], [-2 * np.log(1e-20)]),
    ("SigmoidCrossEntropyLoss", {}, [[[0, 0], [0, 0]], [[0, 1], [1, 1]]], [2 * LOG2]),
    ("SigmoidCrossEntropyLoss", {"loss_param": {"ignore_label": 1}}, [[[0, 0]], [[0, 1]]], [LOG2]),
    ("HingeLoss", {}, [[[0.5, -3, 1]], [0]], [0.5 + 0 + 2]),
    ("HingeLoss", {"norm": 2}, [[[0.5, -3, 1]], [0]], [0.25 + 0 + 4]),
    ("EuclideanLoss", {}, [[[1, 2], [3, 4]], [[0, 0], [0, 0]]], [30 / 4]),
    ("ContrastiveLoss", {}, [[[3, 4], [0, 0]], [[0, 0], [0, 0.25]], [1, 0]], [(25 + 0.75**2) / 4]),
    ("ContrastiveLoss", {"legacy_version": True}, [[[0.0]], [[0.5]], [0]], [(1 - 0.25) / 2]),
    # others
    ("Eltwise", {"coeff": (2, -1, 1)}, [[1], [2], [3]], [[3]]),
    ("Eltwise", {"operation": 0}, [[1], [2], [3]], [[6]]),
    ("Eltwise", {"operation": 2}, [[1, 5], [2, 4], [0, 9]], [[2, 9]]),
    ("Reduction", {"operation": 2, "coeff": 2}, [[1, -2]], [6]),
    ("Reduction", {"operation": 4, "axis": 1}, [[[1, 3]]], [[2]]),
    ("BatchReindex", {}, [[[1], [2]], [1, 0, 1]], [[[2], [1], [2]]]),
    ("DummyData", {"shape": ({"dim": (2,)},), "data_filler": ({"value": 3.0},)}, [], [[3, 3]]),
]  # fmt: skip


@pytest.mark.parametrize(("type_name", "fields", "bottoms", "tops"), VALUES)
def test_values(type_name: str, fields: Fields, bottoms: list[Any], tops: list[Any]) -> None:
    layer = make(type_name, fields)
    assert isinstance(layer, Formula)
    leaves = {f"x{i}": np.asarray(x, np.float64) for i, x in enumerate(bottoms)}
    found = evaluate(layer.trace(Site(tuple(x.shape for x in leaves.values()), len(tops))), leaves)
    for got, want in zip(found, tops, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-7, atol=1e-12)
