"""Laws of single layers: every backend computes the same, of the shape that was inferred; or all refuse alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from drawn import FAMILIES, Drawn
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import netspec
from netspec.draw import draw_parameters, generator, parameter_names
from netspec.shapes import integers

EXAMPLES = 20  # for each family: TensorFlow traces each of them anew
PASSES = 2  # so that what a pass leaves behind is seen in the next
EQUAL = 1e-9

Arrays = dict[str, NDArray[Any]]


@pytest.fixture(scope="module", autouse=True)
def eager() -> Iterator[None]:
    """A graph that runs once is not worth its making."""
    tf = pytest.importorskip("tensorflow")
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.mark.parametrize("family", FAMILIES)
def test_backends_agree(family: str) -> None:
    @settings(
        max_examples=EXAMPLES, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(FAMILIES[family])
    def law(drawn: Drawn) -> None:
        try:
            net = netspec.load_text(drawn.text, phase=drawn.phase)
        except netspec.SpecError as refused:
            event(f"refused: {refused.diagnostics[0].code}")
            return
        reference = run("numpy", net, drawn)
        for backend in ("torch", "tensorflow"):
            expect_equal(run(backend, net, drawn), reference, backend)
        if isinstance(reference, dict) and drawn.type != "Filter":  # whose number of items only the run tells
            assert {b: reference[f"{b}, pass 1"].shape for b in net.blobs} == net.blobs

    law()


def run(backend: str, net: netspec.Net, drawn: Drawn) -> Arrays | list[str]:
    """All blobs of each pass, and the parameters after the last; or the codes of why there are none."""
    try:
        model = netspec.build(net, backend, dtype="float64")
    except netspec.SpecError as refused:
        return [diagnostic.code for diagnostic in refused.diagnostics]
    names = parameter_names(net)
    model.set_params({node.name: draw_parameters(0, node, names) for node in net.layers if node.blobs})
    arrays: Arrays = {}
    for number in range(1, PASSES + 1):
        inputs = {name: values(name, i, drawn) for i, name in enumerate(net.inputs)}
        arrays |= {f"{b}, pass {number}": y for b, y in model.forward(inputs, blobs="all").items()}
    return arrays | {f"{layer} {i}": p for layer, ps in model.get_params().items() for i, p in enumerate(ps)}


def values(name: str, i: int, drawn: Drawn) -> NDArray[np.float64]:
    random, shape = generator(0, name), drawn.bottoms[i]
    if drawn.labels and i in drawn.labels:
        return random.integers(0, drawn.labels[i], shape).astype(np.float64)
    drawn_values = random.uniform(drawn.low, drawn.high, shape)
    return np.asarray(np.round(4 * drawn_values) / 4 if drawn.coarse else drawn_values)


def expect_equal(found: Arrays | list[str], wanted: Arrays | list[str], backend: str) -> None:
    """Within EQUAL of the largest magnitude; what is not finite has to be the same."""
    if not isinstance(found, dict) or not isinstance(wanted, dict):
        assert found == wanted, backend
        return
    assert found.keys() == wanted.keys()
    for name, want in wanted.items():
        scale = float(np.abs(want[np.isfinite(want)]).max(initial=0))
        np.testing.assert_allclose(found[name], want, rtol=0, atol=EQUAL * scale, err_msg=f"{backend}: {name}")
