"""What is cut out of an image, as far as a spec says it."""

from __future__ import annotations

from typing import Any

import pytest

from netspec.layers.readers.transform import ForksTransformation
from netspec.shapes import UNKNOWN, show

# transform_param, height and width that the layer knows, those of the top
CROPPED: list[tuple[dict[str, Any], tuple[Any, Any], tuple[Any, Any]]] = [
    ({"crop_size": 7}, (UNKNOWN, 9), (7, 7)),
    ({"crop_h": 7, "crop_w": 5}, (UNKNOWN, 9), (7, 5)),
    ({"crop_height": 7, "crop_width": 50}, (UNKNOWN, 9), (7, 50)),
    ({"vertical_stretch_lower": 0.8, "vertical_stretch_upper": 1.2}, (8, 9), (UNKNOWN, UNKNOWN)),
    ({"rand_resize_ratio_upper": 1.2, "crop_size": 7}, (8, 9), (7, 7)),
    ({"interpolation_algo_up": 3, "allow_upscale": True}, (8, 9), (8, 9)),
    ({"resize_param": ({"height": 30, "width": 40},)}, (UNKNOWN, UNKNOWN), (30, 40)),
    ({"resize_param": ({"height": 30, "width": 40, "resize_mode": 3},)}, (8, 9), (30, 40)),
    ({"resize_param": ({"height": 30, "width": 40, "resize_mode": 2},)}, (8, 9), (UNKNOWN, UNKNOWN)),
    ({"resize_param": ({"height": 30, "width": 40, "prob": 0.5},)}, (8, 9), (UNKNOWN, UNKNOWN)),
    ({"resize_param": ({"height": 30, "width": 40, "prob": 0.0},)}, (8, 9), (8, 9)),
    ({"resize_param": ({"height": 30, "width": 40},), "crop_size": 20}, (8, 9), (20, 20)),
    ({"resize_param": ({"height": 30, "width": 40, "prob": 0.5},) * 2}, (8, 9), (30, 40)),
    ({"resize_param": ({"height": 30, "width": 40}, {"height": 8, "width": 9, "prob": 0})}, (8, 9), (30, 40)),
    ({"resize_param": tuple({"height": s, "width": s, "prob": 0.5} for s in (30, 40))}, (8, 9), (UNKNOWN, UNKNOWN)),
    ({"random_resize_param": {"min_size": 20, "max_size": 30}, "crop_size": 20}, (8, 9), (20, 20)),
    ({"random_aspect_ratio_param": {}}, (8, 9), (UNKNOWN, UNKNOWN)),
    ({"resize_param": [{"height": 30, "width": 40}, {"height": 3, "width": 4}]}, (8, 9), (UNKNOWN, UNKNOWN)),
    ({"pad": 3}, (8, 9), (UNKNOWN, UNKNOWN)),
    ({"pad": 3, "crop_size": 20}, (8, 9), (20, 20)),
    ({"resize_param": [{"multiscale": True, "height": 30, "width": 40}]}, (8, 9), (UNKNOWN, UNKNOWN)),
    ({"resize_param": [{"max_angle": 5.0, "center_object": True}], "vertical_mirror": True}, (8, 9), (8, 9)),
    ({"noise_param": [{"prob": 1.0}], "distort_param": {}, "expand_param": {}, "emit_constraint": {}}, (8, 9), (8, 9)),
]


@pytest.mark.parametrize(("fields", "image", "wanted"), CROPPED)
def test_what_is_cut_out(fields: dict[str, Any], image: tuple[Any, Any], wanted: tuple[Any, Any]) -> None:
    ignored = ForksTransformation.without_effect()
    transform = ForksTransformation.model_validate({name: x for name, x in fields.items() if name not in ignored})
    transform.check()
    assert show(transform.cropped(*image)) == show(wanted)
