"""Fields that are nowhere, read over where that is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

import netspec
from netspec.cli.main import main
from netspec.diagnostics import Diagnostic
from netspec.diagnostics.source import Source
from netspec.frontend.load import check_source

INPUT = 'layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }\n'
LAYER = (
    'layer {{ name: "ip" type: "InnerProduct" bottom: "x" top: "ip" {} inner_product_param {{ num_output: 5 {} }} }}\n'
)


def checked(text: str, lenient: bool = True) -> list[Diagnostic]:
    return check_source(Source("fork.net", text), lenient=lenient)


# text, message of the warning
FIELDS = [
    ("wheels: 4\n" + INPUT, "a net has no field wheels"),
    ("cart { wheels: 4 }\n" + INPUT, "a net has no field cart"),
    (INPUT + LAYER.format("wheels: 4", ""), "a layer has no field wheels"),
    (INPUT + LAYER.format("cart_param { wheels: [1, 2] }", ""), "a layer has no field cart_param"),
    (INPUT + LAYER.format("", "wheels: BIG"), "inner_product_param has no field wheels"),
    (INPUT + LAYER.format("param { wheels: 1 }", ""), "param has no field wheels"),
    (INPUT + LAYER.format("include { wheels: 1 }", ""), "include has no field wheels"),
    (INPUT + LAYER.format("", 'weight_filler { type: "xavier" wheels: 4 }'), "weight_filler has no field wheels"),
]


@pytest.mark.parametrize(("text", "message"), FIELDS)
def test_a_warning_in_the_place_of_an_error(text: str, message: str) -> None:
    (warning,) = checked(text)
    assert (warning.code, warning.severity, warning.message) == ("NS226", "warning", message)
    (error,) = checked(text, lenient=False)
    assert (error.code, error.message, error.labels) == ("NS201", message, warning.labels)


def test_the_rest_is_read() -> None:
    net = netspec.load_text(INPUT + LAYER.format("wheels: 4", "wheels: 4 axis: 0"), lenient=True)
    assert net.blobs["ip"] == (5,)
    assert "nn.Linear" in netspec.emit(net, "torch")


def test_other_faults_are_errors() -> None:
    (warning, error) = checked(INPUT + LAYER.format("wheels: 4", "num_output: 6"))
    assert (warning.code, error.code) == ("NS226", "NS202")


def test_what_plugins_do_not_have(tmp_path: Path) -> None:
    spec = tmp_path / "fork.net"
    spec.write_text(INPUT + LAYER.format("wheels: 4", ""))
    assert netspec.check(spec, lenient=True)[0].code == "NS226"
    with pytest.raises(netspec.SpecError):
        netspec.load(spec)
    assert netspec.load(spec, lenient=True).outputs == ("ip",)


@pytest.mark.parametrize("command", [["check"], ["show"], ["compile", "--backend", "torch"], ["verify", "--quiet"]])
def test_commands(command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "fork.net"
    spec.write_text(INPUT + LAYER.format("wheels: 4", ""))
    if command[0] == "verify":
        command = command[:1]
    assert main([*command, str(spec)]) == 1
    assert "NS201" in "".join(capsys.readouterr())
    assert main([*command, str(spec), "--lenient"]) == 0
    assert "warning[NS226]: a layer has no field wheels" in "".join(capsys.readouterr())
