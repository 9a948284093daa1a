"""Kills a run at random times, again and again, and shows that it goes on exactly: `python tests/training/kills.py 30`.

Each time a process is killed with SIGKILL after a random part of a second, in the midst of iterations, snapshots and
their removal; the next one goes on with `--resume`. At the end weights, state and log are those of a run that nobody
killed. It takes some minutes, so that the suite has one kill only (tests/cli/test_train.py).
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from netspec.cli.main import main as netspec  # noqa: E402
from netspec.training import snapshots  # noqa: E402
from netspec.training.log import rows  # noqa: E402
from tests.training.runs import write_files  # noqa: E402

MEASURED = ("seconds", "images_per_second")


def child(arguments: list[str], quiet: bool = True) -> int:
    """A process that carries out a command. The parent has imported the frameworks, and has run nothing in them."""
    number = os.fork()
    if number:
        return number
    if quiet:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os._exit(netspec(arguments))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kills", type=int, nargs="?", default=30)
    parser.add_argument("--backend", default="torch")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    for name in ("safetensors.numpy", "netspec.cli.train", "netspec.cli.progress", "netspec.training.begin"):
        import_module(name)
    import_module(f"netspec_{given.backend}.runner")
    import_module(given.backend)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        write_files(Path())
        base = [
            "train",
            "solver.prototxt",
            "--data",
            "train.npz",
            "--test-data",
            "test.npz",
            "--backend",
            given.backend,
        ]
        base += ["--seed", "1", "--snapshot", "2"]
        reached = 0
        for i in range(given.kills):
            process = child([*base, "-o", "killed", "--resume", "--max-iter", "1000000"])
            wait_for(Path("killed"), reached, process)
            time.sleep(chance.random() * 0.4)
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
            last = snapshots.latest(Path("killed/snapshots"))
            assert last is not None
            now = int(last.name.removeprefix(snapshots.NAME))
            left = len([*Path("killed/snapshots").glob(".*")])
            print(f"kill {i + 1}: went on from {reached}, last whole snapshot {now}, {left} cut off", flush=True)
            assert now >= reached
            reached = now
        end = reached + 3
        for name in ("killed", "whole"):
            process = child([*base, "-o", name, "--resume", "--max-iter", str(end)])
            assert os.waitpid(process, 0)[1] == 0
        for name in (snapshots.WEIGHTS, snapshots.STATE):
            one, other = ((Path(run) / f"snapshots/iter_{end}" / name).read_bytes() for run in ("killed", "whole"))
            assert one == other, name
        one, other = ([told(row) for row in rows(Path(run) / "log.csv")] for run in ("killed", "whole"))
        missing = [row for row in one if row not in other]
        assert not missing, missing
    print(f"{given.kills} kills, {end} iterations in {given.backend}: equal to a run that was never killed")
    return 0


def told(row: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in row.items() if name not in MEASURED}


def wait_for(folder: Path, reached: int, process: int) -> None:
    """Until the run has got further than the last one."""
    while True:
        last = snapshots.latest(folder / "snapshots")
        if last is not None and int(last.name.removeprefix(snapshots.NAME)) > reached:
            return
        assert os.waitpid(process, os.WNOHANG) == (0, 0), "it has ended by itself"
        time.sleep(0.01)


sys.exit(main())
