"""Which layer reads what."""

from __future__ import annotations

import pytest

from netspec.net import Value
from tests.frontend.pieces import codes, data, layer, load


def test_in_place_layers_write_the_next_version() -> None:
    net = load(data(1, 2), layer("TanH"), layer("ReLU", "y"), layer("Sigmoid", "y"), layer("TanH", "y", "z"))
    versions = [Value("y", i) for i in range(3)]
    assert [node.outputs[0] for node in net.layers[1:4]] == versions
    assert [node.inputs[0] for node in net.layers[2:]] == versions
    assert net.blobs == {"data": (1, 2), "y": (1, 2), "z": (1, 2)}
    assert (net.inputs, net.outputs) == (("data",), ("z",))


def test_outputs_are_in_alphabetical_order() -> None:
    net = load(data(1, 6), layer("Slice", tops="b a C"), layer("Silence", "a", ""), layer("ReLU", "data", "B"))
    assert net.outputs == ("B", "C", "b")


def test_a_layer_may_read_a_blob_twice() -> None:
    net = load(data(1, 4), layer("Eltwise", "data data"))
    assert net.layers[1].inputs == (Value("data"), Value("data"))


LABEL = data(4, name="label")
LOSSES = [
    ("loss", "", (1.0,), 1),
    ("loss", "loss_weight: 0.5", (0.5,), 1),
    ("", "", (1.0,), 1),
    ("", "loss_weight: 2", (2.0,), 1),
    ("loss prob", "loss_weight: 1 loss_weight: 0", (1.0, 0.0), 2),
    ("loss prob", "loss_weight: [1, 0]", (1.0, 0.0), 2),
]


@pytest.mark.parametrize(("tops", "rest", "weights", "outputs"), LOSSES)
def test_loss_weights(tops: str, rest: str, weights: tuple[float, ...], outputs: int) -> None:
    node = load(data(4, 3), LABEL, layer("SoftmaxWithLoss", "data label", tops, rest)).layers[-1]
    assert (node.loss_weights, len(node.outputs), len(node.tops)) == (weights, outputs, len(tops.split()))


def test_a_loss_without_a_top_is_no_output() -> None:
    net = load(data(4, 3), LABEL, layer("SoftmaxWithLoss", "data label", ""), layer("EuclideanLoss", "data data", ""))
    assert [node.outputs for node in net.layers[2:]] == [(Value("", 2),), (Value("", 3),)]
    assert net.outputs == ()
    assert net.blobs["(automatic)"] == ()


# What follows a blob `data` of 1×4, and the codes of what is found.
CASES: list[tuple[list[str], list[str]]] = [
    ([layer("ReLU", "dta")], ["NS209"]),
    ([layer("ReLU", "y", "y")], ["NS209"]),
    ([layer("ReLU", "z"), layer("ReLU", "data", "z")], ["NS209"]),
    ([layer("ReLU", "x", "a"), layer("ReLU", "x", "b"), layer("Eltwise", "a b")], ["NS209"]),
    ([layer("ReLU"), layer("TanH")], ["NS210"]),
    ([layer("Slice", "data", "a data")], ["NS210"]),
    ([layer("Slice", "data", "data a"), layer("Silence", "data a", "")], []),
    ([layer("Slice", "data", "a a")], ["NS210"]),
    ([layer("ReLU", tops="a"), layer("Filter", "a data", "data data")], ["NS210", "NS210"]),
    ([layer("TanH", "data", "a"), layer("ReLU", "data", "data")], ["NS211"]),
    ([layer("ReLU", "data", "data"), layer("TanH", "data", "a")], []),
    ([layer("Eltwise", "data data", "data")], ["NS211"]),
    ([layer("AbsVal", "data", "data")], ["NS211"]),
    ([layer("Reshape", "data", "data", "reshape_param { shape { dim: 4 } }")], ["NS211"]),
    ([layer("InnerProduct", "data", "data", "inner_product_param { num_output: 2 }")], ["NS230"]),
    ([layer("ReLU", rest="loss_weight: 1"), layer("TanH", "y", "y")], ["NS211"]),
    ([layer("ReLU", rest="loss_weight: 0"), layer("TanH", "y", "y")], []),
    ([layer("ReLU", rest="loss_weight: 1 loss_weight: 1")], ["NS213"]),
    ([layer("ReLU", rest="propagate_down: 1")], []),
    ([layer("ReLU", rest="propagate_down: [1, 0]")], ["NS213"]),
    ([layer("ReLU", "data data")], ["NS212"]),
    ([layer("ReLU", "")], ["NS212"]),
    ([layer("ReLU", "data", "a b")], ["NS212"]),
    ([layer("Silence", "data", "a")], ["NS212"]),
    ([layer("SoftmaxWithLoss", "data data", "loss prob")], ["NS213"]),
    ([layer("Input", "data")], ["NS212"]),
    (['layer { name: "data" type: "ReLU" bottom: "data" top: "b" }'], ["NS221"]),
    (['layer { type: "ReLU" bottom: "data" top: "a" } layer { type: "ReLU" bottom: "a" top: "b" }'], []),
    ([layer("ReLU", rest='top: ""')], ["NS212", "NS212"]),
]


@pytest.mark.parametrize(("layers", "expected"), CASES)
def test_refusals(layers: list[str], expected: list[str]) -> None:
    assert codes(data(1, 4), *layers) == expected


def test_an_unknown_type_is_no_reason_for_more() -> None:
    """Its tops exist; nothing is known of their shapes, and nothing is said of what depends on them."""
    spec = [data(1, 4), layer("Unheard", "data", "a b"), layer("Concat", "a b"), layer("InnerProduct", "y", "z")]
    assert codes(*spec) == ["NS208", "NS207"]
