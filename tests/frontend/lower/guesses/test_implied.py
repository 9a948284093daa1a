"""Sizes that no layer says, but that what reads a blob implies; and those that netspec takes for granted."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from netspec.diagnostics import SpecError
from netspec.diagnostics.source import Source
from netspec.frontend.load import check_source, load_text
from netspec.shapes import Shape, integers
from tests.frontend.lower.guesses.nets import (
    BOXES,
    BOXES_OF_REGIONS,
    FEED,
    FILM,
    IMAGES,
    LABEL,
    MAPS,
    REGIONS,
    ROWS,
    SHORTCUT,
    SUM,
    conv,
    fc,
)
from tests.frontend.pieces import layer

CASES: list[tuple[str, Mapping[str, Shape]]] = [
    (FEED + LABEL + layer("SoftmaxWithLoss", "x label", "loss"), {"label": (5,)}),
    (FEED + LABEL + layer("Accuracy", "x label", "a", "accuracy_param { axis: 0 }"), {"label": (1, 7)}),
    (FEED + LABEL + layer("SigmoidCrossEntropyLoss", "x label", "loss"), {"label": (5, 7)}),
    (FEED + LABEL + layer("HingeLoss", "x label", "loss"), {"label": (5,)}),
    (FEED + LABEL + layer("Eltwise", "x label", "y"), {"label": (5, 7)}),
    (FEED + LABEL + layer("Power", "label", "p") + layer("EuclideanLoss", "x p", "loss"), {"label": (5, 7)}),
    # Rows of a file: of data of which nothing is known, and of as many items as the layer says.
    (ROWS + fc(3) + layer("EuclideanLoss", "fc label", "loss"), {"label": (6, 3)}),
    (ROWS + fc(9) + layer("ReLU", "fc", "r") + fc(4, "r").replace("fc", "fd") + layer("EuclideanLoss", "fd label", "e"),
     {"label": (6, 4)}),
    # A reshape says how many there are.
    (FILM + layer("Reshape", "label", "steps", "reshape_param { shape { dim: 4 dim: 6 } }"), {"label": (24,)}),
    # An autoencoder: 10·784 pixels are no images of three channels; they are taken as square.
    (IMAGES + layer("Flatten", "data", "flat") + fc(784, "flat") + layer("EuclideanLoss", "fc flat", "loss"),
     {"data": (10, 1, 28, 28)}),
    (IMAGES + layer("Flatten", "data", "flat") + fc(192, "flat") + layer("EuclideanLoss", "fc flat", "loss"),
     {"data": (10, 3, 8, 8)}),
    # Several labels for each image, of which layers read parts.
    (IMAGES.replace('top: "data"', 'top: "data" top: "label" transform_param { crop_size: 4 }')
     + layer("Slice", "label", "a b", "slice_param { slice_dim: 1 slice_point: 3 }")
     + fc(4) + layer("EuclideanLoss", "fc b", "loss"), {"label": (10, 7)}),
    (IMAGES.replace('top: "data"', 'top: "data" top: "label" transform_param { crop_size: 4 }')
     + layer("Slice", "label", "a b") + fc(4) + layer("EuclideanLoss", "fc b", "loss"), {"label": (10, 8)}),
    # Captions: as many steps as rows of the file, as many streams as images.
    (ROWS.replace('top: "data"', 'top: "data" top: "cont"') + FEED
     + layer("Embed", "data", "e", "embed_param { num_output: 4 input_dim: 9 }")
     + layer("LSTM", "e cont x", "y", "recurrent_param { num_output: 3 }")
     + layer("SoftmaxWithLoss", "y label", "loss", "softmax_param { axis: 2 }"),
     {"data": (6, 5), "cont": (6, 5), "label": (6, 5)}),
    # Maps of labels are as large as their images, whatever these are.
    (MAPS + conv(5) + layer("SoftmaxWithLoss", "c label", "loss"),
     {"data": (2, 3, 224, 224), "label": (2, 1, 224, 224)}),
    (BOXES + conv(5), {"data": (4, 3, 30, 40), "label": (1, 1, 4, 8)}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), CASES)
def test_sizes_are_found(text: str, wanted: Mapping[str, Shape]) -> None:
    blobs = load_text(text).blobs
    assert {blob: blobs[blob] for blob in wanted} == dict(wanted)


@pytest.mark.parametrize(
    ("text", "open_"),
    [
        (IMAGES + conv(5), ["data"]),  # one input by itself: the user says it
        (MAPS + conv(5) + fc(2, "c"), ["data", "label"]),  # the weights of the last layer depend on the size
        (LABEL + layer("Power", "label", "p"), ["label"]),
        (IMAGES + layer("Flatten", "data", "flat") + fc(10, "flat") + layer("EuclideanLoss", "fc flat", "e"), ["data"]),
        (FEED + LABEL + layer("InnerProduct", "label", "y", "inner_product_param { num_output: 7 }"), ["label"]),
    ],
)
def test_what_does_not_follow_stays_open(text: str, open_: list[str]) -> None:
    net = load_text(text)
    assert [blob for blob in net.inputs if integers(net.blobs[blob]) is None] == open_


@pytest.mark.parametrize(
    ("text", "given", "wanted"),
    [
        (MAPS + conv(5) + layer("SoftmaxWithLoss", "c label", "loss"), {"data": (1, 3, 9, 7)}, {"label": (1, 1, 9, 7)}),
        (ROWS + fc(3) + layer("EuclideanLoss", "fc label", "loss"), {"data": (2, 8)}, {"label": (2, 3)}),
        (BOXES + conv(5), {"label": (1, 1, 50, 8)}, {"label": (1, 1, 50, 8)}),
    ],
)
def test_what_is_given_counts(text: str, given: Mapping[str, tuple[int, ...]], wanted: Mapping[str, Shape]) -> None:
    blobs = load_text(text, inputs=given).blobs
    assert {blob: blobs[blob] for blob in wanted} == dict(wanted)


def test_a_given_shape_that_does_not_fit_is_an_error() -> None:
    text = FEED + LABEL + layer("SoftmaxWithLoss", "x label", "loss")
    with pytest.raises(SpecError, match="NS301"):
        load_text(text, inputs={"label": (3,)})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            MAPS + conv(5) + layer("SoftmaxWithLoss", "c label", "loss"),
            '"data" counts as 2×3×224×224, "label" counts as 2×1×224×224: nothing in the spec says it',
        ),
        (BOXES + conv(5), '"label" counts as 1×1×4×8: nothing in the spec says it'),
        (CASES[9][0], '"data" counts as 10×1×28×28: nothing in the spec says it'),
    ],
)
def test_what_is_taken_for_granted_is_said(text: str, message: str) -> None:
    notes = [d.message for d in check_source(Source("x.net", text)) if d.code == "NS228"]
    assert notes == [message]


@pytest.mark.parametrize(
    ("layers", "wanted"),
    [
        ("", {"labels": (128,), "targets": (128, 84)}),
        (
            BOXES_OF_REGIONS.replace(": 8", ": 84") + layer("SmoothL1Loss", "fc targets inside outside", "e"),
            {"targets": (128, 84)},
        ),
        (
            BOXES_OF_REGIONS + layer("SmoothL1Loss", "fc targets inside outside", "e"),
            {"rois": (128, 5, 1, 1), "labels": (128, 1, 1, 1), "targets": (128, 8, 1, 1)},
        ),
    ],
)
def test_classes_may_share_their_targets(layers: str, wanted: Mapping[str, Shape]) -> None:
    blobs = load_text(REGIONS + layers).blobs
    assert {blob: blobs[blob] for blob in wanted} == wanted


@pytest.mark.parametrize(
    ("side", "last", "width", "notes"),
    [(8, SUM, 4, 1), (7, SUM, 4, 0), (8, "", 5, 0)],  # Caffe's own rule, unless a net is wrong with it
)
def test_intels_pooling_of_single_elements(side: int, last: str, width: int, notes: int) -> None:
    text = SHORTCUT.format(side=side, last=last)
    assert load_text(text).blobs["p"] == (1, 2, width, width)
    found = [d.message for d in check_source(Source("x.net", text)) if d.code != "NS865"]  # the windows beyond
    assert found == ['"p" is read as a fork does: without windows of one element beyond the input'] * notes


TINY = """
layer {{ name: "i" type: "Input" top: "x" input_param {{ shape {{ dim: [1, 2, {side}, {side}] }} }} }}
layer {{ name: "p" type: "Pooling" bottom: "x" top: "p" pooling_param {{ kernel_size: 2 {fields} }} }}
{last}
"""


@pytest.mark.parametrize(
    ("side", "fields", "last", "width"),
    [
        (5, "stride: 1 pad: 0", layer("Eltwise", "p x", "y"), 5),
        (5, "", layer("Eltwise", "p x", "y"), 5),
        (5, "stride: 1", "", 4),  # Caffe's own rule, unless a net is wrong with it
        (5, "pool: AVE", layer("Eltwise", "p x", "y"), None),
        (5, "pad: 1", layer("Eltwise", "p x", "y"), None),
        (6, "stride: 2", layer("Eltwise", "p x", "y"), None),
    ],
)
def test_darknets_pooling_of_as_many_windows_as_elements(side: int, fields: str, last: str, width: int | None) -> None:
    text = TINY.format(side=side, fields=fields, last=last)
    found = [d.message for d in check_source(Source("x.net", text))]
    if width is None:
        assert any("Eltwise" in message for message in found)
    else:
        assert load_text(text).blobs["p"] == (1, 2, width, width)
        said = '"p" is read as a fork does: with windows that begin in the last row and column, as darknet\'s do'
        assert found == [said] * (width == side)
