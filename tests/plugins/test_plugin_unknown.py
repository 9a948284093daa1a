"""Layers of types that are nowhere, where they are allowed."""

from __future__ import annotations

import pytest

import netspec
from netspec.diagnostics import Diagnostic
from netspec.diagnostics.source import Source
from netspec.frontend.load import check_source

INPUT = 'layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }\n'
NET = f"""{INPUT}
layer {{ name: "odd" type: "Odd" bottom: "x" top: "y" top: "z" loss_weight: 0 loss_weight: 1 odd_param {{ any: 1 }} }}
layer {{ name: "ip" type: "InnerProduct" bottom: "y" top: "ip" inner_product_param {{ num_output: 5 }} }}
layer {{ name: "cat" type: "Concat" bottom: "ip" bottom: "x" top: "cat" }}
layer {{ name: "relu" type: "ReLU" bottom: "x" top: "relu" }}
"""


def checked(text: str, allow: bool = True) -> list[Diagnostic]:
    return check_source(Source("odd.net", text), allow_unknown=allow)


def test_a_warning_and_silence_below() -> None:
    (found,) = checked(NET)
    assert (found.code, found.severity, found.message) == ("NS225", "warning", 'there is no layer type "Odd"')
    (error,) = checked(NET, allow=False)
    assert (error.code, error.labels) == ("NS208", found.labels)


def test_what_is_known_of_the_net() -> None:
    net = netspec.load_text(NET, allow_unknown=True)
    assert net.blobs == {"x": (2, 3), "y": None, "z": None, "ip": None, "cat": None, "relu": (2, 3)}
    assert [node.type for node in net.layers] == ["Input", "Odd", "InnerProduct", "Concat", "ReLU"]
    assert net.layers[1].loss_weights == (0, 1)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (NET, "NS402"),
        (INPUT + 'layer { name: "odd" type: "Odd" bottom: "x" }', "NS401"),
    ],
    ids=["tops", "none"],
)
@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_it_is_not_compiled(text: str, code: str, backend: str) -> None:
    with pytest.raises(netspec.SpecError) as refused:
        netspec.emit(netspec.load_text(text, allow_unknown=True), backend)
    (found,) = refused.value.diagnostics
    assert found.code == code
    assert text[found.labels[0].span.start :].startswith(text[text.rindex("layer", 0, text.rindex('"odd"')) :][:20])


@pytest.mark.parametrize(
    ("rest", "code"),
    [
        ('bottom: "x" top: "y" tops: "z"', "NS201"),
        ('bottom: "nowhere" top: "y"', "NS209"),
        ('bottom: "x" top: "y" top: "y"', "NS210"),
        ('bottom: "x" top: "y" loss_weight: 1 loss_weight: 2', "NS213"),
    ],
)
def test_the_rest_of_such_a_layer_is_checked(rest: str, code: str) -> None:
    found = checked(INPUT + f'layer {{ name: "odd" type: "Odd" {rest} }}')
    assert code in [diagnostic.code for diagnostic in found]


@pytest.mark.parametrize("kind", ["", 'type: ""'])
def test_a_layer_has_a_type(kind: str) -> None:
    assert [found.code for found in checked(INPUT + f'layer {{ name: "odd" {kind} bottom: "x" top: "y" }}')] == [
        "NS208"
    ]


def test_an_older_format() -> None:
    text = f"{INPUT.replace('layer', 'layers').replace(chr(34) + 'Input' + chr(34), 'ODD_DATA', 1)}"
    assert [found.code for found in checked(text)] == ["NS225"]


def test_layers_that_are_not_used_say_nothing() -> None:
    text = NET.replace('name: "odd"', 'name: "odd" include { phase: TRAIN }').replace('bottom: "y"', 'bottom: "x"')
    assert check_source(Source("odd.net", text), "TEST", allow_unknown=True) == []
