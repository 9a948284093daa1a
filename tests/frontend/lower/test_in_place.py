"""Which layers may overwrite their bottom. What Caffe makes of the others was read in its Forward_cpu."""

from __future__ import annotations

import numpy as np
import pytest

import netspec
from tests.frontend.pieces import codes, data, layer, load, messages

X = data(2, 4, 6, 6, name="x")
OTHER = data(2, 4, 6, 6, name="b")
CONVOLVED = "convolution_param {{ num_output: {} kernel_size: {} {} }}"


def in_place(type_name: str, fields: str = "", more: str = "") -> str:
    """A layer that overwrites `x`, and reads what is named in `more`, too."""
    return layer(type_name, f"x {more}", "x", fields)


# Layers over x, 2×4×6×6, and what Caffe makes of them in place, "" for what they are for.
CASES: list[tuple[str, str]] = [
    (in_place("ReLU"), ""),
    (in_place("Dropout"), ""),
    (in_place("BatchNorm"), ""),
    (in_place("Scale", "scale_param { bias_term: true }"), ""),
    (in_place("Scale", "scale_param { axis: 0 }", "b"), ""),
    (in_place("Bias"), ""),
    (in_place("Bias", "bias_param { axis: 0 }", "b"), ""),
    (in_place("Softmax"), ""),
    (in_place("PReLU"), ""),
    (in_place("Power", "power_param { power: 2 }"), "gradients are taken of"),
    (in_place("Power", "power_param { scale: 2 shift: 1 }"), ""),
    (in_place("Power", "power_param { power: 2 scale: 0 }"), ""),
    (in_place("BNLL"), "gradients are taken of"),
    (in_place("Log"), "gradients are taken of"),
    (in_place("Clip", "clip_param { min: 0 max: 6 }"), "gradients are taken of"),
    (in_place("SeLU"), "gradients are taken of"),
    (in_place("Sin"), "gradients are taken of"),
    (in_place("Exp"), ""),
    (in_place("Swish"), ""),
    (in_place("Eltwise", "", "b"), "the top is filled with 0 first"),
    (in_place("Eltwise", "eltwise_param { operation: MAX }", "b"), "is never the largest"),
    (in_place("Eltwise", "eltwise_param { operation: PROD }", "b"), "gradients are taken of"),
    (in_place("Pooling", "pooling_param { kernel_size: 2 stride: 2 }"), "filled with the lowest number"),
    (in_place("Pooling", "pooling_param { pool: AVE kernel_size: 3 stride: 1 pad: 1 }"), "filled with 0"),
    (in_place("SPP", "spp_param { pyramid_height: 1 }"), "is filled with"),
    (in_place("SPP", "spp_param { pyramid_height: 2 }"), ""),
    (in_place("InnerProduct", "inner_product_param { num_output: 2 }"), "its matrix product writes over numbers"),
    (in_place("Convolution", CONVOLVED.format(4, 1, "")), "its matrix product writes over numbers"),
    (in_place("Convolution", CONVOLVED.format(4, 3, "pad: 1")), "gradients are taken of"),
    (in_place("Convolution", CONVOLVED.format(8, 3, "pad: 1")), "it writes over numbers"),
    (in_place("Deconvolution", CONVOLVED.format(4, 1, "")), "its matrix product writes over numbers"),
    (in_place("Deconvolution", CONVOLVED.format(4, 2, "stride: 2")), "it writes over numbers"),
    (in_place("Im2col", "convolution_param { kernel_size: 3 }"), "it writes over numbers"),
    (in_place("Concat", "", "b"), "each over the next"),
    (in_place("Concat", "concat_param { axis: 0 }", "b"), ""),
    (in_place("Concat"), ""),
    (layer("Slice", "x", "x y"), "as small as the first part"),
    (layer("Slice", "x", "x y", "slice_param { axis: 0 }"), ""),
    (in_place("LRN"), "multiplied by itself"),
    (in_place("LRN", "lrn_param { norm_region: WITHIN_CHANNEL }"), "gradients are taken of"),
    (in_place("Tile", "tile_param { tiles: 2 }"), "over the items behind it"),
    (in_place("Tile", "tile_param { tiles: 2 axis: 0 }"), ""),
    (in_place("Tile", "tile_param { tiles: 1 }"), ""),
    (in_place("Crop", "crop_param { axis: 2 offset: 1 }", "small"), "in the smaller blob"),
    (in_place("Crop", "", "b"), ""),
    (in_place("Embed", "embed_param { num_output: 3 input_dim: 9 }"), "over indices"),
    (in_place("Reduction", "reduction_param { axis: 1 }"), "gradients are taken of"),
    (in_place("MVN"), "gradients are taken of"),
    (in_place("MVN", "mvn_param { normalize_variance: false }"), ""),
    (in_place("BatchReindex", "", "order"), "it writes over numbers"),
    (in_place("Filter", "", "order"), "gradients are taken of"),
    (in_place("EuclideanLoss", "", "b"), "the shape of the result"),
    (in_place("Accuracy", "", "labels"), "the shape of the result"),
]


@pytest.mark.parametrize(("over", "said"), CASES)
def test_what_caffe_makes_of_it(over: str, said: str) -> None:
    around = data(2, 4, 5, 5, name="small") + data(2, name="order") + data(2, 6, 6, name="labels")
    spec = (X, OTHER, around, over)
    found = [code for code in codes(*spec) if code != "NS852"]  # of the inputs that a case does not read
    assert found == ["NS230"] * bool(said)
    if said:
        (message,) = (message for message in messages(*spec) if 'overwrites "x"' in message)
        assert said in message


def test_a_batch_of_one() -> None:
    """Nothing lies behind the only item."""
    x, b = data(1, 4, name="x"), data(1, 4, name="b")
    assert codes(x, b, in_place("Concat", "", "b")) == []
    assert codes(x, layer("Slice", "x", "x y")) == []


@pytest.mark.parametrize("backend", ["torch", "tensorflow", "numpy"])
def test_netspec_computes_what_the_layer_is_for(backend: str) -> None:
    """Caffe's sum is 10, 20, 30."""
    if backend != "numpy":
        pytest.importorskip(backend)
    spec = data(1, 3, name="a"), data(1, 3, name="b"), layer("Power", "a", "x", "power_param { shift: 1 }")
    model = netspec.build(load(*spec, in_place("Eltwise", "", "b")), backend)
    found = model.forward({"a": [[1.0, 2.0, 3.0]], "b": [[10.0, 20.0, 30.0]]})["x"]
    np.testing.assert_array_equal(found, [[12.0, 23.0, 34.0]])
