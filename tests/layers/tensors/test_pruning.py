"""The Filter of channel pruning: values, gradients, rules; and that Caffe's own Filter stays what it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.layers.base import CallSite, Refusal
from netspec.shapes import UNKNOWN, show
from tests.frameworks.cases import net
from tests.layers.one_layer import agree, close, make, net_text, values

NETS = {
    "ChannelFilter": net("Filter", "filter_param { num_output: 2 }", "2 5 3 4"),
}

X = np.random.default_rng(9).normal(size=(2, 5, 3, 4))
SELECTOR = np.array([0.0, 1.0, 0.5, 0.0, -1.0])


def test_values_and_gradients() -> None:
    message = "filter_param { num_output: 3 } param { lr_mult: 0 decay_mult: 0 }"
    close(values("Filter", message, [X], params={"y": [SELECTOR]}), X[:, [1, 2, 4]])
    close(values("Filter", message, [X, 2 * X], 2, {"y": [SELECTOR]}), X[:, [1, 2, 4]], 2 * X[:, [1, 2, 4]])
    agree(net_text("Filter", message, [X.shape]))
    net = netspec.load_text("force_backward: true\n" + net_text("Filter", message, [X.shape]))
    assert net.params["y"] == ((5,),)
    seed = np.random.default_rng(1).normal(size=(2, 3, 3, 4))
    expected = np.zeros_like(X)
    expected[:, [1, 2, 4]] = seed
    for backend in ("torch", "tensorflow"):
        model = netspec.build(net, backend=backend, dtype="float64")
        model.set_params({"y": [SELECTOR]})
        model.forward({"x0": X})
        np.testing.assert_array_equal(model.backward({"y0": seed}).inputs["x0"], expected, err_msg=backend)


def test_shapes() -> None:
    layer = make("ChannelFilter", num_output=3)
    assert show(layer.infer(CallSite(((2, UNKNOWN, 4, 5),)))[0]) == "2×3×4×5"
    assert show(layer.blobs(CallSite(((2, UNKNOWN, 4, 5),)))[0].shape) == "?"


REFUSED: list[tuple[dict[str, Any], Any, str]] = [
    ({"num_output": 6}, (X.shape,), "num_output 6 is more than the 5 channels"),
    ({"num_output": 3, "axis": 0}, (X.shape,), "not on axis 0"),
    ({"num_output": 3}, ((2, 5),), "takes N×C×H×W; bottom 0 is 2×5"),
    ({"num_output": 3}, (X.shape, (2, 6, 3, 4)), "as many channels in bottom 1"),
]


@pytest.mark.parametrize(("fields", "bottoms", "words"), REFUSED)
def test_refused(fields: dict[str, Any], bottoms: Any, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        make("ChannelFilter", **fields).infer(CallSite(bottoms, tops=len(bottoms)))


def test_the_message_tells_them_apart() -> None:
    plain = netspec.load_text(net_text("Filter", "", [(2, 3), (2,)]))
    pruned = netspec.load_text(net_text("Filter", "filter_param { num_output: 2 }", [X.shape]))
    assert [type(net.layers[-1].params).__name__ for net in (plain, pruned)] == ["Filter", "ChannelFilter"]
    assert [net.layers[-1].type for net in (plain, pruned)] == ["Filter", "Filter"]
    with pytest.raises(netspec.SpecError) as caught:
        netspec.load_text(net_text("Filter", "filter_param { axis: 1 }", [X.shape]))
    assert "needs num_output" in str(caught.value)
