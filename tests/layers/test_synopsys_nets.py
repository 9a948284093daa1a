"""What nets of Synopsys' fork have beside the layers of other forks: fields of Caffe's layers, and ICNetSubgraph."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.diagnostics import Diagnostic
from netspec.layers.base import Refusal, Site
from netspec.problems.shapes import BadDimensions, EmptyOutput, NotDivisible, OutOfBounds
from netspec.shapes import UNKNOWN, show
from tests.layers.one_layer import BACKENDS, Floats, agree, close, make, net_text, values

RANDOM = np.random.default_rng(11)


def shuffled(x: Floats, r: int) -> Floats:
    n, channels, rows, columns = x.shape
    y: Floats = np.zeros((n, channels // r**2, rows * r, columns * r))
    for c, h, w in np.ndindex(channels, rows, columns):
        y[:, c // r**2, h * r + c // r % r, w * r + c % r] = x[:, c, h, w]
    return y


@pytest.mark.parametrize(("r", "extra"), [(2, ""), (3, "shape { dim: 7 } axis: 1")])
def test_pixelshuffler(r: int, extra: str) -> None:
    x, message = RANDOM.normal(size=(2, 36, 2, 3)), f"reshape_param {{ pixelshuffler: {r} {extra} }}"
    close(values("Reshape", message, [x]), shuffled(x, r))
    agree(net_text("Reshape", message, [x.shape]))


def test_a_pixelshuffler_of_1_is_a_reshape() -> None:
    x = RANDOM.normal(size=(2, 6))
    close(values("Reshape", "reshape_param { shape { dim: [3, -1] } pixelshuffler: 1 }", [x]), x.reshape(3, 4))


NORM = "batch_norm_param { add_eps_before_sqrt: false eps: 0.25 %s }"
SCALE = '\nlayer { name: "s" type: "Scale" bottom: "y0" top: "s" scale_param { bias_term: true } }'


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("phase", ["TRAIN", "TEST"])
@pytest.mark.parametrize("behind", ["", SCALE])
def test_eps_beside_the_root(behind: str, phase: str, backend: str) -> None:
    x, mean, variance = RANDOM.normal(size=(4, 3, 2, 2)), RANDOM.normal(size=3), RANDOM.uniform(0.5, 2, 3)
    net = netspec.load_text(net_text("BatchNorm", NORM % "", [x.shape]) + behind, phase=phase)
    model = netspec.build(net, backend, dtype="float64")
    factor, added = np.array([2.0, -1.0, 3.0]), np.array([1.0, 0.5, 0.0])
    model.set_params({"y": [mean * 2, variance * 2, np.array([2.0])], **({"s": [factor, added]} if behind else {})})
    found = model.forward({"x0": x})["s" if behind else "y0"]
    seen = (mean, variance) if phase == "TEST" else (x.mean((0, 2, 3)), x.var((0, 2, 3)))
    wanted = (x.swapaxes(1, 3) - seen[0]) / (np.sqrt(seen[1]) + 0.25)
    wanted = (wanted * factor + added if behind else wanted).swapaxes(1, 3)
    np.testing.assert_allclose(found, wanted, rtol=1e-9)


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_the_gradient_beside_the_root_is_that_of_the_fork(backend: str) -> None:
    x, d = RANDOM.normal(size=(4, 3, 2, 2)), RANDOM.normal(size=(4, 3, 2, 2))
    text = "force_backward: true\n" + net_text("BatchNorm", NORM % "", [x.shape])
    model = netspec.build(netspec.load_text(text, phase="TRAIN"), backend, dtype="float64")
    y = model.forward({"x0": x})["y0"]

    def mean(a: Floats) -> Floats:
        return a.mean((0, 2, 3), keepdims=True)

    wanted = (d - mean(d) - mean(d * y) * y) / (np.sqrt(x.var((0, 2, 3), keepdims=True)) + 0.25)
    np.testing.assert_allclose(model.backward({"y0": d}).inputs["x0"], wanted, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 4, 4), (1, 3, 1, 1)])
@pytest.mark.parametrize("phase", ["TRAIN", "TEST"])
def test_backends_agree_beside_the_root(shape: tuple[int, ...], phase: str) -> None:
    net = netspec.load_text(net_text("BatchNorm", NORM % "icnet: true", [shape]) + SCALE, phase=phase)
    assert netspec.verify(net, grad=True).ok


@pytest.mark.parametrize("backend", BACKENDS)
def test_blobs_that_stay_in_training_are_refused(backend: str) -> None:
    text = net_text("BatchNorm", "batch_norm_param { update_global_stats: false }", [(2, 3)])
    netspec.build(netspec.load_text(text, phase="TEST"), backend)
    with pytest.raises(netspec.SpecError, match="measures no variance"):
        netspec.build(netspec.load_text(text, phase="TRAIN"), backend)


@pytest.mark.parametrize(
    "fields", ["icnet: true", "slope_filler { value: 1 } frozen: true momentum: 0.95 icnet: true", "frozen: true"]
)
def test_icnet_is_the_bn_of_pspnet(fields: str) -> None:
    net = netspec.load_text(net_text("BN", f"bn_param {{ {fields} }}", [(1, 3, 2, 2)]))
    assert net.layers[-1].params.type_name() == "PSPNetBN"


def test_bn_without_icnet_is_that_of_segnet() -> None:
    with pytest.raises(netspec.SpecError, match="a SegNetBN"):
        netspec.load_text(net_text("PSPNetBN", "bn_param { icnet: false }", [(1, 3, 2, 2)]))


def pyramid(x: Floats) -> Floats:
    """Window by window and element by element."""
    rows, columns = x.shape[2:]
    y = x.copy()
    for (kh, kw), (sh, sw) in (
        ((33, 65), (33, 65)),
        ((17, 33), (16, 32)),
        ((13, 25), (10, 20)),
        ((8, 15), (5, 10)),
    ):
        h, w = int(np.ceil((rows - kh) / sh)) + 1, int(np.ceil((columns - kw) / sw)) + 1
        small: Floats = np.zeros((*x.shape[:2], h, w))
        for i, j in np.ndindex(h, w):
            small[..., i, j] = x[..., i * sh : i * sh + kh, j * sw : j * sw + kw].mean((2, 3))
        for i, j in np.ndindex(rows, columns):
            a, b = i * (h - 1) / (rows - 1), j * (w - 1) / (columns - 1)
            low, left = int(a), int(b)
            high, right = min(low + 1, h - 1), min(left + 1, w - 1)
            top = small[..., low, left] * (1 - b + left) + small[..., low, right] * (b - left)
            bottom = small[..., high, left] * (1 - b + left) + small[..., high, right] * (b - left)
            y[..., i, j] += top * (1 - a + low) + bottom * (a - low)
    return y


@pytest.mark.parametrize("size", [(33, 65), (36, 70), (30, 60)])
def test_the_pyramid_of_icnet(size: tuple[int, int]) -> None:
    x = RANDOM.normal(size=(2, 2, *size))
    close(values("ICNetSubgraph", "", [x]), pyramid(x))


def test_backends_agree_on_the_pyramid_of_icnet() -> None:
    agree(net_text("ICNetSubgraph", "", [(1, 2, 34, 67)]))


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[str, dict[str, Any], Any, type[Diagnostic], str]] = [
    ("Reshape", {"pixelshuffler": 2}, ((2, 8),), BadDimensions, "N×C×H×W; its input 2×8 has 2 axes"),
    ("Reshape", {"pixelshuffler": 2}, ((2, 6, 3, 3),), NotDivisible, "6 mod 4 = 2"),
    ("ICNetSubgraph", {}, ((2, 8),), BadDimensions, "N×C×H×W, not 2×8"),
    ("ICNetSubgraph", {}, ((1, 2, 33, 0),), EmptyOutput, "windows of 33×65"),
    ("AlignedCrop", {}, ((2, 8), (2, 8)), BadDimensions, "bottom 0 is 2×8"),
    ("AlignedCrop", {}, ((1, 2, 5, 5), (1, 2, 5, 6)), OutOfBounds, "6 out of 5 on axis 3"),
]


@pytest.mark.parametrize(("type_name", "fields", "bottoms", "problem", "words"), REFUSED)
def test_refused(type_name: str, fields: dict[str, Any], bottoms: Any, problem: type[Diagnostic], words: str) -> None:
    with pytest.raises(Refusal) as caught:
        make(type_name, **fields).infer(Site(bottoms))
    assert caught.value.problem is problem and words in caught.value.message


def test_sizes_may_be_unknown() -> None:
    shape = (UNKNOWN, 8, UNKNOWN, UNKNOWN)
    (top,) = make("Reshape", pixelshuffler=2).infer(Site((shape,)))
    assert show(top) == show((UNKNOWN, 2, UNKNOWN, UNKNOWN))
    layer = make("ICNetSubgraph")
    assert show(layer.infer(Site((shape,)))[0]) == show(shape)
    assert "--input" in layer.lacks(Site((shape,)))


CROP = """
input: "a" input_dim: [1, 3, 20, 20]
input: "b" input_dim: [1, 5, 10, 12]
layers { type: CROP name: "crop" bottom: "a" bottom: "b" top: "c" }
"""


def test_the_crop_of_v1_is_read_and_its_offset_not_made_up() -> None:
    net = netspec.load_text(CROP)
    assert show(net.layers[-1].params.infer(net.site(net.layers[-1]))[0]) == "1×3×10×12"
    with pytest.raises(netspec.SpecError, match="write a Crop with an offset"):
        netspec.emit(net, backend="torch")
