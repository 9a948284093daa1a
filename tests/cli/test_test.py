"""`netspec test`: how a trained net classifies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

pytest.importorskip("torch")

from netspec.weights.files import save_weights

if TYPE_CHECKING:
    from tests.cli.conftest import Netspec

NET = """\
name: "Echo"
input data: [4, 3]
input label: [4]
ip = InnerProduct(data) { num_output: 3 }
accuracy = Accuracy(ip, label)
"""
# The net says what it is given, so that its scores are the data.
SCORES = [[9, 1, 0], [0, 9, 1], [0, 1, 9], [9, 1, 0], [9, 0, 1], [5, 5, 0]]
LABELS = [0, 1, 2, 0, 2, 0]


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "echo.net").write_text(NET, encoding="utf-8")
    np.savez(tmp_path / "test.npz", data=np.array(SCORES, np.float32), label=np.array(LABELS))
    save_weights(tmp_path / "w.safetensors", {"ip": [np.eye(3, dtype=np.float32), np.zeros(3, np.float32)]})
    return tmp_path


def test_as_a_table(work: Path, netspec: Netspec) -> None:
    """Six items in batches of four: what the second batch has beyond the end does not count."""
    result = netspec("test", "echo.net", "--weights", "w.safetensors", "--data", "test.npz", "-o", "c.svg")
    assert (result.status, result.err) == (0, "")
    assert result.out.splitlines() == [
        "class  0  1  2  none  count     right",
        "0      2  ·  ·     1      3   66.67 %",
        "1      ·  1  ·     ·      1  100.00 %",
        "2      1  ·  1     ·      2   50.00 %",
        "",
        "accuracy 0.6667: 4 of 6 items, accuracy 0.75",
    ]
    assert "66.67 % of 6 right" in (work / "c.svg").read_text("utf-8")


def test_as_json_of_a_solver(work: Path, netspec: Netspec) -> None:
    solver = 'train_net: "train.net"\ntest_net: "echo.net"\ntest_iter: 1\ntest_interval: 5\n'
    (work / "solver.prototxt").write_text(solver + 'base_lr: 1 lr_policy: "fixed"', encoding="utf-8")
    (work / "train.net").write_text(NET + "loss = SoftmaxWithLoss(ip, label)", encoding="utf-8")
    line = ("test", "solver.prototxt", "--weights", "w.safetensors", "--data", "test.npz", "--json")
    found = json.loads(netspec(*line, "--backend", "tensorflow").out)
    assert (found["items"], found["predictions"], found["right"], found["accuracy"]) == (6, 6, 4, 4 / 6)
    assert found["classes"][2] == {"class": 2, "count": 2, "right": 1, "accuracy": 0.5}
    assert found["confusion"] == [[2, 0, 0, 1], [0, 1, 0, 0], [1, 0, 1, 0]]
    assert json.loads(netspec(*line, "--iterations", "1").out)["predictions"] == 4


@pytest.mark.parametrize(
    ("more", "status", "message"),
    [
        (("echo.net", "--weights", "w.safetensors"), 1, "NS827"),
        (("echo.net", "--weights", "lost.safetensors", "--data", "test.npz"), 2, "lost.safetensors"),
        (("plain.net", "--weights", "w.safetensors", "--data", "test.npz"), 1, "NS816"),
        (("solver.prototxt", "--weights", "w.safetensors", "--data", "test.npz"), 1, "NS816"),
        (("echo.net", "--weights", "w.safetensors", "--data", "test.npz", "-o", "c.pdf"), 2, ".png or .svg"),
        (("echo.net", "--data", "test.npz"), 2, "--weights"),
    ],
)
def test_what_it_cannot(work: Path, netspec: Netspec, more: tuple[str, ...], status: int, message: str) -> None:
    (work / "plain.net").write_text("input data: [4, 3]\nip = InnerProduct(data) { num_output: 3 }", encoding="utf-8")
    (work / "solver.prototxt").write_text('net: "echo.net" base_lr: 1 lr_policy: "fixed"', encoding="utf-8")
    result = netspec("test", *more)
    assert message in result.err
    assert (result.status, "Traceback" in result.err) == (status, False)
