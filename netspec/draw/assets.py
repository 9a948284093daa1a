"""The files of JavaScript, and what is handed to them."""

from functools import cache
from importlib.resources import files

from netspec.draw.graph import Graph, View
from netspec.draw.kinds import KINDS


@cache
def asset(name: str) -> str:
    """The text of a file beside this one. dagre's names a map for debuggers, which is not part of netspec."""
    text = (files("netspec.draw") / name).read_text(encoding="utf-8")
    return text.partition("\n//# sourceMappingURL=")[0] if name.startswith("dagre") else text


def as_json(view: View) -> dict[str, object]:
    """As `picture.js` reads it."""
    return {
        "nodes": [{**node._asdict(), "rows": [row._asdict() for row in node.rows]} for node in view.nodes],
        "frames": [frame._asdict() for frame in view.frames],
        "edges": view.edges,
    }


def kinds() -> dict[str, dict[str, str]]:
    """The kinds of layers as `picture.js` reads them."""
    return {name: {"label": kind.label, "colour": kind.colour, "tint": kind.tint} for name, kind in KINDS.items()}


def whole_as_json(graph: Graph) -> dict[str, object]:
    """As `page.js` reads it."""
    return {
        "boxes": [{"rows": [row._asdict() for row in box.rows], "group": box.group} for box in graph.boxes],
        "groups": [{**group._asdict(), "row": group.row._asdict()} for group in graph.groups],
        "edges": graph.edges,
    }
