"""The script for machines with a GPU stands: what it is made of runs without one."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

SCRIPT = Path(__file__).with_name("run.sh")


def run(tmp_path: Path, *arguments: str) -> str:
    """What it prints, with a folder of its own for programs, and one thread: more wait for each other beside tests."""
    given = {"PYTHON": sys.executable, "DEVICE": "cpu", "NETSPEC_STABLEHLO": str(tmp_path), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [SCRIPT, *arguments], env={**os.environ, **given}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_program_has_inputs_and_parameters_as_arguments_and_runs(tmp_path: Path) -> None:
    """Its products are in full precision, which a GPU would not give by itself. JAX, which runs it, may be missing."""
    run(tmp_path, "export", "lenet")
    (file,) = tmp_path.glob("LeNet-float32-*.mlir")
    text = file.read_text()
    (entry,) = (line for line in text.splitlines() if "@main(" in line)
    assert entry.split("->")[0].count("%arg") == 1 + 8
    assert text.count("stablehlo.convolution(") == 2
    assert "precision DEFAULT" not in text
    assert "precision = [DEFAULT" not in text
    said = run(tmp_path, "--eager", "lenet")
    assert "LeNet, TEST, float32: equal: 7 blobs" in said
    assert ("stablehlo on cpu" if find_spec("jax") else "; no JAX") in said
    assert said.count("| LeNet | ") == 4
