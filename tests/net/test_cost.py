"""Parameters, multiply-accumulates and memory, against what the specs say of themselves and sums done by hand."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import pytest

import netspec
from netspec.net.cost import Cost, layer_cost, net_cost
from netspec.shapes import UNKNOWN

SPECS = sorted(Path(str(resources.files("netspec.specs"))).glob("*.net"))


def cost(net: netspec.Net) -> Cost:
    return net_cost(layer_cost(net, node) for node in net.layers)


def said(spec: Path, heading: str) -> list[int]:
    """The first number behind a heading of the file's head."""
    found = re.findall(rf"^# {heading} +([\d,]+)", spec.read_text(encoding="utf-8"), re.MULTILINE)
    return [int(number.replace(",", "")) for number in found]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_specs_cost_what_they_say(spec: Path) -> None:
    net = netspec.load(spec)
    assert [cost(net).parameters] == said(spec, "Parameters")
    weighty = ("Convolution", "Deconvolution", "InnerProduct")
    macs = net_cost(layer_cost(net, node) for node in net.layers if node.type in weighty).macs
    assert [macs] == said(spec, "MACs")


TEXT = """
layer { name: "data" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 dim: 4 dim: 4 } } }
layer { name: "a" type: "Convolution" bottom: "x" top: "a" param { name: "w" } param { name: "b" }
        convolution_param { num_output: 3 kernel_size: 3 pad: 1 } }
layer { name: "b" type: "Convolution" bottom: "a" top: "b" param { name: "w" } param { name: "b" }
        convolution_param { num_output: 3 kernel_size: 3 pad: 1 } }
layer { name: "bn" type: "BatchNorm" bottom: "b" top: "b" }
layer { name: "two" type: "Slice" bottom: "b" top: "s0" top: "s1" slice_param { slice_point: 1 } }
"""


def test_each_layer_by_hand() -> None:
    net = netspec.load_text(TEXT)
    size = 2 * 3 * 4 * 4
    assert [layer_cost(net, node) for node in net.layers] == [
        Cost(0, 0, 0, 4 * size),
        Cost(3 * 3 * 9 + 3, 0, size * 3 * 9, 4 * size),
        Cost(0, 0, size * 3 * 9, 4 * size),  # shares its parameters
        Cost(0, 3 + 3 + 1, layer_cost(net, net.layers[3]).macs, 0),  # keeps averages, works in place
        Cost(0, 0, 0, 4 * size),
    ]


def test_what_depends_on_an_unknown_size_is_unknown() -> None:
    text = 'layer { name: "data" type: "Data" top: "x" top: "l" data_param { source: "x" batch_size: 2 } }'
    net = netspec.load_text(text + TEXT.split("\n", 2)[2])
    total = cost(net)
    assert total.macs is UNKNOWN
    assert total.activations is UNKNOWN
    assert total.parameters == 3 * 3 * 9 + 3
