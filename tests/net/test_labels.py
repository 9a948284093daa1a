"""Which values are read as labels or indices."""

from __future__ import annotations

import pytest

import netspec
from netspec.net.labels import whole_numbers

SCORES = 'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 4 dim: 7 } } }'
LABEL = 'layer { name: "l" type: "Input" top: "l" input_param { shape { dim: %s } } }'
PLAIN = "layer { name: 't' type: '%s' bottom: 'x' bottom: 'l' top: 't' }"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (PLAIN % "SoftmaxWithLoss", {"l": 7}),
        (PLAIN % "Accuracy", {"l": 7}),
        (PLAIN % "HingeLoss", {"l": 7}),
        (PLAIN % "MultinomialLogisticLoss", {"l": 7}),
        (PLAIN % "BatchReindex", {"l": 4}),
        ("layer { name: 't' type: 'Filter' bottom: 'x' bottom: 'l' top: 't' }", {"l": 2}),
        ("layer { type: 'Embed' bottom: 'l' top: 't' embed_param { input_dim: 9 num_output: 2 } }", {"l": 9}),
        (
            "layer { type: 'Reshape' bottom: 'l' top: 'r' reshape_param { shape { dim: 4 dim: 1 } } }"
            "layer { type: 'Split' bottom: 'r' top: 's' top: 'u' }"
            "layer { type: 'SoftmaxWithLoss' bottom: 'x' bottom: 's' top: 't' }",
            {"l": 7, "r": 7, "s": 7},
        ),
        (
            "layer { type: 'Power' bottom: 'l' top: 'p' power_param { scale: 2 } }"
            "layer { type: 'SoftmaxWithLoss' bottom: 'x' bottom: 'p' top: 't' }",
            {"p": 7},
        ),
        ("layer { type: 'ReLU' bottom: 'x' top: 'y' }", {}),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, dict) else "",
)
def test_labels_and_indices_are_found(text: str, wanted: dict[str, int]) -> None:
    net = netspec.load_text(SCORES + LABEL % 4 + text)
    assert {value.blob: classes for value, classes in whole_numbers(net).items()} == wanted


def test_marks_of_sequences_are_found() -> None:
    net = netspec.load_text(
        "layer { type: 'Input' top: 'x' top: 'c'"
        " input_param { shape { dim: 3 dim: 2 dim: 5 } shape { dim: 3 dim: 2 } } }"
        "layer { type: 'LSTM' bottom: 'x' bottom: 'c' top: 'h' recurrent_param { num_output: 4 } }"
    )
    assert {value.blob: classes for value, classes in whole_numbers(net).items()} == {"c": 2}


def test_what_no_layer_says_is_told_apart() -> None:
    text = "layer { type: 'SigmoidCrossEntropyLoss' bottom: 'x' bottom: 'l' top: 't' loss_param { ignore_label: 3 } }"
    net = netspec.load_text(SCORES + LABEL % "4 dim: 7" + text)
    assert [*whole_numbers(net).values()] == [2]
    assert [*whole_numbers(net, 99).values()] == [99]
