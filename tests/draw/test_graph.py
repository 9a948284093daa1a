"""A net as boxes, uses of blocks and edges between them."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from netspec.draw.graph import Graph, Row, View
from tests.draw.nets import HOSTILE, NESTED

Drawing = Callable[[str], Graph]


def told(view: View) -> list[str]:
    """A line for each box: the frame around it, and its rows."""
    names = {frame.id: f"{frame.name}: " for frame in view.frames}
    return [names.get(n.frame, "") + ", ".join(row.name for row in n.rows) + " …" * n.folded for n in view.nodes]


DEPTHS = {
    1: ["data", "more", "start", "other", "first …", "second …", "out"],
    2: [
        *("data", "more", "start", "other", "first: u …", "first: y …", "second: u …", "second: y …", "out"),
    ],
    3: [
        *("data", "more", "start", "other"),
        *(
            line
            for unit in ("u", "y", "u", "y")
            for line in (
                f"{unit}: a/y, a/y/batchnorm, a/relu",
                f"{unit}: b/y, b/y/batchnorm",
                f"{unit}: y, y/relu",
            )
        ),
        "out",
    ],
}


@pytest.mark.parametrize("depth", DEPTHS)
def test_blocks_are_folded_at_a_depth(drawing: Drawing, depth: int) -> None:
    found = drawing(NESTED)
    assert found.deepest == 2  # a convolution with its BatchNorm is one box, and no group
    assert told(found.seen(depth)) == DEPTHS[depth]


def test_edges_are_those_of_what_is_seen(drawing: Drawing) -> None:
    view = drawing(NESTED).seen(1)
    names = {node.id: node.rows[0].name for node in view.nodes}
    assert [(names[tail], names[head], *shapes) for tail, head, shapes in view.edges] == [
        ("data", "start", "1×4×8×8"),
        ("more", "other", "1×4×8×8"),
        ("start", "first", "1×4×4×4"),
        ("first", "second", "1×4×4×4"),
        ("second", "out", "1×4×4×4"),
        ("other", "out", "1×4×4×4"),
        ("start", "out", "1×4×4×4"),
    ]


@pytest.mark.parametrize(
    ("spec", "boxes"),
    [
        ("lenet", ["data", "conv1", "pool1", "conv2", "pool2", "ip1 relu1", "ip2 prob"]),
        (
            "input a: [2, 3]\nb = ReLU(a)\nc = ReLU(b)\nd = TanH(b)\ne = Sigmoid(c)\nf = Eltwise(d, e)\n",
            ["a", "b", "c", "d", "e", "f"],  # two read b, and e does not stand just behind c
        ),
    ],
)
def test_what_goes_into_a_box(drawing: Drawing, spec: str, boxes: list[str]) -> None:
    assert [" ".join(row.name for row in box.rows) for box in drawing(spec).boxes] == boxes


def test_rows_tell_types_and_windows(drawing: Drawing) -> None:
    rows = [row for box in drawing("lenet").boxes for row in box.rows]
    assert rows[:3] == [
        Row("data", "Input", "data", 0),
        Row("conv1", "Convolution 5×5", "convolution", 1),
        Row("pool1", "Pooling 2×2 /2", "pooling", 2),
    ]
    text = "input x: [1, 3, 9, 9]\ny = Pooling(x) { kernel_h: 3 kernel_w: 1 stride_h: 2 stride_w: 1 }\n"
    assert drawing(text).boxes[1].rows[0].text == "Pooling 3×1 /2×1"
    assert (
        drawing("input x: [1, 3, 9, 9]\ny = Pooling(x) { global_pooling: true }\n").boxes[1].rows[0].text == "Pooling"
    )


def test_names_can_control_nothing(drawing: Drawing) -> None:
    rows = [row for box in drawing(HOSTILE).boxes for row in box.rows]
    assert all(row.name.isprintable() and len(row.name) <= 28 for row in rows)


@pytest.mark.parametrize("spec", ["lenet", "unet", "googlenet", "resnet152", "densenet121", "siamese", NESTED])
def test_every_layer_is_in_one_box_and_every_value_on_an_edge(drawing: Drawing, spec: str) -> None:
    found = drawing(spec)
    assert sorted(row.layer for box in found.boxes for row in box.rows) == [*range(len(found.net.layers))]
    assert all(edge.tail < edge.head for edge in found.edges)
    ends = [box for i, box in enumerate(found.boxes) if i not in {edge.tail for edge in found.edges}]
    written = {top for box in ends for top in found.net.layers[box.rows[-1].layer].tops}
    assert written == set(found.net.outputs)
    for depth in range(1, found.deepest + 2):
        view = found.seen(depth)
        known = {node.id for node in view.nodes}
        assert all(tail in known and head in known for tail, head, _ in view.edges)
        assert {node.frame for node in view.nodes} <= {"", *(frame.id for frame in view.frames)}


def test_extent_counts_boxes_and_the_rows_that_lines_pass(drawing: Drawing) -> None:
    assert drawing("lenet").seen(1).extent == 7 + 6
    text = "input a: [2, 3]\nb = Flatten(a)\nc = Flatten(b)\nd = Concat(a, c)\n"
    assert drawing(text).seen(1).extent == 4 + 1 + 1 + 1 + 3


def test_takes_linear_time(drawing: Drawing) -> None:
    """And recurses over nothing: blocks in blocks, and a long chain."""
    head = 'layer { name: "d" type: "Input" top: "b0" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }\n'
    pool = 'layer { name: "p%d" type: "Pooling" bottom: "b%d" top: "b%d" pooling_param { kernel_size: 1 } }\n'
    took: list[float] = []
    for count in (500, 2000):
        net = drawing(head + "".join(pool % (i, i, i + 1) for i in range(count))).net
        began = time.process_time()
        from netspec.draw.graph import graph

        assert graph(net).seen(1).extent == 2 * count + 1
        took.append(time.process_time() - began)
    assert took[1] < 12 * took[0] + 0.1
