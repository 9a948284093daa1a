"""Pictures as files: laid out, and drawn."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import NamedTuple

import pytest

from netspec.diagnostics import SpecError
from netspec.draw import engine
from netspec.draw.graph import Graph, View
from tests.draw.nets import HOSTILE, NESTED

Drawing = Callable[[str], Graph]
SVG = "{http://www.w3.org/2000/svg}"


class Rect(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Rect, by: float = 0.5) -> bool:
        across = self.left + by < other.right and other.left + by < self.right
        return across and self.top + by < other.bottom and other.top + by < self.bottom

    def holds(self, x: float, y: float, by: float = 1.5) -> bool:
        return self.left + by < x < self.right - by and self.top + by < y < self.bottom - by


def parsed(view: View) -> ET.Element:
    return ET.fromstring(engine.svg(view, "A net", "a remark"))


def boxes(picture: ET.Element, frames: bool = False) -> dict[str, Rect]:
    """The outline of every box, or frame, by its id."""
    found: dict[str, Rect] = {}
    for group in picture.iter(f"{SVG}g"):
        if "data-id" in group.attrib and ("data-frame" in group.attrib) == frames:
            for rect in [r for r in group.iter(f"{SVG}rect") if r.get("fill") == "none" or frames]:
                x, y, w, h = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
                found[group.attrib["data-id"]] = Rect(x, y, x + w, y + h)
    return found


def lines(picture: ET.Element) -> Iterator[list[tuple[float, float]]]:
    """The points along each line: its ends, and ten on each curve."""
    for path in picture.iter(f"{SVG}path"):
        if path.get("fill") == "none":
            steps = re.findall(r"([MLQ])([^MLQ]+)", path.attrib["d"])
            points: list[tuple[float, float]] = []
            for letter, text in steps:
                numbers = [float(n) for n in text.split()]
                at = list(zip(numbers[::2], numbers[1::2], strict=True))
                if letter == "Q":
                    (x0, y0), (x1, y1), (x2, y2) = points[-1], *at
                    ts = (n / 10 for n in range(1, 11))
                    points += [
                        (
                            (1 - t) ** 2 * x0 + 2 * t * (1 - t) * x1 + t * t * x2,
                            (1 - t) ** 2 * y0 + 2 * t * (1 - t) * y1 + t * t * y2,
                        )
                        for t in ts
                    ]
                elif points:
                    (x0, y0), (x1, y1) = points[-1], at[0]
                    points += [(x0 + (x1 - x0) * n / 10, y0 + (y1 - y0) * n / 10) for n in range(1, 11)]
                else:
                    points += at
            yield points


PICTURES = [("lenet", 1), ("googlenet", 2), ("unet", 1), ("unet", 2), ("siamese", 2), (NESTED, 3), ("resnet18", 2)]


@pytest.mark.parametrize(("spec", "depth"), PICTURES, ids=[f"{spec[:8]}-{depth}" for spec, depth in PICTURES])
def test_nothing_stands_or_runs_where_something_else_is(drawing: Drawing, spec: str, depth: int) -> None:
    view = drawing(spec).seen(depth)
    picture = parsed(view)
    found, frames = boxes(picture), boxes(picture, frames=True)
    assert set(found) == {node.id for node in view.nodes}
    assert set(frames) == {frame.id for frame in view.frames}
    assert not [(a, b) for (a, one), (b, other) in itertools.combinations(found.items(), 2) if one.overlaps(other)]
    drawn = list(lines(picture))
    assert len(drawn) == len(view.edges)
    assert not [name for name, box in found.items() for line in drawn for point in line if box.holds(*point)]
    inside = {frame.id: frame.parent for frame in view.frames}
    for node in view.nodes:
        around: set[str] = set()
        at = node.frame
        while at:
            around.add(at)
            at = inside[at]
        assert {name for name, frame in frames.items() if frame.overlaps(found[node.id])} == around
    whole = Rect(0, 0, float(picture.attrib["width"]), float(picture.attrib["height"]))
    assert whole.right < 1500


def test_the_shapes_stand_on_the_edges(drawing: Drawing) -> None:
    texts = ["".join(text.itertext()) for text in parsed(drawing("lenet").seen(1)).iter(f"{SVG}text")]
    shapes = ["64×1×28×28", "64×20×24×24", "64×20×12×12", "64×50×8×8", "64×50×4×4", "64×500"]
    assert [text for text in texts if "×" in text and text[0].isdigit()] == shapes
    assert {"A net", "a remark", "conv1", "Convolution 5×5", "convolution", "activation"} <= set(texts)


def test_a_long_net_is_laid_out_in_pieces_that_join(drawing: Drawing) -> None:
    """Each box stands below those that it reads, as in one piece."""
    view = drawing("resnet152").seen(2)
    found = boxes(parsed(view))
    assert len(found) == len(view.nodes) > 150
    assert all(found[tail].bottom < found[head].top for tail, head, _ in view.edges)
    centres = [(box.left + box.right) / 2 for box in found.values()]
    assert max(centres) - min(centres) < 700


def test_the_same_net_gives_the_same_picture(drawing: Drawing) -> None:
    view = drawing(NESTED).seen(2)
    assert engine.svg(view, "a", "b") == engine.svg(view, "a", "b")


def test_text_stays_text(drawing: Drawing) -> None:
    text = engine.svg(drawing(HOSTILE).seen(1), "</script><script>", "\u2028]]>")
    assert "<script" not in text and "<svg onload" not in text
    names = {element.tag.removeprefix(SVG) for element in ET.fromstring(text).iter()}
    assert names == {"svg", "title", "rect", "text", "g", "path"}
    attributes = {name for element in ET.fromstring(text).iter() for name in element.attrib}
    assert not {name for name in attributes if name.startswith("on") or "href" in name or name == "style"}
    assert text.count("http") == 1  # the name of SVG


def test_what_takes_too_long_is_said(drawing: Drawing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "SECONDS", 0.1)
    with pytest.raises(SpecError) as caught:
        engine.svg(drawing("googlenet").seen(2), "", "")
    (said,) = caught.value.diagnostics
    assert said.code == "NS418"


def test_dagre_is_what_it_is_said_to_be() -> None:
    room = files("netspec.draw")
    said = json.loads((room / "dagre.json").read_text("utf-8"))
    assert hashlib.sha256((room / "dagre.min.js").read_bytes()).hexdigest() == said["sha256"]
    assert said["license"] == "MIT" and "Permission is hereby granted" in (room / "dagre.LICENSE.txt").read_text(
        "utf-8"
    )
    assert f'"{said["version"]}"' in engine.asset("dagre.min.js")
    assert "sourceMappingURL" not in engine.asset("dagre.min.js")
