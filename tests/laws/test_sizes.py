"""Sizes with names: what is inferred for names, at numbers, is what is inferred for the numbers."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netspec.diagnostics import SpecError
from netspec.diagnostics.source import Source
from netspec.frontend.load import check_source, load_text
from netspec.net import Net
from netspec.shapes import expressed
from netspec.shapes.symbols import at
from tests.laws.drawn import PLAIN, RICH, Drawn, message

# Of a convolution whose kernel is larger than its input by less than the stride Caffe makes one output; with names,
# netspec asks for an input that is large enough.
STRATEGIES = {**RICH, **PLAIN}


def loaded(text: str, inputs: dict[str, tuple[int | str, ...]], phase: str = "TEST") -> Net | None:
    try:
        return load_text(text, phase=phase, inputs=inputs)
    except SpecError:
        return None


@pytest.mark.parametrize("type_name", STRATEGIES)
def test_every_size_may_have_a_name(type_name: str) -> None:
    @settings(max_examples=30)
    @given(STRATEGIES[type_name])
    def law(drawn: Drawn) -> None:
        numbers = loaded(drawn.text, {}, drawn.phase)
        if numbers is None:
            return
        values = {f"s{i}_{axis}": size for i, shape in enumerate(drawn.bottoms) for axis, size in enumerate(shape)}
        named = {f"x{i}": tuple(f"s{i}_{axis}" for axis in range(len(b))) for i, b in enumerate(drawn.bottoms)}
        names = loaded(drawn.text, named, drawn.phase)
        assert names is not None, "what fits for some numbers is no error"
        if names.symbols is None or not names.symbols.holds(values):
            return  # a bound that is on the safe side; the other laws say how far
        for value, shape in names.shapes.items():
            if expressed(shape):
                assert shape is not None and at(shape, values) == numbers.shapes[value]

    law()


@st.composite
def windows(draw: st.DrawFn) -> str:
    """Layers one behind the other, and now and then one that joins two of their blobs. Channels stay 2."""
    text = 'layer { name: "b0" type: "Input" top: "b0" input_param { shape { dim: 1 dim: 2 dim: 1 dim: 1 } } }\n'
    made = ["b0"]
    for i in range(1, draw(st.integers(2, 6))):
        kernel, stride = draw(st.integers(1, 5)), draw(st.integers(1, 4))
        pad = draw(st.integers(0, kernel - 1))
        slides = f"kernel_size: {kernel} stride: {stride} pad: {pad}"
        last, other = f'bottom: "{made[-1]}"', f'bottom: "{draw(st.sampled_from(made))}"'
        outputs = "num_output: 2"
        layers = {
            "pool": f'type: "Pooling" {last} {message("pooling_param", slides)}',
            "floor": f'type: "Pooling" {last} {message("pooling_param", slides, "round_mode: FLOOR")}',
            "conv": f'type: "Convolution" {last} '
            + message("convolution_param", outputs, f"kernel_size: {kernel} pad: {pad}"),
            "up": f'type: "Deconvolution" {last} {message("convolution_param", outputs, slides)}',
            "join": f'type: "Eltwise" {last} {other}',
            "cut": f'type: "Crop" {other} {last} {message("crop_param", "axis: 2", "offset: 1")}',
        }
        fields = layers[draw(st.sampled_from(sorted(layers)))]
        text += f'layer {{ name: "b{i}" top: "b{i}" {fields} }}\n'
        made.append(f"b{i}")
    return text


@settings(max_examples=150)
@given(windows())
def test_the_conditions_hold_exactly_where_the_numbers_fit(text: str) -> None:
    expect_the_same(text)


def expect_the_same(text: str) -> None:
    """Names and numbers: that the net fits, its shapes, and whether it is read as a fork does."""
    names = loaded(text, {"b0": ("N", 2, "H", "2*W - 1")})
    for h in (*range(1, 20), 33, 48):
        numbers = loaded(text, {"b0": (3, 2, h, 2 * h - 1)})
        if names is None:
            assert numbers is None
            continue
        values = {"N": 3, "H": h, "W": h}
        assert names.symbols is not None
        assert names.symbols.holds(values) == (numbers is not None), names.symbols.say()
        if numbers is not None:
            assert {value: at(shape or (), values) for value, shape in names.shapes.items()} == numbers.shapes


def net(*layers: str) -> str:
    """Layers b1, b2, … on an input b0; each is a type, its bottoms, and its fields."""
    text = 'layer { name: "b0" type: "Input" top: "b0" input_param { shape { dim: 1 dim: 2 dim: 1 dim: 1 } } }\n'
    for i, (kind, bottoms, fields) in enumerate((layer.split(" ", 2) for layer in layers), 1):
        read = " ".join(f'bottom: "b{bottom}"' for bottom in bottoms.split("+"))
        text += f'layer {{ name: "b{i}" type: "{kind}" {read} top: "b{i}" {fields} }}\n'
    return text


EVERY_SECOND = "pooling_param { kernel_size: 1 stride: 2 }"
HALVED = "convolution_param { num_output: 2 kernel_size: 3 stride: 2 pad: 1 }"
STEP_1 = "pooling_param { kernel_size: 2 stride: 1 }"
CUT = "crop_param { axis: 2 offset: 1 }"
# Nets with layers that forks read otherwise; and whether these are read so.
READINGS = {
    "what a fork leaves out fits at one size": ([f"Pooling 0 {EVERY_SECOND}", f"Crop 0+1 {CUT}"], False),
    "a window too many meets a convolution": (
        [f"Pooling 0 {EVERY_SECOND}", f"Convolution 0 {HALVED}", "Eltwise 1+2 "],
        True,
    ),
    "twice": (
        [
            *(f"Pooling 0 {EVERY_SECOND}", f"Convolution 0 {HALVED}", "Eltwise 1+2 "),
            *(f"Pooling 3 {EVERY_SECOND}", f"Convolution 3 {HALVED}", "Eltwise 4+5 "),
        ],
        True,
    ),
    "one of two meets nothing": (
        [f"Pooling 0 {EVERY_SECOND}", f"Convolution 0 {HALVED}", "Eltwise 1+2 ", f"Pooling 0 {EVERY_SECOND}"],
        True,
    ),
    "another that is seen elsewhere": (
        [f"Convolution 0 {HALVED}", f"Pooling 1 {EVERY_SECOND}", f"Pooling 0 {EVERY_SECOND}", "Eltwise 1+3 "],
        False,
    ),
    "windows to the end": ([f"Pooling 0 {STEP_1}", "Eltwise 0+1 "], True),
    "windows to the end that meet nothing": ([f"Pooling 0 {STEP_1}", f"Crop 0+1 {CUT}"], False),
    "nothing fits": ([f"Pooling 0 {STEP_1}", f"Convolution 0 {HALVED}", "Eltwise 1+2 "], False),
}


@pytest.mark.parametrize("name", READINGS)
def test_one_reading_for_names_and_numbers(name: str) -> None:
    layers, other = READINGS[name]
    text = net(*layers)
    expect_the_same(text)
    found = check_source(Source("net.net", text), inputs={"b0": ("N", 2, "H", "2*W - 1")})
    assert ("NS227" in {diagnostic.code for diagnostic in found}) is other


@settings(max_examples=200)
@given(
    st.sampled_from(["Convolution", "Pooling", "Deconvolution", "Im2col"]),
    st.lists(st.tuples(*[st.integers(1, 6)] * 3), min_size=2, max_size=2),
)
def test_two_axes_with_parameters_of_their_own(type_name: str, axes: list[tuple[int, int, int]]) -> None:
    kernel, stride, pad = zip(*((k, s, (p - 1) % k) for k, s, p in axes), strict=True)
    fields = [
        f"{f}_{a}: {v}"
        for f, vs in (("kernel", kernel), ("stride", stride), ("pad", pad))
        for a, v in zip("hw", vs, strict=True)
    ]
    own = "pooling_param" if type_name == "Pooling" else "convolution_param"
    more = "num_output: 2" if own == "convolution_param" else ""
    text = (
        'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 1 dim: 2 dim: 1 dim: 1 } } }\n'
        f'layer {{ name: "y" type: "{type_name}" bottom: "x" top: "y" {message(own, more, *fields)} }}'
    )
    names = loaded(text, {"x": ("N", 2, "H", "W")})
    assert names is not None and names.symbols is not None
    for h, w in ((1, 1), (2, 5), (3, 4), (4, 3), (7, 2), (12, 13), (31, 32)):
        values = {"N": 1, "H": h, "W": w}
        if names.symbols.holds(values):
            numbers = loaded(text, {"x": (1, 2, h, w)})
            assert numbers is not None
            assert at(names.blobs["y"] or (), values) == numbers.blobs["y"]
