"""Where crops begin that the net aligns: by hand, and as fully convolutional networks are known to have them; and why
there may be no such place."""

from __future__ import annotations

import numpy as np
import pytest

import netspec
from netspec.diagnostics.source import Source
from netspec.frontend.load import check_source
from tests.frameworks.cases import inputs
from tests.frameworks.cases import layer as named


def layer(type_name: str, bottoms: str, tops: str, body: str = "") -> str:
    return named(type_name, bottoms, tops, body, name=f"{type_name} {tops}")


def window(kind: str, bottom: str, top: str, kernel: int, stride: int = 1, pad: int = 0, more: str = "") -> str:
    message = "pooling_param" if kind == "Pooling" else "convolution_param"
    output = "" if kind == "Pooling" else "num_output: 2"
    return layer(
        kind, bottom, top, f"{message} {{ {output} kernel_size: {kernel} stride: {stride} pad: {pad} {more} }}"
    )


X = inputs(x=(1, 2, 40, 41))
CROP = layer("AlignedCrop", "a b", "y")
CONVOLVED = X + window("Convolution", "x", "b", 5)
PART = layer("Crop", "x c", "a", "crop_param { offset: 1 offset: 0 }")
FLAT = layer("Convolution", "x", "b", "convolution_param { num_output: 1 kernel_h: 5 kernel_w: 1 }")
TURNED = layer("Permute", "x", "a", "permute_param { order: [0, 1, 3, 2] }")
FULL = layer("InnerProduct", "x", "i", "inner_product_param { num_output: 800 }")
SQUARE = layer("Reshape", "i", "r", "reshape_param { shape { dim: 1 dim: 2 dim: 20 dim: 20 } }")
# the layers that make a and b, the offset
OFFSETS: list[tuple[str, tuple[int, int]]] = [
    (CONVOLVED + layer("ReLU", "x", "a"), (2, 2)),
    (X + window("Convolution", "x", "b", 3, more="dilation: 4") + layer("Power", "x", "a"), (4, 4)),
    (X + window("Convolution", "x", "a", 3, pad=35) + layer("Split", "x", "b c"), (34, 34)),
    (X + window("Pooling", "x", "p", 2, 2) + window("Deconvolution", "p", "a", 4, 2) + layer("TanH", "x", "b"), (1, 1)),
    (CONVOLVED + layer("ReLU", "b", "b") + layer("Eltwise", "x x", "a"), (2, 2)),
    (CONVOLVED + window("Convolution", "x", "c", 3) + PART, (1, 2)),
    (CONVOLVED + layer("Concat", "x x", "a"), (2, 2)),
    (X + FLAT + layer("ReLU", "x", "a"), (2, 0)),
    # An InnerProduct before what both come from says nothing, and need not.
    (X + FULL + SQUARE + window("Convolution", "r", "b", 3) + layer("ReLU", "r", "a"), (1, 1)),
]


@pytest.mark.parametrize(("text", "wanted"), OFFSETS)
def test_offsets(text: str, wanted: tuple[int, int]) -> None:
    net = netspec.load_text(text + CROP)
    assert getattr(net.layers[-1].params, "offset", None) == wanted
    a, b = net.blobs["a"], net.blobs["b"]
    assert a and b and net.blobs["y"] == (*a[:2], *b[2:])


def test_a_crop_of_a_crop() -> None:
    """What is cut away counts: a crop that ends where the other begins has nothing to cut before it."""
    text = CONVOLVED + layer("ReLU", "x", "a") + CROP + layer("AlignedCrop", "y b", "z")
    assert [getattr(node.params, "offset", None) for node in netspec.load_text(text).layers[-2:]] == [(2, 2), (0, 0)]


def pooled(levels: int, pad: int) -> str:
    """What fully convolutional networks are made of: an image padded by `pad`, and halved again and again."""
    layers = [window("Convolution", "x", "c0", 3, pad=pad)]
    layers += [window("Pooling", f"c{i}", f"c{i + 1}", 2, 2) for i in range(levels)]
    return "".join([inputs(x=(1, 2, 224, 224)), *layers])


def test_offsets_of_fully_convolutional_networks() -> None:
    """FCN-8s' 5, 9 and 31, FCN-16s' 5 and 27, FCN-32s' 19, as the nets in today's format have them."""
    top = pooled(5, 100) + window("Convolution", "c5", "s", 7)
    whole = {
        8: window("Deconvolution", "s", "up2", 4, 2)
        + layer("AlignedCrop", "c4 up2", "cut4")
        + layer("Eltwise", "up2 cut4", "sum4")
        + window("Deconvolution", "sum4", "up4", 4, 2)
        + layer("AlignedCrop", "c3 up4", "cut3")
        + layer("Eltwise", "up4 cut3", "sum3")
        + window("Deconvolution", "sum3", "up", 16, 8),
        16: window("Deconvolution", "s", "up2", 4, 2)
        + layer("AlignedCrop", "c4 up2", "cut4")
        + layer("Eltwise", "up2 cut4", "sum4")
        + window("Deconvolution", "sum4", "up", 32, 16),
        32: window("Deconvolution", "s", "up", 64, 32),
    }
    found = {
        stride: [
            getattr(node.params, "offset", None)
            for node in netspec.load_text(top + rest + layer("AlignedCrop", "up x", "y")).layers
            if node.type == "AlignedCrop"
        ]
        for stride, rest in whole.items()
    }
    assert found == {8: [(5, 5), (9, 9), (31, 31)], 16: [(5, 5), (27, 27)], 32: [(19, 19)]}


# the layers that make a and b, what is said
REFUSED = [
    (inputs(a=(1, 2, 9, 9), b=(1, 2, 5, 5)), 'the layers do not say where "b" lies in "a"'),
    (X + layer("Split", "x", "a b") + window("Convolution", "a", "a2", 3), ""),
    (X + layer("ReLU", "x", "a") + window("Pooling", "x", "b", 2, 2), 'as large as 2 of "a"'),
    (X + layer("ReLU", "x", "a") + window("Convolution", "x", "b", 2), "begins at 1/2 of"),
    (X + layer("ReLU", "x", "a") + window("Convolution", "x", "b", 1, pad=3), "begins at −3 of"),
    (CONVOLVED + TURNED, '; Permute "Permute a" says nothing'),
    (X + layer("ReLU", "x", "a") + layer("Pooling", "x", "b", "pooling_param { global_pooling: true }"), "Pooling"),
]


@pytest.mark.parametrize(("text", "words"), REFUSED)
def test_refused(text: str, words: str) -> None:
    found = [d for d in check_source(Source("a.net", text + CROP), None) if d.code == "NS315"]
    assert [words in d.message for d in found] == [True] * bool(words)


def test_what_does_not_fit_there() -> None:
    text = X + layer("ReLU", "x", "a") + window("Convolution", "x", "c", 5) + window("Convolution", "c", "b", 1, pad=2)
    assert {d.code for d in check_source(Source("a.net", text + CROP), None)} == {"NS865"}  # a border of padding alone
    text = X + window("Convolution", "x", "a", 1, pad=2) + window("Deconvolution", "x", "b", 5)
    assert {d.code for d in check_source(Source("a.net", text + CROP), None)} == {"NS865"}
    part = CONVOLVED + layer("Crop", "x b", "a", "crop_param { offset: 1 offset: 0 }")
    (found,) = check_source(Source("a.net", part + CROP), None)
    assert found.code == "NS307" and "36 out of 36 on axis 2 from 1 on" in found.message


# the layers that make a and b, the fields of a Crop, what is said of it
CORNERS = [
    (CONVOLVED + layer("ReLU", "x", "a"), "", "at 2 of"),
    (X + FLAT + layer("ReLU", "x", "a"), "", "at 2 and 0 of"),
    (CONVOLVED + layer("ReLU", "x", "a"), "crop_param { offset: 2 }", ""),
    (CONVOLVED + layer("ReLU", "x", "a"), "crop_param { offset: 0 }", ""),
    (X + window("Convolution", "x", "b", 3, pad=1) + layer("ReLU", "x", "a"), "", ""),
    (inputs(a=(1, 2, 9, 9), b=(1, 2, 5, 5)), "", ""),
]


@pytest.mark.parametrize(("text", "fields", "words"), CORNERS)
def test_a_crop_that_begins_at_the_corner(text: str, fields: str, words: str) -> None:
    found = check_source(Source("a.net", text + layer("Crop", "a b", "y", fields)), None)
    assert [(d.code, words in d.message) for d in found] == [("NS234", True)] * bool(words)


def test_depth_costs_no_more_than_layers() -> None:
    """Scales of thousands of layers are not multiplied out."""
    chain = "".join(window("Deconvolution", f"d{i}", f"d{i + 1}", 1, 2) for i in range(70))
    found = check_source(Source("a.net", inputs(d0=(1, 2, 1, 1)) + chain + layer("AlignedCrop", "d70 d0", "y")), None)
    assert any(d.code == "NS315" and "do not say" in d.message for d in found)


@pytest.mark.parametrize("backend", ["numpy", "torch", "tensorflow"])
def test_values(backend: str) -> None:
    model = netspec.build(netspec.load_text(CONVOLVED + layer("Power", "x", "a") + CROP), backend=backend)
    x = np.random.default_rng(1).normal(size=(1, 2, 40, 41))
    np.testing.assert_allclose(model.forward({"x": x}, blobs="all")["y"], x[:, :, 2:38, 2:39], rtol=1e-6)
