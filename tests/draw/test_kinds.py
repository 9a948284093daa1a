"""What a layer does, in a word, and the colour of that."""

from __future__ import annotations

from itertools import combinations

import pytest

from netspec import layers
from netspec.draw.kinds import KINDS, kind

OKABE_ITO = {"#000000", "#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7"}


@pytest.mark.parametrize(
    ("type_name", "wanted"),
    [
        ("Input", "data"),
        ("ImageData", "data"),
        ("Convolution", "convolution"),
        ("DepthwiseConvolution", "convolution"),
        ("InnerProduct", "linear"),
        ("LSTM", "linear"),
        ("Pooling", "pooling"),
        ("BatchNorm", "normalization"),
        ("Scale", "normalization"),
        ("ReLU", "activation"),
        ("Softmax", "activation"),
        ("Concat", "merge"),
        ("Eltwise", "merge"),
        ("SoftmaxWithLoss", "loss"),
        ("Accuracy", "loss"),
        ("Reshape", "other"),
    ],
)
def test_kind(type_name: str, wanted: str) -> None:
    found = layers.find(type_name)
    assert found
    assert kind(found.model_construct()) == wanted


@pytest.mark.every_type
def test_every_type_has_a_kind_and_every_kind_a_type() -> None:
    found = {kind(layer.model_construct()) for layer in layers.every()}
    assert found == set(KINDS) - {"block"}


def test_the_colours_are_those_that_the_colour_blind_tell_apart() -> None:
    assert {each.colour for each in KINDS.values()} >= OKABE_ITO
    assert all(a.colour != b.colour and a.label != b.label for a, b in combinations(KINDS.values(), 2))


def test_text_is_read_on_every_tint() -> None:
    """A contrast of 7 with near-black text, as WCAG asks for at its strictest."""

    def luminance(colour: str) -> float:
        parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    assert all((luminance(each.tint) + 0.05) / (luminance("#111111") + 0.05) > 7 for each in KINDS.values())
