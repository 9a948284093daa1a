"""Small nets with weights, and weights for them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import netspec
from netspec.net import Net, Param
from netspec.shapes import integers

INPUT = 'layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 dim: 8 dim: 8 } } }\n'
SMALL = f"""
name: "Small"
{INPUT}
layer {{
  name: "block/conv" type: "Convolution" bottom: "data" top: "conv"
  convolution_param {{ num_output: 4 kernel_size: 3 weight_filler {{ type: "xavier" }} }}
}}
layer {{ name: "bn" type: "BatchNorm" bottom: "conv" top: "conv" }}
layer {{ name: "scale" type: "Scale" bottom: "conv" top: "conv" scale_param {{ bias_term: true }} }}
layer {{ name: "relu" type: "ReLU" bottom: "conv" top: "conv" }}
layer {{ name: "ip" type: "InnerProduct" bottom: "conv" top: "ip" inner_product_param {{ num_output: 5 }} }}
"""
SHARED = f"""
{INPUT}
layer {{
  name: "a" type: "InnerProduct" bottom: "data" top: "a" param {{ name: "w" }}
  inner_product_param {{ num_output: 6 }}
}}
layer {{
  name: "b" type: "InnerProduct" bottom: "data" top: "b" param {{ name: "w" }}
  inner_product_param {{ num_output: 6 }}
}}
"""
MANY = f"""
{INPUT}
layer {{ name: "p" type: "PReLU" bottom: "data" top: "p" prelu_param {{ channel_shared: true }} }}
layer {{ name: "q" type: "PReLU" bottom: "p" top: "q" }}
layer {{
  name: "up" type: "Deconvolution" bottom: "q" top: "up"
  convolution_param {{ num_output: 3 group: 3 kernel_size: 4 stride: 2 pad: 1 }}
}}
layer {{ name: "bias" type: "Bias" bottom: "up" top: "biased" }}
layer {{
  name: "wide" type: "Convolution" bottom: "biased" top: "wide"
  convolution_param {{ num_output: 6 group: 3 kernel_h: 3 kernel_w: 1 }}
}}
layer {{
  name: "ip" type: "InnerProduct" bottom: "wide" top: "ip" inner_product_param {{ num_output: 2 transpose: true }}
}}
"""
TIED = f"""
{INPUT}
layer {{
  name: "enc" type: "Convolution" bottom: "data" top: "h" param {{ name: "w" }}
  convolution_param {{ num_output: 2 kernel_size: 1 }}
}}
layer {{
  name: "dec" type: "Deconvolution" bottom: "h" top: "x" param {{ name: "w" }}
  convolution_param {{ num_output: 3 kernel_size: 1 }}
}}
layer {{ name: "mean" type: "Pooling" bottom: "x" top: "mean" pooling_param {{ pool: AVE global_pooling: true }} }}
layer {{
  name: "ip" type: "InnerProduct" bottom: "mean" top: "ip" param {{ name: "w" share_mode: PERMISSIVE }}
  inner_product_param {{ num_output: 2 transpose: true }}
}}
"""
NETS = {"small": SMALL, "shared": SHARED, "many": MANY, "tied": TIED}

Params = dict[str, list[NDArray[Any]]]


def made(text: str, seed: int = 0, kind: str = "float32") -> tuple[Net, Params]:
    """A net, and random weights for it; blobs of shared storage have the same."""
    net, rng = netspec.load_text(text), np.random.default_rng(seed)
    stores = {
        param.owner: rng.standard_normal(integers(param.blob.shape)).astype(kind)
        for node in net.layers
        for param in node.blobs
    }

    def own(param: Param) -> NDArray[Any]:
        return stores[param.owner].reshape(integers(param.blob.shape) or ())

    return net, {node.name: [own(param) for param in node.blobs] for node in net.layers if node.blobs}


def one_as_factor(blobs: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
    """A layer's parameters as a module gives them back that keeps a BatchNorm's mean and variance divided by it."""
    if len(blobs) != 3:
        return [*blobs]
    mean, variance, factor = blobs
    return [mean / factor, variance / factor, np.ones_like(factor)]


def same(found: Params, wanted: Params) -> None:
    """To the bit."""
    assert found.keys() == wanted.keys()
    for layer, blobs in wanted.items():
        kinds = [(blob.shape, blob.dtype, blob.tobytes()) for blob in blobs]
        assert [(blob.shape, blob.dtype, blob.tobytes()) for blob in found[layer]] == kinds, layer


def to_hdf5(path: Path, net: Net, params: Params) -> None:
    """As Net::ToHDF5: what another layer owns is left out."""
    h5py: Any = pytest.importorskip("h5py")
    with h5py.File(path, "w") as file:
        file.create_group("diff")
        for node in net.layers:
            group = file.require_group(f"data/{node.name}")
            for i, param in enumerate(node.blobs):
                if param.owner == param.key:
                    group.create_dataset(str(i), data=params[node.name][i])
