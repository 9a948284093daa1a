"""`netspec time`: how long each layer takes, forward and backward."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from netspec.cli.options import add_backend, add_optimize, add_spec, add_state, load_net, positive
from netspec.cli.table import NOTHING, aligned, plural
from netspec.cli.terminal import BOLD, Note, Paint, width
from netspec.diagnostics.render import harmless

if TYPE_CHECKING:
    from netspec.timing.clock import Times

DESCRIPTION = """\
Times a spec layer by layer, as `caffe time` does: forward and backward, the median over some passes, in float32 with
drawn numbers. Each layer is timed by itself, as the code that `netspec compile` writes for it; the last lines are those
of the whole module, in which layers may be joined.
"""
EPILOG = """\
examples:
  netspec time lenet.net
  netspec time train_val.prototxt --phase TRAIN --input data=32,3,227,227 --input label=32
  netspec time resnet50.net -O --iterations 10
  netspec time resnet50.net --backend tensorflow --json
  netspec time resnet50.net --device cuda

exit status: 0 done, 1 the spec has errors or the backend cannot take it, 2 wrong usage
"""


def configure(parser: argparse.ArgumentParser) -> None:
    add_spec(parser)
    group = parser.add_argument_group("the measurement")
    add_backend(group.add_argument)
    help = "how often each is run, after 2 times that do not count (default: %(default)s, as in Caffe)"
    group.add_argument("--iterations", type=positive, default=50, metavar="N", help=help)
    add_optimize(group.add_argument, "time what compile -O writes, which is for inference: forward alone")
    add_state(parser)
    group = parser.add_argument_group("output")
    group.add_argument("--json", action="store_true", help="an object, with times in seconds")


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    net = load_net(args)
    from netspec.host.packages import expect

    expect((args.backend,))
    from netspec.timing.clock import layer_times

    if args.optimize:
        from netspec.net.passes.optimize import optimized

        net = optimized(net)
    note = Note()
    try:
        times = layer_times(net, args.backend, args.device, args.iterations, note)
    finally:
        note("")
    if args.json:
        sys.stdout.write(times.to_json())
    else:
        _print(times)
    return 0


def _print(times: Times) -> None:
    paint = Paint(sys.stdout)
    whole, layers = times.whole, times.layers
    rows = [(harmless(row.layer), row.type, _told(row.forward), _told(row.backward)) for row in layers]
    backward = [row.backward for row in layers if row.backward is not None]
    rows.append(("total", plural(len(layers), "layer"), _told(sum(r.forward for r in layers)), _told(_sum(backward))))
    head, right = ("layer", "type", "forward", "backward"), (False, False, True, True)
    title, *lines, last = aligned(head, rows, right, width(sys.stdout))
    print(paint(BOLD, title), *lines, paint(BOLD, last), sep="\n")
    print()
    if times.unknown:
        print(f"not timed, of unknown types or behind them: {', '.join(map(harmless, times.unknown))}")
    both = None if whole.backward is None else whole.forward + whole.backward
    for what, seconds in (("Forward", whole.forward), ("Backward", whole.backward), ("Forward-Backward", both)):
        if seconds is not None:
            print(f"{what} pass: {_told(seconds)}")
    of = f"{harmless(times.net) or 'net'}, {times.phase}, {times.backend} on {times.device}, float32"
    print(f"{of}: medians of {plural(times.iterations, 'iteration')}")


def _sum(seconds: list[float]) -> float | None:
    return sum(seconds) if seconds else None


def _told(seconds: float | None) -> str:
    """`12.3 ms`, three digits."""
    if seconds is None:
        return NOTHING
    value = 1000 * seconds
    return f"{value:.{3 if value < 1 else 2 if value < 10 else 1 if value < 100 else 0}f} ms"
