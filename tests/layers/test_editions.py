"""Whose a layer is: the room of Caffe against Caffe's own proto, forks' types and fields each in one edition."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from netspec.frontend.messages.schema import beside
from netspec.layers import FAMILY, every, find
from netspec.layers.base import Layer, Message
from netspec.layers.caffe.merge import EltwiseOp
from netspec.layers.editions import CAFFE, EDITIONS, edition_of
from netspec.layers.extensions import EXTENSIONS, IN_COMPANY, READINGS, groups, held, in_company, joined, shown, widest
from netspec.layers.message import enums
from netspec.layers.tensors.eltwise import FurtherOp
from netspec.layers.tensors.pooling import InsideMethod
from tests.layers.caffe.caffe_proto import ENUMS, MESSAGES, READS
from tests.layers.one_layer import make

ROOM = Path(__file__).parents[2] / "netspec" / "layers" / CAFFE
OF_CAFFE = [name for name, family in FAMILY.items() if family.startswith("caffe.")]
FORKS = re.compile(r"(?i)synopsys|intel|nvidia|deeplab|opencl|segnet|happynear|gnina|yolo|flownet|pspnet|\bforks?\b")


def fields_of(message: type[Message]) -> set[str]:
    """As specs call them."""
    named = {info.alias or name for name, info in message.model_fields.items()}
    return named | message.without_effect().keys()


@pytest.mark.parametrize("type_name", OF_CAFFE)
def test_types_of_caffe_have_the_fields_of_its_proto(type_name: str) -> None:
    layer = find(type_name)
    assert layer is not None
    others = beside(layer)
    found = {layer.message: fields_of(layer) - set(others)} if layer.message else {}
    for name in others:
        message = held(layer.model_fields[name].annotation)
        assert message is not None
        found[name] = fields_of(message)
    assert found == {name: set(MESSAGES[name].split()) for name in READS.get(type_name, "").split()}


@pytest.mark.every_type
def test_fields_of_caffe_take_the_words_of_its_proto() -> None:
    found = {
        f"{layer.message}.{name}": " ".join(member for kind in enums(info.annotation) for member in kind.__members__)
        for layer in every()
        if layer.__name__ in OF_CAFFE
        for name, info in layer.model_fields.items()
        if enums(info.annotation)
    }
    assert found == ENUMS


@pytest.mark.parametrize("path", sorted(ROOM.glob("*.py")), ids=lambda path: path.stem)
def test_the_room_of_caffe_names_no_fork(path: Path) -> None:
    assert FORKS.findall(path.read_text("utf-8")) == []


@pytest.mark.every_type
def test_what_stands_outside_the_room_of_caffe_is_of_a_fork() -> None:
    classes = {group for layer in every() for group in groups(layer)}
    for layer in (*every(), *classes):
        edition = edition_of(layer)
        assert edition in EDITIONS
        assert (edition == CAFFE) == (layer.__name__ in OF_CAFFE), layer.__name__
    assert {edition_of(layer) for layer in (*every(), *classes)} == set(EDITIONS)


@pytest.mark.parametrize("type_name", IN_COMPANY)
def test_company_is_of_the_same_edition(type_name: str) -> None:
    company, _ = IN_COMPANY[type_name]
    kind = find(type_name)
    classes = kind is not None and "num_classes" in kind.model_fields
    other, layer = find(company), make(type_name, **({"num_classes": 3} if classes else {}))
    assert other is not None
    assert in_company(layer, []) is layer
    found = in_company(layer, [company])
    assert found.type_name() == type_name and type(found).base_type() is type(layer)
    assert edition_of(type(found).__bases__[0]) == edition_of(other)


def test_groups_are_of_types() -> None:
    bases = {base.__name__ for layer in every() for base in layer.__mro__}
    assert EXTENSIONS.keys() <= bases
    assert READINGS.keys() <= FAMILY.keys()
    assert IN_COMPANY.keys() <= FAMILY.keys()


@pytest.mark.parametrize("layer", [layer for layer in every() if groups(layer)], ids=lambda layer: layer.__name__)
def test_a_type_with_all_fields_is_the_same_type(layer: type[Layer]) -> None:
    wide = widest(layer)
    assert wide.type_name() == layer.type_name() and wide.base_type() is layer
    assert layer.message == wide.message
    assert fields_of(layer) <= fields_of(wide)
    assert widest(wide) is wide and joined(layer, ()) is layer


# type, fields, the groups that these show
SHOWN: list[tuple[str, dict[str, object], str]] = [
    ("Convolution", {"num_output": 1}, ""),
    ("Convolution", {"num_output": 1, "engine": 1}, ""),
    ("Convolution", {"num_output": 1, "hole": (2,)}, "Holes"),
    ("Convolution", {"hole": (2,), "pad_l": 1}, "Sided Holes"),
    ("Convolution", {"conv_algorithm": "direct"}, "ConvolutionAlgorithm"),
    ("DepthwiseConvolution", {"hole": (2,)}, "Holes"),
    ("Data", {"transform_param": {"crop_size": 8}}, ""),
    ("Data", {"transform_param": {"crop_h": 8}, "side": (7,)}, "ForksData Transformed"),
    ("SoftmaxWithLoss", {"loss_param": {"class_weighting": (1.0,)}}, "WeighingSoftmaxWithLoss"),
    ("ReLU", {"nothing": 1}, ""),
    ("Eltwise", {"operation": EltwiseOp.MAX}, ""),
    ("Eltwise", {"operation": FurtherOp.DIV, "axis": 1}, "StretchedEltwise FurtherEltwise"),
    ("Pooling3D", {"pool": InsideMethod.AVE_EXC_PAD}, "InsidePooling"),
]


@pytest.mark.parametrize(("type_name", "fields", "wanted"), SHOWN)
def test_fields_show_their_groups(type_name: str, fields: dict[str, object], wanted: str) -> None:
    layer = find(type_name)
    assert layer is not None
    found = shown(layer, fields)
    assert [base.__name__ for base in found.__bases__] == (
        [*wanted.split(), type_name] if wanted else list(bases(layer))
    )


def bases(layer: type[Layer]) -> list[str]:
    return [base.__name__ for base in layer.__bases__]


def test_several_groups_keep_what_each_says_of_the_types_own_fields() -> None:
    layer = make("SoftmaxWithLoss", loss_param={"class_weighting": (1.0,)}, softmax_param={"normalize_type": "Softmax"})
    assert held(type(layer).model_fields["loss_param"].annotation) is not None
    assert type(layer).base_type() is find("SoftmaxWithLoss")
