"""Layers that hand on what they read."""

from __future__ import annotations

import pytest

import netspec
from netspec.net.passes import run
from netspec.net.passes.handing import leave_out_copies
from tests.frameworks.cases import inputs, layer

X = inputs(x=(2, 4))
RELU = layer("ReLU", "x", "r", name="relu")


@pytest.mark.parametrize(
    ("text", "types"),
    [
        (RELU + layer("Dropout", "r", "d") + layer("TanH", "d", "y"), "ReLU TanH"),
        (RELU + layer("Dropout", "r", "r") + layer("TanH", "r", "y"), "ReLU TanH"),
        (RELU + layer("Dropout", "r", "r"), "ReLU"),
        (RELU + layer("Split", "r", "a b") + layer("TanH", "a", "y") + layer("AbsVal", "b", "z"), "ReLU TanH AbsVal"),
        (RELU + layer("Dropout", "r", "d") + layer("Split", "d", "a b") + layer("Eltwise", "a b", "y"), "ReLU Eltwise"),
        # What the net returns has its name, and what is read while it is drawn stays so.
        (RELU + layer("Dropout", "r", "d"), "ReLU Dropout"),
        (layer("Dropout", "x", "x"), "Dropout"),
        (RELU + layer("Split", "r", "a b") + layer("TanH", "a", "y"), "ReLU Split TanH"),
        (layer("Dropout", "x", "d", "dropout_param { sample_weights_test: true }") + layer("TanH", "d", "y"),
         "Dropout TanH"),
        (layer("Dropout", "x", "d", "dropout_param { scale_train: false }") + layer("TanH", "d", "y"), "Dropout TanH"),
    ],
)  # fmt: skip
def test_left_out(text: str, types: str) -> None:
    net = netspec.load_text(X + text)
    after = run(net, (leave_out_copies,), net.outputs)
    assert [node.type for node in after.layers if node.inputs] == types.split()
    assert after.outputs == net.outputs
