"""`netspec check`."""

from __future__ import annotations

import io
import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest

from netspec.cli import jobs as processes
from netspec.frontend import load as spec

if TYPE_CHECKING:
    from tests.cli.conftest import Netspec

COMMAND = [sys.executable, "-m", "netspec", "check"]


@pytest.mark.parametrize(
    ("argv", "status", "summary"),
    [
        (["small.net"], 0, "no problems in 1 file"),
        (["faulty.net"], 1, "2 errors in 1 file"),
        (["small.net", "faulty.net"], 1, "2 errors in 2 files"),
        (["faulty.net", "faulty.net"], 1, "2 errors in 1 file"),
        (["deep"], 0, "no problems in 2 files"),
        (["."], 1, "2 errors in 5 files"),
        ([".", "small.net"], 1, "2 errors in 5 files"),
        (["small.net", "--phase", "TRAIN"], 0, "no problems in 1 file"),
        (["small.net", "--phase", "both"], 0, "no problems in 1 file"),
        (["faulty.net", "--phase", "both"], 1, "2 errors in 1 file"),
        (["small.net", "--input", "data=1,3,2,2"], 1, "1 error in 1 file"),
        (["small.net", "--phase", "train", "deep"], 0, "no problems in 3 files"),
        (["missing.net"], 1, "1 error in 1 file"),
        (["deep/weights.pt"], 1, "1 error in 1 file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_statuses_and_summaries(folder: Path, netspec: Netspec, argv: list[str], status: int, summary: str) -> None:
    result = netspec("check", *argv)
    assert (result.status, result.out.splitlines()[-1], result.err) == (status, summary, "")


def test_says_what_is_wrong_where(folder: Path, netspec: Netspec, golden: Callable[[str, str], None]) -> None:
    golden("cli/check.txt", netspec("check", "faulty.net").out)


def test_a_solver_is_checked_with_its_net(folder: Path, netspec: Netspec) -> None:
    assert netspec("check", "solver.prototxt").out == "no problems in 1 file\n"
    (folder / "solver.prototxt").write_text('net: "faulty.net" lr_policy: "fixed" base_lr: 1')
    result = netspec("check", "solver.prototxt")
    assert result.status == 1
    assert "--> faulty.net:5:23" in result.out
    result = netspec("check", "solver.prototxt", "faulty.net")
    assert result.out.splitlines()[-1] == "2 errors in 2 files"  # each said once


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('item { name: "road" label: 1 label_id: 7 }', "a list of the names of classes"),
    ],
)
def test_what_is_no_net_is_skipped(folder: Path, netspec: Netspec, text: str, words: str) -> None:
    (folder / "deep" / "other.prototxt").write_text(text)
    assert netspec("check", "deep").out.splitlines()[-1] == "no problems in 2 files (1 other file skipped)"
    assert f"this is {words}, not a net" in netspec("check", "deep/other.prototxt").out


def test_files_of_a_folder_come_in_order(folder: Path, netspec: Netspec) -> None:
    (folder / "a.net").write_text("nets")
    (folder / "deep" / "z.net").write_text("nets")
    found = json.loads(netspec("check", ".", "--format", "json").out)
    assert list(dict.fromkeys(d["labels"][0]["file"] for d in found)) == ["a.net", "deep/z.net", "faulty.net"]


def test_json_is_one_list(folder: Path, netspec: Netspec) -> None:
    result = netspec("check", ".", "--format", "json")
    assert [d["code"] for d in json.loads(result.out)] == ["NS201", "NS208"]
    assert netspec("check", "small.net", "--format", "json").out == "[]\n"


def test_github_annotates_lines(folder: Path, netspec: Netspec) -> None:
    lines = netspec("check", "faulty.net", "--format", "github").out.splitlines()
    assert [line.split("::")[1].split(",")[:2] for line in lines] == [
        ["error file=faulty.net", "line=5"],
        ["error file=faulty.net", "line=7"],
    ]


@pytest.mark.parametrize("form", ["sarif", "junit"])
def test_forms_for_services(folder: Path, netspec: Netspec, golden: Callable[[str, str], None], form: str) -> None:
    (folder / "a dir").mkdir()
    (folder / "a dir" / "\u202e<&.net").write_text("nets\x00")
    result = netspec("check", ".", "--format", form)
    assert result.status == 1
    golden(f"cli/check.{form}", result.out)


def test_sarif_points_into_its_own_list_of_rules(folder: Path, netspec: Netspec) -> None:
    (run,) = json.loads(netspec("check", ".", "--format", "sarif").out)["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [rules[result["ruleIndex"]] for result in run["results"]] == [r["ruleId"] for r in run["results"]]
    assert json.loads(netspec("check", "small.net", "--format", "sarif").out)["runs"][0]["results"] == []


def test_junit_has_a_test_for_each_file(folder: Path, netspec: Netspec) -> None:
    suites = ElementTree.fromstring(netspec("check", ".", "--format", "junit").out)
    cases = {case.attrib["name"]: case.find("failure") is None for case in suites.iter("testcase")}
    assert sum(cases.values()) == 4 and not cases["faulty.net"]
    assert (suites.attrib["tests"], suites.attrib["failures"]) == ("5", "1")


def test_quiet_prints_errors_alone(folder: Path, netspec: Netspec) -> None:
    warned = folder / "warned.net"
    warned.write_text((folder / "small.net").read_text().replace('name: "relu"', 'name: "conv"'))
    assert netspec("check", warned).out.endswith("1 warning in 1 file\n")
    assert netspec("check", warned, "-q") == (0, "", "")
    assert netspec("check", "faulty.net", "-q").out.startswith("error[NS201]")


@pytest.mark.parametrize(
    ("codes", "status", "summary"),
    [
        ([], 1, "2 errors and 1 warning in 2 files"),
        (["--ignore", "NS221"], 1, "2 errors in 2 files"),
        (["--ignore", "NS2"], 1, "2 errors in 2 files"),
        (["--ignore", "ns201, NS208"], 0, "1 warning in 2 files"),
        (["--ignore", "NS201", "--ignore", "NS208,NS2"], 0, "no problems in 2 files"),
        (["--select", "NS3"], 1, "2 errors in 2 files"),
        (["--select", "NS3", "--extend-select", "NS22"], 1, "2 errors and 1 warning in 2 files"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_is_ignored_is_not_there(
    folder: Path, netspec: Netspec, codes: list[str], status: int, summary: str
) -> None:
    (folder / "warned.net").write_text((folder / "small.net").read_text().replace('name: "relu"', 'name: "conv"'))
    result = netspec("check", "faulty.net", "warned.net", *codes)
    assert (result.status, result.out.splitlines()[-1], result.err) == (status, summary, "")


def test_standard_input(folder: Path, netspec: Netspec, monkeypatch: pytest.MonkeyPatch) -> None:
    def feed(data: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    feed((folder / "faulty.net").read_bytes())
    result = netspec("check", "-", "small.net")
    assert result.status == 1
    assert "--> <stdin>:5:23" in result.out
    assert result.out.endswith("2 errors in 2 files\n")
    feed(b'name: "\xff"')
    assert "error[NS105]" in netspec("check", "-").err


def test_levels_and_stages_choose_layers(folder: Path, netspec: Netspec) -> None:
    rule = 'layer { name: "x" type: "Nope" bottom: "ip" top: "x" include { stage: "odd" min_level: 2 } }'
    (folder / "staged.net").write_text((folder / "small.net").read_text() + rule)
    assert netspec("check", "staged.net", "--phase", "TEST").status == 0
    assert netspec("check", "staged.net", "--phase", "TEST", "--stage", "odd").status == 0
    assert netspec("check", "staged.net", "--phase", "TEST", "--stage", "odd", "--level", "2").status == 1


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([], "the following arguments are required: SPEC"),
        (["empty"], "empty: no file ends in .net, .prototxt, .pt"),
        (["small.net", "--phase", "VALID"], "argument --phase: invalid choice: 'VALID'"),
        (["small.net", "--input", "data"], "argument --input: 'data' is not of the form data=1,3,224,224"),
        (["small.net", "--input", "data=1,-3"], "is not of the form"),
        (["small.net", "--form", "json"], "unrecognized arguments: --form"),
        (["small.net", "-j", "0"], "argument -j/--jobs: invalid"),
        (["small.net", "--select", "NS99999"], "no code of a diagnostic begins with 'NS99999'"),
        (["small.net", "--ignore", "NS1"], "NS1 cannot be ignored: it says that something cannot be read"),
        (["small.net", "--ignore", "unknown-field"], "begins with 'UNKNOWN-FIELD'; did you mean NS201?"),
    ],
)
def test_wrong_usage(folder: Path, netspec: Netspec, argv: list[str], message: str) -> None:
    (folder / "empty").mkdir()
    result = netspec("check", *argv)
    assert (result.status, result.out) == (2, "")
    assert message in result.err


def test_a_fault_of_netspec_is_told_from_one_of_the_spec(
    folder: Path, netspec: Netspec, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("netspec.frontend.load.check", broken)
    result = netspec("check", "small.net", "faulty.net")
    assert result.status == 70
    assert result.err.count("internal error in") == 2
    suites = ElementTree.fromstring(netspec("check", "small.net", "faulty.net", "--format", "junit").out)
    assert (suites.attrib["tests"], suites.attrib["errors"], len(list(suites.iter("error")))) == ("2", "2", 2)
    assert "Traceback" not in result.err


@pytest.fixture
def many(folder: Path) -> Path:
    """A folder of 60 specs, every other one with errors: enough for several processes."""
    texts = [(folder / name).read_text() for name in ("small.net", "faulty.net")]
    (folder / "many").mkdir()
    for i in range(60):
        (folder / "many" / f"{i:02}.net").write_text(texts[i % 2])
    return folder / "many"


def test_many_processes_say_what_one_says(many: Path) -> None:
    """In processes of their own: this one may have threads, which do not go with forks."""
    runs = [
        subprocess.run([*COMMAND, many, "-j", jobs], capture_output=True, stdin=subprocess.DEVNULL, check=False)
        for jobs in ("1", "3")
    ]
    assert runs[0].stdout == runs[1].stdout
    assert runs[0].stdout.decode().splitlines()[-1] == "60 errors in 60 files"
    assert [run.returncode for run in runs] == [1, 1]
    assert [run.stderr for run in runs] == [b"", b""]


def test_an_interrupt_ends_it_without_a_word(many: Path) -> None:
    for i in range(1000):  # whose errors are more than a pipe holds, so that it waits for a reader
        (many / f"more{i}.net").symlink_to(many / "01.net")
    process = subprocess.Popen(
        [*COMMAND, many, "-j", "2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # tests in the background ignore it
    )
    assert process.stdout
    process.stdout.readline()  # it has begun
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, b"")


def test_a_reader_that_goes_away_is_no_fault(many: Path) -> None:
    process = subprocess.Popen([*COMMAND, many], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout and process.stderr
    process.stdout.close()
    err = process.stderr.read()
    assert (process.wait(timeout=60), err) == (141, b"")


def test_a_terminal_gets_colours_and_a_bar(many: Path) -> None:
    main, other = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, many, "-j", "1"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=other,
        env={**os.environ, "TERM": "xterm", "FORCE_COLOR": "1"},
    )
    os.close(other)
    out, _ = process.communicate(timeout=60)
    seen, deadline = b"", time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            seen += os.read(main, 4096)
        except OSError:  # Linux: the other end is closed
            break
    os.close(main)
    assert b"\x1b[1;31merror[NS201]\x1b[0m" in out
    assert b"/60 files" in seen or not seen  # nothing, where all was done within a tenth of a second
    assert seen.endswith(b"\x1b[K") or not seen


def test_a_hundred_errors_are_printed_and_the_rest_counted(folder: Path, netspec: Netspec) -> None:
    (folder / "wrong.net").write_text("".join(f'layer {{ name: "l{i}" type: "Nope" }}\n' for i in range(1234)))
    result = netspec("check", "wrong.net")
    assert result.out.count("error[NS") == 100
    assert result.out.endswith("\n\n… and 1134 more errors\n\n1234 errors in 1 file\n")
    assert netspec("show", "wrong.net").err.endswith("\n\n… and 1134 more errors\n")
    assert len(json.loads(netspec("check", "wrong.net", "--format", "json").out)) == 1234


def test_a_crash_is_no_clean_bill(folder: Path, netspec: Netspec, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = spec.check

    def broken(path: str, *args: Any, **options: Any) -> object:
        if path == "faulty.net":
            raise MemoryError
        return sound(path, *args, **options)

    monkeypatch.setattr("netspec.frontend.load.check", broken)
    assert netspec("check", "faulty.net").out == "netspec itself failed on 1 file\n"
    result = netspec("check", "faulty.net", "small.net")
    assert (result.status, result.out) == (70, "no problems in 1 file; netspec itself failed on 1 file\n")


DYING = """
import os, sys
from netspec.frontend import load as spec
check = spec.check
def dying(path, *args, **options):
    if path.endswith("07.net"):
        os._exit(9)
    return check(path, *args, **options)
spec.check = dying
from netspec.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def test_a_process_that_dies_costs_one_file(many: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", DYING, "check", str(many), "-j", "2"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 70
    assert run.stderr == f"netspec: internal error in {many / '07.net'}: the process died\n"
    assert run.stdout.splitlines()[-1] == "58 errors in 59 files; netspec itself failed on 1 file"


def test_processes_are_bounded(many: Path, netspec: Netspec, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def spread(work: Mapping[str, processes.Job], jobs: int) -> Iterator[processes.Result]:
        asked.append(jobs)
        yield from (processes.Result(path, ()) for path in work)

    monkeypatch.setattr(processes, "_spread", spread)
    monkeypatch.setattr(processes, "cores", lambda: 3)
    for jobs in ("2", "100", "100000"):
        assert netspec("check", many, "-j", jobs).status == 0
    assert asked == [2, 12, 12]
    monkeypatch.setattr(processes, "cores", lambda: 99)
    assert netspec("check", many, "-j", "100000").status == 0
    assert asked[-1] == 60
