"""Layers of types that are nowhere, where they are allowed."""

from __future__ import annotations

from typing import Any

import pytest

import netspec
from netspec.diagnostics import Diagnostic, Severity
from netspec.diagnostics.source import Source
from netspec.frontend.load import check_source
from netspec.layers.unknown import Unknown
from netspec.net.compare.params import changes

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


def odd(rest: str, bottom: str = 'bottom: "x"', top: str = 'top: "y"') -> str:
    return INPUT + f'layer {{ name: "odd" type: "Odd" {bottom} {top} {rest} }}\n'


# what is written, the values of the layer
VALUES = [
    ("", {}),
    ("odd_param { any: 1 }", {"any": 1}),
    ("odd_param { a: 1.5 b: -2 c: 0x10 d: true e: FAST f: 'it\\'s' g: inf }", {
        "a": 1.5, "b": -2, "c": 16, "d": True, "e": "FAST", "f": "it's", "g": float("inf")}),
    ("odd_param { a: 1 a: 2 b: [3] c: [] }", {"a": (1, 2), "b": (3,), "c": ()}),
    ("odd_param { in { a: 1 } in { b { c: 2 } } one { } }", {"in": ({"a": 1}, {"b": {"c": 2}}), "one": {}}),
    ("odd_param { a: 1 } even_param { a: 2 b: 3 }", {"a": 1, "even_param_a": 2, "b": 3}),
    ("odd_param { a: 1 } pooling_param { kernel_size: 2 }", {"a": 1, "kernel_size": 2}),
    ("odd_param { a: 99999999999999999999999 }", {"a": 1e23}),
    ("odd_param { lambda: 2 __class__: 3 }", {"lambda": 2, "__class__": 3}),
    ("odd_param { param: 2 } param { lr_mult: 1 } include { phase: TEST }", {"param": 2}),
]  # fmt: skip


@pytest.mark.parametrize(("rest", "values"), VALUES)
def test_what_it_is_told(rest: str, values: dict[str, object]) -> None:
    params = netspec.load_text(odd(rest), allow_unknown=True).layers[1].params
    assert isinstance(params, Unknown)
    assert params.values == values


# the short form, with values that are worked out
SHORT = [
    ("y = Odd(x) { a: 1 b { c: 2 } }", {"a": 1, "b": {"c": 2}}),
    ("let n = 3\ny = Odd(x) { a: 2*n b: [n, 1] }", {"a": 6, "b": (3, 1)}),
    ("block pair(x) -> y { y = Odd(x) { a: 1 } }\ny = pair(x)", {"a": 1}),
    ('repeat i in 0..2 { y = Odd(x) { a: i name: f"odd{i}" } }', {"a": 0}),
]


@pytest.mark.parametrize(("text", "values"), SHORT)
def test_what_it_is_told_in_short_form(text: str, values: dict[str, object]) -> None:
    net = netspec.load_text(f"x = Input {{ shape {{ dim: [2, 3] }} }}\n{text}", allow_unknown=True)
    params = net.layers[1].params
    assert isinstance(params, Unknown)
    assert params.values == values


def test_messages_may_be_deep() -> None:
    deep = "a { " * 90 + "}" * 90
    params = netspec.load_text(odd(f"odd_param {{ {deep} }}"), allow_unknown=True).layers[1].params
    assert isinstance(params, Unknown)
    assert params.values.keys() == {"a"}


# the layer, the options, the shapes of its tops
SHAPES = [
    (odd(""), {}, {"y": None}),
    (odd(""), {"shapes": {"y": (4, 5)}}, {"y": (4, 5)}),
    (odd(""), {"shapes": {"y": ()}}, {"y": ()}),
    (odd(""), {"same_shape": True}, {"y": (2, 3)}),
    (odd("", top='top: "y" top: "z"'), {"same_shape": True, "shapes": {"z": (4,)}}, {"y": (2, 3), "z": (4,)}),
    (odd("", top='top: "x"'), {}, {"x": (2, 3)}),
    (odd("", top='top: "x" top: "z"'), {}, {"x": (2, 3), "z": None}),
    (odd("", bottom=""), {}, {"y": None}),
    (odd("", bottom=""), {"shapes": {"y": (4, 5)}}, {"y": (4, 5)}),
    (odd("", bottom=""), {"inputs": {"y": (4, 5)}}, {"y": (4, 5)}),
    (odd("") + "expect y: [4, 5]", {}, {"y": (4, 5)}),
    (odd("") + "expect y: [4, _]", {}, {"y": None}),
    (odd("") + "expect y: [0, 4]", {}, {"y": None}),
]


@pytest.mark.parametrize(("text", "options", "shapes"), SHAPES)
def test_shapes(text: str, options: Any, shapes: dict[str, object]) -> None:
    net = netspec.load_text(text, allow_unknown=True, **options)
    assert {blob: net.blobs[blob] for blob in shapes} == shapes


def test_sizes_may_have_names() -> None:
    options: Any = {"inputs": {"x": ("N", 3)}, "shapes": {"y": ("N", 4)}}
    net = netspec.load_text(NET, allow_unknown=True, **options)
    assert [str(size) for size in net.blobs["cat"] or ()] == ["N", "8"]


@pytest.mark.parametrize(
    ("options", "code", "help"),
    [
        ({"shapes": {"nowhere": (1, 2)}}, "NS308", "inputs, and what layers of unknown types write: x, y"),
        ({"shapes": {"y": (0, 2)}}, "NS308", "give it as y=1,3,224,224"),
        ({"shapes": {"y": (2**20, 2**20)}}, "NS309", None),
    ],
)
def test_shapes_that_are_none(options: Any, code: str, help: str | None) -> None:
    found = check_source(Source("odd.net", odd("")), allow_unknown=True, **options)
    assert [(d.code, d.help) for d in found if d.severity is Severity.ERROR] == [(code, help)]


def test_a_spec_may_expect_another_shape_than_is_given() -> None:
    text = odd("") + "expect y: [4, 5]"
    found = check_source(Source("odd.net", text), allow_unknown=True, shapes={"y": (4, 6)})
    assert [d.code for d in found if d.severity is Severity.ERROR] == ["NS709"]


@pytest.mark.parametrize(("bottom", "inputs"), [('bottom: "x"', ("x",)), ("", ("x", "y"))])
def test_without_bottoms_it_is_an_input(bottom: str, inputs: tuple[str, ...]) -> None:
    assert netspec.load_text(odd("", bottom), allow_unknown=True).inputs == inputs


def test_without_tops_it_is_left_out() -> None:
    (found,) = checked(odd("", top=""))
    assert found.message == 'there is no layer type "Odd"; it writes no blob, and compiled code leaves it out'
    net = netspec.load_text(odd("", top=""), allow_unknown=True)
    assert [node.type for node in net.compiled.layers] == ["Input"]


def test_a_python_layer() -> None:
    text = odd("python_param { module: 'rpn' layer: 'Propose' param_str: '{}' }").replace('"Odd"', '"Python"')
    assert [found.code for found in checked(text)] == [found.code for found in checked(text, allow=False)] == ["NS225"]
    node = netspec.load_text(text, allow_unknown=True, shapes={"y": (4, 5)}).layers[1]
    assert isinstance(node.params, Unknown)
    assert (node.type, node.params.class_name) == ("Python", "Propose")
    assert node.params.values == {"module": "rpn", "layer": "Propose", "param_str": "{}"}


def test_differences() -> None:
    old, new = (
        netspec.load_text(odd(f"odd_param {{ a: 1 {rest} }}"), allow_unknown=True) for rest in ("b: 2", "b: 3 c: 4")
    )
    assert [str(change.what) for change in changes(old.layers[1].params, new.layers[1].params)] == ["b", "c"]


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
