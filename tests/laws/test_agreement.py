"""Laws of single layers: every backend computes the same numbers, of the shapes that were inferred; or all refuse
alike. numpy's loops are apart from both frameworks."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pytest
from hypothesis import given
from numpy.typing import NDArray

import netspec
from netspec.layers.caffe.normalization import BatchNorm
from tests.laws.drawn import PLAIN, RICH, Drawn
from tests.laws.running import accepted, inputs, modest, parameters

RICH_EXAMPLES, EXAMPLES = 25, 8  # of each type: TensorFlow traces each example anew
PASSES = 2  # so that what a pass leaves behind is seen in the next
EQUAL = 1e-9

Arrays: TypeAlias = dict[str, NDArray[Any]]


@pytest.mark.parametrize("type_name", RICH | PLAIN)
def test_backends_agree(type_name: str) -> None:
    @modest(RICH_EXAMPLES if type_name in RICH else EXAMPLES)
    @given((RICH | PLAIN)[type_name])
    def law(drawn: Drawn) -> None:
        if net := accepted(drawn):
            reference = run("numpy", net, drawn)
            for backend in ("torch", "tensorflow"):
                expect_equal(run(backend, net, drawn), reference, backend)
            if isinstance(reference, dict) and drawn.type != "Filter":  # whose number of items only the run tells
                assert {blob: reference[f"{blob} of pass 1"].shape for blob in net.blobs} == net.blobs

    law()


def run(backend: str, net: netspec.Net, drawn: Drawn) -> Arrays | list[str]:
    """All blobs of each pass, and the parameters after the last; or the codes of why there are none."""
    try:
        model = netspec.build(net, backend, dtype="float64")
    except netspec.SpecError as refused:
        return [diagnostic.code for diagnostic in refused.diagnostics]
    model.set_params(parameters(net, drawn))
    arrays: Arrays = {}
    for number in range(1, PASSES + 1):
        blobs = model.forward(inputs(net, drawn), blobs="all")
        arrays |= {f"{blob} of pass {number}": value for blob, value in blobs.items()}
    kept = model.get_params()
    for node in net.layers:
        if isinstance(node.params, BatchNorm) and node.params.global_stats(node.phase):
            mean, variance, factor, *affine = kept[node.name]  # which a module may have divided
            kept[node.name] = [mean / factor, variance / factor, *affine]
    return arrays | {f"{layer}/{i}": blob for layer, blobs in kept.items() for i, blob in enumerate(blobs)}


def expect_equal(found: Arrays | list[str], wanted: Arrays | list[str], backend: str) -> None:
    """Within EQUAL of the largest magnitude; what is not finite has to be the same."""
    if not isinstance(found, dict) or not isinstance(wanted, dict):
        assert found == wanted, backend
        return
    assert found.keys() == wanted.keys()
    for name, want in wanted.items():
        scale = float(np.abs(want[np.isfinite(want)]).max(initial=0))
        np.testing.assert_allclose(found[name], want, rtol=0, atol=EQUAL * scale, err_msg=f"{backend}: {name}")
