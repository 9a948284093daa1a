"""Every recorded case of a layer, in every backend: what comes out, what the pass leaves behind, and the gradients.

How many cases of each type pass is counted (see `tally`) and shown in docs/layers.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from recorded import LAYERS, Case, backward, cases, each, eager, forward
from tally import RESULTS, recorded_results

import netspec
from netspec.shapes import mismatch, show

CASES = cases(LAYERS)
ACCEPTED = tuple(case for case in CASES if not case.refused)
DIFFERENTIATED = tuple(case for case in ACCEPTED if case.blobs("topdiff"))
BACKENDS = ("torch", "tensorflow", "numpy")
WITH_GRADIENTS = ("torch", "tensorflow")

Count = Callable[[str, str], None]


@pytest.fixture
def count(record_property: Callable[[str, object], None]) -> Count:
    """`count("Pooling", "torch")`: this test is a case of a type; its outcome counts for the column."""
    return lambda type_name, column: record_property("tally", f"{type_name} {column}")


@each(CASES)
def test_check(case: Case, count: Count) -> None:
    """What Caffe refuses is refused, and what it takes has its shapes."""
    count(case.type, "check")
    if case.refused:
        with pytest.raises(netspec.SpecError):
            netspec.load(case.path, phase=case.phase)
        return
    net = netspec.load(case.path, phase=case.phase)
    by_data = 0 if case.type == "Filter" else None  # an axis whose size Caffe, too, learns from the data
    for blob, caffe in (case.blobs("in") | case.blobs("out")).items():
        shape = net.blobs[blob]
        assert shape is not None and mismatch(shape, caffe.shape, by_data) is None, f'"{blob}" is {show(shape)}'
    caffe_params = {layer: [blob.shape for blob in blobs] for layer, blobs in case.params("param").items()}
    assert {layer: list(shapes) for layer, shapes in net.params.items()} == caffe_params


@pytest.mark.parametrize("backend", BACKENDS)
@each(ACCEPTED)
def test_forward(case: Case, backend: str, count: Count) -> None:
    count(case.type, backend)
    with eager(backend):
        forward(case, backend)


@pytest.mark.parametrize("backend", WITH_GRADIENTS)
@each(DIFFERENTIATED)
def test_backward(case: Case, backend: str, count: Count) -> None:
    count(case.type, f"{backend} gradients")
    with eager(backend):
        backward(case, forward(case, backend))


@each(tuple({case.type: case for case in ACCEPTED}.values()))
def test_a_graph_of_tensorflow_says_the_same(case: Case) -> None:
    """The tests above run TensorFlow's functions eagerly, users as graphs: one case of each type."""
    model = forward(case, "tensorflow")
    if case.blobs("topdiff"):
        backward(case, model)


def test_results_are_of_these_cases(pytestconfig: pytest.Config) -> None:
    """The file from which docs/layers.md takes its figures counts every case, and all of them pass."""
    if pytestconfig.getoption("--update-golden"):
        pytest.skip("the file is being written")
    columns = {"check": CASES, **dict.fromkeys(BACKENDS, ACCEPTED)}
    columns |= {f"{backend} gradients": DIFFERENTIATED for backend in WITH_GRADIENTS}
    cases = Counter((case.type, column) for column, counted in columns.items() for case in counted)
    recorded = {
        (type_name, column): figure for type_name, row in recorded_results().items() for column, figure in row.items()
    }
    assert recorded == {key: (n, n) for key, n in cases.items()}, f"run all of this with --update-golden for {RESULTS}"
