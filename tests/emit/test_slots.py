"""Layers of different types that share a parameter by name, whatever shape or order each keeps it in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.backend.door import emission
from netspec.emit.slots import restored, stored
from netspec.net import Net
from netspec.shapes import integers

INPUTS = {
    "row": (3, 4),
    "map": (2, 4, 3, 3),
    "film": (2, 4, 2, 3, 3),
    "square": (2, 4, 2, 2),
    "long": (2, 16),
    "wide": (2, 16, 2, 2),
    "table": (2, 4, 4, 3),
    "index": (5,),
    "steps": (3, 2, 2),
    "wider": (3, 2, 4),
    "cont": (3, 2),
}
# Layers with a parameter of 16 elements: type, bottoms, its fields, and which of its blobs it is.
KINDS: dict[str, tuple[str, str, str, int]] = {
    "dense": ("InnerProduct", "row", "inner_product_param { num_output: 4 }", 0),
    "dense, transposed": ("InnerProduct", "row", "inner_product_param { num_output: 4 transpose: true }", 0),
    "table": ("Embed", "index", "embed_param { num_output: 4 input_dim: 4 }", 0),
    "flat table": ("Embed", "index", "embed_param { num_output: 2 input_dim: 8 }", 0),
    "1×1": ("Convolution", "map", "convolution_param { num_output: 4 kernel_size: 1 }", 0),
    "2×2": ("Convolution", "map", "convolution_param { num_output: 1 kernel_size: 2 }", 0),
    "grouped": ("Convolution", "map", "convolution_param { num_output: 4 group: 2 kernel_h: 1 kernel_w: 2 pad: 1 }", 0),
    "depthwise": ("Convolution", "map", "convolution_param { num_output: 4 group: 4 kernel_size: 2 }", 0),
    "no kernel": ("Convolution", "row", "convolution_param { num_output: 4 }", 0),
    "3-D": ("Convolution", "film", "convolution_param { num_output: 1 kernel_size: [1, 2, 2] }", 0),
    "adjoint 1×1": ("Deconvolution", "map", "convolution_param { num_output: 4 kernel_size: 1 }", 0),
    "adjoint 2×2": ("Deconvolution", "map", "convolution_param { num_output: 1 kernel_size: 2 stride: 2 }", 0),
    "adjoint, each": ("Deconvolution", "map", "convolution_param { num_output: 4 group: 4 kernel_size: 2 }", 0),
    "adjoint, no kernel": ("Deconvolution", "row", "convolution_param { num_output: 4 }", 0),
    "scale": ("Scale", "wide", "", 0),
    "scale of two axes": ("Scale", "table", "scale_param { num_axes: 2 bias_term: true }", 0),
    "scale of three axes": ("Scale", "square", "scale_param { num_axes: 3 }", 0),
    "shift": ("Scale", "table", "scale_param { num_axes: 2 bias_term: true }", 1),
    "bias": ("Bias", "wide", "", 0),
    "bias of two axes": ("Bias", "table", "bias_param { num_axes: 2 }", 0),
    "slope": ("PReLU", "wide", "", 0),
    "lstm": ("LSTM", "steps cont", "recurrent_param { num_output: 2 }", 0),
    "lstm, state": ("LSTM", "steps cont", "recurrent_param { num_output: 2 }", 2),
    "rnn": ("RNN", "wider cont", "recurrent_param { num_output: 4 }", 0),
    "rnn, state": ("RNN", "wider cont", "recurrent_param { num_output: 4 }", 2),
    "values": ("Parameter", "", "parameter_param { shape { dim: 2 dim: 8 } }", 0),
    "norm": ("SSDNormalize", "wide", "norm_param { across_spatial: false channel_shared: false }", 0),
    "batch norm, weight": ("BatchNorm", "wide", "batch_norm_param { scale_bias: true }", 3),
    "batch norm, bias": ("BatchNorm", "wide", "batch_norm_param { use_weight_bias: true }", 4),
    "PSPNet's, weight": ("PSPNetBN", "wide", "", 0),
    "PSPNet's, bias": ("PSPNetBN", "wide", "", 1),
    "SegNet's": ("SegNetBN", "wide", "", 0),
    "happynear's": ("HappynearBN", "wide", "", 0),
    "cosine": ("CosineInnerProduct", "row", "inner_product_param { num_output: 4 }", 0),
    "distance": ("InnerDistance", "row", "inner_distance_param { num_output: 4 transpose: true }", 0),
    "affine": ("EltwiseAffine", "wide", "", 0),
    "layer norm": ("LayerNorm", "long", "", 0),
    "factor": ("Mul", "row", "mul_param { mul_shape: [4, 1, 4] }", 0),
    "hinges": ("APL", "long", "apl_param { sums: 1 }", 0),
}


def net_of(*names: str) -> Net:
    """A layer of each of these kinds, all of which share one parameter; the first owns it."""
    shapes = " ".join(f"shape {{ {' '.join(f'dim: {d}' for d in shape)} }}" for shape in INPUTS.values())
    tops = " ".join(f'top: "{name}"' for name in INPUTS)
    text = f'layer {{ name: "inputs" type: "Input" {tops} input_param {{ {shapes} }} }}\n'
    for i, name in enumerate(names):
        kind, bottoms, fields, blob = KINDS[name]
        before = "param { lr_mult: 0 } " if kind == "BatchNorm" else "param { } "
        read = " ".join(f'bottom: "{bottom}"' for bottom in bottoms.split())
        param = before * blob + 'param { name: "w" share_mode: PERMISSIVE }'
        text += f'layer {{ name: "{i} {name}" type: "{kind}" {read} top: "y{i}" {param} {fields} }}\n'
    return netspec.load_text(text)


def others(first: str) -> tuple[str, ...]:
    return (first, *(name for name in KINDS if name != first))


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
@pytest.mark.parametrize("first", KINDS)
def test_every_pair_of_types_keeps_one_parameter(first: str, backend: str) -> None:
    """What is written for one layer is what another one reads, in Caffe's order of the elements."""
    net = net_of(*others(first))
    slots = emission(net, backend).slots
    sharers = [param for node in net.layers for param in node.blobs if param.name]
    assert len(sharers) == len(KINDS)
    assert len({slots[param.key].path for param in sharers}) == 1
    values = np.arange(16.0)
    for param in sharers:
        slot = slots[param.key]
        kept = stored(slot, values.reshape(integers(param.blob.shape) or ()))
        assert kept.shape == slots[sharers[0].key].shape
        np.testing.assert_array_equal(kept, stored(slots[sharers[0].key], values.reshape(slots_shape(net))))
        np.testing.assert_array_equal(restored(slot, kept).ravel(), values)


def slots_shape(net: Net) -> tuple[int, ...]:
    return next(integers(p.blob.shape) or () for node in net.layers for p in node.blobs if p.name)


OWNERS = ("dense", "2×2", "adjoint, each", "scale of three axes", "lstm, state", "PSPNet's, weight")


@pytest.mark.parametrize("first", OWNERS)
def test_values_and_gradients(first: str) -> None:
    """Each with all the others, whose gradients add up."""
    pytest.importorskip("torch")
    pytest.importorskip("tensorflow")
    net = net_of(*others(first))
    report = netspec.verify(net)
    assert report.ok, report
    (row,) = (row for row in report.rows if row.item.layer == f"0 {first}" and row.item.blob == shared_blob(net))
    assert row.magnitude > 0.1
    report = netspec.verify(net, backends=("numpy", "torch"), grad=False)
    assert report.ok, report


def shared_blob(net: Net) -> str:
    return next(param.blob.name for node in net.layers for param in node.blobs if param.name)


TIED = """
layer { name: "data" type: "Input" top: "x" input_param { shape { dim: 3 dim: 6 } } }
layer { name: "enc" type: "InnerProduct" bottom: "x" top: "h" param { name: "w" }
  inner_product_param { num_output: 4 } }
layer { name: "dec" type: "InnerProduct" bottom: "h" top: "y" param { name: "w" }
  inner_product_param { num_output: 6 transpose: true } }
"""
PERMISSIVE = """
layer { name: "data" type: "Input" top: "x" input_param { shape { dim: 2 dim: 4 dim: 5 dim: 5 } } }
layer { name: "p" type: "Pooling" bottom: "x" top: "p" pooling_param { pool: AVE global_pooling: true } }
layer { name: "fc" type: "InnerProduct" bottom: "p" top: "fc" param { name: "w" } param { name: "b" }
  inner_product_param { num_output: 3 } }
layer { name: "map" type: "Convolution" bottom: "x" top: "map" param { name: "w" share_mode: PERMISSIVE }
  param { name: "b" } convolution_param { num_output: 3 kernel_size: 1 } }
"""


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_the_gradient_is_the_sum_of_both_uses(backend: str) -> None:
    """y = (x·wᵀ + a)·w + b, differentiated by hand."""
    pytest.importorskip(backend)
    model = netspec.build(netspec.load_text(TIED), backend, dtype="float64")
    rng = np.random.default_rng(0)
    x, w, a, b, seed = (rng.standard_normal(shape) for shape in ((3, 6), (4, 6), 4, 6, (3, 6)))
    model.set_params({"enc": [w, a], "dec": [w, b]})
    h = x @ w.T + a
    np.testing.assert_allclose(model.forward({"x": x})["y"], h @ w + b, rtol=1e-12)
    gradients = model.backward({"y": seed})
    wanted = (seed @ w.T).T @ x + h.T @ seed
    for layer in ("enc", "dec"):
        np.testing.assert_allclose(gradients.params[layer][0], wanted, rtol=1e-12)
    np.testing.assert_allclose(gradients.inputs["x"], seed @ w.T @ w, rtol=1e-12)


@pytest.mark.parametrize(("text", "count"), [(TIED, 3), (PERMISSIVE, 2)])
def test_a_parameter_is_there_once(text: str, count: int) -> None:
    pytest.importorskip("torch")
    names: dict[str, Any] = {}
    source = emission(netspec.load_text(text), "torch")
    exec(source.text, names)
    module = names[source.class_name]()
    assert len([*module.named_parameters(remove_duplicate=False)]) == len(module.state_dict()) == count
    tensorflow = emission(netspec.load_text(text), "tensorflow").text
    assert tensorflow.count("self.variable(") == count


@pytest.mark.parametrize("kind", ["LSTM", "RNN"])
def test_layers_that_share_all_their_parameters_keep_a_state_each(kind: str) -> None:
    """The second layer begins with its own last state, not with that in which the first has just ended."""
    pytest.importorskip("torch")
    pytest.importorskip("tensorflow")
    count = {"LSTM": 3, "RNN": 5}[kind]
    shared = " ".join(f'param {{ name: "{i}" }}' for i in range(count))
    text = "input x: [3, 2, 4]\ninput cont: [3, 2]\n"
    for bottom, top in (("x", "a"), ("a", "b")):
        text += (
            f'layer {{ name: "{top}" type: "{kind}" bottom: "{bottom}" bottom: "cont" top: "{top}" {shared} '
            f"recurrent_param {{ num_output: 4 }} }}\n"
        )
    report = netspec.verify(netspec.load_text(text))
    assert report.ok, report


W = 'param { name: "w" share_mode: PERMISSIVE }'
ONE_LAYER = {
    "scale": f'type: "Scale" bottom: "wide" {W} {W} scale_param {{ bias_term: true }}',
    "dense": f'type: "InnerProduct" bottom: "column" {W} {W} inner_product_param {{ num_output: 4 }}',
    "transposed": f'type: "InnerProduct" bottom: "column" {W} {W} '
    "inner_product_param { num_output: 4 transpose: true }",
    "convolution": f'type: "Convolution" bottom: "grey" {W} {W} convolution_param {{ num_output: 4 kernel_size: 1 }}',
    "PSPNet's": f'type: "PSPNetBN" bottom: "wide" {W} {W}',
    "averages": f'type: "PSPNetBN" bottom: "wide" param {{ }} param {{ }} {W.replace("}", "lr_mult: 0 }")} '
    f"{W.replace('}', 'lr_mult: 0 }')}",
    "batch norm": f'type: "BatchNorm" bottom: "wide" {W} {W} param {{ }}',
    "rnn": f'type: "RNN" bottom: "steps" bottom: "cont" {W} param {{ }} {W} {W} recurrent_param {{ num_output: 2 }}',
    "lstm": f'type: "LSTM" bottom: "steps" bottom: "cont" {W} param {{ }} {W} recurrent_param {{ num_output: 2 }}',
}


@pytest.mark.parametrize("case", ONE_LAYER)
def test_blobs_of_one_layer(case: str) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("tensorflow")
    text = ""
    for name, dims in (
        ("wide", "2 3 2 2"),
        ("column", "3 1"),
        ("grey", "2 1 3 3"),
        ("steps", "3 2 2"),
        ("cont", "3 2"),
    ):
        sizes = " ".join(f"dim: {d}" for d in dims.split())
        text += f'layer {{ name: "{name}" type: "Input" top: "{name}" input_param {{ shape {{ {sizes} }} }} }}\n'
    report = netspec.verify(netspec.load_text(f'{text} layer {{ name: "l" top: "y" {ONE_LAYER[case]} }}'))
    assert report.ok, report


UNSHARED = {
    "in one layer": (
        "",
        'layer { name: "n" type: "PSPNetBN" bottom: "wide" top: "z" param { name: "w" } param { } param { name: "w" } '
        "param { } }",
        '"w" is a mean that its layer keeps itself, and a slope to learn',
    ),
    "learned and kept": (
        'layer { name: "s" type: "Scale" bottom: "wide" top: "y" param { name: "w" lr_mult: 0 } }',
        'layer { name: "n" type: "BatchNorm" bottom: "wide" top: "z" param { name: "w" lr_mult: 0 } '
        "param { lr_mult: 0 } param { lr_mult: 0 } }",
        '"w" is a mean that its layer keeps itself, and a weight to learn',
    ),
    "kept in two shapes": (
        'layer { name: "s" type: "BatchNorm" bottom: "wide" top: "y" param { name: "w" lr_mult: 0 } '
        "param { lr_mult: 0 } param { lr_mult: 0 } }",
        'layer { name: "n" type: "PSPNetBN" bottom: "wide" top: "z" param { } param { } '
        'param { name: "w" share_mode: PERMISSIVE lr_mult: 0 } param { lr_mult: 0 } }',
        '"w" is 16 there and 1×16×1×1 here, where the layer writes to it',
    ),
}


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
@pytest.mark.parametrize("case", UNSHARED)
def test_what_cannot_be_shared(case: str, backend: str) -> None:
    first, second, said = UNSHARED[case]
    data = 'layer { name: "i" type: "Input" top: "wide" input_param { shape { dim: 2 dim: 16 dim: 2 dim: 2 } } }'
    with pytest.raises(netspec.SpecError) as error:
        netspec.emit(netspec.load_text("\n".join((data, first, second))), backend)
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.code == "NS413"
    assert said in diagnostic.message
