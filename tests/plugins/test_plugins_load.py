"""The ways in which a plugin is named: on the command line, as a file, as a module, as an installed package."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

import netspec
from netspec.cli.main import main
from netspec.diagnostics.source import Source
from netspec.frontend.load import check_source

Example = Callable[[str], Path]


@pytest.fixture
def package(tmp_path: Path, example: Example, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """`package(name, text)`: an installed package of one module, with an entry point."""

    def install(name: str, text: str) -> None:
        site = tmp_path / "site"
        (site / f"{name}-1.0.dist-info").mkdir(parents=True)
        (site / f"{name}.py").write_text(text, "utf-8")
        (site / f"{name}-1.0.dist-info" / "METADATA").write_text(f"Name: {name}\nVersion: 1.0\n", "utf-8")
        points = f"[netspec.layers]\n{name} = {name}\n"
        (site / f"{name}-1.0.dist-info" / "entry_points.txt").write_text(points, "utf-8")
        monkeypatch.syspath_prepend(str(site))
        monkeypatch.delitem(sys.modules, name, raising=False)

    return install


@pytest.mark.parametrize("kind", [str, Path])
def test_a_file(kind: type[str] | type[Path], example: Example) -> None:
    path = kind(example("softgate.py"))
    spec = example("mine.net")
    net = netspec.load(spec, plugins=[path])
    assert (net.layers[1].type, net.plugins[0].name) == ("Softgate", str(path))
    assert netspec.check(spec, plugins=[path]) == []


def test_a_module(example: Example, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(example("softgate.py").parent))
    monkeypatch.delitem(sys.modules, "softgate", raising=False)
    net = netspec.load(example("mine.net"), plugins=[import_module("softgate")])
    assert (net.layers[1].type, net.plugins[0].name) == ("Softgate", "softgate")
    monkeypatch.delitem(sys.modules, "softgate")


def test_an_installed_package(package: Callable[[str, str], None], example: Example) -> None:
    spec, text = example("mine.net"), example("softgate.py").read_text("utf-8")
    assert [found.code for found in netspec.check(spec)] == ["NS208"]
    package("installed_softgate", text)
    assert netspec.check(spec) == []
    net = netspec.load(spec)
    assert [plugin.name for plugin in net.plugins] == ["installed_softgate"]
    assert "softplus" in netspec.emit(net, "torch")


def test_a_file_comes_before_a_package(package: Callable[[str, str], None], example: Example) -> None:
    path = example("softgate.py")
    package("another_softgate", path.read_text("utf-8"))
    net = netspec.load_text(example("mine.net").read_text("utf-8"), plugins=[path])
    assert [plugin.name for plugin in net.plugins] == [str(path)]


@pytest.mark.parametrize(
    ("text", "codes"),
    [("1 / 0", ["NS601", "NS208"]), ("LAYERS = 3", ["NS601", "NS208"])],
    ids=["raises", "without layers"],
)
def test_a_broken_package(text: str, codes: list[str], package: Callable[[str, str], None], example: Example) -> None:
    """It is an error only where a type is looked for that may be in it."""
    package("broken_layers", text)
    assert [found.code for found in netspec.check(example("mine.net"))] == codes
    known = (
        example("mine.net").read_text("utf-8").replace("Softgate", "ReLU").replace("softgate_param { beta: 1.5 }", "")
    )
    assert check_source(Source("known.net", known)) == []


def test_nothing_more_is_imported_than_needed(example: Example) -> None:
    """Without plugins nothing of theirs, so that packages are not looked for; with plugins no framework."""
    program = f"""
import sys, netspec
assert netspec.check("specs/lenet.net") == []
assert "netspec.plugins.load" not in sys.modules
assert netspec.load({str(example("mine.net"))!r}, plugins=[{str(example("softgate.py"))!r}])
assert not {{"numpy", "torch", "tensorflow"}} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[2], check=True)


def run(*argv: str | Path) -> int:
    return main([str(arg) for arg in argv])


def test_commands_take_plugins(example: Example, capsys: pytest.CaptureFixture[str]) -> None:
    spec, plugin = example("mine.net"), example("softgate.py")
    other = example("gelu.py")
    for command in ("check", "show"):
        assert run(command, spec, "--plugin", plugin, "--plugin", other) == 0
    assert run("compile", spec, "--backend", "torch", "--plugin", plugin) == 0
    assert run("layers", "--plugin", plugin, "softgate") == 0
    assert run("layers", "--plugin", plugin) == 0
    out = capsys.readouterr().out
    assert "Softgate (" in out
    assert "F.softplus(1.5 * data" in out
    assert run("check", spec) == 1
    assert run("check", spec, "--allow-unknown") == 0
    assert run("show", spec, "--allow-unknown") == 0


def test_check_in_several_processes(example: Example, capsys: pytest.CaptureFixture[str]) -> None:
    text, plugin = example("mine.net").read_text("utf-8"), example("softgate.py")
    for i in range(12):
        (plugin.parent / f"{i}.net").write_text(text, "utf-8")
    assert run("check", plugin.parent, "--plugin", plugin, "-j", "2") == 0
    assert "no problems in 13 files" in capsys.readouterr().out


@pytest.mark.parametrize(
    "text", ["LAYERS = 1", "1 / 0", "from netspec.layers.caffe.activation import *; LAYERS = [ReLU]"]
)
@pytest.mark.parametrize("command", [["check"], ["show"], ["compile", "--backend", "torch"], ["layers"]], ids=" ".join)
def test_a_bad_plugin_is_wrong_usage(
    text: str, command: list[str], example: Example, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = example("mine.net")
    bad = spec.with_name("bad.py")
    bad.write_text(text, "utf-8")
    specs = [] if command == ["layers"] else [spec]
    assert run(*command, *specs, "--plugin", bad) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error[NS60")
