"""What services are given, action.yml, the hooks of pre-commit and the examples of docs/ci.md, carried out."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from tests.cli.conftest import Netspec

ROOT = Path(__file__).resolve().parents[2]
HOOKS: dict[str, dict[str, Any]] = {
    hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
}
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
STEPS: dict[str, dict[str, Any]] = {step["name"]: step for step in ACTION["runs"]["steps"]}


def example(name: str) -> Any:
    """A file that docs/ci.md shows."""
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    (text,) = re.findall(rf"<!-- file: {re.escape(name)} -->\n```yaml\n(.*?)```", page, re.DOTALL)
    return yaml.safe_load(text)


@pytest.mark.parametrize(
    ("name", "meant"),
    [("a.net", True), ("deep/b.prototxt", True), ("a.net.txt", False), ("weights.pt", False), ("anet", False)],
)
def test_files_that_hooks_are_given(name: str, meant: bool) -> None:
    for hook in HOOKS.values():
        assert bool(re.search(hook["files"], name)) is meant
        assert (hook["language"], hook["types"], hook["require_serial"]) == ("python", ["text"], True)


def test_the_hook_that_checks(folder: Path, netspec: Netspec) -> None:
    program, *argv = shlex.split(HOOKS["netspec-check"]["entry"])
    assert program == "netspec"
    (folder / "classes.prototxt").write_text('item { name: "road" label: 1 label_id: 7 }')
    assert netspec(*argv, "small.net", "classes.prototxt").out == "no problems in 1 file (1 other file skipped)\n"
    assert netspec(*argv, "small.net", "faulty.net").status == 1
    (folder / "netspec.toml").write_text('exclude = ["faulty.net"]')
    assert netspec(*argv, "small.net", "faulty.net").status == 0
    assert netspec(*argv, "faulty.net").status == 0


def test_the_hook_that_formats(folder: Path, netspec: Netspec) -> None:
    program, *argv = shlex.split(HOOKS["netspec-fmt"]["entry"])
    assert program == "netspec"
    (folder / "netspec.toml").write_text('exclude = ["deep"]')
    (folder / "deep" / "odd.net").write_text('name:"odd"')
    (folder / "odd.net").write_text('name:"odd"')
    assert netspec(*argv, "odd.net", "deep/odd.net").status == 0
    assert (folder / "odd.net").read_text() == 'name: "odd"\n'
    assert (folder / "deep" / "odd.net").read_text() == 'name:"odd"'


def test_the_example_for_pre_commit_names_hooks() -> None:
    (repo,) = example(".pre-commit-config.yaml")["repos"]
    assert [hook["id"] for hook in repo["hooks"]] == [*HOOKS]


def test_the_example_for_gitlab(folder: Path, netspec: Netspec) -> None:
    (folder / "netspec.toml").write_text('paths = ["faulty.net"]')
    job = example(".gitlab-ci.yml")["specs"]
    (line,) = [line for line in job["script"] if line.startswith("netspec ")]
    assert netspec(*shlex.split(line)[1:]).status == 1
    issues = json.loads((folder / job["artifacts"]["reports"]["codequality"]).read_text())
    assert [issue["check_name"][:5] for issue in issues] == ["NS201", "NS208"]


def test_the_example_for_github_gives_what_the_action_takes() -> None:
    (job,) = example(".github/workflows/specs.yml")["jobs"].values()
    given = job["steps"][-1]["with"]
    assert given.keys() <= ACTION["inputs"].keys()
    assert {name for step in STEPS.values() for name in re.findall(r"inputs\.(\w+)", str(step))} == {*ACTION["inputs"]}


def carried_out(step: str, folder: Path, paths: str, args: str = "") -> subprocess.CompletedProcess[str]:
    """A step of the action, as a runner carries it out, but that netspec is installed already."""
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    env |= {"RUNNER_TEMP": str(folder), "NETSPEC_PATHS": paths, "NETSPEC_ARGS": args}
    env |= {"GITHUB_STEP_SUMMARY": str(folder / "summary.md"), "GITHUB_OUTPUT": str(folder / "output")}
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS[step]["run"]]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("paths", "args", "status", "starts"),
    [
        ("small.net", "", 0, ""),
        ("small.net faulty.net", "", 1, "::error file=faulty.net,line=5,"),
        ("", "--ignore NS201", 1, "::error file=faulty.net,line=7,"),
        ("$(touch_x) faulty.net;touch_y", "", 1, "::error title=NS105::$(touch_x) cannot be read"),
    ],
)
def test_the_action_checks(folder: Path, paths: str, args: str, status: int, starts: str) -> None:
    (folder / "netspec.toml").write_text('paths = ["faulty.net"]')
    run = carried_out("Check specs", folder, paths, args)
    assert (run.returncode, run.stderr) == (status, "")
    assert run.stdout.startswith(starts)
    assert (folder / "summary.md").read_text().startswith("### netspec check\n")


def test_the_action_writes_a_report(folder: Path) -> None:
    run = carried_out("Write the report for code scanning", folder, "faulty.net")
    assert (run.returncode, run.stderr) == (0, "")
    name, _, path = (folder / "output").read_text().strip().partition("=")
    assert name == "file"
    assert [result["ruleId"] for result in json.loads(Path(path).read_text())["runs"][0]["results"]] == [
        "NS201",
        "NS208",
    ]
    assert carried_out("Write the report for code scanning", folder, "faulty.net", "--nope").returncode != 0


def test_no_step_takes_an_input_into_its_text() -> None:
    """Which whoever opens a pull request may have written."""
    assert [name for name, step in STEPS.items() if "${{" in step.get("run", "")] == []
