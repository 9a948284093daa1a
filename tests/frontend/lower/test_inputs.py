"""Shapes given from outside, and those of data layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from netspec.diagnostics import SpecError
from netspec.diagnostics.source import Source
from netspec.frontend.load import check_source, load_text
from netspec.shapes import Size
from tests.frontend.pieces import data, layer

STORED = 'layer { name: "d" type: "Data" top: "images" top: "labels" data_param { batch_size: 8 } }\n'
POOL = layer("Pooling", "images", "y", "pooling_param { kernel_size: 2 stride: 2 }")


def test_they_take_the_place_of_what_the_spec_says() -> None:
    net = load_text(data(1, 3, 8, 8) + layer("ReLU"), inputs={"data": (2, 5)})
    assert net.blobs == {"data": (2, 5), "y": (2, 5)}


def test_data_layers_say_some_of_it() -> None:
    net = load_text(STORED + POOL)
    images = net.blobs["images"]
    assert images is not None and images[:2] == (8, 3) and all(isinstance(dim, Size) for dim in images[2:])
    assert net.blobs["labels"] == (8,)
    assert net.inputs == ("images", "labels")


def test_the_rest_is_given() -> None:
    net = load_text(STORED + POOL, inputs={"images": (8, 1, 28, 28)})
    assert net.blobs["y"] == (8, 1, 14, 14)
    assert net.blobs["labels"] == (8,)


def test_nothing_is_known_of_an_input_without_a_shape() -> None:
    spec = 'layer { name: "i" type: "Input" top: "data" }' + layer(
        "InnerProduct", rest="inner_product_param { num_output: 3 }"
    )
    assert load_text(spec).blobs == {"data": None, "y": None}
    assert load_text(spec).params == {}
    assert load_text(spec, inputs={"data": (1, 2)}).params == {"InnerProduct y": ((3, 2), (3,))}


def test_inputs_come_before_data() -> None:
    assert load_text(STORED + data(1, 3)).inputs == ("data", "images", "labels")


def found(text: str, inputs: dict[str, Sequence[Any]] | None = None) -> list[tuple[str, str]]:
    return [(d.code, d.message) for d in check_source(Source("test.net", text), inputs=inputs)]


def test_assumed_channels_are_a_warning() -> None:
    assert [code for code, _ in found(STORED + POOL)] == ["NS223"]
    assert found(STORED + POOL, {"images": (8, 1, 28, 28)}) == []
    assert (
        found(STORED.replace("}\n", " transform_param { force_gray: true } }\n", 1).replace("} }", "}", 1) + "}") == []
    )


def test_an_assumption_is_no_error() -> None:
    """Pairs of grey images in a database have two channels, which a Slice takes apart (Caffe's siamese example)."""
    pairs = layer("Slice", "images", "a b", "slice_param { slice_point: 1 }")
    shared = "convolution_param { num_output: 4 kernel_size: 1 } param { name: 'w' }"
    text = STORED + pairs + layer("Convolution", "a", "x", shared) + layer("Convolution", "b", "y", shared)
    assert [code for code, _ in found(text)] == ["NS223"]
    assert load_text(text).params["Convolution x"][0] == (4, 1, 1, 1)


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"dta": (1, 3)}, "NS308", 'there is no input "dta"'),
    ({"y": (1, 3)}, "NS308", 'there is no input "y"'),
    ({"data": (0, 3)}, "NS308", "sizes are integers"),
    ({"data": (1, -3)}, "NS308", "sizes are integers"),
    ({"data": (1, 2.0)}, "NS308", "sizes are integers"),
    ({"data": (1, True)}, "NS308", "sizes are integers"),
    ({"data": ("1", "3", None)}, "NS308", "sizes are integers"),
    ({"data": ("N", "H - 5*")}, "NS308", "'H - 5*' is not understood"),
    ({"data": ("N", "-H")}, "NS308", "sizes are integers"),
    ({"data": ("N", "H W")}, "NS308", "'H W' is not understood"),
    ({"data": ("N", "(H")}, "NS308", "'(H' is not understood"),
    ({"data": ("N", "1) let a = (H")}, "NS308", "is not understood"),
    ({"data": ("N", "conv(H)")}, "NS308", "'conv(H)': a constant belongs here"),
    ({"data": ("N", "f'{H}'")}, "NS308", "nothing above is called"),
    ({"data": ("N", "1.5")}, "NS308", "'1.5': a size is an integer, not the number 1.5"),
    ({"data": ("N", "_")}, "NS308", "_ is no size"),
    ({"data": ("N", "")}, "NS308", "a size is missing"),
    ({"data": ("N", "4/H")}, "NS308", "divides by one with a name"),
    ({"data": ("N", "H//0")}, "NS308", "'H//0': H / 0: division by zero"),
    ({"data": ("N", "0*H")}, "NS308", "sizes are integers"),
    ({"data": ("N", "2 - 3*H")}, "NS308", "sizes are integers"),
    ({"data": ("N", "+".join(["H"] * 200))}, "NS308", "at most 200 characters"),
    ({"data": ("N", "*".join(f"({a} + 1)" for a in "ABCDEFGH"))}, "NS308", "is too long for a size"),
    ({"data": (10**5000,)}, "NS308", "sizes are integers"),
    ({"data": (2**16, 2**16)}, "NS309", "4294967296 elements"),
]


@pytest.mark.parametrize(("inputs", "code", "saying"), WRONG)
def test_shapes_that_do_not_suit(inputs: dict[str, Any], code: str, saying: str) -> None:
    text = data(1, 3) + layer("ReLU")
    ((given, message),) = found(text, inputs)
    assert given == code and saying in message
    with pytest.raises(SpecError):
        load_text(text, inputs=inputs)


DECLARED = [
    ("input d: [N, 3, 0, 3]\n", "NS308", '"d" would be N×3×0×3: sizes are integers from 1'),
    ("input d: [N, -3]\n", "NS308", '"d" would be N×-3: sizes are integers from 1'),
    ("input d: [N, 65536, 65536]\n", "NS309", '"d" would be N×65536×65536: 4294967296 elements'),
]


@pytest.mark.parametrize(("text", "code", "saying"), DECLARED)
def test_declared_sizes_that_do_not_suit_have_a_place(text: str, code: str, saying: str) -> None:
    (only,) = check_source(Source("test.net", f"{text}y = ReLU(d)"))
    assert only.code == code and saying in only.message
    assert [text[slice(*label.span)] for label in only.labels] == ["d"]


def test_an_input_of_another_state() -> None:
    """For `check` a name is right if any of the states has it; for `load`, the state has to."""
    text = "".join(
        data(1, 3, name=name, rest=f"include {{ phase: {phase} }}") for name, phase in (("a", "TRAIN"), ("b", "TEST"))
    )
    assert found(text, {"a": (1, 2)}) == []
    assert load_text(text, phase="TRAIN", inputs={"a": (1, 2)}).blobs == {"a": (1, 2)}
    with pytest.raises(SpecError):
        load_text(text, phase="TEST", inputs={"a": (1, 2)})
