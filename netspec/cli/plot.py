"""`netspec plot`: the losses, accuracies and rates of runs, in one picture."""

from __future__ import annotations

import argparse
from pathlib import Path

from netspec.cli import FINE
from netspec.cli.output import add_force, picture_format, write_output
from netspec.host.packages import require

DESCRIPTION = """\
Draws what the logs of runs tell: the loss, the accuracy where it was tested, and the rate, of several runs in one
picture. What is drawn is in the run's log.csv.
"""
EPILOG = """\
examples:
  netspec plot runs/lenet -o loss.png
  netspec plot runs/batch10 runs/batch1024 -o loss.svg

exit status: 0 done, 1 a run has no log, 2 wrong usage
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="the folder of a run, or its log.csv")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="a .png or .svg file")
    add_force(parser.add_argument)


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    suffix = picture_format(args.output, parser)
    require("train", "numpy", "matplotlib")
    from netspec.training.plots import curves, history

    write_output(args.output, curves([history(path) for path in args.runs], suffix), args.force, parser)
    return FINE
