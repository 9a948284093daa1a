"""Solvers: which nets they have, in which states, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

import netspec
from netspec.diagnostics.source import Source
from netspec.frontend.load import check_source, load_solver_source
from tests.frontend.pieces import data, layer

NET = data(1, 2) + layer("ReLU")
RATE = "base_lr: 0.1 lr_policy: 'fixed' "
INSIDE = f"net_param {{ {NET} }} "
GOOD = RATE + INSIDE

# a solver, and what is found in it
FAULTS: list[tuple[str, list[str]]] = [
    (GOOD, []),
    (RATE + "train_net: 'a.net'", []),
    (RATE, ["NS801"]),
    (GOOD + "net: 'a.net'", ["NS801"]),
    (GOOD + f"train_net_param {{ {NET} }} train_net: 'a.net'", ["NS801"]),
    (RATE + "net: 'none.net'", ["NS802"]),
    (GOOD + "weights: 'a.net, none.caffemodel'", ["NS802"]),
    (RATE + "net: '../a.net'", []),
    (GOOD + "type: 'adam'", ["NS803"]),
    (GOOD + "solver_type: ADAM", []),
    (GOOD + "solver_type: 1", []),
    (GOOD + "solver_type: 6", ["NS205"]),
    (GOOD + "solver_type: SGD type: 'SGD'", ["NS804"]),
    (INSIDE + "base_lr: 1", ["NS805"]),
    (INSIDE + "base_lr: 1 lr_policy: 'plateau'", ["NS805"]),
    (INSIDE + "base_lr: 1 lr_policy: 'step' gamma: 0.1", ["NS806"]),
    (INSIDE + "base_lr: 1 lr_policy: 'step' gamma: 0.1 stepsize: 0", ["NS806"]),
    (INSIDE + "base_lr: 1 lr_policy: 'step' gamma: -0.1 stepsize: 1", ["NS806"]),
    (INSIDE + "base_lr: 1 lr_policy: 'sigmoid' gamma: 0.1", ["NS806"]),
    (INSIDE + "base_lr: 1 lr_policy: 'poly' power: 1", ["NS806"]),
    (INSIDE + "base_lr: 1 lr_policy: 'poly' max_iter: 9", ["NS807"]),
    (INSIDE + "base_lr: 1 lr_policy: 'exp'", ["NS807"]),
    (INSIDE + "base_lr: 1 lr_policy: 'inv'", ["NS807", "NS807"]),
    (INSIDE + "base_lr: 1 lr_policy: 'multistep' gamma: 0.1", ["NS807"]),
    (INSIDE + "lr_policy: 'fixed'", ["NS807"]),
    (GOOD + "type: 'AdaGrad' momentum: 0.9", ["NS808"]),
    (GOOD + "solver_type: RMSPROP momentum: 0.9", ["NS808"]),
    (GOOD + "type: 'AdaGrad' momentum: 0", []),
    (GOOD + "regularization_type: 'L3' weight_decay: 1", ["NS809"]),
    (GOOD + "regularization_type: 'L3'", []),
    (GOOD + "test_net: 'a.net' test_interval: 1", ["NS810"]),
    (RATE + "train_net: 'a.net' test_net: 'a.net' test_interval: 1", ["NS810"]),
    (RATE + "train_net: 'a.net' test_iter: 3 test_interval: 1", ["NS810"]),
    (GOOD + "test_iter: 3", ["NS810"]),
    (GOOD + "test_iter: 3 test_interval: 10 test_state { } test_state { }", ["NS810"]),
    (GOOD + "test_iter: 3 test_iter: 4 test_interval: 10 test_state { stage: 'a' } test_state { }", []),
    (GOOD + "test_net: 'a.net' test_iter: 3 test_iter: 4 test_interval: 10", []),
    (GOOD + "rms_decay: 1", ["NS206"]),
    (GOOD + "average_loss: 0", ["NS206"]),
    (GOOD + "iter_size: 0", ["NS206"]),
    (GOOD + "momentum: nan", ["NS206"]),
    (GOOD + "momentun: 0.9", ["NS201"]),
    (GOOD + "base_lr: 0.2", ["NS202"]),
    (GOOD + "max_iter: 1.5", ["NS204"]),
    (GOOD + "train_state: 3", ["NS203"]),
    (GOOD + "snapshot_format: JSON", ["NS205"]),
    (GOOD + "eval_type: 'detection' layer_wise_reduce: false", []),
    (RATE + "net_param { " + NET + " strange: 1 }", ["NS201"]),
    (RATE + "net: 'solver.net'", ["NS220"]),
    (RATE + INSIDE + "train_state { stage: 'a' phase: TRAIN level: 3 }", []),
    ("base_lr: 1 lr_policy: 'fixed' net_param { ", ["NS102", "NS224"]),
    ("let rate = 0.1 base_lr: 2 * rate lr_policy: 'fixed'" + INSIDE, []),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.net").write_text(NET, encoding="utf-8")
    (tmp_path / "solver.net").write_text(RATE, encoding="utf-8")
    return tmp_path


def source(text: str, folder: Path | None = None) -> Source:
    return Source("solver.prototxt", text, folder)


@pytest.mark.parametrize(("text", "expected"), FAULTS)
def test_what_is_found(folder: Path, text: str, expected: list[str]) -> None:
    assert [diagnostic.code for diagnostic in check_source(source(text, folder))] == expected


def test_it_asks_what_was_meant() -> None:
    (found,) = check_source(source(GOOD + "type: 'nesterov'"))
    assert found.help == "did you mean Nesterov?"
    (found,) = check_source(source(INSIDE + "base_lr: 1 lr_policy: 'Fixed'"))
    assert found.help == "did you mean fixed?"
    (found,) = check_source(source(GOOD + "momentun: 0.9"))
    assert found.help == "did you mean momentum?"


RULES = data(1, 2) + "".join(
    layer("ReLU", tops=top, rest=f"include {{ {rule} }}")
    for top, rule in {
        "train": "phase: TRAIN",
        "test": "phase: TEST",
        "a": "stage: 'a'",
        "b": "stage: 'b'",
        "high": "min_level: 5",
    }.items()
)
# what a solver says beside its net, what the net says of its state, and the blobs of the nets
STATES = [
    ("", "", ["train"]),
    ("test_iter: 1 test_interval: 1", "", ["train", "test"]),
    ("train_state { stage: 'a' }", "state { stage: 'b' }", ["train a b"]),
    ("", "state { level: 5 }", ["train high"]),
    ("train_state { level: 0 }", "state { level: 5 }", ["train"]),
    ("", "state { phase: TEST }", ["test"]),
    ("train_state { phase: TRAIN }", "state { phase: TEST }", ["train"]),
    (
        "test_interval: 1 test_iter: 1 test_iter: 2 test_state { stage: 'a' } test_state { level: 7 }",
        "",
        ["train", "test a", "test high"],
    ),
]


@pytest.mark.parametrize(("said", "own", "blobs"), STATES)
def test_states(said: str, own: str, blobs: list[str]) -> None:
    solver = load_solver_source(source(f"{RATE} net_param {{ {own} {RULES} }} {said}"))
    assert [" ".join(net.outputs) for net in solver.nets] == [" ".join(sorted(each.split())) for each in blobs]


def test_level_and_stages_asked_for_are_those_of_training() -> None:
    text = f"{RATE} net_param {{ {RULES} }} test_iter: 1 test_interval: 1"
    solver = load_solver_source(source(text), level=5, stages=("a",))
    assert [net.outputs for net in solver.nets] == [("a", "high", "train"), ("test",)]


def test_the_order_of_test_nets(folder: Path) -> None:
    named = "test_net_param { name: 'first' " + NET + " } test_net: 'a.net' " + "test_iter: 1 " * 3
    solver = load_solver_source(source(f"{RATE} net_param {{ name: 'own' {NET} }} {named} test_interval: 5", folder))
    assert [net.name for net in solver.nets] == ["own", "first", "", "own"]
    assert [str(net.phase) for net in solver.nets] == ["TRAIN", "TEST", "TEST", "TEST"]


def test_a_file(folder: Path) -> None:
    path = folder / "s.prototxt"
    path.write_text(f"{RATE} net: 'a.net' solver_type: NESTEROV momentum: 0.9 weights: 'a.net'", encoding="utf-8")
    solver = netspec.load_solver(path)
    assert (solver.type, solver.params.momentum, solver.net.outputs) == ("Nesterov", 0.9, ("y",))
    assert solver.weights == (folder / "a.net",)
    assert netspec.check(path) == []


@pytest.mark.parametrize("text", [GOOD + "type: 'adam'", RATE, GOOD + "}"])
def test_it_is_refused_with_all_that_is_wrong(text: str) -> None:
    with pytest.raises(netspec.SpecError) as refused:
        load_solver_source(source(text))
    assert [*refused.value.diagnostics] == check_source(source(text))
