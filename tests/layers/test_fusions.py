"""Layers that the OpenCL branch computes together: a convolution with a ReLU, an LRN with a Pooling."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netspec
from netspec import SpecError
from tests.layers.one_layer import agree
from tests.layers.small_nets import layer, run

X = np.random.default_rng(3).normal(size=(2, 4, 7, 6))
CONVOLUTION = 'num_output: 3 kernel_size: 3 weight_filler { type: "xavier" }'
POOLING = "pooling_param { pool: MAX kernel_size: 3 stride: 2 }"

# The layer as one, and one by one.
FUSED = [
    (
        layer("Convolution", f"convolution_param {{ {CONVOLUTION} fuse_type: FUSED_CONV_RELU }}", "2 4 7 6"),
        layer("Convolution", f"convolution_param {{ {CONVOLUTION} }}", "2 4 7 6")
        + 'layer { name: "r" type: "ReLU" bottom: "y0" top: "y0" }',
    ),
    (
        layer(
            "Convolution",
            f"convolution_param {{ {CONVOLUTION} fuse_type: FUSED_CONV_RELU relu_param {{ negative_slope: 0.5 }} }}",
            "2 4 7 6",
        ),
        layer("Convolution", f"convolution_param {{ {CONVOLUTION} }}", "2 4 7 6")
        + 'layer { name: "r" type: "ReLU" bottom: "y0" top: "y0" relu_param { negative_slope: 0.5 } }',
    ),
    (
        layer("Convolution", f"convolution_param {{ {CONVOLUTION} relu: true }}", "2 4 7 6"),
        layer("Convolution", f"convolution_param {{ {CONVOLUTION} }}", "2 4 7 6")
        + 'layer { name: "r" type: "ReLU" bottom: "y0" top: "y0" }',
    ),
    (
        layer("Convolution", f"convolution_param {{ {CONVOLUTION} relu: true negative_slope: 0.5 }}", "2 4 7 6"),
        layer("Convolution", f"convolution_param {{ {CONVOLUTION} }}", "2 4 7 6")
        + 'layer { name: "r" type: "ReLU" bottom: "y0" top: "y0" relu_param { negative_slope: 0.5 } }',
    ),
    (
        layer("LRN", f"lrn_param {{ alpha: 0.5 fuse_type: FUSED_POOL_MAX {POOLING} }}", "2 4 7 6"),
        layer("LRN", "lrn_param { alpha: 0.5 }", "2 4 7 6").replace('"y0"', '"n"')
        + f'layer {{ name: "p" type: "Pooling" bottom: "n" top: "y0" {POOLING} }}',
    ),
    (
        layer("LRN", f"lrn_param {{ alpha: 0.5 fuse_type: UNFUSED {POOLING} }}", "2 4 7 6"),
        layer("LRN", "lrn_param { alpha: 0.5 }", "2 4 7 6"),
    ),
]


@pytest.mark.parametrize("backend", ["numpy", "torch", "tensorflow"])
@pytest.mark.parametrize(("fused", "plain"), FUSED)
def test_a_fused_layer_is_the_layers_one_by_one(fused: str, plain: str, backend: str) -> None:
    weights = [np.random.default_rng(4).normal(size=(3, 4, 3, 3)), np.arange(3.0)] if "Conv" in fused else None
    found = run(fused, X, backend=backend, params=weights)
    np.testing.assert_allclose(found, run(plain, X, backend=backend, params=weights), rtol=1e-12)
    assert netspec.load_text(fused).blobs["y0"] == found.shape


@pytest.mark.parametrize(("fused", "plain"), FUSED)
def test_backends_agree(fused: str, plain: str) -> None:
    agree(fused)


def test_a_fused_slope_is_refused_when_compiled(tmp_path: Path) -> None:
    text = layer("Convolution", f"convolution_param {{ {CONVOLUTION} fuse_type: FUSED_CONV_PRELU }}", "2 4 7 6")
    spec = tmp_path / "net.prototxt"
    spec.write_text(text)
    assert netspec.check(spec) == []
    for backend in ("numpy", "torch", "tensorflow"):
        with pytest.raises(SpecError) as caught:
            netspec.build(netspec.load(spec), backend=backend)
        assert [found.code for found in caught.value.diagnostics] == ["NS401"]


@pytest.mark.parametrize(
    ("type_name", "fields", "code", "words"),
    [
        ("Convolution", f"convolution_param {{ {CONVOLUTION} fuse_type: 1 }}", "NS206", "FUSED_CONV_MAX_POOLING_RELU"),
        ("LRN", "lrn_param { fuse_type: FUSED_POOL_MAX pooling_param { pool: MAX } }", "NS", "kernel_size"),
        ("LRN", "lrn_param { fuse_type: FUSED_POOL_MIN }", "NS205", "FUSED_POOL_MIN"),
    ],
)
def test_refused(type_name: str, fields: str, code: str, words: str, tmp_path: Path) -> None:
    spec = tmp_path / "net.prototxt"
    spec.write_text(layer(type_name, fields, "2 4 7 6"))
    found: Any = netspec.check(spec)
    assert found and found[0].code.startswith(code) and words in found[0].message
