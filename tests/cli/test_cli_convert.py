"""`netspec convert`."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import netspec as api
from netspec.convert import convert
from netspec.diagnostics.source import Source

if TYPE_CHECKING:
    from tests.cli.conftest import Netspec

SHORT = """\
name: "Small"
input data: [2, 3, 8, 8]
conv = Convolution(data) { num_output: 4 kernel_size: 3 }
conv = ReLU(conv) { name: "relu" }
ip = InnerProduct(conv) { num_output: 5 }
"""


def test_both_ways(folder: Path, netspec: Netspec) -> None:
    assert netspec("convert", "small.net", "--to", "net") == (0, SHORT, "")
    assert netspec("convert", "small.net", "--to", "net", "-o", "short.net") == (0, "", "")
    assert Path("short.net").read_text(encoding="utf-8") == SHORT
    again = netspec("convert", "short.net", "--to", "prototxt")
    assert (again.status, again.err) == (0, "")
    assert 'layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }' in again.out
    assert api.load_text(again.out).params == api.load("small.net").params


def test_standard_input(folder: Path, netspec: Netspec, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (folder / "small.net").read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert netspec("convert", "-", "--to", "net").out == SHORT


def test_a_file_stays_unless_forced(folder: Path, netspec: Netspec) -> None:
    out = folder / "out.net"
    out.write_text("mine")
    result = netspec("convert", "small.net", "--to", "net", "-o", out)
    assert result.status == 2
    assert "out.net is there already; --force replaces it" in result.err
    assert out.read_text() == "mine"
    assert netspec("convert", "small.net", "--to", "net", "-o", out, "--force").status == 0
    assert out.read_text() == SHORT


def test_a_spec_may_be_written_over_itself(folder: Path, netspec: Netspec) -> None:
    assert netspec("convert", "small.net", "--to", "net", "-o", "small.net", "--force").status == 0
    assert (folder / "small.net").read_text(encoding="utf-8") == SHORT


SIZES = "input data: [N, 3, 8, h]\nrelu = ReLU(data)  # any size\n"


def test_sizes_that_are_names(folder: Path, netspec: Netspec) -> None:
    (folder / "sizes.net").write_text(SIZES)
    assert netspec("convert", "sizes.net", "--to", "net") == (0, SIZES, "")
    result = netspec("convert", "sizes.net", "--to", "prototxt", "--input", "data=1,3,8,9")
    assert (result.status, result.err) == (0, "")
    assert "input_param { shape { dim: 1 dim: 3 dim: 8 dim: 9 } }" in result.out
    assert 'layer { name: "relu" type: "ReLU" bottom: "data" top: "relu" }  # any size' in result.out


@pytest.mark.parametrize(
    ("argv", "status", "message"),
    [
        (["faulty.net", "--to", "net", "-o", "out.net"], 1, "error[NS201]"),
        (["broken.net", "--to", "prototxt", "-o", "out.net"], 1, "error[NS101]"),
        (["missing.net", "--to", "net", "-o", "out.net"], 1, "error[NS105]"),
        (["small.net", "--to", "net", "-o", "nowhere/out.net"], 2, "nowhere"),
        (["small.net", "--to", "caffe", "-o", "out.net"], 2, "invalid choice: 'caffe'"),
        (["small.net", "-o", "out.net"], 2, "the following arguments are required: --to"),
        (["small.net", "--to", "net", "--input", "data=1,3,8,8"], 2, "which --to prototxt needs"),
        (["sizes.net", "--to", "prototxt"], 1, 'error[NS402]: the sizes of "data", N×3×8×h, are no numbers'),
        (["sizes.net", "--to", "prototxt", "--input", "data=1,3,8,M"], 1, "give numbers with --input data=1,3,8,1"),
        (["sizes.net", "--to", "prototxt", "--input", "date=1,3,8,8"], 1, 'error[NS308]: there is no input "date"'),
        (["small.net", "--to", "prototxt", "--input", "data=1,3,8,8"], 1, 'error[NS308]: "data" is no input'),
    ],
)
def test_what_fails_writes_nothing(folder: Path, netspec: Netspec, argv: list[str], status: int, message: str) -> None:
    (folder / "broken.net").write_text('layer { name: "x" ) }')
    (folder / "sizes.net").write_text(SIZES)
    before = sorted(folder.iterdir())
    result = netspec("convert", *argv)
    assert (result.status, result.out) == (status, "")
    assert message in result.err
    assert sorted(folder.iterdir()) == before


def test_what_an_upgrade_leaves_out_is_said(folder: Path, netspec: Netspec) -> None:
    text = 'input: "x" input_dim: 1 input_dim: 3 input_dim: 4 input_dim: 4\n'
    (folder / "old.net").write_text(text + 'layers { layer { name: "r" type: "relu" stride: 2 } bottom: "x" top: "r" }')
    result = netspec("convert", "old.net", "--to", "net")
    assert result.status == 0
    assert 'a "relu" layer does not read stride' in result.err
    assert "r = ReLU(x)" in result.out


def test_types_of_plugins_and_of_nobody(folder: Path, netspec: Netspec) -> None:
    (folder / "odd.net").write_text((folder / "small.net").read_text().replace('"ReLU"', '"Odd"'))
    assert netspec("convert", "odd.net", "--to", "net").status == 1
    result = netspec("convert", "odd.net", "--to", "net", "--allow-unknown")
    assert result.status == 0
    assert 'layer { name: "relu" type: "Odd" bottom: "conv" top: "conv" }' in result.out


def test_a_fault_of_conversion_is_one_of_netspec(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netspec.convert.spec.to_net", lambda *_: "input data: [2, 3]\n")
    text = 'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }'
    with pytest.raises(RuntimeError, match="would not be the same net: TEST: the layers"):
        convert(Source("small.net", text), "net")


OLD_SOLVER = """\
# how it is trained
net_param { layers { name: "d" type: DUMMY_DATA top: "d" dummy_data_param { shape { dim: 1 } } } }  # all of it
base_lr: 0.1
lr_policy: "fixed"

solver_type: ADAM  # of 2015
momentum: 0.9
"""


def test_a_solver_in_the_format_of_today(folder: Path, netspec: Netspec) -> None:
    (folder / "old.prototxt").write_text(OLD_SOLVER)
    status, out, _ = netspec("convert", "old.prototxt", "--to", "prototxt")
    assert status == 0 and 'layer { name: "d" type: "DummyData"' in " ".join(out.split())
    assert "solver_type" not in out and 'type: "Adam"  # of 2015\n' in out and out.startswith("# how it is trained\n")
    (folder / "new.prototxt").write_text(out)
    assert netspec("convert", "new.prototxt", "--to", "prototxt").out == out
    (folder / "wrong.prototxt").write_text(OLD_SOLVER.replace("ADAM", "ADAMS"))
    assert netspec("convert", "wrong.prototxt", "--to", "prototxt").status == 1


BESIDE = """\
name: "B"
let rate = 1e-3
input data: [8, 4]
input label: [8]
ip = InnerProduct(data) { num_output: 2 }
loss = SoftmaxWithLoss(ip, label)  # of two classes
test { accuracy = Accuracy(ip, label) }
solver {
  type: Adam
  base_lr: 2 * rate  # at first
  momentum: 0.9
  max_iter: 200
  test_iter: 4
  test_interval: 50
}
"""


def test_a_solver_beside_its_net_goes_around_it(folder: Path, netspec: Netspec) -> None:
    (folder / "b.net").write_text(BESIDE)
    text = netspec("convert", "b.net", "--to", "prototxt").out
    assert text.startswith('type: "Adam"\nbase_lr: 0.002  # at first\n') and 'lr_policy: "fixed"\n' in text
    assert text.count("# of two classes") == 1 and "\nnet_param {\n" in text
    (folder / "b.prototxt").write_text(text)
    back = netspec("convert", "b.prototxt", "--to", "net").out
    assert 'solver {\n  type: "Adam"\n  base_lr: 0.002  # at first\n' in back
    (folder / "again.net").write_text(back)
    assert netspec("convert", "again.net", "--to", "prototxt").out == text
    for name in ("b.net", "b.prototxt", "again.net"):
        assert netspec("check", name).status == 0
        assert netspec("show", name).out.startswith("Adam, 200 iterations\n")
        solver = api.load_solver(folder / name)
        assert (solver.params.base_lr, [len(net.layers) for net in solver.nets]) == (0.002, [4, 5])
        assert len(api.load(folder / name, "TRAIN").layers) == 4
    assert "def train(" in netspec("compile", "b.net", "--backend", "torch").out
    assert "def train(" not in netspec("compile", "b.net", "--backend", "torch", "--phase", "TEST").out


def test_what_is_wrong_with_a_solver_beside_its_net(folder: Path, netspec: Netspec) -> None:
    (folder / "b.net").write_text(BESIDE.replace("Adam", "Adma").replace("InnerProduct", "InerProduct"))
    result = netspec("check", "b.net")
    assert (result.status, result.out.count("error[")) == (1, 2)
    assert "NS803" in result.out and "NS208" in result.out
