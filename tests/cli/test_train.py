"""`netspec train`: runs, their folders, and what is told of them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("torch")

from netspec.training import run as course
from netspec.training.log import rows
from tests.training.runs import NET, write_files

if TYPE_CHECKING:
    from tests.cli.conftest import Netspec

NUMBERS = re.compile(r"(epoch|loss|accuracy|rate) [\d.e-]+|[\d,]+ images/s")


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_files(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "fsync", lambda number: None)
    return tmp_path


DATA = ("--data", "train.npz", "--test-data", "test.npz")


def test_a_solver(work: Path, netspec: Netspec) -> None:
    result = netspec("train", "solver.prototxt", *DATA, "--seed", "1", "--tensorboard", "--caffe")
    assert (result.status, result.err) == (0, "")
    assert NUMBERS.sub(lambda found: f"{found[1]} #" if found[1] else "#", result.out).splitlines() == [
        "Small: 244 parameters, 40 items, 8 an iteration, 10 iterations, torch on cpu, float32",
        "iteration 0, epoch #: test: loss #, accuracy #",
        *(f"iteration {i}, epoch #: loss #, rate #, #" for i in (0, 2)),
        "iteration 4, epoch #: test: loss #, accuracy #",
        *(f"iteration {i}, epoch #: loss #, rate #, #" for i in (4, 6)),
        "iteration 8, epoch #: test: loss #, accuracy #",
        *(f"iteration {i}, epoch #: loss #, rate #, #" for i in (8, 9)),
        "iteration 10: snapshot in runs/solver/snapshots/iter_10",
        "iteration 10: snapshot in runs/solver/small_iter_10.solverstate",
        "iteration 10, epoch #: test: loss #, accuracy #",
    ]
    assert (work / "runs/solver/log.txt").read_text("utf-8") == result.out.partition("\n")[2]
    found = rows(work / "runs/solver/log.csv")
    assert [row["iteration"] for row in found] == [0, 0, 1, 2, 3, 4, 4, 5, 6, 7, 8, 8, 9, 10]
    assert [*found[0]] == ["iteration", "epoch", "seconds", "test loss", "test accuracy"]
    assert [*found[1]] == ["iteration", "epoch", "seconds", "images_per_second", "rate", "loss"]
    scalars = list(events(work / "runs/solver"))
    assert {tag for _, tag, _ in scalars} >= {"loss", "rate", "test/loss", "test/accuracy"}
    read = [(step, value) for step, tag, value in scalars if tag == "loss"]
    assert read == [(row["iteration"], pytest.approx(row["loss"])) for row in found if "loss" in row]


def events(folder: Path) -> Any:
    """What TensorBoard's own reader finds: steps, tags and values."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    read = EventAccumulator(str(folder)).Reload()
    return [(each.step, tag, each.value) for tag in read.Tags()["scalars"] for each in read.Scalars(tag)]


def test_it_goes_on(work: Path, netspec: Netspec) -> None:
    """From the run's last snapshot, or that of another run; what was logged of later iterations goes."""
    base = ("train", "solver.prototxt", *DATA, "--seed", "1")
    netspec(*base, "-o", "whole")
    assert netspec(*base, "-o", "parts", "--snapshot", "3", "--max-iter", "5").status == 0
    assert netspec(*base, "-o", "parts").status == 2  # there is a run
    (work / "parts/snapshots/iter_5").rename(work / "parts/snapshots/gone")
    result = netspec(*base, "-o", "parts", "--resume")
    assert "goes on from parts/snapshots/iter_3, 3 iterations" in result.out
    other = netspec(*base, "-o", "other", "--resume", "parts/snapshots/iter_3", "-q")
    assert other.out.startswith("iteration 10, epoch 2.00: test: ") and other.out.count("\n") == 1
    for name in ("parts", "other"):
        mine = [work / run / "snapshots/iter_10/weights.safetensors" for run in ("whole", name)]
        assert mine[0].read_bytes() == mine[1].read_bytes()
    logs = [
        [
            {k: v for k, v in row.items() if k not in ("seconds", "images_per_second")}
            for row in rows(work / n / "log.csv")
        ]
        for n in ("whole", "parts")
    ]
    assert logs[0] == logs[1]
    assert netspec(*base, "-o", "parts", "--force", "--max-iter", "1").status == 0
    assert [path.name for path in (work / "parts/snapshots").glob("iter_*")] == ["iter_1"]


def test_a_kill_leaves_the_last_whole_snapshot(work: Path, netspec: Netspec) -> None:
    base = ("train", "solver.prototxt", *DATA, "--seed", "1", "--snapshot", "1")
    command = [sys.executable, "-m", "netspec", *base, "-o", "killed", "--max-iter", "100000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for text in process.stdout:
            if "iteration 3: snapshot" in text:
                break
        time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    last = max(int(path.name[5:]) for path in (work / "killed/snapshots").glob("iter_*"))
    more = ("--max-iter", str(last + 2))
    assert netspec(*base, "-o", "killed", "--resume", *more).status == 0
    assert netspec(*base, "-o", "whole", *more).status == 0
    mine = [work / run / f"snapshots/iter_{last + 2}" for run in ("killed", "whole")]
    for name in ("weights.safetensors", "state.safetensors"):
        assert (mine[0] / name).read_bytes() == (mine[1] / name).read_bytes()
    assert not list((work / "killed/snapshots").glob(".iter*"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_after_the_iteration(
    work: Path, netspec: Netspec, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """With a snapshot, and as what is interrupted ends."""
    step = course.Run.step
    ended = list[int]()

    def interrupted(self: course.Run) -> None:
        if self.trainer.iteration == 2:
            signal.raise_signal(number)
        step(self)

    monkeypatch.setattr(course.Run, "step", interrupted)
    monkeypatch.setattr("netspec.cli.main.end_by", lambda number: ended.append(number) or 128 + number)
    result = netspec("train", "solver.prototxt", *DATA)
    assert result.out.splitlines()[-1] == "iteration 3: snapshot in runs/solver/snapshots/iter_3"
    assert (result.status, ended) == ((130, []) if number == signal.SIGINT else (143, [15]))


def test_without_a_solver(work: Path, netspec: Netspec) -> None:
    result = netspec("train", "small.net", *DATA, "--optimizer", "sgd", "--epochs", "2", "--batch", "4", "-q")
    assert result.status == 0
    assert re.fullmatch(r"iteration 20, epoch 2.00: test: loss \S+, accuracy \S+\n", result.out)
    assert netspec("train", "small.net", *DATA, "--precision", "bf16", "--epochs", "1", "-o", "half").status == 0


@pytest.mark.parametrize(
    ("more", "status", "message"),
    [
        (("solver.prototxt", "--lr", "0.1"), 2, "--lr is for nets, and solver.prototxt is a solver"),
        (("small.net", "--lr", "-1"), 2, "--lr"),
        (("small.net", "--precision", "bf16", "--backend", "tensorflow"), 2, "bf16 is for --backend torch"),
        (("small.net",), 1, "NS827"),
        (("small.net", "--data", "lost.npz"), 1, "NS82"),
        (("bare.net", "--data", "train.npz"), 1, "NS813"),
        (("small.net", "--data", "train.npz", "--resume", "nowhere"), 1, "NS802"),
        (("small.net", "--data", "train.npz", "--lr", "1e38"), 1, "NS814"),
        (("small.net", "--data", "train.npz", "-o", "small.net"), 2, "small.net"),
    ],
)
def test_what_it_cannot(work: Path, netspec: Netspec, more: tuple[str, ...], status: int, message: str) -> None:
    (work / "bare.net").write_text(NET.replace("loss = SoftmaxWithLoss(ip, label)", ""), encoding="utf-8")
    result = netspec("train", *more)
    assert message in result.err
    assert (result.status, "Traceback" in result.err) == (status, False)
