"""The fuzzer sees what it should: each oracle on something that breaks its law, and the rest of its machinery."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Any

import pytest

import netspec
from netspec.diagnostics import Diagnostic, Label
from netspec.diagnostics.source import Source, Span
from netspec.problems.fields import UnknownField
from netspec.problems.shapes import FailedRule
from tests.frameworks.cases import CASES
from tests.fuzz import bounds, emitted, examine, inputs, minimise, oracles, pool, run, worker
from tests.fuzz.case import Case, command, kept, read

MODULE = '''"""A net."""

import torch
from torch import Tensor, nn


class Net(nn.Module):
    def forward(self, data: Tensor) -> Tensor:
        y = torch.relu(data)
        return y
'''
# What is put in the place of what, and what is said of the module then.
HOSTILE = {
    "fine": ("", "", ""),
    "no Python": ("y =", "y = (", "no Python"),
    "a builtin": ("torch.relu(data)", "eval(data)", "a name from nowhere: eval"),
    "a name": ("torch.relu(data)", "relu(data)", "a name from nowhere: relu"),
    "an import": ("import torch\n", "import torch\nimport os\n", "an import of os"),
    "an import from": ("import torch\n", "import torch\nfrom os import abort\n", "an import of os"),
    "a module of a framework": ("torch.relu", "torch.hub.load", "an attribute that no source of the backend has"),
    "a dunder": ("torch.relu(data)", "data.__class__", "an attribute that no source of the backend has"),
    "a statement": ("class Net", "torch.relu(0)\n\nclass Net", "of the module is a statement"),
    "a name of a module": ("y = torch", "torch = torch", "torch is imported, and bound again"),
    "a node": ("y = torch.relu(data)", "del data", "a node of a kind that is not expected: Delete"),
    "a name of a builtin": ("y = torch.relu(data)", "len = y = data", "no plain identifier: 'len'"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_emitted_text(name: str) -> None:
    old, new, said = HOSTILE[name]
    found = list(emitted.faults(MODULE.replace(old, new) if old else MODULE, "torch"))
    assert any(said in fault for fault in found) if said else not found


# What a method to be filled in does, and whether it may.
STUBS = {
    'raise NotImplementedError("Odd is to be filled in")': True,
    'raise NotImplementedError("Odd", data)': False,
    "raise NotImplementedError(str(data))": False,
    'raise ValueError("Odd")': False,
    'y = data\n        raise NotImplementedError("Odd")': False,
}


@pytest.mark.parametrize("body", STUBS)
def test_classes_to_be_filled_in(body: str) -> None:
    text = MODULE.replace("y = torch.relu(data)\n        return y", body)
    assert list(emitted.faults(text, "torch"))
    assert bool(list(emitted.faults(text, "torch", stubs=True))) is not STUBS[body]


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_layers_of_unknown_types_are_compiled(backend: str) -> None:
    steps: list[str] = []

    def step(name: str, run: Callable[[], Any]) -> Any:
        steps.append(name)
        return run()

    oracles.spec("a.net", b"x = Input { shape { dim: [2, 3] } }\ny = Odd(x) { beta: 1 }", step)
    assert f"emit {backend}, lenient" in steps and f"emit {backend}" not in steps


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_emitted_texts_that_are_known(backend: str) -> None:
    for name, text in CASES.items():
        assert not list(emitted.faults(netspec.emit(netspec.load_text(text), backend), backend)), name


@pytest.mark.parametrize("span", [Span(-1, 0), Span(0, 5), Span(3, 2), Span(9, 9)])
def test_places_outside_of_the_text(span: Span) -> None:
    with pytest.raises(oracles.Broken):
        oracles.diagnostics([UnknownField("said", (Label(Source("a.net", "text"), span),))])


@pytest.mark.parametrize("found", [UnknownField(""), FailedRule("KeyError", help="please report it")])
def test_a_diagnostic_that_says_nothing(found: Diagnostic) -> None:
    with pytest.raises(oracles.Broken):
        oracles.diagnostics([found])


def _raises(*_: object) -> None:
    raise KeyError("x")


def _loops(*_: object) -> None:
    while True:
        pass


def _sleeps(*_: object) -> None:
    time.sleep(60)


def _is_slow(*_: object) -> None:
    until = time.process_time() + 2 * bounds.CPU
    while time.process_time() < until:
        pass


FAULTS: dict[str, tuple[Callable[..., None], str, bool]] = {
    "an error": (_raises, "check: KeyError", False),
    "no end": (_loops, "check: Stopped", True),
    "no work": (_sleeps, "check: Stopped", True),
    "too slow": (_is_slow, "check: TooMuch", True),
}


@pytest.mark.parametrize("name", FAULTS)
def test_findings(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fault, mark, over = FAULTS[name]
    monkeypatch.setattr(bounds, "CPU", 0.05)
    monkeypatch.setattr(bounds, "STOP_CPU", 0.3)
    monkeypatch.setattr(bounds, "STOP_WALL", 1.0)
    monkeypatch.setattr(oracles, "check_source", fault)
    (found,) = examine.examine(Case(".net", b"x: 1"))
    assert (found.mark, found.over) == (mark, over)


def test_a_command_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netspec.cli.settings.find", _raises)
    (found,) = examine.examine(command(["check", "small.net"]))
    assert found.mark.startswith("command check: KeyError")


def test_an_input_can_be_made_again() -> None:
    made = [inputs.case(7, number) for number in range(40)]
    assert made == [inputs.case(7, number) for number in range(40)]
    assert len({case.data for case in made}) > 35
    assert {case.suffix for case in made} >= {".net", ".args"}


def test_one_thing_more_changes_few_draws() -> None:
    one, other = (pool.Pool(map(str, range(n)), str) for n in (200, 201))
    draws = [(one.draw(Random(i)), other.draw(Random(i))) for i in range(5000)]
    assert len({a for a, _ in draws}) == 200
    assert 0 < sum(a != b for a, b in draws) < 100


def test_minimised(monkeypatch: pytest.MonkeyPatch) -> None:
    """Down to what makes it fail; the mark stays the same."""

    def check(source: Source, **_: object) -> list[object]:
        if "bad" in source.text and "worse" in source.text:
            raise KeyError
        return []

    monkeypatch.setattr(oracles, "check_source", check)
    small = minimise.minimised(Case(".net", b"a: 1\nb { bad: 2 } c: 3\nworse: 4\n" * 3), "check: KeyError")
    assert small.data in (b"badworse", b"worsebad")


def test_a_process_that_dies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its input is found, and the run goes on; a case that is kept can be read again."""
    monkeypatch.setattr(worker, "_work", _dies)
    tally = run.Tally()
    found = list(run.run(1, iter(range(3)), 1, 60, tally))
    assert [failure.finding.mark for failure in found] == ["the process died: -11"]
    assert tally.inputs == 3 and tally.errors == 1
    said = run.keep(found[0], tmp_path, 1)
    assert "--seed 1 --first 1 --inputs 1" in said
    assert [read(path) for path in kept(tmp_path)] == [found[0].case]


def _dies(connection: Connection, seed: int) -> None:
    while True:
        number, _ = connection.recv()
        if number == 1:
            os.kill(os.getpid(), signal.SIGSEGV)
        connection.send(worker.Answer(number, (), full=False))
