"""Factors and offsets in the weights beside them: which layers become one, and which stay."""

from __future__ import annotations

import pytest

import netspec
from netspec.net import Net
from netspec.net.passes import run
from netspec.net.passes.absorb import absorb
from tests.frameworks.cases import inputs, layer

IMAGES = inputs(x=(2, 4, 6, 6))
CONV = layer("Convolution", "x", "c", "convolution_param { num_output: 4 kernel_size: 3 bias_term: false }", "conv")
NORM = layer("BatchNorm", "c", "n", name="norm")
SCALE = layer("Scale", "n", "s", "scale_param { bias_term: true }", "scale")
PADDED = "convolution_param { num_output: 4 kernel_size: 3 pad: 1 }"
OPEN = "convolution_param { num_output: 4 kernel_size: 3 }"
SHIFT = "power_param { scale: 2 shift: 1 }"


def scale(bottom: str, top: str, fields: str = "bias_term: true", more: str = "") -> str:
    return layer("Scale", bottom, top, f"scale_param {{ {fields} }} {more}", f"scale_{top}")


def conv(bottom: str, top: str, fields: str = "", more: str = "") -> str:
    body = f"convolution_param {{ num_output: 4 kernel_size: 1 {fields} }} {more}"
    return layer("Convolution", bottom, top, body, f"conv_{top}")


def left(text: str, *outputs: str) -> list[str]:
    """The types of the layers behind the inputs that the pass leaves."""
    net = netspec.load_text(text)
    return [node.type for node in run(net, (absorb,), outputs or net.outputs).layers if node.inputs]


@pytest.mark.parametrize(
    ("text", "types"),
    [
        # behind
        (IMAGES + CONV + NORM + SCALE, "Convolution"),
        (IMAGES + CONV + layer("BatchNorm", "c", "c", name="norm") + scale("c", "c"), "Convolution"),
        (IMAGES + CONV + NORM, "Convolution"),
        (IMAGES + CONV + scale("c", "s", "num_axes: 0"), "Convolution"),
        (IMAGES + CONV + layer("Power", "c", "p", SHIFT), "Convolution"),
        (IMAGES + CONV + layer("Bias", "c", "b") + layer("ReLU", "b", "r"), "Convolution ReLU"),
        (IMAGES + layer("Deconvolution", "x", "c", OPEN, "up") + NORM + SCALE, "Deconvolution"),
        (
            IMAGES + layer("InnerProduct", "x", "c", "inner_product_param { num_output: 3 }", "ip") + NORM,
            "InnerProduct",
        ),
        (
            IMAGES
            + layer("InnerProduct", "x", "c", "inner_product_param { num_output: 3 axis: 2 }", "ip")
            + scale("c", "s", "axis: 2"),
            "InnerProduct",
        ),
        # before
        (IMAGES + layer("BatchNorm", "x", "c", name="norm") + layer("Convolution", "c", "d", OPEN), "Convolution"),
        (IMAGES + scale("x", "s", "") + layer("Convolution", "s", "d", PADDED), "Convolution"),
        (IMAGES + scale("x", "s", "") + layer("Deconvolution", "s", "d", OPEN), "Deconvolution"),
        (
            IMAGES + scale("x", "s") + layer("InnerProduct", "s", "d", "inner_product_param { num_output: 3 }"),
            "InnerProduct",
        ),
        (
            IMAGES
            + scale("x", "s", "axis: 3")
            + layer("InnerProduct", "s", "d", "inner_product_param { num_output: 3 axis: 2 }"),
            "InnerProduct",
        ),
        # what stands between two goes to the first
        (IMAGES + CONV + scale("c", "s") + layer("Convolution", "s", "d", OPEN, "d"), "Convolution Convolution"),
        # chains
        (IMAGES + layer("Power", "x", "p", SHIFT) + layer("Power", "p", "q", SHIFT, "q"), "Power"),
        (IMAGES + layer("Power", "x", "p", SHIFT) + scale("p", "s") + layer("Bias", "s", "b"), "Scale"),
        (IMAGES + layer("BatchNorm", "x", "c") + scale("c", "s") + layer("Power", "s", "p", SHIFT), "BatchNorm Scale"),
        (IMAGES + scale("x", "s", "axis: 2") + scale("s", "t", "axis: 1"), "Scale Scale"),
        (
            IMAGES + layer("Scale", "x", "s", "scale_param { num_axes: 2 }", "a") + scale("s", "t", "num_axes: 2"),
            "Scale",
        ),
    ],
)
def test_one_layer(text: str, types: str) -> None:
    assert left(text) == types.split()


@pytest.mark.parametrize(
    "text",
    [
        IMAGES + CONV + scale("c", "s", "axis: 2"),
        IMAGES + CONV + scale("c", "s", "num_axes: 2"),
        IMAGES + CONV + layer("Power", "c", "p", "power_param { power: 2 }"),
        IMAGES + CONV + layer("Power", "c", "p", "power_param { scale: 0 shift: 1 }"),
        IMAGES + CONV + layer("BatchNorm", "c", "n", "batch_norm_param { use_global_stats: false }"),
        IMAGES + CONV + layer("BatchNorm", "c", "n", "batch_norm_param { relu: true }"),
        IMAGES + CONV + layer("Scale", "c", "s", "loss_weight: 1", "scale"),
        IMAGES + inputs(w=(4,)) + CONV + layer("Scale", "c w", "s", "scale_param { axis: 1 }", "scale"),
        # read by another, too
        IMAGES + CONV + NORM + layer("ReLU", "c", "r"),
        # an offset before zeros
        IMAGES + scale("x", "s") + layer("Convolution", "s", "d", PADDED),
        IMAGES + layer("Power", "x", "p", SHIFT) + layer("Deconvolution", "p", "d", OPEN),
        IMAGES + scale("x", "s", "axis: 2") + layer("Convolution", "s", "d", OPEN),
        # the same weights for several bottoms
        inputs(x=(2, 4, 6, 6), z=(2, 4, 6, 6)) + layer("Convolution", "x z", "c d", OPEN) + scale("c", "s"),
        # a type that derives from one that is foldable, and does something else
        IMAGES + CONV + layer("Scale", "c", "s", "scale_param { min_value: 0.5 }", "scale"),
    ],
)
def test_as_they_were(text: str) -> None:
    assert left(text) == [node.type for node in netspec.load_text(text).layers if node.inputs]


def test_blobs_that_must_come_out_stay() -> None:
    text = IMAGES + CONV + NORM + SCALE
    assert left(text, "s") == ["Convolution"]
    assert left(text, "n", "s") == ["Convolution", "Scale"]
    assert left(text, "c", "s") == ["Convolution", "BatchNorm", "Scale"]


W = 'param { name: "w" }'


@pytest.mark.parametrize(
    ("text", "types"),
    [
        # alike in both
        (conv("x", "a", more=W) + conv("z", "b", more=W) + scale("a", "s", "", 'param { name: "f" }')
         + scale("b", "t", "", 'param { name: "f" }'), "Convolution Convolution"),
        # another factor
        (conv("x", "a", more=W) + conv("z", "b", more=W) + scale("a", "s", "") + scale("b", "t", ""),
         "Convolution Convolution Scale Scale"),
        # one without
        (conv("x", "a", more=W) + conv("z", "b", more=W) + scale("a", "s", ""), "Convolution Convolution Scale"),
        # the factor is used elsewhere
        (conv("x", "a") + scale("a", "s", "", 'param { name: "f" }') + scale("z", "t", "", 'param { name: "f" }'),
         "Convolution Scale Scale"),
    ],
)  # fmt: skip
def test_shared_parameters(text: str, types: str) -> None:
    assert left(inputs(x=(2, 4, 6, 6), z=(2, 4, 6, 6)) + text) == types.split()


def test_the_layer_keeps_its_name_and_its_keys() -> None:
    net = netspec.load_text(IMAGES + CONV + NORM + SCALE)
    (_, made), (_, read, *_, last) = run(net, (absorb,), net.outputs).layers, net.layers
    assert (made.name, made.inputs, made.outputs) == ("conv", read.inputs, last.outputs)
    assert [param.key for param in made.blobs] == [(1, 0), (1, 1)]
    assert [param.blob.name for param in made.blobs] == ["weight", "bias"]


def test_statistics_of_the_batch_stay() -> None:
    def phase(net: Net) -> list[str]:
        return [node.type for node in absorb(net, net.outputs).layers if node.inputs]

    assert phase(netspec.load_text(IMAGES + CONV + NORM, phase="TRAIN")) == ["Convolution", "BatchNorm"]
