"""Functions in emitted code: once in a file whatever calls them, under names that nothing else has."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import netspec

FRAMEWORKS = ("torch", "tensorflow")
IMAGES = [(2, 3, 5, 6), (2, 2, 5, 6), (2, 3, 7, 4), (2, 2, 7, 4)]
WARP = 'layer { name: "%s" type: "FlowWarp" bottom: "%s" bottom: "%s" top: "%s" %s }\n'
PLUGIN = '''
"""Functions of a plugin's own."""

from typing import Any

from netspec.arrays import Array, DType, Size, cut, exp, iota, total
from netspec.arrays.functions import function
from netspec.layers.base import Formula


@function("N C")
def first(torch: Array, factor: float = 1.0, *, power: int) -> Array:
    """A power of it.

    And a second line.
    """
    return torch**power * factor


@function("N C", "N C")
def second(x: Array, y: Array) -> Array:
    """Calls another, which has the name of a temporary."""
    again = first(x + y, 3.0, power=2).named("first")
    return again * again + first(y, power=3)


class Squares(Formula):
    """Calls what calls."""

    def formula(self, x: Array) -> Array:
        return second(x, exp(x)) + first(x, power=2)


LAYERS = (Squares,)
'''


def inputs(shapes: list[tuple[int, ...]] = IMAGES) -> str:
    dims = (" ".join(f"dim: {size}" for size in shape) for shape in shapes)
    return "".join(
        f'layer {{ name: "x{i}" type: "Input" top: "x{i}" input_param {{ shape {{ {dim} }} }} }}\n'
        for i, dim in enumerate(dims)
    )


def defined(text: str) -> list[str]:
    return re.findall(r"^def (\w+)", text, re.MULTILINE)


@pytest.mark.parametrize("backend", FRAMEWORKS)
def test_a_function_stands_once_for_layers_of_any_size_and_number(backend: str) -> None:
    filled = "flow_warp_param { fill_value: NOT_A_NUMBER }"
    text = inputs() + WARP % ("a", "x0", "x1", "a", "") + WARP % ("b", "x2", "x3", "b", filled)
    printed = netspec.emit(netspec.load_text(text), backend)
    assert defined(printed).count("flow_warp") == 1
    assert printed.count(" = flow_warp(") == 2


@pytest.mark.parametrize("backend", FRAMEWORKS)
def test_blobs_may_have_the_name_of_a_function(backend: str) -> None:
    text = inputs().replace("x0", "flow_warp") + WARP % ("torch", "flow_warp", "x1", "pick", "")
    text += WARP % ("b", "pick", "x1", "flow_warp_2", "")
    assert netspec.verify(netspec.load_text(text), backends=(backend, "numpy"), grad=False, dtype="float64").ok


@pytest.mark.parametrize("backend", FRAMEWORKS)
def test_functions_of_a_plugin(backend: str, tmp_path: Path) -> None:
    (tmp_path / "squares.py").write_text(PLUGIN)
    spec = tmp_path / "net.net"
    spec.write_text(inputs([(2, 3)]) + 'layer { name: "y" type: "Squares" bottom: "x0" top: "y" }')
    net = netspec.load(spec, plugins=[tmp_path / "squares.py"])
    printed = netspec.emit(net, backend)
    assert sorted(defined(printed)) == ["first", "first_2", "second"]  # `power` is settled
    assert '    """A power of it.\n\n    And a second line.\n    """\n' in printed
    assert netspec.verify(net, grad=False, dtype="float64").ok
    assert netspec.verify(net, backends=(backend, "numpy"), grad=False, dtype="float64").ok


IMAGES_PLUGIN = '''
"""What is done with images, in Caffe's order of axes."""

from typing import Any

from netspec.arrays import Array, cut, for_each, pad, pixel_shuffle
from netspec.arrays.images import avg_pool, enlarge
from netspec.shapes import Dim
from netspec.layers.base import Formula


class Windows(Formula):
    """Means of windows."""

    def formula(self, x: Array) -> Array:
        around = pad(pixel_shuffle(x, 2), [(0, 0), (1, 0), (0, 2), (3, 1)])
        return avg_pool(enlarge(around, (1, 3)), 3, 2)


class Moved(Formula):
    """Windows of it along the channels, in a size that may have a name."""

    def formula(self, x: Array) -> Array:
        height, width = x.shape[2:]

        def window(y: Dim, x: Dim) -> Array:
            return cut(cut(around, 2, y, y + height), 3, x, x + width)

        around = pad(x, [(0, 0), (0, 0), (1, 1), (1, 1)])
        return for_each(x, {"y": range(3), "x": range(0, 3, 2)}, window, 1)


LAYERS = (Windows, Moved)
'''


@pytest.mark.parametrize("backend", FRAMEWORKS)
def test_images(backend: str, tmp_path: Path) -> None:
    """Words of images in both orders of axes, those among them that a backend has not, and what goes through ranges."""
    (tmp_path / "windows.py").write_text(IMAGES_PLUGIN)
    spec = tmp_path / "net.net"
    spec.write_text(inputs([(2, 8, 5, 6)]) + 'layer { name: "a" type: "Windows" bottom: "x0" top: "y" }')
    net = netspec.load(spec, plugins=[tmp_path / "windows.py"])
    assert netspec.verify(net, backends=(backend, "numpy"), grad=False, dtype="float64").ok
    spec.write_text(inputs([(2, 2, 4, 5)]) + 'layer { name: "b" type: "Moved" bottom: "x0" top: "z" }')
    net = netspec.load(spec, plugins=[tmp_path / "windows.py"], inputs={"x0": ("N", 2, "y", "x")})
    x = np.arange(80.0).reshape(2, 2, 4, 5)
    around = np.pad(x, [(0, 0), (0, 0), (1, 1), (1, 1)])
    windows = [around[:, :, y : y + 4, x : x + 5] for y in range(3) for x in range(0, 3, 2)]
    found = netspec.build(net, backend, dtype="float64").forward({"x0": x})["z"]
    np.testing.assert_array_equal(found, np.concatenate(windows, 1))


ALIGNED_PLUGIN = """
from netspec.arrays import Array, align, concat, cut, exp, iota, reshape, total, transpose, DType
from netspec.layers.base import Formula


class Rows(Formula):
    def formula(self, x: Array) -> Array:
        return reshape(exp(align(x, 1, 3)), x.shape)


class Flat(Formula):
    def formula(self, x: Array) -> Array:
        return reshape(exp(align(x, 2, 4)), (1, 1, x.shape[0] * x.shape[1]))


class Top(Formula):
    def formula(self, x: Array) -> Array:
        return align(x, 1, 4)


class Moved(Formula):
    def formula(self, x: Array) -> Array:
        moved = transpose(align(x, 1, 3) * 3.0, (1, 0, 2)).named("moved")
        return concat([moved, moved + 1], 1)


class Sums(Formula):
    def formula(self, x: Array) -> Array:
        return total(align(align(x, 1, 3) * 2.0, 1, 4), (2,), keepdims=False)


class Parts(Formula):
    def formula(self, x: Array) -> Array:
        steps = align(iota(x.shape[1], DType.FLOAT), 1, x.rank)
        return x * concat([cut(steps, 1, 1, 3), cut(steps, 1, 0, 2)], 1)


LAYERS = (Rows, Flat, Top, Moved, Sums, Parts)
"""
X = np.arange(12.0).reshape(3, 4) / 8
ALIGNED: list[tuple[str, np.ndarray]] = [
    ("Rows", np.exp(X)),
    ("Flat", np.exp(X).reshape(1, 1, 12)),
    ("Top", X.reshape(1, 3, 4, 1)),
    ("Moved", np.stack([X * 3, X * 3 + 1], 1)),
    ("Sums", X.sum(0).reshape(1, 1, 4) * 2),
    ("Parts", X * [1, 2, 0, 1]),
]


@pytest.mark.parametrize(("kind", "wanted"), ALIGNED)
@pytest.mark.parametrize("backend", FRAMEWORKS)
def test_axes_left_to_broadcasting_are_there_where_they_are_numbered(
    backend: str, kind: str, wanted: np.ndarray, tmp_path: Path
) -> None:
    (tmp_path / "aligned.py").write_text(ALIGNED_PLUGIN)
    spec = tmp_path / "net.net"
    spec.write_text(inputs([(3, 4)]) + f'layer {{ name: "y" type: "{kind}" bottom: "x0" top: "y" }}')
    net = netspec.load(spec, plugins=[tmp_path / "aligned.py"])
    np.testing.assert_allclose(netspec.build(net, backend, dtype="float64").forward({"x0": X})["y"], wanted, 1e-9)


@pytest.mark.parametrize("backend", FRAMEWORKS)
def test_they_are_in_the_order_of_the_layout(backend: str, tmp_path: Path) -> None:
    (tmp_path / "aligned.py").write_text(ALIGNED_PLUGIN)
    spec = tmp_path / "net.net"
    convolution = "convolution_param { num_output: 4 kernel_size: 3 }"
    spec.write_text(
        inputs([(2, 3, 5, 6)])
        + f'layer {{ name: "c" type: "Convolution" bottom: "x0" top: "c" {convolution} }}\n'
        + 'layer { name: "y" type: "Parts" bottom: "c" top: "y" }'
    )
    net = netspec.load(spec, plugins=[tmp_path / "aligned.py"])
    assert netspec.verify(net, backends=(backend, "numpy"), dtype="float64", grad=False).ok


@pytest.mark.parametrize("backend", FRAMEWORKS)
def test_helpers_are_handed_functions(backend: str) -> None:
    """Which stand once, too, though what calls the helpers differs."""
    text = inputs([(2, 20), (2, 15), (1, 2, 20)])
    for name, threshold in (("a", 0.3), ("b", 0.6)):
        fields = f"num_classes: 3 confidence_threshold: 0.1 nms_param {{ nms_threshold: {threshold} }}"
        bottoms = 'bottom: "x0" bottom: "x1" bottom: "x2"'
        text += f'layer {{ name: "{name}" type: "DetectionOutput" {bottoms} top: "{name}" '
        text += f"detection_output_param {{ {fields} }} }}\n"
    net = netspec.load_text(text)
    printed = netspec.emit(net, backend)
    functions = ["decode_boxes", "detections", "detections_2", "iou", "nms", "or_nothing"]
    assert sorted(name for name in defined(printed) if name in functions) == functions
    assert printed.count("iou=iou") == 2
    assert netspec.verify(net, backends=(backend, "numpy"), grad=False, dtype="float64").ok


def test_sizes_may_have_names() -> None:
    text = inputs() + WARP % ("a", "x0", "x1", "a", "")
    text += 'layer { name: "b" type: "Downsample" bottom: "a" bottom: "x2" top: "b" }\n'
    text += 'layer { name: "c" type: "Accum" bottom: "b" bottom: "a" top: "c" accum_param { have_reference: true } }\n'
    named = {"x0": ("N", 3, "H", "W"), "x1": ("N", 2, "H", "W"), "x2": ("N", 3, "A", "B")}
    assert netspec.verify(netspec.load_text(text, inputs=named), dtype="float64").ok
