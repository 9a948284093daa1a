"""BoxOutput and BoxGroupOutput: rules, values of a few cells, order of equal scores, and what stands for nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netspec.problems.fields import BlobCount, EntryCount
from netspec.problems.shapes import BadDimensions, NotDivisible, ShapeMismatch
from netspec.shapes import UNKNOWN, VARYING
from tests.frameworks.cases import net
from tests.layers.one_layer import Floats, agree, close, net_text, values
from tests.layers.tables import each, has_shapes, is_refused

NORMAL = (
    "bbox_reg_param { bbox_mean: 0 bbox_mean: 0.1 bbox_mean: 0 bbox_mean: 0 "
    "bbox_std: 0.1 bbox_std: 0.1 bbox_std: 0.2 bbox_std: 0.3 }"
)
LEVELS = (
    "box_output_param { field_h: [20, 40] field_w: [30, 40] downsample_rate: [8, 16] field_whr: 4 field_xyr: 1 "
    "min_size: 5 fg_thr: -0.5 iou_thr: 0.4 %s }"
)
GROUPS = (
    "box_group_output_param { box_group_param { field_h: [20, 40] field_w: [30, 40] stride: 8 } "
    "box_group_param { field_w: 40 field_h: 50 stride: 16 } field_whr: 4 field_xyr: 1 min_size: 5 fg_thr: 0.1 %s }"
)
MAPS = ("2 7 4 5", "2 7 2 3")
PAIRS = ("4 3 4 5", "4 4 4 5", "2 3 2 3", "2 4 2 3")
NETS = {
    "BoxGroupOutput": net("BoxGroupOutput", GROUPS % "max_post_nms_num: 6" + NORMAL, *PAIRS, tops=2),
    "BoxOutput": net("BoxOutput", LEVELS % "max_nms_num: 20" + NORMAL, *MAPS, tops=2),
}
ONE: dict[str, Any] = {"field_h": (20,), "field_w": (30,), "downsample_rate": (8,)}
GROUP: dict[str, Any] = {"box_group_param": ({"field_h": (20, 40), "field_w": (30, 40), "stride": 8},)}
TWO = ((4, 3, 4, 5), (4, 4, 4, 5))

# type, fields, bottoms, tops
SHAPES: list[tuple[Any, ...]] = [
    ("BoxOutput", ONE, ((2, 7, 4, 5),), ((VARYING, 5, 1, 1), (VARYING, 6, 1, 1))),
    ("BoxOutput", ONE, ((2, 7, UNKNOWN, UNKNOWN),), ((VARYING, 5, 1, 1),)),
    ("BoxGroupOutput", GROUP, TWO, ((VARYING, 5, 1, 1), (VARYING, 6, 1, 1))),
]
test_shapes = each(SHAPES, has_shapes)

# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("BoxOutput", ONE, ((2, 7),), BadDimensions, "N×(C + 4)×H×W, not 2×7"),
    ("BoxOutput", ONE, ((2, 5, 4, 5),), BadDimensions, "two classes or more"),
    ("BoxOutput", ONE, ((2, 7, 4, 5), (2, 7, 4, 5)), EntryCount, "2 feature maps, and 1 field_h"),
    ("BoxOutput", ONE, ((2, 7, 4, 5), (2, 8, 4, 5)), ShapeMismatch, "as many channels: 7 and 8"),
    ("BoxGroupOutput", GROUP, (TWO[0],), BlobCount, "not 1 bottoms"),
    ("BoxGroupOutput", GROUP, ((4, 3), TWO[1]), BadDimensions, "N×C×H×W and N×4×H×W, not 4×3"),
    ("BoxGroupOutput", GROUP, TWO * 2, EntryCount, "2 feature maps, and 1 box_group_param"),
    ("BoxGroupOutput", GROUP, (TWO[0], TWO[0]), ShapeMismatch, "4 numbers of each box"),
    ("BoxGroupOutput", GROUP, (TWO[0], (4, 4, 4, 6)), ShapeMismatch, "equal size on axis 3"),
    ("BoxGroupOutput", GROUP, ((5, 3, 4, 5), (5, 4, 4, 5)), NotDivisible, "2 fields, of which 5 maps"),
    (
        "BoxGroupOutput",
        {"box_group_param": ({"field_h": (20, 40), "field_w": (30,), "stride": 8},)},
        TWO,
        EntryCount,
        "a field_h and a field_w for each field: 2 and 1",
    ),
]
test_refused = each(REFUSED, is_refused)


@pytest.mark.parametrize("more", ["", "max_nms_num: 9", "max_post_nms_num: 3", "nms_type: 'IOMU'", "nms_type: 'IOFU'"])
@pytest.mark.parametrize("normal", ["", NORMAL])
def test_backends_agree(more: str, normal: str) -> None:
    for name, message, shapes in (("BoxOutput", LEVELS, MAPS), ("BoxGroupOutput", GROUPS, PAIRS)):
        sizes = [[int(size) for size in shape.split()] for shape in shapes]
        agree(net_text(name, message % more + normal, sizes, tops=2), grad=False)


def cells(*said: tuple[float, ...]) -> Floats:
    """A map 1×C×1×W of these cells."""
    return np.array(said, np.float64).T[np.newaxis, :, np.newaxis]


# A field of 20×10 around 5, 5 and 15, 5. The second box is moved by half of its width, at most, and stretched to twice
# its height at most, and ends with the map; the scores are 2 − 1 and 3 − 0.5.
SAID = cells((1, 2, 0, 0.5, 0.1, 0, 0), (0.5, 3, 1, 5, 0, 0, 9))
FIELD = "field_h: 10 field_w: 20 downsample_rate: 10 min_size: 2"
HALF = np.array([[0, 15, 0, 20, 10, 2.5], [0, 5, 1, 20, 10, 1]])


def test_values() -> None:
    found = values("BoxOutput", f"box_output_param {{ {FIELD} }}", [SAID], tops=2)
    close(found, HALF[:, :5, np.newaxis, np.newaxis], HALF[:, :, np.newaxis, np.newaxis])
    found = values("BoxOutput", f"box_output_param {{ {FIELD} fg_thr: 1.5 }}", [SAID])
    close(found, HALF[:1, :5, np.newaxis, np.newaxis])


def test_of_equal_scores_the_last_comes_first() -> None:
    """Those of one edge: what lies before the map is not taken off the other end, as in the fork."""
    said = cells(*((0, 1, 0, 0, 0, 0),) * 3)
    found = values("BoxOutput", f"box_output_param {{ {FIELD} iou_thr: 1 }}", [said])
    close(found, np.array([[0, 15, 0, 30, 10], [0, 5, 0, 25, 10], [0, 0, 0, 20, 10]])[..., np.newaxis, np.newaxis])
    groups = "box_group_param { field_h: 10 field_w: 20 stride: 10 } iou_thr: 1 min_size: 2"
    xs = [cells((0.5, 0.5), (0.5, 0.5)), cells((0, 0, 0, 0), (0, 0, 0, 0))]
    found = values("BoxGroupOutput", f"box_group_output_param {{ {groups} }}", xs)
    close(found, np.array([[0, 0, 0, 14, 9], [0, 5, 0, 20, 9]])[..., np.newaxis, np.newaxis])


def test_a_region_stands_for_none() -> None:
    found = values("BoxOutput", f"box_output_param {{ {FIELD} fg_thr: 9 }}", [SAID], tops=2)
    close(found, np.array([0.0, 1, 1, 10, 10]).reshape(1, 5, 1, 1), np.zeros((1, 6, 1, 1)))
