"""Old formats mean what Caffe's upgrade makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netspec.frontend.load import load_text
from netspec.net import Net, Node
from tests.frontend.pieces import codes

V0 = """
name: "old" input: "data" input_dim: 2 input_dim: 3 input_dim: 12 input_dim: 12
layers { layer { name: "pad1" type: "padding" pad: 2 } bottom: "data" top: "pad1" }
layers {
  layer {
    name: "conv1" type: "conv" num_output: 4 kernelsize: 3 stride: 2 group: 1 biasterm: false
    weight_filler { type: "gaussian" std: 0.01 } blobs_lr: 1. weight_decay: 1.
  }
  bottom: "pad1" top: "conv1"
}
layers { layer { name: "relu1" type: "relu" } bottom: "conv1" top: "conv1" }
layers { layer { name: "norm1" type: "lrn" local_size: 5 alpha: 0.0001 beta: 0.75 } bottom: "conv1" top: "norm1" }
layers { layer { name: "pool1" type: "pool" pool: AVE kernelsize: 3 stride: 2 } bottom: "norm1" top: "pool1" }
layers { layer { name: "fc" type: "innerproduct" num_output: 5 } bottom: "pool1" top: "fc" }
layers { layer { name: "drop" type: "dropout" dropout_ratio: 0.25 } bottom: "fc" top: "fc" }
layers { layer { name: "prob" type: "softmax" } bottom: "fc" top: "prob" }
"""

V1 = """
name: "old" input: "data" input_shape { dim: 2 dim: 3 dim: 12 dim: 12 }
layers {
  name: "conv1" type: CONVOLUTION bottom: "data" top: "conv1" blobs_lr: 1. weight_decay: 1.
  convolution_param {
    num_output: 4 kernel_size: 3 stride: 2 pad: 2 group: 1 bias_term: false weight_filler { type: "gaussian" std: 0.01 }
  }
}
layers { name: "relu1" type: RELU bottom: "conv1" top: "conv1" }
layers { name: "norm1" type: LRN bottom: "conv1" top: "norm1" lrn_param { local_size: 5 alpha: 0.0001 beta: 0.75 } }
layers { name: "pool1" type: POOLING bottom: "norm1" top: "pool1" pooling_param { pool: AVE kernel_size: 3 stride: 2 } }
layers { name: "fc" type: INNER_PRODUCT bottom: "pool1" top: "fc" inner_product_param { num_output: 5 } }
layers { name: "drop" type: DROPOUT bottom: "fc" top: "fc" dropout_param { dropout_ratio: 0.25 } }
layers { name: "prob" type: SOFTMAX bottom: "fc" top: "prob" }
"""

V2 = """
name: "old"
layer { name: "input" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 dim: 12 dim: 12 } } }
layer {
  name: "conv1" type: "Convolution" bottom: "data" top: "conv1" param { lr_mult: 1 decay_mult: 1 }
  convolution_param {
    num_output: 4 kernel_size: 3 stride: 2 pad: 2 group: 1 bias_term: false weight_filler { type: "gaussian" std: 0.01 }
  }
}
layer { name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1" }
layer { name: "norm1" type: "LRN" bottom: "conv1" top: "norm1" lrn_param { local_size: 5 alpha: 0.0001 beta: 0.75 } }
layer {
  name: "pool1" type: "Pooling" bottom: "norm1" top: "pool1" pooling_param { pool: AVE kernel_size: 3 stride: 2 }
}
layer { name: "fc" type: "InnerProduct" bottom: "pool1" top: "fc" inner_product_param { num_output: 5 } }
layer { name: "drop" type: "Dropout" bottom: "fc" top: "fc" dropout_param { dropout_ratio: 0.25 } }
layer { name: "prob" type: "Softmax" bottom: "fc" top: "prob" }
"""


def said(net: Net) -> tuple[Any, ...]:
    """All of a net but the places it came from."""
    names = [name for name in Node._fields if name != "origin"]
    nodes = [{name: getattr(node, name) for name in names} for node in net.layers]
    return net.name, nodes, dict(net.shapes)


def test_v0_and_v1_are_v2() -> None:
    expected = said(load_text(V2))
    assert said(load_text(V0)) == expected
    assert said(load_text(V1)) == expected


def params(text: str, index: int = 0, inputs: Mapping[str, tuple[int, ...]] | None = None) -> Any:
    return load_text(text, inputs=inputs).layers[index].params


def test_transformation_moves_out_of_v1_data() -> None:
    old = 'layers { name: "d" type: DATA top: "d" data_param { batch_size: 4 crop_size: 9 mirror: true mean_file: "m" }'
    found = params(old + " transform_param { scale: 2 crop_size: 7 } }")
    assert (found.transform_param.crop_size, found.transform_param.scale, found.transform_param.mirror) == (
        9,
        2.0,
        True,
    )
    assert (found.batch_size, found.has("crop_size"), found.has("mean_file")) == (4, False, False)
    assert params(old + " }").transform_param.crop_size == 9


def test_transformation_stays_where_it_has_no_effect_in_v2() -> None:
    found = params('layer { name: "d" type: "Data" top: "d" data_param { batch_size: 4 crop_size: 9 } }')
    assert "crop_size" in found.without_effect() and found.transform_param.crop_size == 0


def test_v0_data() -> None:
    old = """layers {
      layer { name: "d" type: "data" source: "s" batchsize: 8 cropsize: 9 mirror: true meanfile: "m" scale: 0.5 }
      top: "d" top: "l"
    }"""
    found = params(old)
    transform = found.transform_param
    assert (found.source, found.batch_size) == ("s", 8)
    assert (transform.crop_size, transform.mirror, transform.mean_file, transform.scale) == (9, True, "m", 0.5)


def test_v1_parameters() -> None:
    net = load_text("""
      input: "data" input_shape { dim: 1 dim: 3 }
      layers {
        name: "a" type: INNER_PRODUCT bottom: "data" top: "a" inner_product_param { num_output: 4 }
        param: "w" param: "" blob_share_mode: STRICT blob_share_mode: PERMISSIVE
        blobs_lr: 0.5 blobs_lr: 2 weight_decay: 3
      }
      layers {
        name: "b" type: INNER_PRODUCT bottom: "data" top: "b" inner_product_param { num_output: 6 transpose: true }
        param: "v" blob_share_mode: PERMISSIVE
      }""")
    weight, bias = net.layers[1].blobs
    assert (weight.name, weight.lr_mult, weight.decay_mult) == ("w", 0.5, 3.0)
    assert (bias.name, bias.lr_mult, bias.decay_mult) == ("", 2.0, 1.0)


def test_v1_parameters_are_told_apart_by_their_names() -> None:
    one = (
        'layers { name: "%s" type: INNER_PRODUCT bottom: "data" top: "%s" %s: 5 inner_product_param { num_output: 4 } }'
    )
    texts = [one % ("a", "a", "blobs_lr"), one % ("b", "b", "weight_decay")]
    net = load_text('input: "data" input_shape { dim: 1 dim: 3 }' + "".join(texts))
    assert [(node.blobs[0].lr_mult, node.blobs[0].decay_mult) for node in net.layers[1:]] == [(5.0, 1.0), (1.0, 5.0)]


def test_inputs() -> None:
    two = 'input: "a" input: "b" input_dim: [1, 2, 3, 4] input_dim: 5 input_dim: 6 input_dim: 7 input_dim: 8'
    assert load_text(two).blobs == {"a": (1, 2, 3, 4), "b": (5, 6, 7, 8)}
    both = 'input: ["a", "b"] input_dim: 9 input_shape { dim: 1 } input_shape { dim: [2, 3] }'
    assert load_text(both).blobs == {"a": (1,), "b": (2, 3)}
    below = 'layer { name: "r" type: "ReLU" bottom: "a" top: "r" } input: "a" input_shape { }'
    assert [node.name for node in load_text(below).layers] == ["input", "r"]
    assert load_text(below).blobs == {"a": (), "r": ()}


def test_input_without_a_shape_is_dropped() -> None:
    assert codes('input: "a"') == ["NS224"]
    assert codes('input: "a" layer { name: "r" type: "ReLU" bottom: "a" top: "r" }') == ["NS209"]


def test_padding_before_a_layer_in_place() -> None:
    """What counts is the layer that wrote the blob last."""
    net = load_text("""
      input: "data" input_shape { dim: 1 dim: 1 dim: 4 dim: 4 }
      layers { layer { name: "p" type: "padding" pad: 1 } bottom: "data" top: "p" }
      layers { layer { name: "c" type: "conv" num_output: 1 kernelsize: 3 pad: 9 } bottom: "p" top: "c" }
      layers { layer { name: "r" type: "relu" } bottom: "c" top: "c" }
      layers { layer { name: "q" type: "pool" kernelsize: 2 } bottom: "c" top: "q" }""")
    assert net.layers[1].bottoms == ("data",)
    assert net.blobs["c"] == (1, 1, 4, 4)
    assert net.blobs["q"] == (1, 1, 3, 3)
