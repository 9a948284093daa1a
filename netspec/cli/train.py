"""`netspec train`: a net trained as its solver says, or without one."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager, suppress
from math import prod
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from netspec.cli import FINE, INTERRUPTED
from netspec.cli.options import (
    OPTIMIZERS,
    add_backend,
    add_spec,
    add_state_in_training,
    not_negative,
    options,
    positive,
    spec_source,
)
from netspec.cli.streams import ENDINGS, Terminated
from netspec.cli.table import plural
from netspec.diagnostics.render import harmless
from netspec.host.packages import expect, require
from netspec.shapes import integers
from netspec.shapes.units import count

if TYPE_CHECKING:
    from netspec.training.begin import Listeners
    from netspec.training.prepared import Prepared
    from netspec.training.run import Run

DESCRIPTION = """\
Trains a net in PyTorch or TensorFlow. A solver is carried out as Caffe does it: its rule, its schedule, its tests and
its snapshots. A net without one is trained with --optimizer for so many --epochs. Data comes from the net's own data
layers, or from --data. The run's folder holds its log, as text and CSV, and the last two snapshots; Ctrl-C ends after
the iteration with one. --resume goes on from there, with --seed bit for bit.
"""
EPILOG = """\
examples:
  netspec train lenet_solver.prototxt
  netspec train lenet_solver.prototxt --backend tensorflow --max-iter 1250 --seed 1 -o runs/tf
  netspec train lenet_solver.prototxt --resume --seed 1
  netspec train lenet.net --data train.npz --test-data test.npz --lr 1e-3 --epochs 10 --batch 32
  netspec train net.net --data train.npz --tensorboard --caffe

exit status: 0 done, 1 the spec has errors, the data is bad, or the loss is no number, 2 wrong
usage, 130 interrupted
"""
HAS_A_RUN = ("log.csv", "snapshots")


def configure(parser: argparse.ArgumentParser) -> None:
    add_spec(parser)
    group = parser.add_argument_group("training")
    add_backend(group.add_argument)
    help = "bf16: passes in bfloat16 where PyTorch's autocast does so, weights in float32 (default: %(default)s)"
    group.add_argument("--precision", choices=("float32", "bf16"), default="float32", help=help)
    group.add_argument("--data", type=Path, metavar="PATH", help="a file or folder for a net with Input layers")
    group.add_argument("--test-data", type=Path, metavar="PATH", help="the same for tests")
    help = "what chance begins from, in place of random_seed; the same steps each time"
    group.add_argument("--seed", type=not_negative, metavar="N", help=help)
    group.add_argument("--max-iter", type=positive, metavar="N", help="iterations, in place of max_iter")
    group.add_argument("--weights", type=Path, metavar="FILE", help="trained weights to begin with")
    group = parser.add_argument_group("without a solver")
    group.add_argument("--optimizer", choices=OPTIMIZERS, help="(default: adam)")
    group.add_argument("--lr", type=_rate, metavar="R", help="the rate (default: 0.001 for adam, 0.01 for sgd)")
    group.add_argument("--weight-decay", type=_rate, metavar="R", help="(default: 0)")
    group.add_argument("--epochs", type=positive, metavar="N", help="rounds through the data (default: 10)")
    group.add_argument("--batch", type=positive, metavar="N", help="items in a batch (default: as the net says)")
    group = parser.add_argument_group("the run")
    help = "its folder (default: runs/NAME, of the name of SPEC)"
    group.add_argument("-o", "--output", type=Path, metavar="FOLDER", help=help)
    help = "go on from the run's last snapshot, or from PATH: a run, a snapshot, or Caffe's .solverstate"
    group.add_argument("--resume", nargs="?", const="", metavar="PATH", help=help)
    group.add_argument("--force", action="store_true", help="begin anew in a folder that has a run")
    help = "iterations from one snapshot to the next, in place of the solver's"
    group.add_argument("--snapshot", type=positive, metavar="N", help=help)
    group.add_argument("--caffe", action="store_true", help="write snapshots as .caffemodel and .solverstate, too")
    group.add_argument("--tensorboard", action="store_true", help="write an event file for TensorBoard, too")
    group.add_argument("-q", "--quiet", action="store_true", help="only the last line")
    add_state_in_training(parser)


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    from netspec.frontend.load import is_solver_source

    source = spec_source(args)
    if args.precision == "bf16" and args.backend != "torch":
        parser.error("--precision bf16 is for --backend torch")
    own = {"optimizer", "lr", "weight_decay", "epochs", "batch"}
    if is_solver_source(source) and (given := [name for name in own if getattr(args, name) is not None]):
        parser.error(f"--{min(given).replace('_', '-')} is for nets, and {source.name} is a solver")
    folder: Path = args.output or Path("runs") / (Path(source.name).stem.strip("<>") or "net")
    if args.resume is None and not args.force and any((folder / name).exists() for name in HAS_A_RUN):
        parser.error(f"{folder} has a run; --resume goes on, --force begins anew, -o names another folder")
    expect((args.backend,))
    require("weights", "numpy", "safetensors")
    if sys.stderr.isatty():
        require("train", "tqdm")
    if args.tensorboard:
        require("train", "tensorboard")
    from netspec.training.optimizers import Told
    from netspec.training.prepared import Data, prepared

    told = Told(args.optimizer or "adam", args.lr, args.weight_decay or 0.0, args.epochs or 10)
    data = Data(args.data, args.test_data, args.batch, args.seed)
    found = prepared(source, data, told, options(args))
    try:
        return _trained(args, found, folder)
    finally:
        for each in (found.feed, *found.tests):
            if each is not None:
                each.close()


def _trained(args: argparse.Namespace, found: Prepared, folder: Path) -> int:
    from netspec.training.begin import Listeners, asked, begun, deterministic, start

    solver = asked(found.solver, args.max_iter, args.seed, args.snapshot)
    with deterministic(args.backend, args.seed is not None), _stopping() as stopped, closing(Listeners()) as tell:
        where = args.backend, args.device, args.precision
        course = begun(found._replace(solver=solver), *where, args.weights, folder, tell, args.caffe)
        path = start(course, args.resume, args.force)
        if not args.quiet:
            _head(course, where, path)
        _listen(course, args, folder, tell)
        done = course.go(lambda: bool(stopped))
    if stopped and stopped[0] != signal.SIGINT:
        raise Terminated(stopped[0])
    return FINE if done else INTERRUPTED


def _head(course: Run, where: Sequence[str], path: Path | None) -> None:
    """What is trained, and where it begins."""
    trainer = course.trainer
    params = sum(prod(shape) for shapes in trainer.net.params.values() for shape in shapes if integers(shape))
    said = [
        f"{harmless(trainer.net.name) or 'net'}: {count(params)} parameters",
        f"{course.feed.size:,} items, {course.images} an iteration",
        f"{trainer.params.max_iter:,} iterations",
        f"{where[0]} on {trainer.model.device}, {where[2]}",
    ]
    print(", ".join(said))
    if path is not None:
        print(f"goes on from {harmless(str(path))}, {plural(trainer.iteration, 'iteration')}")


def _listen(course: Run, args: argparse.Namespace, folder: Path, tell: Listeners) -> None:
    """Has files and the terminal told of what happens."""
    from netspec.cli.progress import Screen
    from netspec.training.log import Log, columns
    from netspec.training.run import names

    tests, begin = [each.scalars for each in course.tests], course.trainer.iteration
    tell.add(Log(folder, columns(names(course.trainer.net.compiled), tests), len(tests), begin))
    if args.tensorboard:
        from netspec.training.tensorboard import Events

        tell.add(Events(folder, len(tests), begin))
    tell.add(Screen(course, args.quiet))


@contextmanager
def _stopping() -> Generator[list[int]]:
    """A list that gets the number of a signal which asks this process to end. The second one ends it at once."""
    found = list[int]()
    numbers = [getattr(signal, name) for name in ("SIGINT", *ENDINGS) if hasattr(signal, name)]
    before = dict[int, Any]()

    def asked(number: int, _: FrameType | None) -> None:
        found.append(number)
        for each, handler in before.items():
            signal.signal(each, handler)

    with suppress(ValueError):  # outside of the main thread
        for number in numbers:
            before[number] = signal.signal(number, asked)
    try:
        yield found
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _rate(text: str) -> float:
    """A number above 0, or 0. Raises ValueError."""
    value = float(text)
    if not 0 <= value < float("inf"):
        raise ValueError
    return value
