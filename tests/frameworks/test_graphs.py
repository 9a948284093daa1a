"""TensorFlow computes the same as a graph, from a SavedModel and step by step, in either precision.

It rewrites a graph before it runs it. Where that goes wrong, the process may end, so the nets of `graph_runs.py` run in
one of their own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("tensorflow")

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("group", ["cases", "convolution", "deconvolution", "pooling", "wide", "narrow", "followed"])
def test_a_graph_computes_what_its_steps_do(group: str) -> None:
    command = [sys.executable, "-m", "tests.frameworks.graph_runs", group]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1200, check=False)
    names, *faults = [json.loads(line) for line in run.stdout.splitlines()] or [[]]
    assert dict(zip(names, faults, strict=False)) == {name: [] for name in names}, run.stderr[-2000:]
    assert run.returncode == 0 and names, run.stderr[-2000:]
