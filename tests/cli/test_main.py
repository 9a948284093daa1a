"""What all commands have in common: help, statuses, streams, and what is imported when."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from netspec.cli import main as entry
from netspec.cli.main import COMMANDS

if TYPE_CHECKING:
    from tests.cli.conftest import Netspec

FRAMEWORKS = {"torch", "tensorflow", "keras", "numpy"}


def test_help_lists_every_command(netspec: Netspec, golden: Callable[[str, str], None]) -> None:
    result = netspec("--help")
    assert result.status == 0
    golden("cli/help.txt", result.out)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(netspec: Netspec, command: str, golden: Callable[[str, str], None]) -> None:
    result = netspec(command, "--help")
    assert (result.status, result.err) == (0, "")
    assert f"netspec {command} " in result.out.split("examples:")[1]
    assert max(map(len, result.out.splitlines())) <= 100


def test_every_command_is_a_module() -> None:
    modules = {path.stem for path in Path(entry.__file__).parent.glob("*.py")}
    assert set(COMMANDS) <= modules


@pytest.mark.parametrize(
    ("argv", "status", "message"),
    [
        ([], 2, "usage: netspec COMMAND"),
        (["chekc"], 2, 'there is no command "chekc"; did you mean check?'),
        (["--nope"], 2, "usage: netspec COMMAND"),
        (["show"], 2, "the following arguments are required: SPEC"),
        (["show", "missing.net"], 1, "error[NS105]: missing.net cannot be read: No such file or directory"),
        (["show", "faulty.net"], 1, "error[NS201]: convolution_param has no field num_outputs"),
        (["show", "."], 1, "error[NS105]"),
        (["compile", "small.net", "--backend", "theano"], 2, 'error[NS403]: no backend "theano"'),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_is_wrong_goes_to_stderr(
    folder: Path, netspec: Netspec, argv: list[str], status: int, message: str
) -> None:
    result = netspec(*argv)
    assert (result.status, result.out) == (status, "")
    assert message in result.err
    assert "Traceback" not in result.err


def test_version(netspec: Netspec) -> None:
    result = netspec("--version")
    assert result.status == 0
    assert result.out.startswith("netspec 0.")


def test_a_fault_of_netspec_asks_for_a_report(folder: Path, netspec: Netspec, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("netspec.cli.show.run", broken)
    result = netspec("show", "small.net")
    assert result.status == 70
    assert "internal error: ZeroDivisionError: oh" in result.err
    monkeypatch.setenv("NETSPEC_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        netspec("show", "small.net")


def test_an_interrupt_is_no_fault(folder: Path, netspec: Netspec, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("netspec.cli.show.run", interrupted)
    assert netspec("show", "small.net") == (130, "", "")


IMPORTS = """
import sys
from netspec.cli.main import main
status = main(sys.argv[1:])
sys.stdout.flush()
print(status, *sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""


def _imported(code: str, *argv: str) -> tuple[str, set[str]]:
    """The first word on stderr, and the others: names of modules."""
    run = subprocess.run([sys.executable, "-c", code, *argv], capture_output=True, text=True, check=True)
    status, *modules = run.stderr.split()
    return status, set(modules)


@pytest.mark.parametrize(
    "argv",
    [
        ["check", "small.net"],
        ["show", "small.net"],
        ["layers"],
        ["layers", "Convolution"],
        ["explain"],
        ["explain", "NS301"],
        ["compile", "small.net", "--backend", "torch"],
        ["compile", "small.net", "--backend", "tensorflow"],
        *([command, "--help"] for command in COMMANDS),
    ],
    ids=" ".join,
)
def test_no_framework_is_imported(folder: Path, argv: list[str]) -> None:
    status, modules = _imported(IMPORTS, *argv)
    assert status == "0"
    assert not modules & FRAMEWORKS


# What checking a net that is right has no use for.
UNNEEDED = {"lark", "pydantic", "pydantic_core", "importlib.metadata", "tomllib", "json", "multiprocessing"}


def test_a_check_imports_what_it_needs() -> None:
    code = "import sys; from netspec.cli.main import main; print(main(sys.argv[1:]), *sys.modules, file=sys.stderr)"
    status, modules = _imported(code, "check", "--no-cache", str(Path(__file__).parents[2] / "specs/lenet.net"))
    assert status == "0"
    assert not modules & UNNEEDED


@pytest.mark.parametrize("argv", [["--help"], ["--version"]], ids=" ".join)
def test_greeting_imports_next_to_nothing(argv: list[str]) -> None:
    status, modules = _imported(IMPORTS, *argv)
    assert status == "0"
    assert not modules & (FRAMEWORKS | {"pydantic", "lark"})


def test_importing_netspec_imports_next_to_nothing() -> None:
    code = "import sys, netspec; print(0, *{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    _, modules = _imported(code)
    assert not modules & (FRAMEWORKS | {"pydantic", "lark"})
