"""YoloV2Loss and YoloV3Loss: values and gradients box by box, annotations of any kind, rules, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.diagnostics import Diagnostic
from netspec.layers.base import CallSite, Refusal
from netspec.problems.fields import EntryCount
from netspec.problems.shapes import BadDimensions, ShapeMismatch
from netspec.shapes import UNKNOWN, show
from tests.frameworks.cases import net
from tests.layers.one_layer import BACKENDS, Floats, agree, make, net_text, values

NETS = {
    "YoloV2Loss": net(
        "YoloV2Loss",
        "yolo_v2_loss_param { side: 3 num_classes: 4 num_object: 2 anchors: [0.8, 1.1, 2.0, 1.6] }",
        "2 18 3 3",
        "2 63",
    ),
    "YoloV3Loss": net(
        "YoloV3Loss",
        "yolo_v3_loss_param { side: 3 num_classes: 4 num_object: 2 anchors: [8, 11, 20, 16, 50, 44] "
        "total_object: 3 mask: [1, 0] net_w: 60 net_h: 60 }",
        "2 18 3 3",
        "2 63",
    ),
}

SIDE, CLASSES, NET = 3, 4, 60
RANDOM = np.random.default_rng(4)
X: Floats = RANDOM.normal(size=(2, 2 * (5 + CLASSES), SIDE, SIDE))
ANCHORS = {2: [0.8, 1.1, 2.0, 1.6], 3: [8, 11, 20, 16, 50, 44]}  # in cells, and in pixels
V2 = f"yolo_v2_loss_param {{ side: 3 num_classes: 4 num_object: 2 anchors: {ANCHORS[2]} %s }}"
V3 = f"yolo_v3_loss_param {{ side: 3 num_classes: 4 num_object: 2 anchors: {ANCHORS[3]} total_object: 3 %s }}"


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def table(*objects: tuple[int, int, int, list[float]]) -> Floats:
    """Annotations of two items: item, cell where it stands, class, box."""
    rows: Floats = np.zeros((2, 7 * SIDE**2))
    for item, cell, label, box in objects:
        rows[item, SIDE**2 + cell], rows[item, 2 * SIDE**2 + cell] = 1, label
        rows[item, 3 * SIDE**2 + 4 * cell : 3 * SIDE**2 + 4 * cell + 4] = box
    return rows


# The third of the first item is like the last anchor of version 3, which no box has.
SOME = table((0, 0, 1, [0.2, 0.3, 0.25, 0.3]), (0, 5, 3, [0.9, 0.5, 0.4, 0.3]), (0, 7, 0, [0.5, 0.8, 0.8, 0.75]),
             (1, 4, 2, [0.55, 0.6, 0.15, 0.2]))  # fmt: skip
# Two stand at cells where they do not belong, but in one, and there in one box.
ASTRAY = table((0, 1, 1, [0.2, 0.3, 0.25, 0.3]), (0, 2, 3, [0.25, 0.1, 0.3, 0.3]), (0, 0, 2, [0.1, 0.2, 0.26, 0.3]))


def shared(a: Any, b: Any) -> float:
    sides = [
        min(a[k] + a[k + 2] / 2, b[k] + b[k + 2] / 2) - max(a[k] - a[k + 2] / 2, b[k] - b[k + 2] / 2) for k in (0, 1)
    ]
    return 0.0 if min(sides) < 0 else sides[0] * sides[1] / (a[2] * a[3] + b[2] * b[3] - sides[0] * sides[1])


def reference(
    version: int, annotations: Floats, mask: list[int], thresh: float, scales: list[float], rescore: bool
) -> tuple[float, Floats]:
    """As the fork goes about it: the sums of five kinds of squares, and what it writes as the gradient."""
    box_scale, object_scale, nothing, class_scale = scales
    bias = np.array(ANCHORS[version], float).reshape(-1, 2) / (SIDE if version == 2 else NET)
    x, diff = X.reshape(2, 2, 5 + CLASSES, SIDE, SIDE), np.zeros((2, 2, 5 + CLASSES, SIDE, SIDE))
    near, classes, objects, idle, count = 0.0, 0.0, 0.0, 0.0, 0

    def box(b: int, n: int, j: int, i: int) -> Any:
        v = x[b, n, :, j, i]
        return [(i + sigmoid(v[0])) / SIDE, (j + sigmoid(v[1])) / SIDE, *(np.exp(v[2:4]) * bias[mask[n]])]

    for b in range(2):
        rows = annotations[b].reshape(7, SIDE**2)
        boxes = annotations[b, 3 * SIDE**2 :].reshape(-1, 4)
        truths = [boxes[k] for k in range(SIDE**2) if rows[1, k]]
        for n, j, i in np.ndindex(2, SIDE, SIDE):
            o = sigmoid(x[b, n, 4, j, i])
            above = any(shared(box(b, n, j, i), truth) > thresh for truth in truths)
            idle += nothing * o**2 if version == 3 or not above else 0
            diff[b, n, 4, j, i] = 0 if above else nothing * o * o * (1 - o)
        for t in truths:
            i, j = int(t[0] * SIDE), int(t[1] * SIDE)
            best = int(np.argmax([shared([0, 0, *size], [0, 0, *t[2:]]) for size in bias]))
            if best not in mask:
                continue
            n, count = mask.index(best), count + 1
            v, d = x[b, n, :, j, i], diff[b, n, :, j, i]
            s, scale, o = sigmoid(v), box_scale * (2 - t[2] * t[3]), sigmoid(v[4])
            moved, grown = s[:2] - (t[:2] * SIDE - [i, j]), v[2:4] - np.log(t[2:] / bias[best])
            near += scale * float(np.sum(moved**2) + np.sum(grown**2))
            d[:2], d[2:4] = scale * moved * s[:2] * (1 - s[:2]), scale * grown
            wanted = shared(box(b, n, j, i), t) if rescore else 1
            objects += object_scale * (wanted - o) ** 2
            d[4] = object_scale * (o - wanted) * o * (1 - o)
            p = np.exp(v[5:]) / np.exp(v[5:]).sum() if version == 2 else s[5:]
            label = int(rows[2, j * SIDE + i])
            if version == 3 and d[5]:
                d[5 + label] = p[label] - 1
                continue
            d[5:] = class_scale * (p - (np.arange(CLASSES) == label))
            classes += class_scale * float(np.sum((p - (np.arange(CLASSES) == label)) ** 2))
    with np.errstate(invalid="ignore"):
        loss = np.float64(near + classes + objects) / np.float64(count) + idle / (2 * 2 * SIDE**2 - count)
    return float(loss), diff.reshape(X.shape) / 2


HALF, ONE = [0.5] * 4, [1.0] * 4
CASES: list[tuple[str, str, Floats, tuple[Any, ...]]] = [
    ("YoloV2Loss", V2 % "", SOME, (2, SOME, [0, 1], 0.7, HALF, True)),
    ("YoloV2Loss", V2 % "rescore: false thresh: 0.1", SOME, (2, SOME, [0, 1], 0.1, HALF, False)),
    (
        "YoloV2Loss",
        V2 % "box_scale: 1 object_scale: 5 noobject_scale: 2 class_scale: 3 constraint: true",
        ASTRAY,
        (2, ASTRAY, [0, 1], 0.7, [1, 5, 2, 3], True),
    ),
    ("YoloV3Loss", V3 % "mask: [1, 0] net_w: 60 net_h: 60", SOME, (3, SOME, [1, 0], 0.7, ONE, False)),
    (
        "YoloV3Loss",
        V3 % "mask: [1, 0] net_w: 60 net_h: 60 ignore_thresh: 0.1 truth_thresh: 1",
        ASTRAY,
        (3, ASTRAY, [1, 0], 0.1, ONE, False),
    ),
]


@pytest.mark.parametrize(("type_name", "message", "annotations", "arguments"), CASES)
def test_values(type_name: str, message: str, annotations: Floats, arguments: tuple[Any, ...]) -> None:
    loss, _ = reference(*arguments)
    for backend, (found,) in values(type_name, message, [X, annotations]).items():
        np.testing.assert_allclose(found, loss, rtol=1e-9, err_msg=backend)


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
@pytest.mark.parametrize(("type_name", "message", "annotations", "arguments"), CASES)
def test_gradients(type_name: str, message: str, annotations: Floats, arguments: tuple[Any, ...], backend: str) -> None:
    model = netspec.build(
        netspec.load_text(net_text(type_name, message, [X.shape, annotations.shape])), backend, dtype="float64"
    )
    model.forward({"x0": X, "x1": annotations})
    _, gradient = reference(*arguments)
    np.testing.assert_allclose(model.backward({}).inputs["x0"], gradient, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("backend", BACKENDS)
def test_without_annotations_there_is_no_number(backend: str) -> None:
    net = netspec.load_text(net_text("YoloV2Loss", V2 % "", [X.shape, SOME.shape]))
    found = netspec.build(net, backend, dtype="float64").forward({"x0": X, "x1": SOME * 0})["y0"]
    assert np.isnan(found)


@pytest.mark.parametrize("type_name", ["YoloV2Loss", "YoloV3Loss"])
def test_backends_agree(type_name: str) -> None:
    message = V2 % "" if type_name == "YoloV2Loss" else V3 % "mask: [2, 0] net_w: 60 net_h: 90"
    agree(net_text(type_name, message, [X.shape, (2, 63)]))


@pytest.mark.parametrize(("first", "size"), [(6, 19 * 32), (3, 19 * 16), (0, 19 * 8), (1, 608)])
def test_the_size_of_the_net_follows_from_the_mask(first: int, size: int) -> None:
    param = {"side": 19, "num_classes": 80, "num_object": 1, "total_object": 9, "net_w": 608, "net_h": 608}
    layer: Any = make("YoloV3Loss", yolo_v3_loss_param={**param, "anchors": range(1, 19), "mask": (first,)})
    assert layer.sizes()[0] == (1 / size, 2 / size)


P2 = {"side": 3, "num_classes": 4, "num_object": 2, "anchors": (1.0,) * 4}
P3 = {**P2, "anchors": (1,) * 6, "mask": (0, 1), "total_object": 3, "net_w": 60, "net_h": 60}
# bottoms, problem, words, parameters
REFUSED: list[tuple[Any, type[Diagnostic], str, dict[str, Any]]] = [
    (((2, 18, 9), (2, 63)), BadDimensions, "N×C×S×S", P2),
    (((2, 17, 3, 3), (2, 63)), ShapeMismatch, "= 18 channels, not 17", P2),
    (((2, 18, 3, 4), (2, 63)), ShapeMismatch, "side 3, and its predictions 4", P2),
    (((2, 18, 3, 3), (2, 62)), ShapeMismatch, "side²·7 = 63", P2),
    (((2, 18, 3, 3), (1, 63)), ShapeMismatch, "for each item", P2),
    (((2, 18, 3, 3), (2, 63)), EntryCount, "has 2", {**P2, "anchors": (1.0,) * 2}),
    (((2, 18, 3, 3), (2, 63)), EntryCount, "2·total_object = 6 entries, has 4", {**P3, "anchors": (1,) * 4}),
    (((2, 18, 3, 3), (2, 63)), EntryCount, "mask needs 2 numbers below total_object 3", {**P3, "mask": (0, 3)}),
]


@pytest.mark.parametrize(("bottoms", "problem", "words", "param"), REFUSED)
def test_what_is_refused(bottoms: Any, problem: type[Diagnostic], words: str, param: dict[str, Any]) -> None:
    kind = "v3" if "net_w" in param else "v2"
    with pytest.raises(Refusal) as caught:
        make(f"Yolo{kind.upper()}Loss", **{f"yolo_{kind}_loss_param": param}).infer(CallSite(bottoms))
    assert caught.value.problem is problem and words in str(caught.value)


def test_sizes_may_be_unknown() -> None:
    layer = make("YoloV2Loss", yolo_v2_loss_param=P2)
    assert layer.infer(CallSite(((UNKNOWN, 18, UNKNOWN, UNKNOWN), (UNKNOWN, UNKNOWN)))) == ((),)


@pytest.mark.parametrize("backend", BACKENDS)
def test_objects_among_the_others_are_refused(backend: str) -> None:
    message = V3 % "mask: [1, 0] net_w: 60 net_h: 60 truth_thresh: 0.9"
    net = netspec.load_text(net_text("YoloV3Loss", message, [X.shape, SOME.shape]))
    with pytest.raises(netspec.SpecError, match="truth_thresh below 1"):
        netspec.build(net, backend)


DATA = """
layer {{ name: "data" type: "AnnotatedData" top: "data" {tops}
  transform_param {{ caffe_yolo: true resize_param {{ width: 64 height: 64 }} }}
  data_param {{ source: "there" batch_size: 2 random: true {sides} }} }}
"""


@pytest.mark.parametrize(("sides", "sizes"), [("side: 3 side: 5", (3, 5)), ("", (7,))])
def test_annotated_data_cell_by_cell(sides: str, sizes: tuple[int, ...]) -> None:
    tops = " ".join(f'top: "label{i}"' for i in range(len(sizes)))
    net = netspec.load_text(DATA.format(tops=tops, sides=sides))
    (node,) = net.layers
    shapes = [show(net.shapes[value] or ()) for value in node.outputs]
    assert shapes == ["2×3×64×64", *(f"2×{7 * size**2}" for size in sizes)]


def test_annotated_data_has_a_top_for_each_side() -> None:
    with pytest.raises(netspec.SpecError, match="at most 2 tops, for images and 1 sides, not 3"):
        netspec.load_text(DATA.format(tops='top: "a" top: "b"', sides=""))
