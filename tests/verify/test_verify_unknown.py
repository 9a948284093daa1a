"""`verify` of nets with layers of unknown types: all else is compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("tensorflow")

import netspec

if TYPE_CHECKING:
    from pathlib import Path

X = "x = Input { shape { dim: [2, 3, 6, 6] } }\n"
CONV = "c = Convolution(x) { num_output: 4 kernel_size: 3 }\n"
IP = 'ip = InnerProduct(y) { num_output: 5 weight_filler { type: "xavier" } }\n'
IN_PLACE = 'layer { name: "odd" type: "Odd" bottom: "x" top: "x" }\n'

# the net, options, what is compared, layers of unknown types, layers that are left out
NETS: list[tuple[str, dict[str, Any], list[str], list[str], list[str]]] = [
    (CONV + "y = Odd(c)\n" + IP, {"same_shape": True}, ["c", "ip"], ["y"], []),
    (CONV + "y = Odd(c)\n" + IP, {"shapes": {"y": (2, 7)}}, ["c", "ip"], ["y"], []),
    (CONV + "y = Odd(c)\n" + IP + "z = ReLU(ip)", {}, ["c"], ["y"], ["ip", "z"]),
    (CONV + "y, z = Odd(c)\n" + IP + "w = ReLU(z)", {"shapes": {"y": (2, 7)}}, ["c", "ip"], ["y"], ["w"]),
    (CONV + "y = Odd(c)\nz = Eltwise(y, c)\n" + IP, {}, ["c"], ["y"], ["z", "ip"]),
    (CONV + "y = Odd(c) | ReLU\n" + IP, {"same_shape": True}, ["c", "y", "ip"], ["y"], []),
    (IN_PLACE + "z = ReLU(x)", {}, ["z"], ["odd"], []),
    (CONV + "y = Odd(c)\nz = Even(y)\n" + IP, {"same_shape": True}, ["c", "ip"], ["y", "z"], []),
    ("y = Odd(x)\n", {"same_shape": True}, [], ["y"], []),
    ("d = Odd()\n" + CONV + "y = ReLU(d)", {"shapes": {"d": (2, 5)}}, ["c", "y"], [], []),
    (CONV, {}, ["c"], [], []),
]


@pytest.mark.parametrize(("text", "options", "compared", "unknown", "left_out"), NETS)
def test_what_is_compared(
    text: str, options: dict[str, Any], compared: list[str], unknown: list[str], left_out: list[str]
) -> None:
    net = netspec.load_text(X + text, allow_unknown=True, **options)
    report = netspec.verify(net, grad=True)
    assert report.ok, report
    assert [row.item.blob for row in report.rows if row.item.kind == "blob"] == compared
    assert ([*report.unknown], [*report.left_out]) == (unknown, left_out)
    missing = len(unknown) + len(left_out)
    assert (f"; {missing} layer{'s' * (missing != 1)} not compared" in str(report)) == bool(missing)


def test_sizes_with_names() -> None:
    net = netspec.load_text(X + CONV + "y = Odd(c)\n" + IP, allow_unknown=True, inputs={"x": ("N", 3, 6, 6)},
                            shapes={"y": ("N", 7)})  # fmt: skip
    report = netspec.verify(net, grad=False)
    assert report.ok, report
    assert len(report.sizes) == 3


def test_the_command_says_what_it_leaves_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from netspec.cli.main import main

    spec = tmp_path / "odd.net"
    spec.write_text(X + CONV + "y, z = Odd(c)\n" + IP + "w = ReLU(z)")
    assert main(["verify", str(spec), "--allow-unknown", "--shape", "y=2,7"]) == 0
    *_, drawn, left_out, last = capsys.readouterr().out.splitlines()
    assert drawn == "drawn values in place of layers of unknown types, which are not compared: y"
    assert left_out == "left out, since --shape says no shape of what they read: w"
    assert "; 2 layers not compared (" in last
