"""A net as a page: one file that needs no network, to look around in."""

import base64
import hashlib
import html
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import attrgetter
from typing import NamedTuple

from netspec.diagnostics.render import harmless
from netspec.draw.assets import asset, kinds, whole_as_json
from netspec.draw.graph import Graph
from netspec.layers.literal import literal
from netspec.net import Net, Node, Value
from netspec.net.cost import Cost, layer_cost, net_cost
from netspec.shapes import Dim, show
from netspec.shapes.units import count, size

SCRIPTS = ("dagre.min.js", "picture.js", "page.js")
_FIELD = re.compile(r"@(\w+)@")


class Limits(NamedTuple):
    """How much is laid out: boxes, and boxes with the rows of boxes that lines pass (`View.extent`)."""

    boxes: int
    extent: int


class Measure(NamedTuple):
    """What a bar chart shows of costs, and how that is told."""

    name: str
    of: Callable[[Cost], Dim]
    told: Callable[[Dim], str]


MEASURES = (
    Measure("MACs", attrgetter("macs"), count),
    Measure("parameters", attrgetter("parameters"), count),
    Measure("memory", attrgetter("activations"), size),
)


def page(graph: Graph, depth: int, heading: str, remark: str, limits: Limits) -> str:
    """The page, at first with uses of blocks that are `depth` levels deep folded."""
    script, style = "\n".join(map(asset, SCRIPTS)), asset("page.css")
    data = {
        "graph": whole_as_json(graph),
        "kinds": kinds(),
        "depth": depth,
        "limits": limits._asdict(),
        **_told(graph),
    }
    values = {
        "title": html.escape(heading),
        "remark": html.escape(remark),
        "policy": f"default-src 'none'; base-uri 'none'; form-action 'none'; "
        f"script-src {_digest(script)}; style-src {_digest(style)}",
        "style": style,
        "script": script,
        "net": _inert(json.dumps(data, separators=(",", ":"))),
    }
    return _FIELD.sub(lambda field: values[field[1]], asset("page.html"))


def _digest(text: str) -> str:
    """What a policy calls the one script, or style, that may be there."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _inert(text: str) -> str:
    """JSON, all of it ASCII, in which nothing ends an element or begins one."""
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _told(graph: Graph) -> dict[str, object]:
    net = graph.net
    costs = [layer_cost(net, node) for node in net.layers]
    boxes = [net_cost(costs[row.layer] for row in box.rows) for box in graph.boxes]
    groups = [Cost() for _ in graph.groups]
    for box, cost in zip(graph.boxes, boxes, strict=True):
        at = box.group
        while at >= 0:
            groups[at] += cost
            at = graph.groups[at].parent
    named = {**{f"b{i}": cost for i, cost in enumerate(boxes)}, **{f"g{i}": cost for i, cost in enumerate(groups)}}
    return {
        "layers": [_layer(net, node, cost) for node, cost in zip(net.layers, costs, strict=True)],
        "groups": [[*_costs(cost)] for cost in groups],
        "measures": [_measured(measure, named, net_cost(costs)) for measure in MEASURES],
    }


def _measured(measure: Measure, costs: Mapping[str, Cost], total: Cost) -> dict[str, object]:
    """For each box and group a number, and how it is told; 0 for one that is not known."""
    found = {name: measure.of(cost) for name, cost in costs.items()}
    return {
        "name": measure.name,
        "total": _number(measure.of(total)),
        "of": {name: (_number(value), measure.told(value)) for name, value in found.items()},
    }


def _number(value: Dim) -> int:
    return value if isinstance(value, int) else 0


def _layer(net: Net, node: Node, cost: Cost) -> dict[str, object]:
    blobs = *_blobs(net, "reads", node.bottoms, node.inputs), *_blobs(net, "writes", node.tops, node.outputs)
    return {
        "name": harmless(node.name),
        "kind": harmless(node.type),
        "facts": [*blobs, *_costs(cost), *_place(node)],
        "fields": [*_fields(node)],
        "parameters": [*_parameters(net, node)],
    }


def _blobs(net: Net, what: str, names: Iterable[str], values: Iterable[Value]) -> Iterator[tuple[str, str]]:
    for name, value in zip(names, values, strict=False):  # a loss may be without a name
        yield what, f"{harmless(name)} {show(net.shapes[value])}"


def _costs(cost: Cost) -> Iterator[tuple[str, str]]:
    told = {
        "MACs": count(cost.macs),
        "parameters": count(cost.parameters),
        "kept": count(cost.state),
        "memory": size(cost.activations),
    }
    yield from ((name, text) for name, text in told.items() if text not in ("0", "0 B"))


def _place(node: Node) -> Iterator[tuple[str, str]]:
    """The line, and what led there."""
    trace = node.origin.source.trace(node.origin.name)
    yield "line", f"{harmless(trace.source.name)}:{trace.source.position(trace.span.start).line}"
    for use in trace.uses:
        yield harmless(use.text), f"{harmless(use.source.name)}:{use.source.position(use.span.start).line}"


def _fields(node: Node) -> Iterator[tuple[str, str]]:
    """Those that the spec gives, in the order of the type's documentation."""
    layer = node.params
    for name, info in type(layer).model_fields.items():
        if name in layer.model_fields_set:
            yield info.alias or name, harmless(literal(getattr(layer, name)))


def _parameters(net: Net, node: Node) -> Iterator[tuple[str, str]]:
    for param in node.blobs:
        shared = "" if param.owner == param.key else f", shared with {harmless(net.layers[param.owner[0]].name)}"
        rate = "" if param.lr_mult == 1 else f", lr_mult {param.lr_mult:g}"
        yield harmless(param.blob.name), f"{show(param.blob.shape)}{shared}{rate}"
