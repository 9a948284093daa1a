"""`netspec time`: a table, or JSON."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("torch")

if TYPE_CHECKING:
    from tests.cli.conftest import Netspec

TIME = re.compile(r"\d+(?:\.\d+)? ms")


def test_a_row_a_layer(folder: Path, netspec: Netspec) -> None:
    result = netspec("time", "small.net", "--iterations", "2")
    assert (result.status, result.err) == (0, "")
    head, *rows, total, empty, forward, backward, both, last = result.out.splitlines()
    assert head.split() == ["layer", "type", "forward", "backward"]
    assert [row.split()[:2] for row in (*rows, total)] == [
        ["conv", "Convolution"],
        ["relu", "ReLU"],
        ["ip", "InnerProduct"],
        ["total", "3"],
    ]
    assert all(len(TIME.findall(row)) == 2 for row in (*rows, total))
    assert not empty
    names = [line.partition(": ")[0] for line in (forward, backward, both)]
    assert names == ["Forward pass", "Backward pass", "Forward-Backward pass"]
    assert last == "Small, TEST, torch on cpu, float32: medians of 2 iterations"


def test_optimized_has_no_way_back(folder: Path, netspec: Netspec) -> None:
    out = netspec("time", "small.net", "-O", "--iterations", "1").out
    assert "Backward" not in out
    assert "–" in out


def test_as_json(folder: Path, netspec: Netspec) -> None:
    found = json.loads(netspec("time", "small.net", "--json", "--iterations", "1", "--phase", "TRAIN").out)
    assert found["phase"] == "TRAIN"
    assert [row["layer"] for row in found["layers"]] == ["conv", "relu", "ip"]


@pytest.mark.parametrize(
    ("more", "status", "message"),
    [
        (("--iterations", "0"), 2, "--iterations"),
        (("--backend", "numpy"), 2, "invalid choice"),
        (("--device", "cuda"), 1, "NS405"),
        (("--input", "data=N,3,8,8"), 1, "NS402"),
    ],
)
def test_what_it_cannot(folder: Path, netspec: Netspec, more: tuple[str, ...], status: int, message: str) -> None:
    import torch

    if "cuda" in more and torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    result = netspec("time", "small.net", *more)
    assert message in result.err
    assert result.status in (status, 2)
