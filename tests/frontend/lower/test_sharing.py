"""What specs say of parameters, and which share storage."""

from __future__ import annotations

import pytest

from tests.frontend.pieces import codes, data, layer, load


def dense(top: str, rest: str = "", num_output: int = 3, bottom: str = "data", fields: str = "") -> str:
    return layer("InnerProduct", bottom, top, f"inner_product_param {{ num_output: {num_output} {fields} }} {rest}")


def test_defaults() -> None:
    weight, bias = load(data(1, 2), dense("a", "param { lr_mult: 0 }")).layers[1].blobs
    assert (weight.blob.shape, weight.lr_mult, weight.decay_mult) == ((3, 2), 0.0, 1.0)
    assert (bias.key, bias.owner, bias.lr_mult, bias.name) == ((1, 1), (1, 1), 1.0, "")


def test_the_first_of_a_name_owns() -> None:
    named = 'param { name: "w" } param { name: "b" }'
    net = load(data(1, 2), dense("a", named), dense("b"), dense("c", named))
    assert [param.owner for param in net.layers[3].blobs] == [(1, 0), (1, 1)]
    assert [param.owner for param in net.layers[2].blobs] == [(2, 0), (2, 1)]


def test_a_multiplier_given_once_holds_for_all() -> None:
    net = load(
        data(1, 2), dense("a", 'param { name: "w" }'), dense("b", 'param { name: "w" lr_mult: 5 decay_mult: 0 }')
    )
    assert [(node.blobs[0].lr_mult, node.blobs[0].decay_mult) for node in net.layers[1:]] == [(5.0, 0.0)] * 2


# Two layers that share "w", the rest of the second after its name, and the codes of what is found.
CASES: list[tuple[str, list[str]]] = [
    (dense("b", 'param { name: "w" }'), []),
    (dense("b", 'param { name: "w" }', num_output=4), ["NS310"]),
    (dense("b", 'param { name: "w" share_mode: PERMISSIVE }', num_output=4), ["NS310"]),
    (dense("b", 'param { name: "w" }', num_output=2, bottom="wide"), ["NS310"]),
    (dense("b", 'param { name: "w" share_mode: PERMISSIVE }', num_output=2, bottom="wide"), []),
    (dense("b", 'param { name: "w" lr_mult: 1 }'), []),
    (dense("b", 'param { name: "w" lr_mult: 3 }'), ["NS216"]),
    (dense("b", 'param { name: "w" decay_mult: 3 }'), []),
    (dense("b", 'param { name: "v" lr_mult: 3 } param { name: "w" }'), ["NS310"]),
]


@pytest.mark.parametrize(("second", "expected"), CASES)
def test_conditions(second: str, expected: list[str]) -> None:
    spec = [data(1, 2), data(1, 3, name="wide"), dense("a", 'param { name: "w" lr_mult: 1 }'), second]
    found = [code for code in codes(*spec) if code != "NS852"]  # of the input that a case does not read
    assert found == expected


NORM: list[tuple[str, list[str], float | None]] = [
    ("", [], 0.0),
    ("param { lr_mult: 0 }", [], 0.0),
    ("param { lr_mult: 0 } param { lr_mult: 1 }", ["NS217"], None),
    ("param { }", ["NS217"], None),
    ("param { lr_mult: 1 } param { } param { name: 'm' lr_mult: 2 decay_mult: 3 }", [], 0.0),
    ("param { } param { } param { } param { }", ["NS213"], None),
]


@pytest.mark.parametrize(("rest", "expected", "lr_mult"), NORM)
def test_parameters_that_a_layer_keeps_itself(rest: str, expected: list[str], lr_mult: float | None) -> None:
    spec = [data(1, 2), layer("BatchNorm", rest=rest)]
    assert codes(*spec) == expected
    if not expected:
        assert {param.lr_mult for param in load(*spec).layers[1].blobs} == {lr_mult}


SCALED = "batch_norm_param { scale_filler { value: 1 } }"
# What stands for the parameters of NVIDIA's BatchNorm, and the codes of what is found.
SET_BY_THE_LAYER: list[tuple[str, list[str]]] = [
    ("", []),
    ("param { lr_mult: 1 }", []),
    ("param { lr_mult: 1 decay_mult: 0 } param { lr_mult: 1 } param { lr_mult: 0 } param { } param { lr_mult: 1 }", []),
    ("param { } param { } param { } param { lr_mult: 0 decay_mult: 0 } param { lr_mult: 2 }", ["NS222"] * 3),
    ("param { } param { } param { } param { } param { } param { }", ["NS213"]),
]


@pytest.mark.parametrize(("rest", "expected"), SET_BY_THE_LAYER)
def test_multipliers_that_a_layer_sets_itself(rest: str, expected: list[str]) -> None:
    spec = [data(1, 2), layer("BatchNorm", rest=SCALED + rest)]
    assert codes(*spec) == expected
    if "NS213" not in expected:
        blobs = load(*spec).layers[1].blobs
        assert [(param.lr_mult, param.decay_mult) for param in blobs] == [(0.0, 0.0)] * 3 + [(1.0, 1.0)] * 2


def test_more_than_there_are() -> None:
    assert codes(data(1, 2), dense("a", "param { } param { }", fields="bias_term: false")) == ["NS213"]
    assert codes(data(1, 2), layer("ReLU", rest="param { }")) == ["NS213"]
