"""Python layers that a plugin has a type for: what their `param_str` says, and where."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import netspec
from netspec.diagnostics import Diagnostic
from netspec.diagnostics.source import Source
from netspec.frontend.load import check_source

PLUGIN = """
from netspec.shapes import UNKNOWN

class Order(IntEnum):
    FIRST = 0
    LAST = 1

class Regions(PythonLayer, Elementwise):
    python: ClassVar = ("rpn.proposal_layer", "ProposalLayer")
    feat_stride: UInt = 16
    scales: tuple[float, ...] = (8.0, 16.0)
    split: str = ""
    clip: bool = True
    order: Order = Order.FIRST

    def formula(self, x):
        return x * self.feat_stride

class Textual(PythonLayer, Elementwise):
    python: ClassVar = ("texts", "Textual")
    param_str: str = ""
    def formula(self, x): return x

class Either(PythonLayer, Elementwise):
    python: ClassVar = ("texts", "Either")
    param_str: str = ""
    seed: int = 0
    def formula(self, x): return x

class Needy(PythonLayer, Elementwise):
    python: ClassVar = ("texts", "Needy")
    seed: int
    def formula(self, x): return x

class Plain(PythonLayer, Elementwise):
    python: ClassVar = ("texts", "Plain")
    def formula(self, x): return x

class RoIData(PythonLayer, DataLayer):
    python: ClassVar = ("roi_data_layer.layer", "RoIDataLayer")
    tops: ClassVar = Count(2, 2)
    num_classes: int = 21
    def infer(self, site): return (1, 3, UNKNOWN, UNKNOWN), (UNKNOWN, 5)

LAYERS = (Regions, Textual, Either, Needy, Plain, RoIData)
"""
PROPOSAL = ("rpn.proposal_layer", "ProposalLayer")
INPUT = 'layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }\n'

Plugin = Callable[[str], Path]

# What stands in the quotes of a spec, and the fields that it gives.
READ: dict[str, dict[str, Any]] = {
    "": {},
    "{}": {},
    "'feat_stride': 16": {"feat_stride": 16},
    r"\'feat_stride\': 8": {"feat_stride": 8},
    "{'feat_stride': 8, 'split': 'train'}": {"feat_stride": 8, "split": "train"},
    r"'feat_stride': 16 \n'scales': !!python/tuple [4, 8, 16, 32]": {"feat_stride": 16, "scales": (4, 8, 16, 32)},
    r"{\"feat_stride\": 8, \"clip\": false, \"split\": null}": {"feat_stride": 8, "clip": False},
    r"feat_stride: 8\nclip: false\nsplit: val\n": {"feat_stride": 8, "clip": False, "split": "val"},
    " { 'scales': (-1, .5, 1e3) } ": {"scales": (-1.0, 0.5, 1000.0)},
    "'scales': []": {"scales": ()},
    "'clip': False": {"clip": False},
    "'clip': 0": {"clip": False},
    "'order': 'LAST'": {"order": 1},
    "'order': 1": {"order": 1},
    r"'split': '\\\"\\t\\\\é'": {"split": '"\t\\é'},
    "'feat_stride': None": {},
}

# What stands in the quotes, what is said of it, and the place that is shown.
REFUSED = {
    "'feat_strid': 16": ("NS201", "python_param has no field feat_strid", "feat_strid"),
    "{'feat_stride': -3}": ("NS204", "expected an integer that is not negative", "-3"),
    r"{\'clip\': \'maybe\'}": ("NS204", "expected true or false", "maybe"),
    "'order': 'MIDDLE'": ("NS205", "order is one of FIRST, LAST; MIDDLE is not", "MIDDLE"),
    "'feat_stride': 1, 'feat_stride': 2": ("NS202", "feat_stride is given twice", "feat_stride"),
    "'feat_stride': [1, 2]": ("NS203", "feat_stride is a plain value, not a list", "feat_stride"),
    "'scales': {'a': 1}": ("NS206", "param_str is no flat dictionary", "param_str"),
    "'scales': [[1]]": ("NS206", "param_str is no flat dictionary", "param_str"),
    "'split': b'x'": ("NS206", "param_str is no flat dictionary", "param_str"),
    "'seed': open('x').read()": ("NS206", "param_str is no flat dictionary", "param_str"),
    "{**x}": ("NS206", "param_str is no flat dictionary", "param_str"),
    "{1: 2}": ("NS206", "param_str is no flat dictionary", "param_str"),
    "16": ("NS206", "param_str is no flat dictionary", "param_str"),
    "train 16": ("NS206", "param_str is no flat dictionary", "param_str"),
    "'feat_stride': 0x" + "f" * 5000: ("NS206", "param_str is no flat dictionary", "param_str"),
    "'feat_stride': " + "-" * 9000 + "1": ("NS206", "param_str is no flat dictionary", "param_str"),
    "[" * 5000: ("NS206", "param_str is no flat dictionary", "param_str"),
    "'split': '" + "x" * 10_000 + "'": ("NS206", "param_str is no flat dictionary", "param_str"),
}


def spec(param_str: str, module: str = PROPOSAL[0], layer: str = PROPOSAL[1], rest: str = "") -> str:
    names = f'module: "{module}" layer: "{layer}"'
    text = f'param_str: "{param_str}"' if param_str else ""
    return f'{INPUT}layer {{ name: "p" type: "Python" bottom: "x" top: "y" python_param {{ {names} {text} {rest} }} }}'


def params(text: str, plugin: Path) -> tuple[str, dict[str, Any]]:
    node = netspec.load_text(text, plugins=[plugin]).layers[1]
    return node.type, node.params.model_dump(exclude_unset=True)


def checked(text: str, plugin: Path) -> list[Diagnostic]:
    return check_source(Source("mine.net", text), plugins=[plugin])


@pytest.mark.parametrize("text", READ)
def test_what_is_read(text: str, plugin: Plugin) -> None:
    assert params(spec(text), plugin(PLUGIN)) == ("Regions", READ[text])


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:30])
def test_what_is_refused(text: str, plugin: Plugin) -> None:
    code, message, place = REFUSED[text]
    (found,) = checked(spec(text), plugin(PLUGIN))
    assert (found.code, message in found.message) == (code, True), found.message
    (start, _), source = found.labels[0].span, found.labels[0].source
    assert source.text[start:].lstrip("'\"\\").startswith(place)


@pytest.mark.parametrize(
    ("text", "layer", "fields"),
    [
        ("{'seed': 1}", "Textual", {"param_str": "{'seed': 1}"}),
        ("any text", "Textual", {"param_str": "any text"}),
        ("", "Textual", {}),
        ("{'seed': 1}", "Either", {"seed": 1}),
        ("any text", "Either", {"param_str": "any text"}),
    ],
)
def test_a_text_as_it_is(text: str, layer: str, fields: dict[str, Any], plugin: Plugin) -> None:
    assert params(spec(text, "texts", layer), plugin(PLUGIN)) == (layer, fields)


def test_a_field_that_is_missing(plugin: Plugin) -> None:
    (found,) = checked(spec("", "texts", "Needy"), plugin(PLUGIN))
    assert (found.code, found.message) == ("NS207", "Needy needs seed")
    assert found.help == "give param_str: \"{'seed': …}\""


def test_a_class_without_fields(plugin: Plugin) -> None:
    assert params(spec("", "texts", "Plain"), plugin(PLUGIN)) == ("Plain", {})
    assert [found.code for found in checked(spec("'seed': 1", "texts", "Plain"), plugin(PLUGIN))] == ["NS201"]


def test_the_type_by_its_own_name(plugin: Plugin) -> None:
    text = f'{INPUT}layer {{ name: "p" type: "Regions" bottom: "x" top: "y" python_param {{ feat_stride: 4 }} }}'
    assert params(text, plugin(PLUGIN)) == ("Regions", {"feat_stride": 4})


def test_a_data_layer_becomes_inputs(plugin: Plugin) -> None:
    names = 'module: "roi_data_layer.layer" layer: "RoIDataLayer" param_str: "num_classes: 81"'
    text = f'layer {{ name: "roi" type: "Python" top: "data" top: "boxes" python_param {{ {names} }} }}'
    net = netspec.load_text(text, inputs={"data": (1, 3, 600, 1000)}, plugins=[plugin(PLUGIN)])
    assert net.inputs == ("data", "boxes")
    assert net.blobs["data"] == (1, 3, 600, 1000)
    assert net.layers[0].params.model_dump() == {"num_classes": 81}


def test_adjacent_strings_have_one_place(plugin: Plugin) -> None:
    text = spec("'feat_stride': 8,\" \"'clap': 1").replace("\\", "")
    (found,) = checked(text, plugin(PLUGIN))
    assert found.message == "python_param has no field clap"
    assert text[found.labels[0].span.start :].startswith("\"'feat") or text[found.labels[0].span.start - 1] == '"'


@pytest.mark.parametrize(("module", "layer"), [("rpn.other", "ProposalLayer"), ("rpn.proposal_layer", "Other")])
def test_others_are_not_known(module: str, layer: str, plugin: Plugin) -> None:
    (found,) = checked(spec("", module, layer), plugin(PLUGIN))
    assert (found.code, found.severity) == ("NS225", "warning")
    assert f"the Python layer {module}.{layer} is not known" in found.message
    net = netspec.load_text(spec("", module, layer), plugins=[plugin(PLUGIN)])
    assert (net.layers[1].type, net.blobs["y"]) == ("Python", None)


def test_faults_of_the_message_itself_are_those_of_any_message(plugin: Plugin) -> None:
    assert [found.code for found in checked(spec("", rest="modul: 1"), plugin(PLUGIN))] == ["NS201"]
    assert [found.code for found in checked(spec("", rest='layer: "B"'), plugin(PLUGIN))] == ["NS202"]


# What a layer of module rpn.proposal_layer and class ProposalLayer says, and why
# it is not the one of py-faster-rcnn.
OTHERS = [
    ('bottom: "x" bottom: "x" bottom: "x" bottom: "x" top: "r"', "{'feat_stride': 16}", "takes 3 bottoms, not 4"),
    ('bottom: "x" bottom: "x" bottom: "x" top: "a" top: "b" top: "c"', "", "takes 1 to 2 tops, not 3"),
    ('bottom: "x" bottom: "x" bottom: "x" top: "r"', "'feat_stride': 4,8,16", "is no flat dictionary"),
    ('bottom: "x" bottom: "x" bottom: "x" top: "r"', "{'use_clip': 1}", "has no use_clip"),
]


@pytest.mark.parametrize(("blobs", "text", "words"), OTHERS)
def test_another_layer_of_a_known_name(blobs: str, text: str, words: str) -> None:
    param = f'python_param {{ module: "rpn.proposal_layer" layer: "ProposalLayer" param_str: "{text}" }}'
    spec = f'input: "x" input_shape {{ dim: 1 dim: 3 }} layer {{ name: "p" type: "Python" {blobs} {param} }}'
    found = check_source(Source("test.net", spec))
    assert [d.code for d in found] == ["NS225"]
    assert words in found[0].message


def test_a_layer_without_tops_is_left_out() -> None:
    param = 'python_param { module: "caffe_traininglayers" layer: "LossMeterLayer" param_str: "log 1000" }'
    spec = f'input: "x" input_shape {{ dim: 1 dim: 3 }} layer {{ name: "p" type: "Python" bottom: "x" {param} }}'
    spec += 'layer { name: "r" type: "ReLU" bottom: "x" top: "r" }'
    (found,) = check_source(Source("test.net", spec))
    assert found.code == "NS225" and "leaves it out" in found.message
    assert "LossMeter" not in netspec.emit(netspec.load_text(spec), "torch")
