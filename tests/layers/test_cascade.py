"""Layers of cascades, of text readers and of random fields: values, refusals, and that the backends agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.diagnostics import Diagnostic
from netspec.layers import find
from netspec.layers.base import Refusal, Site
from netspec.problems.fields import InvalidValue
from netspec.problems.shapes import BadDimensions, ShapeMismatch
from netspec.shapes import Shape
from tests.layers.small_nets import layer, run, text_of

BACKENDS = ["numpy", "torch", "tensorflow"]
MAPS, MASKS = np.random.default_rng(5).normal(size=(2, 2, 3, 4, 5))
MASKS = MASKS[:, :1]


def resized(x: Any, height: int, width: int) -> Any:
    """Element by element, as MNC's kernel goes for an output that is not larger."""
    rows, columns = x.shape[2:]
    result = np.empty((*x.shape[:2], height, width))
    for i, j in np.ndindex(height, width):
        y, z = i * rows / height, j * columns / width
        top, left = min(int(y), rows - 1), min(int(z), columns - 1)
        down, right = min(top + 1, rows - 1), min(left + 1, columns - 1)
        dy, dz = y - top, z - left
        above = (1 - dz) * x[:, :, top, left] + dz * x[:, :, top, right]
        below = (1 - dz) * x[:, :, down, left] + dz * x[:, :, down, right]
        result[:, :, i, j] = (1 - dy) * above + dy * below
    return result


# type, fields, inputs, value
VALUES: list[tuple[str, str, tuple[Any, ...], Any]] = [
    ("MaskPooling", "", (MAPS, MASKS), MAPS * MASKS),
    ("MaskResize", "mask_resize_param { output_height: 3 output_width: 2 }", (MAPS,), resized(MAPS, 3, 2)),
    ("MaskResize", "mask_resize_param { output_height: 4 output_width: 4 }", (MAPS,), resized(MAPS, 4, 4)),
    ("MaskResize", "mask_resize_param { output_height: 4 output_width: 5 }", (MAPS,), MAPS),
    ("Transpose", "transpose_param { dim: 2 dim: 3 dim: 1 dim: 0 }", (MAPS,), MAPS.transpose(2, 3, 1, 0)),
    ("Transpose", "transpose_param { dim: [0, 1] }", (MAPS[0, 0],), MAPS[0, 0]),
    ("Reverse", "", (MAPS,), MAPS[::-1]),
    ("Reverse", "reverse_param { axis: 3 }", (MAPS,), MAPS[..., ::-1]),
]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("type_name", "fields", "inputs", "value"), VALUES)
def test_values(type_name: str, fields: str, inputs: tuple[Any, ...], value: Any, backend: str) -> None:
    found = run(text_of(type_name, fields, inputs), *inputs, backend=backend)
    np.testing.assert_allclose(found, value, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(("type_name", "fields", "inputs", "value"), VALUES)
def test_backends_agree(type_name: str, fields: str, inputs: tuple[Any, ...], value: Any) -> None:
    report = netspec.verify(netspec.load_text(text_of(type_name, fields, inputs)), grad=True)
    assert report.ok, report


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[str, dict[str, Any], tuple[Shape, ...], type[Diagnostic], str]] = [
    ("MaskPooling", {}, ((2, 3, 4, 5), (2, 4, 5)), BadDimensions, "bottom 1 is 2×4×5"),
    ("MaskPooling", {}, ((2, 3, 4, 5), (2, 3, 4, 5)), ShapeMismatch, "one channel"),
    ("MaskPooling", {}, ((2, 3, 4, 5), (2, 1, 4, 6)), ShapeMismatch, "on axis 3"),
    ("MaskResize", {"output_height": 2, "output_width": 2}, ((3, 4),), BadDimensions, "4 axes"),
    ("ROIWarping", {"pooled_h": 2, "pooled_w": 2}, ((2, 3, 4, 5), (7, 4)), ShapeMismatch, "not 7×4"),
    ("Transpose", {"dim": (0, 1)}, ((2, 3, 4),), InvalidValue, "not 0, 1"),
    ("Transpose", {"dim": (0, 1, 1)}, ((2, 3, 4),), InvalidValue, "3 axes of 2×3×4"),
    ("Transpose", {}, ((2,),), InvalidValue, "not nothing"),
    ("MultiStageMeanfield", {"num_iterations": 5}, ((1, 2, 3, 4),) * 2 + ((1, 3),), BadDimensions, "bottom 2"),
    ("MultiStageMeanfield", {"num_iterations": 5}, ((1, 2, 3, 4),) * 2 + ((1, 3, 3, 5),), ShapeMismatch, "axis 3"),
    ("MultiStageMeanfield", {"num_iterations": 5}, ((1, 2, 3, 4), (1, 3, 3, 4), (1, 3, 3, 4)), ShapeMismatch, "twice"),
]


@pytest.mark.parametrize(("type_name", "fields", "bottoms", "problem", "words"), REFUSED)
def test_refused(
    type_name: str, fields: dict[str, Any], bottoms: tuple[Shape, ...], problem: type[Diagnostic], words: str
) -> None:
    kind = find(type_name)
    assert kind is not None
    with pytest.raises(Refusal) as caught:
        kind.model_validate(fields).infer(Site(bottoms))
    assert caught.value.problem is problem
    assert words in caught.value.message


# a layer, what it is short of, and the shape of its top, which is known all the same
WITHOUT_MEANING = [
    (layer("MaskResize", "mask_resize_param { output_height: 9 output_width: 2 }", "2 1 4 4"), "larger", (2, 1, 9, 2)),
    (
        layer("ROIWarping", "roi_warping_param { pooled_h: 3 pooled_w: 2 }", "1 8 9 9", "4 5"),
        "caffe-mnc is not there",
        (4, 8, 3, 2),
    ),
    (
        layer(
            "MultiStageMeanfield",
            "multi_stage_meanfield_param { num_iterations: 10 compatibility_mode: POTTS theta_alpha: 160 }",
            *["1 2 4 4"] * 2,
            "1 3 4 4",
        ),
        "permutohedral",
        (1, 2, 4, 4),
    ),
]


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
@pytest.mark.parametrize(("text", "words", "shape"), WITHOUT_MEANING)
def test_a_shape_without_a_meaning(text: str, words: str, shape: Shape, backend: str) -> None:
    net = netspec.load_text(text)
    assert net.blobs["y0"] == shape
    with pytest.raises(netspec.SpecError, match="NS401") as caught:
        netspec.emit(net, backend)
    assert words in str(caught.value)
