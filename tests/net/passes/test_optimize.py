"""`-O` against the net as read: the same numbers in every blob that is left, for the same parameters."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import netspec
from netspec.diagnostics import SpecError
from netspec.layers.base import Role
from netspec.net import Net
from netspec.net.passes.optimize import optimized
from netspec.shapes import integers
from netspec.weights.blobs import Params
from tests.frameworks.cases import inputs, layer

POSITIVE = (Role.VARIANCE, Role.FACTOR, Role.SCALE)
X = inputs(x=(2, 4, 7, 6))


def drawn(net: Net) -> Params:
    """Parameters, equal where they are shared."""
    rng, owned = np.random.default_rng(0), dict[tuple[int, int], np.ndarray]()
    for node in net.layers:
        for param in node.blobs:
            low = 0.5 if param.blob.role in POSITIVE else -0.5
            owned.setdefault(param.owner, rng.uniform(low, low + 1, integers(param.blob.shape)))
    return {
        node.name: [owned[param.owner].reshape(integers(param.blob.shape) or ()) for param in node.blobs]
        for node in net.layers
        if node.blobs
    }


def same(text: str, backend: str = "numpy") -> Net:
    """The optimized net, once it has been seen to give the same as the net as read."""
    net = netspec.load_text(text)
    after, params, rng = optimized(net), drawn(net), np.random.default_rng(1)
    fed = {name: rng.uniform(-1, 1, integers(net.blobs[name])) for name in net.inputs}
    results: list[dict[str, np.ndarray]] = []
    for each in (net, after):
        model = netspec.build(each, backend, dtype="float64")
        model.set_params(params)
        results.append(model.forward(fed, blobs="all"))
    plain, fast = results
    assert {*net.outputs} <= fast.keys()
    for blob, value in ((blob, fast[blob]) for blob in plain if blob in fast):
        np.testing.assert_allclose(value, plain[blob], rtol=1e-9, atol=1e-9 * np.abs(plain[blob]).max(initial=1e-30))
    return after


def body(kernel: str) -> str:
    return f"convolution_param {{ num_output: 6 {kernel} }}"


SCALED = (
    layer("BatchNorm", "c", "c", "batch_norm_param { eps: 0.01 }", "norm")
    + layer("Scale", "c", "c", "scale_param { bias_term: true }", "scale")
    + layer("Power", "c", "y", "power_param { scale: 3 shift: -1 }")
)
NORMED = layer("BatchNorm", "x", "n", name="norm") + layer(
    "Scale", "n", "c", "scale_param { bias_term: true }", "scale"
)
PRODUCT = "inner_product_param { num_output: 5 %s }"


@pytest.mark.parametrize(
    "text",
    [
        *(
            layer(kind, "x", "c", body(kernel)) + SCALED
            for kind in ("Convolution", "Deconvolution")
            for kernel in (
                "kernel_size: 3 pad: 1",
                "kernel_size: 3 stride: 2 bias_term: false",
                "kernel_size: 2 group: 2",
                "kernel_size: 2 dilation: 2 group: 2 bias_term: false",
            )
        ),
        layer("Convolution", "x", "c", body("kernel_size: 2 axis: 2"))
        + layer("Power", "c", "y", "power_param { scale: 2 shift: 1 }"),
        layer("InnerProduct", "x", "c", PRODUCT % "") + SCALED,
        layer("InnerProduct", "x", "c", PRODUCT % "transpose: true bias_term: false") + SCALED,
        NORMED + layer("Convolution", "c", "y", body("kernel_size: 3 group: 2")),
        NORMED + layer("Convolution", "c", "y", body("kernel_size: 3 bias_term: false")),
        NORMED + layer("InnerProduct", "c", "y", PRODUCT % ""),
        NORMED + layer("InnerProduct", "c", "y", PRODUCT % "transpose: true"),
        layer("Scale", "x", "c", "scale_param { axis: 2 num_axes: 2 bias_term: true }")
        + layer("InnerProduct", "c", "y", PRODUCT % ""),
        layer("Scale", "x", "c", "scale_param { axis: 3 }") + layer("InnerProduct", "c", "y", PRODUCT % "axis: 2"),
        layer("Scale", "x", "c") + layer("Deconvolution", "c", "y", body("kernel_size: 3 group: 2")),
        layer("Scale", "x", "c") + layer("Convolution", "c", "y", body("kernel_size: 3 group: 2 pad: 1")),
        layer("Scale", "x", "c") + layer("Bias", "c", "d", "bias_param { num_axes: 0 axis: 0 }")
        + layer("Power", "d", "y", "power_param { scale: 2 shift: 1 }"),
        layer("BatchNorm", "x", "c") + layer("Power", "c", "y", "power_param { scale: 2 shift: 1 }"),
        layer("BatchNorm", "x", "c", "batch_norm_param { scale_bias: true }")
        + layer("Convolution", "c", "y", body("kernel_size: 2")),
        layer("BatchNorm", "x", "c", "batch_norm_param { add_eps_before_sqrt: false }")
        + layer("Convolution", "c", "y", body("kernel_size: 2")),
        layer("Convolution", "x", "a", body("kernel_size: 1") + ' param { name: "w" } param { name: "b" }', "a")
        + layer("Convolution", "x", "b", body("kernel_size: 1") + ' param { name: "w" } param { name: "b" }', "b")
        + layer("Scale", "a", "y", 'param { name: "f" }', "s")
        + layer("Scale", "b", "z", 'param { name: "f" }', "t"),
        layer("Convolution", "x", "c", body("kernel_size: 2 fuse_type: FUSED_CONV_RELU"))
        + layer("Scale", "c", "y"),
    ],
)  # fmt: skip
def test_the_same_numbers(text: str) -> None:
    same(X + text)


ONE_TO_ONE = (
    ("BatchNorm", ""),
    ("BatchNorm", "batch_norm_param { eps: 0.1 }"),
    ("Scale", "scale_param { bias_term: true }"),
    ("Scale", "scale_param { axis: -1 }"),
    ("Scale", "scale_param { num_axes: 0 }"),
    ("Bias", ""),
    ("Bias", "bias_param { num_axes: -1 }"),
    ("Power", "power_param { scale: 0.5 shift: 0.25 }"),
    ("Power", "power_param { shift: 1 }"),
    ("Dropout", ""),
    ("ReLU", ""),
)
WEIGHTED = (
    ("Convolution", "convolution_param { num_output: 4 kernel_size: 3 pad: 1 }"),
    ("Convolution", "convolution_param { num_output: 4 kernel_size: 1 bias_term: false }"),
    ("Convolution", "convolution_param { num_output: 4 kernel_size: 2 group: 4 }"),
    ("Deconvolution", "convolution_param { num_output: 4 kernel_size: 2 group: 2 }"),
    ("InnerProduct", "inner_product_param { num_output: 3 axis: -1 }"),
)


def net_of(random: Random) -> str:
    """Chains of layers on images, in which some write in place, some blobs are read twice, and some weights shared."""
    text, free, shapes = inputs(a=(1, 4, 8, 8), b=(1, 4, 8, 8)), ["a", "b"], dict[str, int]()
    for i in range(random.randint(4, 14)):
        bottom = random.choice(free[-2:])
        kind, fields = random.choice(WEIGHTED if random.random() < 0.3 else ONE_TO_ONE)
        in_place = kind not in ("Convolution", "Deconvolution", "InnerProduct") and bottom not in "ab"
        top = bottom if in_place and random.random() < 0.5 else f"v{i}"
        shared = f' param {{ name: "{kind}{shapes.setdefault(bottom, 0)}" }}' if random.random() < 0.1 else ""
        text += layer(kind, bottom, top, fields + (shared if kind == "Scale" and not fields else ""), f"layer{i}")
        free += [top] if top not in free else []
    return text


@given(st.integers(0, 10**9))
@settings(max_examples=60, deadline=None)
def test_drawn_nets(seed: int) -> None:
    text = net_of(Random(seed))
    try:
        netspec.load_text(text)
    except SpecError:  # a kernel that no longer fits
        return
    same(text)


def test_it_is_for_inference() -> None:
    net = netspec.load_text(X + layer("Convolution", "x", "c", body("kernel_size: 3")) + SCALED, phase="TRAIN")
    with pytest.raises(SpecError) as refused:
        optimized(net)
    assert [d.code for d in refused.value.diagnostics] == ["NS417"]


def test_twice_is_once() -> None:
    once = optimized(netspec.load_text(X + layer("Convolution", "x", "c", body("kernel_size: 3")) + SCALED))
    assert optimized(once) == once
    assert once.folds


def test_what_is_missing_begins_as_a_constant_or_is_refused() -> None:
    net = netspec.load_text(
        X + layer("Convolution", "x", "c", body('kernel_size: 3 weight_filler { type: "xavier" }'), "conv") + SCALED
    )
    params, model = drawn(net), netspec.build(optimized(net), "numpy", dtype="float64")
    model.set_params({"conv": params["conv"]})
    with pytest.raises(SpecError) as refused:
        model.set_params({"norm": params["norm"]})
    assert [d.code for d in refused.value.diagnostics] == ["NS510"]
    with pytest.raises(SpecError) as refused:
        model.get_params()
    assert [d.code for d in refused.value.diagnostics] == ["NS510"]
