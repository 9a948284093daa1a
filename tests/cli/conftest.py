"""The command line, called within this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from netspec.cli.main import main

SOUND = """\
name: "Small"
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 dim: 8 dim: 8 } } }
layer {
  name: "conv" type: "Convolution" bottom: "data" top: "conv"
  convolution_param { num_output: 4 kernel_size: 3 }
}
layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
layer { name: "ip" type: "InnerProduct" bottom: "conv" top: "ip" inner_product_param { num_output: 5 } }
"""
FAULTY = SOUND.replace("num_output: 4", "num_outputs: 4").replace('"ReLU"', '"Relu"')
SOLVER = 'net: "small.net"\nbase_lr: 0.01\nlr_policy: "fixed"\nmax_iter: 100\n'


class Result(NamedTuple):
    status: int
    out: str
    err: str


Netspec = Callable[..., Result]


@pytest.fixture
def netspec(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Netspec:
    """`netspec("check", path)`: what the command of a terminal without colours, 100 columns wide, gives."""
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "100")

    def run(*argv: str | Path) -> Result:
        capsys.readouterr()
        status = main([str(arg) for arg in argv])
        captured = capsys.readouterr()
        return Result(status, captured.out, captured.err)

    return run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of specs, in which the test runs."""
    for name, text in {
        "small.net": SOUND,
        "faulty.net": FAULTY,
        "solver.prototxt": SOLVER,
        "deep/down/other.prototxt": SOUND,
        "deep/test.pt": SOUND,
        ".hidden/small.net": FAULTY,
        "notes.txt": "no spec",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "deep" / "weights.pt").write_bytes(b"PK\x03\x04\0\0\0")
    monkeypatch.chdir(tmp_path)
    return tmp_path
