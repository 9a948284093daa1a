"""Type names that forks use for different layers: which one is taken, and how that is said."""

from __future__ import annotations

import json

import pytest

import netspec
from netspec.diagnostics import Severity
from netspec.diagnostics.annotations import command
from netspec.diagnostics.interchange import as_json
from netspec.diagnostics.render import human, summary
from netspec.diagnostics.source import Source
from netspec.frontend.load import check_source
from netspec.layers import FAMILY, NAMESAKES, namesakes

DATA = 'layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 dim: 4 dim: 6 } } }\n'
FOUR = "param { lr_mult: 1 } param { lr_mult: 1 } param { lr_mult: 0 } param { lr_mult: 0 }"


def bn(rest: str, name: str = "bn", kind: str = "BN") -> str:
    return f'layer {{ name: "{name}" type: "{kind}" bottom: "data" top: "{name}" {rest} }}\n'


def norm(rest: str) -> str:
    return bn(rest, "norm", "Normalize")


# A layer, the type taken for it
TAKEN = [
    (bn(""), "SegNetBN"),
    (bn("bn_param { }"), "SegNetBN"),
    (bn("bn_param { scale_filler { value: 1 } shift_filler { value: 0.001 } }"), "SegNetBN"),
    (bn("bn_param { bn_mode: INFERENCE }"), "SegNetBN"),
    (bn('top: "mean" top: "variance"'), "SegNetBN"),
    (bn("param { lr_mult: 1 } param { lr_mult: 1 }"), "SegNetBN"),
    (bn(FOUR), "PSPNetBN"),
    (bn("bn_param { frozen: true slope_filler { value: 1 } }"), "PSPNetBN"),
    (bn("bn_param { engine: CUDNN } param { lr_mult: 1 } param { lr_mult: 1 }"), "PSPNetBN"),
    (bn("bn_param { scale_filler { value: 1 } }" + FOUR), "HappynearBN"),
    (bn("bn_param { var_eps: 1e-4 }"), "HappynearBN"),
    (bn("bn_param { slope_filler { value: 1 } }", kind="HappynearBN").replace("slope", "scale"), "HappynearBN"),
    (norm(""), "HappynearNormalize"),
    (norm('top: "length"'), "HappynearNormalize"),
    (norm("normalize_param { bp_norm: true }"), "HappynearNormalize"),
    (norm("norm_param { }"), "SSDNormalize"),
    (norm("norm_param { across_spatial: false channel_shared: false }"), "SSDNormalize"),
    (norm("param { lr_mult: 1 }"), "SSDNormalize"),
]


@pytest.mark.parametrize(("text", "expected"), TAKEN, ids=[text[37:].strip() for text, _ in TAKEN])
def test_taken(text: str, expected: str) -> None:
    net = netspec.load_text(DATA + text)
    node = net.layers[-1]
    assert type(node.params).__name__ == expected
    assert node.type == ("Normalize" if "Normalize" in text else "BN")


@pytest.mark.every_type
@pytest.mark.parametrize("name", NAMESAKES)
def test_a_shared_name_is_no_type(name: str) -> None:
    assert name not in FAMILY
    assert [layer.type_name() for layer in namesakes(name)] == [each.type_name for each in NAMESAKES[name]]


def test_a_note_for_each_meaning_once() -> None:
    text = (
        DATA + bn("", "a") + bn("", "b") + bn("bn_param { frozen: true }", "c") + bn("bn_param { frozen: true }", "d")
    )
    found = check_source(Source("x.net", text), None)
    assert [(d.code, d.severity) for d in found] == [("NS227", Severity.NOTE)] * 2
    assert [d.labels[0].source.position(d.labels[0].span.start).line for d in found] == [2, 4]
    assert "SegNetBN" in found[0].message
    assert "PSPNetBN" in found[1].message
    assert found[1].labels[0].text.startswith("that of SegNet: bn_param has no field frozen")


def test_no_note_where_a_message_says_it() -> None:
    """As far as no other meaning reads it: that of a BN is read by all."""
    text = DATA + norm("norm_param { across_spatial: false }") + bn("normalize_param { }", "other", "Normalize")
    assert [d.code for d in check_source(Source("x.net", text), None)] == []
    (note,) = check_source(Source("x.net", DATA + norm("")), None)
    assert note.code == "NS227"
    assert note.message == '"Normalize" is taken for the layer of happynear, HappynearNormalize'
    assert note.help == "to mean that of SSD, write norm_param { }"


def test_two_messages() -> None:
    """One of them has to be wrong; what is not read is said as ever."""
    text = DATA + norm("norm_param { } normalize_param { }")
    assert [d.code for d in check_source(Source("x.net", text), None)] == ["NS227", "NS222"]


def test_a_note_is_no_problem() -> None:
    found = check_source(Source("x.net", DATA + bn("")), None)
    assert summary(found, 1) == "no problems in 1 file"
    assert human(found).startswith('note[NS227]: "BN" is taken for the layer of SegNet, SegNetBN\n')
    assert command(found[0]).startswith("::notice file=x.net,line=2")
    assert json.loads(as_json(found))[0]["severity"] == "note"


def test_what_fits_none_is_an_error() -> None:
    found = check_source(Source("x.net", DATA + bn("bn_param { frozn: true }")), None)
    assert [d.code for d in found if d.severity is Severity.ERROR] == ["NS201"]


def test_v1() -> None:
    text = (
        DATA.replace("layer {", "layers {").replace('"Input"', "DUMMY_DATA").replace("input_param", "dummy_data_param")
    )
    net = netspec.load_text(text + 'layers { name: "bn" type: BN bottom: "data" top: "bn" }')
    assert type(net.layers[-1].params).__name__ == "SegNetBN"


def test_the_message_of_a_namesake_in_another_layer_is_read_over() -> None:
    text = DATA + bn("bn_param { frozen: true }", kind="ReLU")
    assert [d.code for d in check_source(Source("x.net", text), None)] == ["NS222"]


def test_no_note_where_only_one_has_the_fields() -> None:
    """Though both are read from one message."""
    inputs = DATA.replace("dim: 2 dim: 3 dim: 4 dim: 6", "dim: 2 dim: 6 dim: 4 dim: 6")
    loss = 'layer { name: "loss" type: "DetectionLoss" bottom: "data" bottom: "data" top: "loss" %s }\n'
    fields = "detection_loss_param { cls_num: 2 field_h: 9 field_w: 9 downsample_rate: 8 }"
    assert check_source(Source("net.prototxt", inputs + loss % fields)) == []
    assert netspec.load_text(inputs + loss % fields).layers[-1].params.type_name() == "MSCNNDetectionLoss"
    found = check_source(Source("net.prototxt", inputs + loss % ""))
    assert any("taken for the layer of YOLO" in diagnostic.message for diagnostic in found)
