"""`netspec test`: how well a trained net classifies."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from netspec.cli import FINE
from netspec.cli.options import add_backend, add_spec, add_state_in_training, options, positive, spec_source
from netspec.cli.output import add_force, picture_format, write_output
from netspec.cli.table import aligned, plural
from netspec.cli.terminal import BOLD, Paint, width
from netspec.diagnostics.render import harmless
from netspec.host.packages import expect, require

if TYPE_CHECKING:
    from netspec.training.confusion import Confusion

DESCRIPTION = """\
Runs a trained net over data, in TEST, and counts how often the class of its largest score is that of the label: in all,
for each class, and which classes it takes for which. What its scores and labels are, its Accuracy says, or its
SoftmaxWithLoss. Of a solver it is the first of its nets for tests.
"""
EPILOG = """\
examples:
  netspec test lenet.net --weights snapshots/iter_1250/weights.safetensors --data test.npz
  netspec test lenet_solver.prototxt --weights lenet_iter_10000.caffemodel --json
  netspec test lenet.net --weights lenet.caffemodel --data test.npz -o confusion.png

exit status: 0 done, 1 the spec has errors, or weights or data do not fit, 2 wrong usage
"""


def configure(parser: argparse.ArgumentParser) -> None:
    add_spec(parser)
    group = parser.add_argument_group("the test")
    help = "trained weights: .caffemodel, .safetensors or .h5"
    group.add_argument("--weights", type=Path, required=True, metavar="FILE", help=help)
    help = "a file or folder for a net with Input layers; others have their own"
    group.add_argument("--data", type=Path, metavar="PATH", help=help)
    add_backend(group.add_argument)
    group.add_argument("--batch", type=positive, metavar="N", help="items in a batch (default: as the net says)")
    help = "batches (default: as many as the data has)"
    group.add_argument("--iterations", type=positive, metavar="N", help=help)
    group = parser.add_argument_group("output")
    group.add_argument("-o", "--output", type=Path, metavar="FILE", help="the confusion matrix as a .png or .svg file")
    add_force(group.add_argument)
    group.add_argument("--json", action="store_true", help="an object, with the matrix row by row")
    add_state_in_training(parser)


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    suffix = picture_format(args.output, parser) if args.output else None
    source = spec_source(args)
    expect((args.backend,))
    require("weights", "numpy")
    if suffix:
        require("train", "matplotlib")
    from netspec.training.tested import tested

    found = tested(
        source, args.weights, args.data, args.batch, args.iterations, args.backend, args.device, options(args)
    )
    if suffix:
        from netspec.training.plots import matrix

        write_output(args.output, matrix(found, suffix), args.force, parser)
    if args.json:
        sys.stdout.write(found.to_json())
    else:
        _print(found)
    return FINE


def _print(found: Confusion) -> None:
    from netspec.training.confusion import table

    head, rows = table(found)
    paint = Paint(sys.stdout)
    title, *lines = aligned(head, rows, (False, *(True,) * (len(head) - 1)), width(sys.stdout))
    print(paint(BOLD, title), *lines, sep="\n")
    print()
    outputs = "".join(f", {harmless(name)} {value:.4g}" for name, value in found.outputs.items())
    what = plural(found.total, "item") if found.total == found.items else f"{found.total:,} predictions"
    print(f"accuracy {found.accuracy:.4f}: {found.right:,} of {what}{outputs}")
