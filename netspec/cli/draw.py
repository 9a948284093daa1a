"""`netspec draw`: a net as a picture."""

from __future__ import annotations

import argparse
from pathlib import Path

from netspec.cli.options import add_spec, add_state, load_net, not_negative
from netspec.cli.output import add_output, write_output
from netspec.cli.streams import write_bytes, write_text
from netspec.cli.table import plural
from netspec.diagnostics import SpecError
from netspec.diagnostics.render import harmless
from netspec.draw.graph import View, graph
from netspec.host.collecting import uncollected
from netspec.net import Net
from netspec.net.cost import layer_cost, net_cost
from netspec.problems.backends import PictureTooLarge
from netspec.shapes.units import count, size

DESCRIPTION = """\
Draws a net: a box for each layer and, with it, those that adjust what it writes; on the lines the shapes of what goes
there. A use of a block is one box, unless --depth says otherwise. svg and png are pictures, dot is what Graphviz reads,
html a page to look around in: pan, zoom, search, fold, and what each layer has and costs. It is one file and needs no
network.
"""
EPILOG = """\
examples:
  netspec draw lenet.net -o lenet.svg
  netspec draw resnet50.net --depth 2 -o resnet50.png
  netspec draw googlenet.net -o googlenet.html
  netspec draw lenet.net --format dot | dot -Tpdf -o lenet.pdf

svg and png need the extra netspec-compiler[draw]; dot and html need nothing.

exit status: 0 done, 1 the spec has errors or the picture is too large, 2 wrong usage
"""
FORMATS = ("svg", "png", "dot", "html")
BOXES = 1500  # that are laid out at most
EXTENT = 5000  # boxes, and rows of boxes that lines pass


def configure(parser: argparse.ArgumentParser) -> None:
    add_spec(parser)
    add_state(parser)
    group = parser.add_argument_group("output")
    add_output(group.add_argument)
    help = "(default: what the name of FILE ends in; dot where there is none)"
    group.add_argument("--format", choices=FORMATS, help=help)
    help = "uses of blocks N deep are one box each, those around them a frame (default: 1); 0: every layer is drawn"
    group.add_argument("--depth", type=not_negative, default=1, metavar="N", help=help)


@uncollected()
def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    path: Path | None = args.output
    form: str = args.format or (path.suffix[1:].lower() if path else "dot")
    if form not in FORMATS:
        parser.error(f"{path} ends in none of {', '.join(FORMATS)}; --format says what it is to be")
    net = load_net(args)
    content = picture(net, form, args.depth)
    if path is not None:
        write_output(path, content, args.force, parser)
    elif isinstance(content, str):
        write_text(content)
    else:
        write_bytes(content)
    return 0


def picture(net: Net, form: str, depth: int = 1) -> str | bytes:
    """What is written: bytes for png. depth: as --depth. Raises SpecError."""
    drawing = graph(net)
    view = drawing.seen(depth or drawing.deepest + 1)
    heading, remark = _heading(net)
    if form == "dot":
        from netspec.draw.dot import dot

        return dot(view, heading)
    _bounded(view)
    if form == "html":
        from netspec.draw.page import Limits, page

        return page(drawing, depth or drawing.deepest + 1, heading, remark, Limits(BOXES, EXTENT))
    from netspec.draw.engine import svg

    text = svg(view, heading, remark)
    if form == "svg":
        return text
    from netspec.draw.png import png

    return png(text)


def _heading(net: Net) -> tuple[str, str]:
    total = net_cost(layer_cost(net, node) for node in net.layers)
    costs = (
        plural(len(net.layers), "layer"),
        f"{count(total.parameters)} parameters",
        f"{count(total.macs)} MACs",
        f"{size(total.activations)} of activations",
    )
    return f"{harmless(net.name) or 'unnamed net'}, {net.phase.value}", ", ".join(costs)


def _bounded(view: View) -> None:
    """Raises SpecError (NS418) for what could not be laid out in good time."""
    boxes = len(view.nodes)
    if boxes > BOXES:
        said = f"the picture would have {boxes} boxes; {BOXES} are drawn at most"
    elif view.extent > EXTENT:
        said = f"the picture would have {boxes} boxes, and lines past {view.extent - boxes} rows of boxes"
    else:
        return
    help = "fold uses of blocks with --depth 1, or take --format dot, which lays nothing out"
    raise SpecError([PictureTooLarge(said, help=help)])
