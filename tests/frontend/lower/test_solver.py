"""Nets inside the files that say how they are trained."""

from __future__ import annotations

import pytest

from netspec.diagnostics import SpecError
from tests.frontend.pieces import data, layer, load

NET = data(1, 2) + layer("ReLU")

# a file, and the codes of what is found as its net is loaded
FILES = [
    (f"base_lr: 0.1 net_param {{ {NET} }} max_iter: 3", []),
    (f"train_net_param {{ {NET} }} test_net: 'x'", []),
    (f"net_param {{ name: 'a' {NET} strange: 1 }}", ["NS201"]),
    ("net_param { input: 'data' input_dim: 1 input_dim: 2 input_dim: 3 input_dim: 4 }" + " test_iter: 9", []),
    ("net_param { layers { type: RELU bottom: 'data' top: 'y' } }", ["NS209"]),
    ("net_param: 3 base_lr: 0.1", ["NS220"]),
    ("net: 'small.prototxt' base_lr: 0.1", ["NS220"]),
]


@pytest.mark.parametrize(("text", "expected"), FILES)
def test_what_is_found(text: str, expected: list[str]) -> None:
    if not expected:
        assert load(text).layers
        return
    with pytest.raises(SpecError) as refused:
        load(text)
    assert [diagnostic.code for diagnostic in refused.value.diagnostics] == expected


def test_the_net_is_that_of_the_solver() -> None:
    net = load(f"test_iter: 5 net_param {{ name: 'inner' {NET} }} net: 'other'")
    assert (net.name, list(net.blobs)) == ("inner", ["data", "y"])
