"""The first inputs of one seed, a minute or so of them: the same in every run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz import run

SEED = 20
INPUTS = 100  # of a part
PARTS = 12


@pytest.mark.parametrize("part", range(PARTS))
def test_inputs_of_a_seed(part: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NETSPEC_CORPUS", raising=False)  # the inputs are made of it, too
    numbers = iter(range(part * INPUTS, (part + 1) * INPUTS))
    tally = run.Tally()
    assert not [run.keep(failure, tmp_path, SEED) for failure in run.run(SEED, numbers, 1, float("inf"), tally)]
    assert tally.inputs == INPUTS
