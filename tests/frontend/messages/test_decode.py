"""From text to the values of a layer's parameters."""

from __future__ import annotations

from typing import Any

import pytest

from tests.frontend.pieces import codes, data, layer, load, messages

# A type, the fields of its message, a field, and its value.
VALUES: list[tuple[str, str, str, Any]] = [
    ("ReLU", "relu_param { negative_slope: 0.1 }", "negative_slope", 0.1),
    ("ReLU", "relu_param { negative_slope: 1 }", "negative_slope", 1.0),
    ("ReLU", "relu_param: { negative_slope: -.5f }", "negative_slope", -0.5),
    ("ReLU", "relu_param < negative_slope: 1e-2, >", "negative_slope", 0.01),
    ("Pooling", "pooling_param { pool: AVE global_pooling: true }", "pool", 1),
    ("Pooling", "pooling_param { pool: 1 global_pooling: 1 }", "pool", 1),
    ("Pooling", "pooling_param { global_pooling: t }", "global_pooling", True),
    ("Convolution", "convolution_param { num_output: 0x10 kernel_size: 3 }", "num_output", 16),
    ("Convolution", "convolution_param { num_output: 2 kernel_size: 3 kernel_size: 1 }", "kernel_size", (3, 1)),
    ("Convolution", "convolution_param { num_output: 2 kernel_size: [3, 1] }", "kernel_size", (3, 1)),
    ("Convolution", "convolution_param { num_output: 2 kernel_size: [3] kernel_size: 1 }", "kernel_size", (3, 1)),
    ("Convolution", "convolution_param { num_output: 2 kernel_size: 1 pad: [] }", "pad", ()),
    ("Convolution", "convolution_param { num_output: 2 kernel_size: 1 pad [] }", "pad", ()),
    ("Softmax", "softmax_param { axis: -1 }", "axis", -1),
]


@pytest.mark.parametrize(("type_name", "fields", "name", "value"), VALUES)
def test_values(type_name: str, fields: str, name: str, value: Any) -> None:
    params = load(data(1, 2, 4, 4), layer(type_name, rest=fields)).layers[-1].params
    assert getattr(params, name) == value


def test_nested_messages() -> None:
    filler = 'weight_filler { type: "xavier" variance_norm: AVERAGE }'
    rest = f"convolution_param {{ num_output: 2 kernel_size: 1 {filler} }}"
    params: Any = load(data(1, 2, 4, 4), layer("Convolution", rest=rest)).layers[-1].params
    assert (params.weight_filler.type, params.weight_filler.variance_norm) == ("xavier", 2)
    assert params.has("weight_filler") and not params.has("bias_filler")
    assert params.weight_filler.has("type") and not params.weight_filler.has("std")


def test_messages_beside_the_own() -> None:
    rest = "loss_param { ignore_label: 255 } softmax_param { axis: 1 }"
    spec = [data(2, 3), data(2, name="label"), layer("SoftmaxWithLoss", "data label", "loss", rest)]
    params: Any = load(*spec).layers[-1].params
    assert (params.loss_param.ignore_label, params.softmax_param.axis) == (255, 1)


# The rest of a layer of type Pooling, and the codes of what is found.
FAULTS: list[tuple[str, list[str]]] = [
    ("pooling_param { kernel_size: 2 pool: MAX pool: MAX }", ["NS202"]),
    ("pooling_param { kernel_size: 2 } pooling_param { }", ["NS202"]),
    ("pooling_param { kernel_size: 2 pool: MAX pool: AVE pool: MAX }", ["NS202", "NS202"]),
    ("pooling_param { kernel_size: { } }", ["NS203"]),
    ("pooling_param { kernel_size: 2 pool: [MAX] }", ["NS203"]),
    ("pooling_param: 3", ["NS203"]),
    ('pooling_param { kernel_size: "2" }', ["NS204"]),
    ("pooling_param { kernel_size: 2.0 }", ["NS204"]),
    ("pooling_param { kernel_size: -2 }", ["NS204"]),
    ("pooling_param { kernel_size: 4294967296 }", ["NS204"]),
    ("pooling_param { kernel_size: 2 } softmax_param { axis: 2147483648 }", ["NS204"]),
    ("pooling_param { kernel_size: 2 } softmax_param { axis: -2147483649 }", ["NS204"]),
    ("pooling_param { kernel_size: 2 } include { min_level: 2147483648 }", ["NS204"]),
    ("pooling_param { kernel_size: 2 } reshape_param { shape { dim: 9223372036854775808 } }", ["NS204"]),
    ("pooling_param { kernel_size: 2 } reshape_param { shape { dim: 9223372036854775807 } }", ["NS222"]),
    ("pooling_param { kernel_size: 2 } include [] blobs []", []),
    ("pooling_param { kernel_size: 2 pool: 7 }", ["NS205"]),
    ("pooling_param { kernel_size: 2 pool: max }", ["NS205"]),
    ("pooling_param { kernel_size: 2 } relu_param { negative_slope: 0 }", ["NS222"]),
    ("pooling_param { kernel_size: 2 } relu_param { slope: 0 }", ["NS201"]),
    ("pooling_param { kernel_size: 2 } relu_param: 0", ["NS203"]),
    ("pooling_param { kernel_size: 2 } blobs { anything: 1 }", ["NS222"]),
    ("pooling_param { kernel_size: 2 } param { lr: 1 }", ["NS201"]),
    ("pooling_param { kernel_size: 2 } name: 'again'", ["NS202"]),
    ("pooling_param { kernel_size: 2 } bottom: 3", ["NS204"]),
    ("pooling_param { kernel_size: 2 bias_term: true }", ["NS201"]),
]


@pytest.mark.parametrize(("rest", "expected"), FAULTS)
def test_faults(rest: str, expected: list[str]) -> None:
    assert codes(data(1, 2, 4, 4), layer("Pooling", rest=rest)) == expected


def test_a_bad_field_is_not_missing() -> None:
    rest = "convolution_param { num_output: many kernel_size: 3 }"
    assert codes(data(1, 2, 4, 4), layer("Convolution", rest=rest)) == ["NS204"]


def test_layers_outside_the_net_may_be_of_any_type() -> None:
    """As in Caffe, which makes no layer of them; but their fields have to be fields."""
    outside = "include { phase: TRAIN }"
    assert load(data(1, 2), layer("Unheard", rest=f"{outside} unheard_param {{ a: 1 }}")).outputs == ("data",)
    assert load(data(1, 2), layer("Dropout", rest=f"{outside} dropout_param {{ dropout_ratio: 7 }}"))
    assert codes(data(1, 2), layer("Dropout", rest=f"{outside} drop_ratio: 1"), phase="TEST") == ["NS201"]


# What a message has to say.
SAYINGS = [
    ("Convolution", "convolution_param { num_output: 0 kernel_size: 1 }", "num_output must be greater than 0, is 0"),
    ("Convolution", "convolution_param { kernel_size: 1 }", "Convolution needs num_output"),
    ("Dropout", "dropout_param { dropout_ratio: nan }", "dropout_ratio must be "),
]


@pytest.mark.parametrize(("type_name", "rest", "saying"), SAYINGS)
def test_messages(type_name: str, rest: str, saying: str) -> None:
    assert messages(data(1, 2, 4, 4), layer(type_name, rest=rest))[0].startswith(saying)
