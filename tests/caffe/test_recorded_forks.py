"""Recorded cases of forks' layers: what comes out in every backend, and the gradients."""

from __future__ import annotations

import pytest
from recorded import FORKS, Case, backward, cases, each, eager, forward

import netspec

CASES = cases(FORKS)
ACCEPTED = tuple(case for case in CASES if not case.refused)
COMPILED = tuple(case for case in ACCEPTED if case.type != "DetectionEvaluate")  # which compiled code leaves out


@each(tuple(case for case in CASES if case.refused))
def test_refused(case: Case) -> None:
    with pytest.raises(netspec.SpecError):
        netspec.load(case.path, phase=case.phase)


@each(ACCEPTED)
def test_reference(case: Case) -> None:
    forward(case, "numpy")


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
@each(COMPILED)
def test_backend(case: Case, backend: str) -> None:
    with eager(backend):
        model = forward(case, backend)
        if case.blobs("topdiff"):
            backward(case, model)
