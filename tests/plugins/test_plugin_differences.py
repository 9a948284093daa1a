"""`verify` of layers whose code for one backend is not what their code for another one is: a report, never a crash."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

import netspec
from netspec.cli.main import main
from netspec.verify.report import Report

pytest.importorskip("torch")
pytest.importorskip("tensorflow")

NET = """
name: "Mine"
layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 4 dim: 6 } } }
layer { name: "before" type: "TanH" bottom: "x" top: "t" }
layer { name: "mine" type: "Mine" bottom: "t" top: "y" }
layer { name: "ip" type: "InnerProduct" bottom: "y" top: "z" inner_product_param { num_output: 2 } }
"""
TWO = NET.replace('top: "y" }', 'top: "y" top: "w" }')
PLUGIN = """
from netspec.emit.code import Code
class Mine(Layer):
    tops: ClassVar = Count(1, 2)
    def infer(self, site): return site.bottoms * site.tops
LAYERS = [Mine]
def torch(layer, place): return {0}
def tensorflow(layer, place): return {1}
EMITTERS = {{"torch": {{Mine: torch}}, "tensorflow": {{Mine: tensorflow}}}}
"""
SAME = 'Code(f"{place.inputs[0]} * 1.0")'


class Case(NamedTuple):
    """What Mine is in each backend, the net, the first row that fails, and what its note says."""

    torch: str
    tensorflow: str
    first: str
    note: str
    net: str = NET


CASES = {
    "another shape": Case(SAME, 'Code(f"{place.inputs[0]}[:, :3] * 1.0")', "y", "tensorflow gives 4×3, torch 4×6"),
    "another shape, not read": Case(
        SAME,
        'Code(f"{place.inputs[0]}[:2] * 1.0")',
        "y",
        "tensorflow gives 2×6, torch 4×6",
        NET[: NET.index('layer { name: "ip"')],
    ),
    "more axes": Case(SAME, 'Code(f"{place.inputs[0]}[:, None] * 1.0")', "y", "tensorflow gives 4×1×6, torch 4×6"),
    "another shape in the first": Case(
        'Code(f"{place.inputs[0]}[:, :3] * 1.0")', SAME, "y", "tensorflow gives 4×6, torch 4×3"
    ),
    "three for two": Case(
        'Code(f"torch.chunk({place.inputs[0]}, 2)")',
        'Code(f"tf.split({place.inputs[0]}, 4)")',
        "y",
        "tensorflow fails to run it: ValueError: too many values to unpack",
        TWO,
    ),
    "a tuple": Case('Code(f"({place.inputs[0]}, 1)")', SAME, "y", "torch fails to run it: "),
    "none": Case(SAME, 'Code("None")', "y", "tensorflow fails to run it: "),
    "no such function": Case('Code("torch.no_such()")', SAME, "y", "torch fails to run it: AttributeError"),
    "no name": Case(SAME, 'Code("no_such")', "y", "tensorflow fails to run it: NameError"),
    "no code": Case('Code("1 +")', SAME, "y", "torch fails to build it: SyntaxError"),
    "NaN": Case(SAME, "Code(f\"{place.inputs[0]} * float('nan')\")", "y", "tensorflow has nan, torch "),
    "no gradient": Case(SAME, 'Code(f"tf.stop_gradient({place.inputs[0]})")', "∂ x", "at ("),
    "no backward pass": Case('Code(f"torch.linalg.eigvals({place.inputs[0]}[:, :4])")', SAME, "y", "torch "),
}


def found(case: Case, plugin: Callable[[str], Path], grad: bool) -> Report:
    file = plugin(PLUGIN.format(case.torch, case.tensorflow))
    return netspec.verify(netspec.load_text(case.net, plugins=[file]), grad=grad)


@pytest.mark.parametrize("name", CASES)
def test_what_differs_is_said(name: str, plugin: Callable[[str], Path], capsys: pytest.CaptureFixture[str]) -> None:
    case = CASES[name]
    report = found(case, plugin, grad=True)
    assert not report.ok
    row = report.first
    assert row is not None
    assert (str(row.item), case.note in row.note) == (case.first, True), row
    assert all(other.ok for other in report.rows[: report.rows.index(row)])
    (diagnostic,) = report.diagnostics
    assert diagnostic.code == "NS406"
    if row.unlike:
        assert case.note in diagnostic.message
    assert report.to_json()
    assert str(report)


@pytest.mark.parametrize("name", ["another shape", "three for two", "NaN"])
def test_the_command_says_it(
    name: str, plugin: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = CASES[name]
    file, net = plugin(PLUGIN.format(case.torch, case.tensorflow)), tmp_path / "mine.net"
    net.write_text(case.net)
    assert main(["verify", str(net), "--plugin", str(file), "--grad"]) == 1
    out, err = capsys.readouterr()
    assert "DIFFERS" in out
    assert case.note in out + err
    assert "error[NS406]" in err
