"""`netspec config`, and that `netspec check` takes what a configuration says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from netspec.config.read import KEYS

if TYPE_CHECKING:
    from tests.cli.conftest import Netspec

PLUGIN = '''\
from pathlib import Path

from netspec.arrays import Array
from netspec.layers.base import Elementwise

Path(__file__).with_name("has run").touch()


class Twice(Elementwise):
    """Twice x. Shape: as the bottom."""

    def formula(self, x: Array) -> Array:
        return 2 * x


LAYERS = (Twice,)
'''


def put(folder: Path, **files: str) -> None:
    """Files, whose names have `__` for `/` and `_` for `.`."""
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("configuration", "argv", "summary"),
    [
        ('paths = ["deep"]', [], "no problems in 2 files"),
        ('paths = ["deep", "faulty.net"]', [], "2 errors in 3 files"),
        ('paths = ["deep"]', ["faulty.net"], "2 errors in 1 file"),
        ('exclude = ["faulty.*", "solver.prototxt"]', ["."], "no problems in 3 files"),
        ('exclude = ["deep"]', ["."], "2 errors in 3 files"),
        ('exclude = ["faulty.net"]', ["faulty.net"], "2 errors in 1 file"),
        ('exclude = ["faulty.net"]', ["faulty.net", "small.net", "--force-exclude"], "no problems in 1 file"),
        ('exclude = ["*.net"]', ["faulty.net", "--force-exclude"], "no problems in 0 files"),
        ('ignore = ["NS201", "NS208"]', ["faulty.net"], "no problems in 1 file"),
        ('ignore = ["NS201", "NS208"]', ["faulty.net", "--ignore", "NS201"], "1 error in 1 file"),
        ('ignore = ["NS201", "NS208"]', ["faulty.net", "--isolated"], "2 errors in 1 file"),
        ('per-file-ignores = { "fault*" = ["NS201"] }', ["faulty.net"], "1 error in 1 file"),
        ('per-file-ignores = { "deep/**" = ["NS201"] }', ["faulty.net"], "2 errors in 1 file"),
        ("inputs = { data = [1, 3, 2, 2] }", ["small.net"], "1 error in 1 file"),
        ("inputs = { other = [1, 3, 2, 2] }", ["small.net"], "no problems in 1 file"),
        ("inputs = { data = [1, 3, 2, 2] }", ["small.net", "--input", "data=1,3,9,9"], "no problems in 1 file"),
    ],
)
def test_what_a_configuration_says_holds(
    folder: Path, netspec: Netspec, configuration: str, argv: list[str], summary: str
) -> None:
    put(folder, netspec_toml=configuration)
    result = netspec("check", *argv)
    assert (result.out.splitlines()[-1], result.err) == (summary, "")
    assert result.status == ("error" in summary)


def test_the_nearest_holds_alone(folder: Path, netspec: Netspec) -> None:
    put(folder, netspec_toml='ignore = ["NS201", "NS208"]', deep__faulty_net=(folder / "faulty.net").read_text())
    assert netspec("check", "deep/faulty.net", "faulty.net").status == 0
    put(folder, deep__netspec_toml='ignore = ["NS201"]')
    assert netspec("check", "deep/faulty.net", "faulty.net").out.splitlines()[-1] == "1 error in 2 files"
    assert netspec("check", "deep/faulty.net", "--config", "netspec.toml").status == 0


def test_phases_are_those_of_the_configuration(folder: Path, netspec: Netspec) -> None:
    rule = 'layer { name: "x" type: "Nope" bottom: "ip" top: "x" include { phase: TRAIN } }'
    put(folder, netspec_toml='phases = ["TEST"]', staged_net=(folder / "small.net").read_text() + rule)
    assert netspec("check", "staged.net").status == 0
    assert netspec("check", "staged.net", "--phase", "TRAIN").status == 1
    put(folder, netspec_toml='phases = ["TEST", "TRAIN"]')
    assert netspec("check", "staged.net").status == 1


def test_warnings_fail_where_it_is_strict(folder: Path, netspec: Netspec) -> None:
    put(folder, warned_net=(folder / "small.net").read_text().replace('name: "relu"', 'name: "conv"'))
    assert netspec("check", "warned.net").status == 0
    result = netspec("check", "warned.net", "--strict")
    assert (result.status, result.out.splitlines()[-1]) == (1, "1 warning in 1 file; warnings fail, too")
    put(folder, netspec_toml="strict = true")
    assert netspec("check", "warned.net").status == 1
    assert netspec("check", "warned.net", "-q").out.startswith("warning[NS221]")
    assert '<failure type="NS221"' in netspec("check", "warned.net", "--format", "junit").out
    assert netspec("check", "warned.net", "--ignore", "NS221").status == 0


def test_imports_are_found(folder: Path, netspec: Netspec) -> None:
    put(
        folder,
        project__netspec_toml='import-path = ["../parts"]',
        project__a_net='import unit from "unit.net"\ninput data: [1, 3]\ny = unit(data)\n',
        parts__unit_net="block unit(x) -> y { y = ReLU(x) }\n",
    )
    assert netspec("check", "project/a.net").status == 0
    assert netspec("check", "project/a.net", "--isolated").status == 1


def test_plugins_are_run_where_one_works_alone(folder: Path, netspec: Netspec, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, ran = "input data: [1, 3]\ny = Twice(data)\n", folder / "project" / "has run"
    put(folder, project__netspec_toml='plugins = ["mine.py"]', project__mine_py=PLUGIN, project__deep__a_net=ours)
    result = netspec("check", "project/deep/a.net")
    assert (result.status, result.out, ran.exists()) == (2, "", False)
    assert "error[NS904]: plugins are not run for a configuration that lies elsewhere: project" in result.err
    assert "--> project/netspec.toml:1:1" in result.err
    assert netspec("check", "project/deep/a.net", "--isolated").status == 1
    assert not ran.exists()
    assert netspec("check", "project/deep/a.net", "--config", "project/netspec.toml").status == 0
    assert ran.exists()
    monkeypatch.chdir(folder / "project" / "deep")
    assert netspec("check", "a.net").status == 0


def test_a_wrong_configuration_is_told_and_nothing_is_checked(folder: Path, netspec: Netspec) -> None:
    put(folder, netspec_toml='exlude = ["a"]\n')
    result = netspec("check", "faulty.net")
    assert (result.status, result.out) == (2, "")
    assert result.err.splitlines()[0] == "error[NS901]: there is no key 'exlude'"
    assert "help: did you mean exclude?" in result.err
    assert netspec("check", "small.net", "--config", "missing.toml").status == 2


def test_results_are_kept_by_configuration(folder: Path, netspec: Netspec) -> None:
    """Which also says whether they are kept at all."""
    put(folder, netspec_toml="inputs = { data = [1, 3, 2, 2] }")
    assert (netspec("check", "small.net").status, netspec("check", "small.net").status) == (1, 1)
    put(folder, netspec_toml="")
    assert netspec("check", "small.net").status == 0
    put(folder, netspec_toml="cache = false\ninputs = { data = [1, 3, 2, 2] }")
    assert netspec("check", "small.net").status == 1


def test_it_is_shown(folder: Path, netspec: Netspec) -> None:
    put(folder, deep__pyproject_toml='[tool.netspec]\nexclude = ["*.pt"]\nper-file-ignores = { down = ["NS2"] }\n')
    lines = netspec("config", "deep/test.pt").out.splitlines()
    assert lines[0] == "deep/pyproject.toml"
    assert '  exclude           ["*.pt"]  # deep/pyproject.toml:2' in lines
    assert "  cache             true  # default" in lines
    assert lines[-1] == "deep/test.pt is excluded: it is left out of folders"
    assert netspec("config", "deep/down/other.prototxt").out.splitlines()[-1] == (
        "of deep/down/other.prototxt also ignored: NS2"
    )
    value = json.loads(netspec("config", "deep/down/other.prototxt", "--json").out)
    assert (value["file"], value["excluded"], value["ignored-here"]) == ("deep/pyproject.toml", False, ["NS2"])
    assert {row["key"]: row["line"] for row in value["settings"]} == {
        **dict.fromkeys(KEYS),
        "exclude": 2,
        "per-file-ignores": 3,
    }
    assert netspec("config").out.splitlines()[0] == "no configuration: what is usual holds"
    assert json.loads(netspec("config", "--json").out)["file"] is None
