"""What is faster in PyTorch and in TensorFlow: with `-O`, and ReLUs that write over what they read without it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from netspec_torch.overwriting import overwrite
from netspec_torch.target import TARGET, emitted

import netspec
from netspec.emit.build import measured
from netspec.net.passes import run
from netspec.net.passes.fusion import fuse
from netspec.net.passes.optimize import optimized
from netspec.net.passes.unfold import unfold
from netspec.verify.run import verify
from tests.frameworks.cases import CASES, inputs, layer

ROOT = Path(__file__).resolve().parents[2]
IMAGES = inputs(x=(1, 4, 6, 6))
CONV = layer("Convolution", "x", "c", "convolution_param { num_output: 4 kernel_size: 3 }", "conv")
RELU = layer("ReLU", "c", "r", name="relu")


def types(text: str) -> list[str]:
    """What the layers behind the inputs are, once PyTorch's passes have run."""
    net = netspec.load_text(text)
    made = run(measured(net, TARGET), (unfold, fuse, overwrite), net.returned)
    return [type(node.params).__name__ for node in made.layers if node.inputs]


@pytest.mark.parametrize(
    ("text", "last"),
    [
        (CONV + RELU, "OverwritingReLU"),
        (CONV + layer("ReLU", "c", "c", "relu_param { negative_slope: 0.1 }"), "OverwritingReLU"),
        (layer("InnerProduct", "x", "c", "inner_product_param { num_output: 4 }") + RELU, "OverwritingReLU"),
        (layer("BatchNorm", "x", "c") + RELU, "OverwritingReLU"),
        (CONV + layer("Eltwise", "c x", "e", "eltwise_param { operation: SUM }").replace('"x"', '"c"')
         + layer("ReLU", "e", "r"), "OverwritingReLU"),
        (CONV + layer("ReLU", "c", "r", "relu_param { negative_slope: -0.1 }"), "ReLU"),  # whose gradient needs it
        # read by another, returned, or another's memory
        (CONV + layer("TanH", "c", "t") + RELU, "ReLU"),
        (layer("Split", "x", "c d") + RELU, "ReLU"),
        (layer("Reshape", "x", "c", "reshape_param { shape { dim: 4 dim: 36 } }") + RELU, "ReLU"),
        (layer("ReLU", "x", "r"), "ReLU"),
        (CONV + layer("Flatten", "c", "f") + layer("ReLU", "f", "r"), "ReLU"),
    ],
)  # fmt: skip
def test_what_is_written_over(text: str, last: str) -> None:
    assert types(IMAGES + text)[-1] == last


def trained(module: str, phase: str) -> list[Any]:
    """The gradients of a module's text in float64, all of its numbers drawn from one seed."""
    space: dict[str, Any] = {"__name__": "module"}
    exec(compile(module, "module", "exec"), space)
    torch.manual_seed(1)
    made = space["Net"]().double().train(phase == "TRAIN")
    torch.manual_seed(2)
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter)
    image = torch.randn(2, 4, 6, 6, dtype=torch.float64, requires_grad=True)
    found = made(image)
    (found if isinstance(found, torch.Tensor) else next(iter(found.values()))).square().sum().backward()
    return [image.grad, *(parameter.grad for parameter in made.parameters())]


@pytest.mark.parametrize("phase", ["TRAIN", "TEST"])
@pytest.mark.parametrize(
    "maker",
    [
        CONV,
        layer("Deconvolution", "x", "c", "convolution_param { num_output: 4 kernel_size: 3 }"),
        layer("ConvolutionDepthwise", "x", "c", "convolution_param { kernel_size: 3 }"),
        layer("InnerProduct", "x", "c", "inner_product_param { num_output: 4 }"),
        layer("BatchNorm", "x", "c"),
        layer("BatchNorm", "x", "b") + layer("Scale", "b", "c", "scale_param { bias_term: true }"),
        *(layer("Eltwise", "x x", "c", f"eltwise_param {{ operation: {name} }}") for name in ("SUM", "PROD", "MAX")),
    ],
)
def test_what_is_written_over_is_not_needed_for_gradients(maker: str, phase: str) -> None:
    """Of the very text that users get: `verify` asks for every blob, and nothing is written over then."""
    for slope in ("0", "0.1"):
        text = inputs(x=(2, 4, 6, 6)) + maker + layer("ReLU", "c", "r", f"relu_param {{ negative_slope: {slope} }}")
        net = netspec.load_text(text, phase=phase)
        module = netspec.emit(net, backend="torch")
        assert module.count(", inplace=True") == 1
        pairs = zip(trained(module, phase), trained(module.replace(", inplace=True", ""), phase), strict=True)
        assert all(torch.equal(a, b) for a, b in pairs)


@pytest.mark.parametrize(
    ("text", "turned"),
    [
        (IMAGES + CONV, True),
        (IMAGES + CONV + layer("InnerProduct", "c", "y", "inner_product_param { num_output: 2 }"), True),
        (IMAGES + CONV + layer("InnerProduct", "c", "y", "inner_product_param { num_output: 900 }"), False),
        (inputs(x=(1, 4, 6)) + CONV, False),
        (inputs(x=(1, 4, 6, 6, 6)) + CONV, False),
        (IMAGES + layer("TanH", "x", "y"), False),
        (inputs(x=(1, 4)) + layer("InnerProduct", "x", "y", "inner_product_param { num_output: 2 }"), False),
    ],
)
def test_channels_last_where_images_are_convolved(text: str, turned: bool) -> None:
    net = netspec.load_text(text)
    assert ("channels_last" in emitted(optimized(net), net.outputs).text) is turned
    assert "channels_last" not in emitted(net, net.outputs).text


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in CASES
        if name.startswith(("conv", "deconv", "batch_norm", "scale", "inner", "relu", "pool", "lrn"))
    ],
)
def test_the_same_numbers(name: str) -> None:
    pytest.importorskip("torch")
    assert verify(netspec.load_text(CASES[name]), ("torch",), optimized=True).ok


def test_tensorflow_adds_a_bias_as_it_fuses_it() -> None:
    net = netspec.load_text(IMAGES + CONV + layer("InnerProduct", "c", "y", "inner_product_param { num_output: 2 }"))
    fast, plain = netspec.emit(optimized(net), "tensorflow"), netspec.emit(net, "tensorflow")
    assert (fast.count("tf.nn.bias_add("), plain.count("tf.nn.bias_add(")) == (2, 0)
    deep = netspec.load(ROOT / "specs" / "resnet18.net")
    assert "FusedConv2D" in netspec.emit(optimized(deep), "tensorflow")
    assert "FusedConv2D" not in netspec.emit(deep, "tensorflow")
