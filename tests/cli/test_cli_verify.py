"""`netspec verify`: what `netspec.verify` finds, as a table, as JSON, and as an exit status."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("tensorflow")

from netspec.backend.executable import Executable
from netspec.verify import subject

if TYPE_CHECKING:
    from tests.cli.conftest import Netspec


def test_a_table_of_every_blob(folder: Path, netspec: Netspec) -> None:
    result = netspec("verify", "small.net", "--report", "report.json")
    assert (result.status, result.err) == (0, "")
    head, conv, ip, empty, last = result.out.splitlines()
    assert head.split() == ["layer", "blob", "shape", "max", "error", "bound"]
    assert [conv.split()[i] for i in (0, 1, 2, 4, 5)] == ["relu", "conv", "2×4×6×6", "1.0e-09", "ok"]
    assert [ip.split()[i] for i in (0, 1, 2, 4, 5)] == ["ip", "ip", "2×5", "1.0e-09", "ok"]
    assert not empty
    assert last.startswith("Small, TEST, float64: equal: 2 blobs; worst error ")
    assert last.endswith("(torch on cpu, tensorflow on cpu)")
    assert json.loads(Path("report.json").read_text())["ok"] is True


def test_gradients_and_float32(folder: Path, netspec: Netspec) -> None:
    result = netspec("verify", "small.net", "--grad", "--dtype", "float32", "--seed", "3", "--report", "-")
    assert (result.status, result.err) == (0, "")
    report = json.loads(result.out)
    assert report["seed"] == 3
    assert report["reference"] == "torch in float64"
    assert {row["kind"] for row in report["rows"]} == {"blob", "gradient"}


def test_one_line_on_request(folder: Path, netspec: Netspec) -> None:
    result = netspec("verify", "small.net", "-q", "--input", "data=1,3,5,5")
    assert len(result.out.splitlines()) == 1


def test_a_difference_is_named_and_ends_with_1(folder: Path, netspec: Netspec, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Executable.forward

    def wrong(self: Executable, *args: Any, **options: Any) -> Any:
        blobs = read(self, *args, **options)
        if "tensorflow" in self.source:
            blobs["conv"] = blobs["conv"] + 0.5
        return blobs

    monkeypatch.setattr(Executable, "forward", wrong)
    result = netspec("verify", "small.net", "--report", "report.json")
    assert result.status == 1
    assert "DIFFERS  at (" in result.out
    assert "1 of 2 blobs differ" in result.out.splitlines()[-1]
    assert 'error[NS406]: conv of layer "relu" (ReLU, 2×4×6×6) differs between tensorflow and torch' in result.err
    assert json.loads(Path("report.json").read_text())["first"]["blob"] == "conv"


@pytest.mark.parametrize(
    ("argv", "status", "message"),
    [
        (["faulty.net"], 1, "error[NS201]"),
        (["small.net", "--backends", "torch"], 2, "error[NS403]"),
        (["small.net", "--backends", "torch,theano"], 2, 'error[NS403]: no backend "theano"'),
        (["small.net", "--device", "tpu"], 2, "invalid choice: 'tpu'"),
        (["small.net", "--seed", "-1"], 2, "argument --seed: invalid"),
    ],
)
def test_what_cannot_be_compared(folder: Path, netspec: Netspec, argv: list[str], status: int, message: str) -> None:
    result = netspec("verify", *argv)
    assert (result.status, result.out) == (status, "")
    assert message in result.err


def test_no_gpu_is_said_plainly(folder: Path, netspec: Netspec) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    result = netspec("verify", "small.net", "--device", "cuda")
    assert result.status == 1
    assert "error[NS405]" in result.err


def test_subjects_are_built_from_the_text_that_compile_writes(folder: Path, netspec: Netspec) -> None:
    import netspec as api

    net = api.load("small.net")
    for backend in ("torch", "tensorflow"):
        assert subject.build(net, backend).source == netspec("compile", "small.net", "--backend", backend).out


def test_a_use_of_a_block_as_one_row(folder: Path, netspec: Netspec) -> None:
    block = "block conv(x) -> y { y = Convolution(x) { num_output: 2 kernel_size: 1 } | TanH }"
    (folder / "blocks.net").write_text(f"input x: [1, 2, 3, 3]\n{block}\na = conv(x)\nb = conv(a)\nc = Softmax(b)\n")
    result = netspec("verify", "blocks.net", "--grad", "--fold")
    assert (result.status, result.err) == (0, "")
    rows = [line.split() for line in result.out.splitlines()[1:-2]]
    assert [row[0] for row in rows] == ["a", "b", "c", "x"]
    assert all("worst of 3" in " ".join(row) for row in rows[:2])
    assert {row[-1] for row in rows} == {"ok"}
    assert netspec("verify", "blocks.net", "--depth", "2").status == 2


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_optimized_against_the_net_as_read(folder: Path, netspec: Netspec, dtype: str) -> None:
    Path("small.net").write_text(Path("small.net").read_text().replace('"ReLU"', '"BatchNorm"'), encoding="utf-8")
    result = netspec("verify", "small.net", "-O", "--dtype", dtype, "--report", "report.json")
    assert (result.status, result.err) == (0, "")
    assert f"Small, TEST, {dtype}, -O: equal: 2 blobs" in result.out
    report = json.loads(Path("report.json").read_text())
    assert (report["optimized"], report["ok"]) == (True, True)
    assert report["reference"].startswith("torch without -O")
    assert [list(row["errors"]) for row in report["rows"]] == [["torch", "tensorflow"]] * 2


def test_one_backend_can_be_held_against_itself(folder: Path, netspec: Netspec) -> None:
    assert netspec("verify", "small.net", "-O", "--backends", "torch").status == 0
    assert "float32 with its float64 run" in netspec("verify", "small.net", "--backends", "torch").err


def test_what_is_for_training_is_not_optimized(folder: Path, netspec: Netspec) -> None:
    assert "leave out --grad" in netspec("verify", "small.net", "-O", "--grad").err
    assert "error[NS417]" in netspec("verify", "small.net", "-O", "--phase", "TRAIN").err
