"""Code for sizes with names: one module that is right for every size, against the modules of the numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netspec
from netspec.backend.door import emission
from netspec.frontend.load import load, load_text

SPECS = Path(__file__).parents[2] / "specs"
LAYERS = """
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 32 dim: 32 } } }
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
        convolution_param { num_output: 4 kernel_size: 3 stride: 2 pad: 1 } }
layer { name: "max" type: "Pooling" bottom: "conv" top: "max" pooling_param { kernel_size: 3 stride: 2 } }
layer { name: "clipped" type: "Pooling" bottom: "conv" top: "clipped"
        pooling_param { kernel_size: 2 stride: 2 pad: 1 } }
layer { name: "apart" type: "Pooling" bottom: "conv" top: "apart" pooling_param { kernel_size: 1 stride: 3 } }
layer { name: "index" type: "Pooling" bottom: "conv" top: "best" top: "index"
        pooling_param { kernel_size: 3 stride: 2 } }
layer { name: "ave" type: "Pooling" bottom: "conv" top: "ave"
        pooling_param { pool: AVE kernel_size: 3 stride: 2 pad: 1 } }
layer { name: "ave2" type: "Pooling" bottom: "conv" top: "ave2" pooling_param { pool: AVE kernel_size: 4 stride: 3 } }
layer { name: "zoom" type: "Interp" bottom: "ave" top: "zoom" interp_param { zoom_factor: 2 } }
layer { name: "shrink" type: "Interp" bottom: "conv" top: "shrink" interp_param { shrink_factor: 2 pad_end: -1 } }
layer { name: "fixed" type: "Interp" bottom: "conv" top: "fixed" interp_param { height: 3 width: 5 } }
layer { name: "twice" type: "Upsample" bottom: "max" top: "twice" upsample_param { scale: 2 } }
layer { name: "up" type: "Deconvolution" bottom: "max" top: "up"
        convolution_param { num_output: 4 kernel_size: 4 stride: 2 pad: 1 } }
layer { name: "sum" type: "Eltwise" bottom: "twice" bottom: "up" top: "sum" }
layer { name: "crop" type: "Crop" bottom: "data" bottom: "max" top: "crop" crop_param { axis: 2 offset: 1 } }
layer { name: "reshape" type: "Reshape" bottom: "max" top: "reshape"
        reshape_param { shape { dim: 0 dim: 2 dim: -1 } num_axes: 3 } }
layer { name: "flat" type: "Flatten" bottom: "crop" top: "flat" }
layer { name: "softmax" type: "Softmax" bottom: "reshape" top: "softmax" }
layer { name: "lrn" type: "LRN" bottom: "sum" top: "lrn" lrn_param { norm_region: WITHIN_CHANNEL local_size: 3 } }
layer { name: "norm" type: "BatchNorm" bottom: "lrn" top: "norm" }
layer { name: "im2col" type: "Im2col" bottom: "conv" top: "im2col" convolution_param { kernel_size: 2 } }
layer { name: "most" type: "Pooling" bottom: "norm" top: "most" pooling_param { global_pooling: true } }
layer { name: "mean" type: "Pooling" bottom: "zoom" top: "mean" pooling_param { pool: AVE global_pooling: true } }
layer { name: "one" type: "SPP" bottom: "zoom" top: "one" spp_param { pyramid_height: 1 pool: AVE } }
layer { name: "cat" type: "Concat" bottom: "most" bottom: "mean" bottom: "one" top: "cat" }
layer { name: "ip" type: "InnerProduct" bottom: "cat" top: "ip" inner_product_param { num_output: 3 } }
layer { name: "total" type: "Reduction" bottom: "flat" top: "total" reduction_param { operation: MEAN axis: 1 } }
layer { name: "mvn" type: "MVN" bottom: "max" top: "mvn" }
"""
SIZES = [(1, 16, 17), (2, 9, 12), (3, 21, 30)]


def arrays(net: netspec.Net) -> dict[str, list[Any]]:
    random = np.random.default_rng(0)
    shapes = ((layer, shapes) for layer, shapes in net.params.items())
    return {layer: [random.uniform(0.1, 0.5, shape) for shape in blobs] for layer, blobs in shapes}


@pytest.mark.parametrize("backend", ["torch", "tensorflow", "numpy"])
def test_one_module_for_three_sizes(backend: str) -> None:
    net = load_text(LAYERS, inputs={"data": ("N", 3, "H", "W")})
    model = netspec.build(net, backend, dtype="float64")
    model.set_params(params := arrays(net))
    for n, h, w in SIZES:
        data = np.random.default_rng(1).uniform(-1, 1, (n, 3, h, w))
        wanted = netspec.build(load_text(LAYERS, inputs={"data": (n, 3, h, w)}), "torch", dtype="float64")
        wanted.set_params(params)
        blobs = wanted.forward({"data": data}, "all")
        for name, value in model.forward({"data": data}, "all").items():
            assert value.shape == blobs[name].shape, name
            assert np.allclose(value, blobs[name], rtol=1e-10, atol=1e-10), name


def test_export_and_compile_with_dynamic_shapes() -> None:
    torch = pytest.importorskip("torch")
    written = emission(load_text(LAYERS, inputs={"data": ("N", 3, "H", "W")}), "torch")
    namespace: dict[str, Any] = {}
    exec(written.text, namespace)
    module = namespace[written.class_name]().eval()
    dynamic = torch.export.Dim.DYNAMIC
    shapes = {"data": {0: dynamic, 2: dynamic, 3: dynamic}}
    exported = torch.export.export(module, (torch.rand(2, 3, 18, 23),), dynamic_shapes=shapes).module()
    compiled = torch.compile(module, dynamic=True, fullgraph=True, backend="eager")
    for n, h, w in SIZES:
        x = torch.rand(n, 3, h, w)
        wanted = module(x)
        for found in (compiled(x), *([exported(x)] if n > 1 else [])):
            assert all(torch.allclose(found[name], wanted[name], atol=1e-6) for name in wanted)


def test_the_signature_of_a_graph_leaves_named_sizes_open() -> None:
    text = emission(load(SPECS / "unet.net", inputs={"data": ("N", 1, "16*h", "W")}), "tensorflow").text
    assert "tf.TensorSpec([None, 1, None, None], dtype)" in text


REFUSED = [
    ("torch", (3, 4, 5), 'input "data" has the shape N×3×16×(2*W), not 3×4×5'),
    ("torch", (1, 3, 17, 4), 'input "data" has the shape N×3×16×(2*W), not 1×3×17×4'),
    ("numpy", (1, 3, 16, 5), 'input "data" has the shape N×3×16×(2*W): no W makes 2*W 5'),
]


@pytest.mark.parametrize(("backend", "shape", "saying"), REFUSED)
def test_inputs_that_do_not_fit(backend: str, shape: tuple[int, ...], saying: str) -> None:
    text = LAYERS.split("\n", 2)[1] + 'layer { name: "y" type: "ReLU" bottom: "data" top: "y" }'
    model = netspec.build(load_text(text, inputs={"data": ("N", 3, 16, "2*W")}), backend)
    with pytest.raises(netspec.SpecError) as caught:
        model.forward({"data": np.zeros(shape)})
    assert saying in caught.value.diagnostics[0].message


def test_one_name_has_one_value() -> None:
    text = LAYERS.split("\n", 2)[1].replace("data", "a") + LAYERS.split("\n", 2)[1].replace("data", "b")
    text += 'layer { name: "y" type: "Eltwise" bottom: "a" bottom: "b" top: "y" }'
    model = netspec.build(load_text(text, inputs={"a": ("N", 3), "b": ("N", 3)}), "numpy")
    with pytest.raises(netspec.SpecError) as caught:
        model.forward({"a": np.zeros((2, 3)), "b": np.zeros((4, 3))})
    assert 'input "b" has the shape N×3 with N = 4, but "a" has another: N = 2' in str(caught.value)


NUMBERS = [
    ('type: "PriorBox" bottom: "data" bottom: "data" top: "y" prior_box_param { min_size: 4 }', "NS401"),
    ('type: "InnerProduct" bottom: "data" top: "y" inner_product_param { num_output: 2 }', "NS402"),
]


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
@pytest.mark.parametrize(("fields", "code"), NUMBERS)
def test_what_needs_numbers_says_so(fields: str, code: str, backend: str) -> None:
    text = LAYERS.split("\n", 2)[1] + f'layer {{ name: "y" {fields} }}'
    with pytest.raises(netspec.SpecError) as caught:
        emission(load_text(text, inputs={"data": ("N", 3, "H", "W")}), backend)
    (found,) = caught.value.diagnostics
    assert found.code == code and "--input" in f"{found.message} {found.help}"
