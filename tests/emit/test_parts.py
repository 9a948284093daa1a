"""Statements that become one: what a layer does in place of the one before."""

from __future__ import annotations

import pytest

import netspec
from netspec.emit.code import Code, binary, call, method
from netspec.emit.parts import Statement

X, LONG = Code("x"), Code("y" * 80)
LINEAR = Statement("x", call("self.fc", Code("data")), "2×3")

JOINED = [
    (call("F.relu", X), "F.relu(self.fc(data))"),
    (call("F.max_pool2d", X, 3, stride=2), "F.max_pool2d(self.fc(data), 3, stride=2)"),
    (call("torch.where", Code("mask"), X, 0.0), "torch.where(mask, self.fc(data), 0.0)"),
    (binary("*", 2, X), None),  # no call
    (call("torch.maximum", X, method(X, "detach")), None),  # it is read twice
    (call("F.pad", X, Code("x.shape")), None),
    (call("F.relu", Code("other")), None),
    (call("torch.add", X, LONG), None),  # too long for a line
    (Code("F.relu(x)"), None),  # text of a plugin's
]


@pytest.mark.parametrize(("value", "text"), JOINED, ids=[str(value)[:30] for value, _ in JOINED])
def test_joined(value: Code, text: str | None) -> None:
    both = Statement("x", value).after(LINEAR)
    assert both == (Statement("x", both.value, "2×3") if both else None)
    assert (both and both.value.text) == text


def test_another_target() -> None:
    assert Statement("y", call("F.relu", X)).after(LINEAR) is None


NET = """
layer {{ name: "data" type: "Input" top: "data" input_param {{ shape {{ dim: 2 dim: 3 }} }} }}
layer {{ name: "fc" type: "InnerProduct" bottom: "data" top: "fc" inner_product_param {{ num_output: 3 }} }}
layer {{ name: "drop" type: "Dropout" bottom: "fc" top: "{}" }}
layer {{ name: "relu" type: "ReLU" bottom: "{}" top: "{}" }}
layer {{ name: "sum" type: "Eltwise" bottom: "{}" bottom: "{}" top: "sum" }}
"""
INSIDE = [
    (("fc", "fc", "fc", "fc", "data"), "fc = F.relu(self.drop(self.fc(data)))"),
    (("fc", "fc", "relu", "fc", "relu"), "fc = self.drop(self.fc(data))"),
    (("drop", "drop", "relu", "fc", "relu"), "fc = self.fc(data)"),
]


@pytest.mark.parametrize(("blobs", "line"), INSIDE, ids=["all", "read later", "not in place"])
def test_in_a_net(blobs: tuple[str, ...], line: str) -> None:
    lines = netspec.emit(netspec.load_text(NET.format(*blobs)), "torch").splitlines()
    assert [found.strip() for found in lines if found.strip().startswith("fc = ")] == [line]
