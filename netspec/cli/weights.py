"""`netspec weights`: what is in a file of trained weights, and the same weights in another format."""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netspec.cli import FINE
from netspec.cli.options import add_optimize, add_state, load_net, matched
from netspec.cli.output import add_force, write_output
from netspec.cli.table import aligned, plural
from netspec.cli.terminal import BOLD, Paint, colours, width
from netspec.diagnostics.render import harmless, human
from netspec.host.packages import require
from netspec.shapes import show
from netspec.shapes.units import count, size

if TYPE_CHECKING:
    from netspec.weights.blobs import Floats

DESCRIPTION = """\
Shows what is in a file of trained weights, or writes it in another format: .caffemodel, .safetensors, and for reading
.h5 as Caffe writes it. What is written goes by its suffix. With --net, layers and shapes are held against a spec.
"""
EPILOG = """\
examples:
  netspec weights show lenet.caffemodel
  netspec weights show lenet.caffemodel --net lenet.net        which layers take which weights
  netspec weights convert lenet.caffemodel lenet.safetensors
  netspec weights convert lenet.caffemodel lenet.safetensors --net lenet.net --backend torch
  netspec weights convert lenet.safetensors lenet.caffemodel --net lenet.net        back again

exit status: 0 done, 1 the weights cannot be read or do not fit, 2 wrong usage
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("show", "convert"), help="what to do")
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="show: one; convert: from and to")
    parser.add_argument("--net", dest="spec", metavar="SPEC", help="the spec that the weights belong to")
    add_state(parser)
    group = parser.add_argument_group("show")
    group.add_argument("--format", choices=("table", "json"), default="table", help="(default: %(default)s)")
    group = parser.add_argument_group("convert")
    group.add_argument("--backend", metavar="NAME", help="with the names and layout of the module that it emits")
    add_optimize(group.add_argument, "with --backend: those of the module that compile -O writes")
    group.add_argument("--from", dest="source", metavar="NAME", help="the backend whose names the first file has")
    add_force(group.add_argument)


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    wanted = 1 if args.action == "show" else 2
    if len(args.files) != wanted:
        parser.error(f"{args.action} takes {plural(wanted, 'file')}, not {len(args.files)}")
    if args.backend and not args.spec:
        parser.error("--backend needs --net SPEC, which says how the module names its parameters")
    if args.optimize and not args.backend:
        parser.error("-O goes with --backend: folded weights are those of a module")
    require("weights", "numpy")
    return _show(args) if args.action == "show" else _convert(args, parser)


def _show(args: argparse.Namespace) -> int:
    from netspec.weights.files import contents_and_warnings

    (path,) = args.files
    arrays, said = contents_and_warnings(path)
    if args.format == "json":
        sys.stdout.write(json.dumps([_record(name, array) for name, array in arrays.items()], indent=2) + "\n")
    else:
        _print(arrays)
    sys.stdout.flush()
    if args.spec:
        matched(path, load_net(args), args.source)
    else:
        sys.stderr.write(human(said, colours(sys.stderr)))
    return FINE


def _print(arrays: dict[str, Floats]) -> None:
    rows = [_row(name, array) for name, array in arrays.items()]
    head = ("blob", "shape", "kind", "values", "least", "largest")
    total = sum(array.size for array in arrays.values()), sum(array.nbytes for array in arrays.values())
    rows.append(("total", "", "", count(total[0]), "", ""))
    right = (False, False, False, True, True, True)
    title, *body, last = aligned(head, rows, right, width(sys.stdout))
    paint = Paint(sys.stdout)
    print(paint(BOLD, title), *body, paint(BOLD, last), sep="\n")
    print(f"\n{plural(len(arrays), 'blob')}, {size(total[1])}")


def _row(name: str, array: Floats) -> tuple[str, ...]:
    least, largest = _range(array)
    return harmless(name), show(array.shape), str(array.dtype), count(array.size), f"{least:.3g}", f"{largest:.3g}"


def _record(name: str, array: Floats) -> dict[str, Any]:
    """JSON has no number that is not finite."""
    least, largest = (value if math.isfinite(value) else None for value in _range(array))
    kind = {"shape": array.shape, "dtype": str(array.dtype), "values": array.size}
    return {"name": name, **kind, "least": least, "largest": largest}


def _range(array: Floats) -> tuple[float, float]:
    return (float(array.min()), float(array.max())) if array.size else (math.nan, math.nan)


def _convert(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    from netspec.weights.blobs import of_params
    from netspec.weights.files import SAFETENSORS, encoded, read

    source, target = args.files
    if args.backend and target.suffix.lower() not in SAFETENSORS:
        parser.error("--backend goes with a .safetensors file")
    net = load_net(args) if args.spec else None
    weights = of_params(source.name, matched(source, net, args.source).params) if net else read(source)
    sys.stderr.write(human(weights.diagnostics, colours(sys.stderr)))
    if net and args.optimize:
        from netspec.net.passes.optimize import optimized

        net = optimized(net)
    write_output(target, encoded(target, weights, net, args.backend), args.force, parser)
    return FINE
