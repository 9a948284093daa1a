"""What a layer asks for in TEST it asks for in TRAIN, unless it says so; `netspec diff` then looks at one of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netspec.convert.same import net_difference
from netspec.diagnostics.source import Source
from netspec.frontend.load import in_phases
from netspec.layers.base import Phase
from netspec.net.cost import layer_cost
from tests.frameworks.cases import CASES, on_images
from tests.frameworks.half_cases import HALF_CASES

NETS = {**CASES, **HALF_CASES}


@pytest.mark.parametrize("name", NETS)
def test_both_phases_have_one_net(name: str) -> None:
    spec = in_phases(Source(name, NETS[name]))
    if not spec.same:
        assert "phase:" in NETS[name] or any(node.params.phased for node in spec.net("TEST").layers)
        return
    test, train = spec.net("TEST"), spec.net("TRAIN")
    costs = [[repr(layer_cost(net, node)) for node in net.layers] for net in (test, train)]
    assert costs[0] == costs[1]
    assert all(node.phase is Phase.TRAIN for node in train.layers)
    layers = tuple(node._replace(phase=Phase.TEST) for node in train.layers)
    alike = replace(train, layers=layers, phase=Phase.TEST)
    assert net_difference(test, alike) == ""


@pytest.mark.parametrize(
    ("text", "same"),
    [
        (on_images("BatchNorm", "batch_norm_param { stats_batch_size: 3 }"), False),
        (on_images("BatchNorm"), True),
        (on_images("ReLU", "include { phase: TRAIN }"), False),
        (on_images("ReLU", "include { stage: 'x' }"), True),
        (on_images("ReLU", "phase: TRAIN"), False),
        (on_images("ReLU") + "expect layers < 3\n", False),
    ],
)
def test_what_tells_phases_apart(text: str, same: bool) -> None:
    assert in_phases(Source("x", text)).same is same
