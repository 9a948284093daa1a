"""A view as Graphviz reads it: text that needs no library, in a time that is linear in it."""

from collections.abc import Iterator, Sequence

from netspec.draw.graph import View
from netspec.draw.kinds import KINDS

LEFT, CENTRED = r"\l", r"\n"  # what ends a line of a label, and what stands between two


def dot(view: View, title: str) -> str:
    """A `digraph`; `title` stands above it."""
    return "\n".join(_lines(view, title)) + "\n"


def _lines(view: View, title: str) -> Iterator[str]:
    yield "digraph net {"
    yield f"  label={_quoted((title,))} labelloc=t"
    yield '  node [shape=box style=filled fontname="monospace" fontsize=11]'
    yield '  edge [fontname="monospace" fontsize=10 fontcolor="#444444"]'
    yield from _frames(view)
    for tail, head, shapes in view.edges:
        yield f"  {tail} -> {head} [label={_quoted(shapes)}]"
    yield "}"


def _frames(view: View) -> Iterator[str]:
    """The boxes, each in its frame. The innermost frames are made first, so that no call needs another."""
    nodes: dict[str, list[str]] = {"": [], **{frame.id: [] for frame in view.frames}}
    frames: dict[str, list[list[str]]] = {name: [] for name in nodes}
    for node in view.nodes:
        kind = KINDS[node.rows[0].kind]
        label = _quoted(tuple(f"{row.name}  {row.text}" for row in node.rows), LEFT if node.rows[1:] else "")
        shape = " shape=box3d" if node.folded else ""
        nodes[node.frame].append(f'{node.id} [label={label} color="{kind.colour}" fillcolor="{kind.tint}"{shape}]')

    def within(name: str) -> Iterator[str]:
        yield from nodes[name]
        for lines in reversed(frames[name]):
            yield from lines

    for frame in reversed(view.frames):
        label = _quoted((f"{frame.name}  {frame.text}",))
        inside = (f"  {line}" for line in within(frame.id))
        frames[frame.parent].append(
            [f"subgraph cluster_{frame.id} {{", f"  label={label} labeljust=l", *inside, "}"],
        )
    yield from (f"  {line}" for line in within(""))


def _quoted(lines: Sequence[str], end: str = "") -> str:
    """A label. A backslash begins what or `&` of the text stands for itself, not for what dot would read there."""
    texts = [line.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"') for line in lines]
    inside = "".join(f"{text}{end}" for text in texts) if end else CENTRED.join(texts)
    return f'"{inside}"'
