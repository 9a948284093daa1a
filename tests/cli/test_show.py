"""`netspec show`, and the tables that it prints."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Netspec


@pytest.mark.parametrize("form", ["table", "json", "markdown", "csv"])
def test_formats(folder: Path, netspec: Netspec, golden: Callable[[str, str], None], form: str) -> None:
    result = netspec("show", "small.net", "--format", form)
    assert (result.status, result.err) == (0, "")
    golden(f"cli/show.{form}", result.out)


def test_wide_adds_names_and_shapes(folder: Path, netspec: Netspec) -> None:
    lines = netspec("show", "small.net", "--wide").out.splitlines()
    assert lines[2].split() == ["layer", "type", "tops", "output", "parameters", "shapes", "MACs", "memory"]
    assert "weight 4×3×3×3, bias 4" in lines[4]
    assert lines[5].split()[:3] == ["relu", "ReLU", "conv"]


def test_programs_get_plain_numbers(folder: Path, netspec: Netspec) -> None:
    total = json.loads(netspec("show", "small.net", "--format", "json").out)["total"]
    rows = list(csv.DictReader(io.StringIO(netspec("show", "small.net", "--format", "csv").out)))
    assert total["parameters"] == sum(int(row["parameters"]) for row in rows) == 4 * 27 + 4 + 5 * 144 + 5
    assert total["macs"] == sum(int(row["MACs"]) for row in rows)
    assert rows[1]["output"] == "2x4x6x6"


def test_the_input_shape_can_be_given(folder: Path, netspec: Netspec) -> None:
    for form in ("data=7,3,8,8", "data=7x3x8x8", "data=7×3×8×8"):
        assert "7×5" in netspec("show", "small.net", "--input", form).out


def test_unknown_sizes_are_shown_as_such(folder: Path, netspec: Netspec) -> None:
    text = (folder / "small.net").read_text().splitlines()
    text[1] = 'layer { name: "data" type: "Data" top: "data" data_param { batch_size: 2 source: "x" } }'
    (folder / "open.net").write_text("\n".join(text).replace('"ip" type: "InnerProduct"', '"ip" type: "ReLU"'))
    out = netspec("show", "open.net").out
    assert "2×4×?×?" in out
    assert "data is 2×3×?×?; give it with --input" in out
    assert json.loads(netspec("show", "open.net", "--format", "json").out)["total"]["macs"] is None


def test_names_cannot_write_to_the_terminal(folder: Path, netspec: Netspec) -> None:
    text = (folder / "small.net").read_text().replace('"conv"', '"\\033[2Jconv"').replace('"Small"', '"a\\033[1m"')
    (folder / "evil.net").write_text(text)
    for form in ("table", "json", "markdown"):
        assert "\x1b" not in netspec("show", "evil.net", "--format", form, "--wide").out


BLOCKS = """
input data: [1, 3, 8, 8]
block conv(x, n) -> y { y = Convolution(x) { num_output: n kernel_size: 1 } | ReLU }
a = conv(data, 4)
b = conv(a, 5)
"""


def test_a_use_of_a_block_is_a_row_with_what_all_of_it_costs(folder: Path, netspec: Netspec) -> None:
    (folder / "blocks.net").write_text(BLOCKS)
    lines = netspec("show", "blocks.net", "--fold").out.splitlines()
    assert [line.split("  ")[0] for line in lines[3:6]] == ["data", "a", "b"]
    assert "conv, 2 layers  1×4×8×8          16" in lines[4]
    assert "5 layers" in lines[6]
    deep = netspec("show", "blocks.net", "--fold", "--depth", "2").out
    assert deep == netspec("show", "blocks.net").out
    rows = json.loads(netspec("show", "blocks.net", "--fold", "--format", "json").out)["layers"]
    assert [(row["name"], row.get("block"), row.get("layers")) for row in rows] == [
        ("data", None, None),
        ("a", "conv", ["a/y", "a/y/relu"]),
        ("b", "conv", ["b/y", "b/y/relu"]),
    ]
    assert rows[2]["parameters"] == 4 * 5 + 5
    assert "conv" in netspec("show", "blocks.net", "--fold", "--format", "csv", "--wide").out


def test_a_depth_is_of_what_is_folded(folder: Path, netspec: Netspec) -> None:
    result = netspec("show", "small.net", "--depth", "2")
    assert result.status == 2
    assert "--depth says how deep --fold goes" in result.err


STEPS = """\
net: "small.net"
test_iter: 3 test_interval: 50 test_initialization: false
base_lr: 0.1 lr_policy: "multistep" gamma: 0.1 stepvalue: 50 stepvalue: 80 max_iter: 100
type: "Nesterov" momentum: 0.9 weight_decay: 0.001 clip_gradients: 35 iter_size: 2
snapshot: 20 snapshot_prefix: "small"
"""


def test_a_solver_with_its_nets(folder: Path, netspec: Netspec) -> None:
    (folder / "steps.prototxt").write_text(STEPS)
    status, out, err = netspec("show", "steps.prototxt")
    assert (status, err) == (0, "")
    assert out.splitlines()[:14] == [
        "Nesterov, 100 iterations",
        "",
        "rate       multistep: base_lr 0.1, gamma 0.1, stepvalue 50, 80",
        "rule       momentum 0.9",
        "decay      0.001, L2",
        "gradients  a norm of 35 at most",
        "batches    2 an iteration",
        "tests      3 batches every 50 iterations, not before the first",
        "snapshots  every 20 iterations, small, BINARYPROTO",
        "",
        "iteration   rate",
        "        0    0.1",
        "       50   0.01",
        "       80  0.001",
    ]
    assert [line for line in out.splitlines() if line.startswith("Small")] == ["Small, TRAIN", "Small, TEST"]
    assert out.count("conv   Convolution") == 2
    assert netspec("show", "steps.prototxt", "--format", "markdown").out.startswith("**Nesterov, 100 iterations**\n")


def test_a_solver_for_programs(folder: Path, netspec: Netspec) -> None:
    (folder / "steps.prototxt").write_text(STEPS)
    found = json.loads(netspec("show", "steps.prototxt", "--format", "json").out)
    assert found["type"] == "Nesterov" and found["fields"]["stepvalue"] == [50, 80]
    assert [(at["iteration"], round(at["rate"], 9)) for at in found["rates"]] == [
        (0, 0.1),
        (50, 0.01),
        (80, 0.001),
        (99, 0.001),
    ]
    assert [(net["phase"], net["total"]["parameters"]) for net in found["nets"]] == [("TRAIN", 837), ("TEST", 837)]
    status, _, err = netspec("show", "steps.prototxt", "--format", "csv")
    assert status == 2 and "is a solver" in err
