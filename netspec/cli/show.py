"""`netspec show`: the layers of a net with what they cost."""

import argparse
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from netspec.cli import FINE
from netspec.cli.markdown import table
from netspec.cli.options import add_fold, add_spec, add_state, fold_depth, load_net, options, spec_source
from netspec.cli.table import aligned, csv, plural
from netspec.cli.terminal import BOLD, DIM, Paint, width
from netspec.diagnostics.listing import listing
from netspec.diagnostics.render import harmless
from netspec.diagnostics.source import Source
from netspec.host.collecting import uncollected
from netspec.net import Net, Node
from netspec.net.cost import Cost, layer_cost, net_cost
from netspec.net.scopes import Scope, folded
from netspec.shapes import Dim, Shape, expressed, show
from netspec.shapes.units import count, size

DESCRIPTION = """\
Lists the layers of a net: the shapes of their tops, learned parameters, multiply-accumulates of a forward pass of the
whole batch, and the memory of their tops in float32. Shared parameters count once, tops in place not at all.
Where sizes of the input have names (--input data=N,3,H,W), costs say what grows fastest; json and csv have all of it.
Of a solver: its rule, its rate over the iterations, its tests and snapshots, and all its nets.
"""
EPILOG = """\
examples:
  netspec show googlenet.net
  netspec show alexnet.net --input data=128,3,227,227
  netspec show resnet50.net --fold --depth 2
  netspec show resnet50.net --format csv > resnet50.csv
  netspec show solver.prototxt
"""
FEW = 4  # tops of different shapes that are shown


class Line(NamedTuple):
    """A layer or, of all of a use of a block, the last one; the shapes of its tops, and what all cost."""

    scope: Scope
    node: Node
    shapes: tuple[Shape | None, ...]
    cost: Cost


@dataclass(frozen=True)
class Column:
    """How a line is told to people, and to programs."""

    head: str
    readable: Callable[[Line], str]
    exact: Callable[[Line], str]
    number: bool = False
    wide: bool = False


def configure(parser: argparse.ArgumentParser) -> None:
    add_spec(parser)
    add_state(parser)
    group = parser.add_argument_group("output")
    forms = ("table", "json", "markdown", "csv")
    group.add_argument("--format", choices=forms, default="table", help="(default: %(default)s)")
    group.add_argument("--wide", action="store_true", help="the names of tops and the shapes of parameters, too")
    add_fold(group.add_argument, "a use of a block as one row, with what all of it costs")


@uncollected()
def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    from netspec.frontend.load import is_solver_source

    depth, source = fold_depth(args, parser), spec_source(args)
    if args.phase is None and is_solver_source(source):
        return _solver(args, depth, source, parser)
    net = load_net(args, source)
    if args.format == "json":
        sys.stdout.write(_as_json(net, *_lines(net, depth)))
    else:
        print_net(net, depth, args)
    return FINE


def _solver(args: argparse.Namespace, depth: int, source: Source, parser: argparse.ArgumentParser) -> int:
    """What a solver says, and its nets."""
    from netspec.cli import training
    from netspec.frontend.load import load_solver_source

    if args.format == "csv":
        parser.error(f"--format csv is for one net, and {source.name} is a solver: name its net, or a --phase")
    solver = load_solver_source(source, **options(args))
    if args.format == "json":
        nets = [json.loads(_as_json(net, *_lines(net, depth))) for net in solver.nets]
        print(json.dumps({**training.as_json(solver), "nets": nets}, indent=2))
        return FINE
    training.print_solver(solver, args.format == "markdown")
    for net in solver.nets:
        print()
        print_net(net, depth, args)
    return FINE


def _lines(net: Net, depth: int) -> tuple[list[Line], Cost]:
    lines = [_line(net, scope) for scope in _scopes(net, depth)]
    return lines, net_cost(line.cost for line in lines)


def print_net(net: Net, depth: int, args: argparse.Namespace) -> None:
    """A net as a table, as CSV or in Markdown."""
    lines, total = _lines(net, depth)
    columns = [column for column in COLUMNS if args.wide or not column.wide]
    rows = [tuple(column.readable(line) for column in columns) for line in lines]
    rows.append(tuple(_total(lines, total).get(column.head, "") for column in columns))
    head, right = [column.head for column in columns], [column.number for column in columns]
    match args.format:
        case "csv":
            exact = [tuple(column.exact(line) for column in COLUMNS) for line in lines]
            print(*csv([column.head for column in COLUMNS], exact), sep="\n")
        case "markdown":
            print(*table(head, rows, right), sep="\n")
        case _:
            paint = Paint(sys.stdout)
            title, *body, last = aligned(head, rows, right, width(sys.stdout))
            print(f"{paint(BOLD, harmless(net.name) or 'unnamed net')}, {net.phase.value}\n")
            print(paint(BOLD, title), *body, paint(BOLD, last), sep="\n")
            _remarks(net, total, paint)


def _scopes(net: Net, depth: int) -> Iterable[Scope]:
    return folded(net, depth) if depth else (Scope(node.name, "", (node,)) for node in net.layers)


def _line(net: Net, scope: Scope) -> Line:
    last = scope.nodes[-1]
    cost = net_cost(layer_cost(net, node) for node in scope.nodes)
    return Line(scope, last, tuple(net.shapes[v] for v in last.outputs), cost)


def _type(line: Line) -> str:
    """That of the layer; of a use of a block its name, and how many layers it has."""
    scope = line.scope
    return f"{harmless(scope.block)}, {plural(len(scope.nodes), 'layer')}" if scope.block else line.node.type


def _total(lines: list[Line], total: Cost) -> dict[str, str]:
    """The cells of the last row, by heading."""
    return {
        "layer": "total",
        "type": plural(sum(len(line.scope.nodes) for line in lines), "layer"),
        "parameters": count(total.parameters),
        "MACs": count(total.macs),
        "memory": size(total.activations),
    }


def _remarks(net: Net, total: Cost, paint: Paint) -> None:
    """What stands below the table."""
    if isinstance(total.parameters, int):
        kept = f", and {count(total.state)} kept without being learned" if total.state else ""
        print(f"\n{paint(DIM, f'{total.parameters:,} parameters, {size(4 * total.parameters)} in float32{kept}')}")
    if unknown := [name for name in net.inputs if not expressed(net.blobs[name])]:
        shapes = ", ".join(f"{harmless(name)} is {show(net.blobs[name])}" for name in unknown)
        print(f"\n? depends on an input whose shape the spec leaves open: {shapes}; give it with --input")

    if net.symbols and (said := net.symbols.say()):
        print(f"\nthe layers fit together where {', '.join(said)}")


def _or_dash(n: Dim, text: str) -> str:
    """Most layers have no parameters: a dash is quieter than a 0."""
    return "–" if isinstance(n, int) and n == 0 else text


def _tops(line: Line) -> str:
    """`64×20×24×24`, `3 of 1×10`, `1×2, 1×3`; more than a few different ones are counted."""
    texts = [show(shape) for shape in line.shapes]
    if len(texts) > 1 and len(set(texts)) == 1:
        return f"{len(texts)} of {texts[0]}"
    return ", ".join(texts) if len(texts) <= FEW else f"{texts[0]}, … {len(texts) - 1} more"


def _blobs(line: Line, times: str, between: str) -> str:
    if line.scope.block:
        return ""
    return between.join(f"{param.blob.name} {show(param.blob.shape, times)}" for param in line.node.blobs)


COLUMNS: tuple[Column, ...] = (
    Column("layer", lambda line: harmless(line.scope.name), lambda line: line.scope.name),
    Column("type", _type, lambda line: line.scope.block or line.node.type),
    Column("tops", lambda line: harmless(", ".join(line.node.tops)), lambda line: " ".join(line.node.tops), wide=True),
    Column("output", _tops, lambda line: " ".join(show(shape, "x") for shape in line.shapes)),
    Column(
        "parameters",
        lambda line: _or_dash(line.cost.parameters, count(line.cost.parameters)),
        lambda line: str(line.cost.parameters),
        number=True,
    ),
    Column("shapes", lambda line: _blobs(line, "×", ", "), lambda line: _blobs(line, "x", " "), wide=True),
    Column(
        "MACs",
        lambda line: _or_dash(line.cost.macs, count(line.cost.macs)),
        lambda line: str(line.cost.macs),
        number=True,
    ),
    Column(
        "memory",
        lambda line: _or_dash(line.cost.activations, size(line.cost.activations)),
        lambda line: str(line.cost.activations),
        number=True,
    ),
)


def _as_json(net: Net, lines: list[Line], total: Cost) -> str:
    """Unknown sizes are null, sizes with names are text; memory is in bytes."""
    head = {
        "name": net.name,
        "phase": net.phase.value,
        "inputs": {name: _dims(net.blobs[name]) for name in net.inputs},
        "outputs": {name: _dims(net.blobs[name]) for name in net.outputs},
        "total": _numbers(total),
    }
    rows = (
        {
            **_own(line),
            "tops": line.node.tops,
            "shapes": [_dims(shape) for shape in line.shapes],
            **({} if line.scope.block else {"blobs": {p.blob.name: _dims(p.blob.shape) for p in line.node.blobs}}),
            **_numbers(line.cost),
        }
        for line in lines
    )
    return listing(head, "layers", rows)


def _own(line: Line) -> dict[str, object]:
    if line.scope.block:
        return {"name": line.scope.name, "block": line.scope.block, "layers": [node.name for node in line.scope.nodes]}
    return {"name": line.node.name, "type": line.node.type, "bottoms": line.node.bottoms}


def _numbers(cost: Cost) -> dict[str, object]:
    return {
        "parameters": _dim(cost.parameters),
        "state": _dim(cost.state),
        "macs": _dim(cost.macs),
        "memory": _dim(cost.activations),
    }


def _dims(shape: Shape | None) -> list[int | str | None] | None:
    return None if shape is None else [_dim(size) for size in shape]


def _dim(size: Dim) -> int | str | None:
    return size if isinstance(size, int) else str(size) if size.symbolic else None
