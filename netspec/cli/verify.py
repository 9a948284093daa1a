"""`netspec verify`: do backends compute the same numbers?"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from netspec.cli.options import (
    add_device,
    add_fold,
    add_optimize,
    add_spec,
    add_state,
    add_weights,
    fold_depth,
    load_net,
    matched,
)
from netspec.cli.table import aligned
from netspec.cli.terminal import BOLD, GREEN, RED, Note, Paint, colours, width
from netspec.diagnostics.render import harmless, human
from netspec.shapes import show
from netspec.verify.folded import Fold, folds
from netspec.verify.report import Kind, Report

DESCRIPTION = """\
Runs a spec in several backends with the same seeded inputs and parameters, and compares every blob, and with --grad the
gradient of every input and parameter. What is run is the very text that `netspec compile` writes. Errors and bounds are
relative to the largest value of a blob; in float32 the bound follows from a float64 run.
"""
EPILOG = """\
examples:
  netspec verify lenet.net
  netspec verify lenet.net --phase TRAIN --grad --report lenet.json
  netspec verify resnet50.net --dtype float32 --device cuda
  netspec verify train_val.prototxt --input data=2,3,227,227 --input label=2
  netspec verify deploy.prototxt --weights bvlc.caffemodel
  netspec verify resnet50.net -O

exit status: 0 equal, 1 not equal or the spec has errors, 2 wrong usage
"""


def configure(parser: argparse.ArgumentParser) -> None:
    add_spec(parser)
    group = parser.add_argument_group("the comparison")
    group.add_argument(
        "--backends",
        type=_names,
        default=("torch", "tensorflow"),
        metavar="A,B",
        help="the first is what the others are compared with (default: torch,tensorflow)",
    )
    add_device(group.add_argument)
    group.add_argument("--dtype", choices=("float64", "float32"), default="float64", help="(default: %(default)s)")
    group.add_argument("--grad", action="store_true", help="compare gradients, too")
    add_optimize(group.add_argument, "compare what compile -O writes with the first backend's code without -O")
    group.add_argument("--seed", type=_seed, default=0, metavar="N", help="for other inputs and parameters")
    add_state(parser)
    add_weights(parser)
    group = parser.add_argument_group("output")
    group.add_argument("--report", type=Path, metavar="FILE", help="write the report as JSON, too; - prints it instead")
    group.add_argument("-q", "--quiet", action="store_true", help="only the last line")
    add_fold(group.add_argument, "a use of a block as one row, with the worst that is in it; the report has all rows")


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    depth = fold_depth(args, parser)
    if args.optimize and args.grad:
        parser.error("-O is for inference, in which there are no gradients to compare: leave out --grad")
    net = load_net(args)
    from netspec.host.packages import expect

    expect(args.backends)  # whose extras have their names
    from netspec.verify.run import verify

    params = matched(args.weights, net).params if args.weights else {}
    note = Note()
    try:
        report = verify(net, args.backends, args.device, args.dtype, args.grad, args.seed, params, note, args.optimize)
    finally:
        note("")
    if args.report == Path("-"):
        sys.stdout.write(report.to_json())
    else:
        if args.report:
            from netspec.host.files import write

            write(args.report, report.to_json(), replace=True)
        _print(report, args.quiet, folds(net, report.rows, depth))
    if not report.ok:
        sys.stdout.flush()
        sys.stderr.write(human(report.diagnostics, colours(sys.stderr)))
    return 0 if report.ok else 1


def _print(report: Report, quiet: bool, folded: Sequence[Fold]) -> None:
    paint = Paint(sys.stdout)
    if not quiet:
        compared = list(report.rows[0].errors) if report.rows else []
        errors = compared if len(compared) > 1 else ["max error"]
        rows = [_cells(fold) for fold in folded]
        head = ("layer", "blob", "shape", *errors, "bound", "", "")
        right = (False, False, False, *(True for _ in errors), True, False, False)
        title, *lines = aligned(head, rows, right, width(sys.stdout))
        print(paint(BOLD, title))
        for fold, line in zip(folded, lines, strict=True):
            print(paint(RED, line) if fold.failed else line)
        print()
        if report.held:
            print(f"run as in TEST, since they depend on chance: {', '.join(map(harmless, report.held))}")
        if report.drawn:
            print(f"drawn values in place of made-up data: {', '.join(map(harmless, report.drawn))}")
        if report.unknown:
            named = ", ".join(map(harmless, report.unknown))
            print(f"drawn values in place of layers of unknown types, which are not compared: {named}")
        if report.left_out:
            named = ", ".join(map(harmless, report.left_out))
            print(f"left out, since --shape says no shape of what they read: {named}")
    print(paint(GREEN if report.ok else RED, harmless(str(report))))


def _cells(fold: Fold) -> tuple[str, ...]:
    """A row as it is; of a use of a block the worst in it, with how many there are."""
    row, name, what, note = fold.worst, fold.worst.item.layer, str(fold.worst.item), fold.worst.note
    if fold.scope is not None:
        of = f" of {name}" if row.item.kind is not Kind.BLOB else ""
        name, what = fold.scope.name, f"{what}{of}" + f", worst of {len(fold.rows)}" * (len(fold.rows) > 1)
        note = ", ".join(filter(None, (f"{fold.failed} differ" if fold.failed > 1 else "", note)))
    return (
        harmless(name),
        harmless(what),
        show(row.item.shape),
        *(f"{error:.1e}" for error in row.errors.values()),
        f"{row.bound:.1e}",
        "ok" if row.ok else "DIFFERS",
        note,
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in text.split(",") if name)


def _seed(text: str) -> int:
    seed = int(text)
    if seed < 0:
        raise ValueError
    return seed
