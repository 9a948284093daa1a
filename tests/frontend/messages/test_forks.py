"""Fields that forks of Caffe add to a net and to every layer: none of them changes what is computed."""

from __future__ import annotations

from pathlib import Path

import pytest

import netspec
from netspec.frontend.messages.entry import FORKS_FIELDS, FORKS_NET_FIELDS
from netspec.frontend.messages.forks import LayerFields, NetFields
from tests.layers.small_nets import layer

CONVOLUTION = "convolution_param { num_output: 2 kernel_size: 1 }"

# What may stand in a net, or in a layer, and has no effect.
WITHOUT_EFFECT = [
    'engine: "MKLDNN" layer { name: "d" type: "Input" top: "d" input_param { shape { dim: 1 } } }',
    "default_forward_type: FLOAT16 default_backward_math: FLOAT global_grad_scale: 1000 reduce_buckets: 3\n"
    'eltwise_mem_sharing: false default_conv_algos_override: "1,1,1"\n'
    "default_cudnn_math_override: 0\n" + layer("ReLU", "", "2"),
    'multinode { compress_layer_type_list { layer_type: "InnerProduct" } model_parallel { layer_from: "a" } }\n'
    + layer("ReLU", "", "2"),
    'compile_net_state { is_init: true bn_scale_merge: true kept_bn_layers: "a" }\n' + layer("ReLU", "", "2"),
    "mem_param { optimize_train: true }\n" + layer("ReLU", "", "2"),
    layer("Convolution", CONVOLUTION + ' engine: "MKL2017" multinode { num_nodes: 2 } debug: true', "1 2 3 3"),
    layer("Convolution", CONVOLUTION + " forward_type: FLOAT16 backward_math: FLOAT cudnn_math_override: 1", "1 2 3 3"),
    layer(
        "Convolution",
        CONVOLUTION
        + " quantization_param { precision: DYNAMIC_FIXED_POINT bw_layer_in: 8 scale_in: 0.5 scale_params: 1 "
        "scale_params: 2 is_negative_input: true }",
        "1 2 3 3",
    ),
]


@pytest.mark.parametrize("text", WITHOUT_EFFECT)
def test_without_effect(text: str, tmp_path: Path) -> None:
    spec = tmp_path / "net.prototxt"
    spec.write_text(text)
    assert netspec.check(spec) == []


def test_what_would_have_an_effect_in_training_is_said(tmp_path: Path) -> None:
    spec = tmp_path / "net.prototxt"
    spec.write_text("bn_stats_batch_size: 32\n" + layer("ReLU", "", "2"))
    (found,) = netspec.check(spec)
    assert (found.code, found.severity) == ("NS222", "warning")
    assert "32 items" in found.message


def test_the_names_that_are_known_without_their_kinds() -> None:
    assert set(LayerFields._fields) == FORKS_FIELDS
    assert {*NetFields._fields, "bn_stats_batch_size"} == FORKS_NET_FIELDS  # of which a warning tells
