"""Fields that forks of Caffe add to layers that Caffe has: which are read over, and what the others do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netspec
from netspec.layers import find
from netspec.layers.base import Phase, Refusal, Site
from netspec.layers.transform import TransformationParameter
from netspec.problems.fields import EntryCount, InvalidValue
from netspec.problems.shapes import BadDimensions, OutOfBounds
from netspec.shapes import UNKNOWN, show
from tests.layers.small_nets import layer, run, text_of

X = np.array([[-2.0, -0.5, 0.0, 0.5], [1.0, 2.0, 7.0, 4.0]])


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
    layer("ReLU", "relu_param { engine: MKL2017 fuse: true }", "2"),
    layer("ReLU", "relu_param { engine: 4 }", "2"),
    layer("Convolution", CONVOLUTION[:-1] + ' conv_algorithm: "winograd" relu: false negative_slope: 2 }', "1 2 3 3"),
    layer(
        "Convolution",
        CONVOLUTION[:-1] + ' conv_algos_override: "1,1,1" cudnn_convolution_algo_seeker: FindEx }',
        "1 2 3 3",
    ),
    layer(
        "Convolution",
        CONVOLUTION[:-1]
        + " cudnnConvolutionFwdAlgo: 0 cudnnConvolutionBwdDataAlgo: 1 cudnnConvolutionBwdFilterAlgo: 3 }",
        "1 2 3 3",
    ),
    layer("LRN", "lrn_param { engine: MKLDNN }", "1 2 3 3"),
    layer("Concat", "concat_param { engine: MKL2017 }", "2 3", "2 3"),
    layer("Eltwise", "eltwise_param { engine: MKLDNN }", "2 3", "2 3"),
    layer("Split", "split_param { engine: MKL2017 }", "2 3"),
    layer("InnerProduct", "inner_product_param { num_output: 1 engine: MKLDNN }", "2 3"),
    layer("Dropout", "dropout_param { engine: CUDNN random_seed: 3 }", "2 3"),
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


# transform_param, height and width that the layer knows, those of the top
CROPPED: list[tuple[dict[str, Any], tuple[Any, Any], tuple[Any, Any]]] = [
    ({"crop_size": 7}, (UNKNOWN, 9), (7, 7)),
    ({"crop_h": 7, "crop_w": 5}, (UNKNOWN, 9), (7, 5)),
    ({"crop_height": 7, "crop_width": 50}, (UNKNOWN, 9), (7, 50)),
    ({"vertical_stretch_lower": 0.8, "vertical_stretch_upper": 1.2}, (8, 9), (UNKNOWN, UNKNOWN)),
    ({"rand_resize_ratio_upper": 1.2, "crop_size": 7}, (8, 9), (7, 7)),
    ({"interpolation_algo_up": 3, "allow_upscale": True}, (8, 9), (8, 9)),
    ({"resize_param": ({"height": 30, "width": 40},)}, (UNKNOWN, UNKNOWN), (30, 40)),
    ({"resize_param": ({"height": 30, "width": 40, "resize_mode": 3},)}, (8, 9), (30, 40)),
    ({"resize_param": ({"height": 30, "width": 40, "resize_mode": 2},)}, (8, 9), (UNKNOWN, UNKNOWN)),
    ({"resize_param": ({"height": 30, "width": 40, "prob": 0.5},)}, (8, 9), (UNKNOWN, UNKNOWN)),
    ({"resize_param": ({"height": 30, "width": 40, "prob": 0.0},)}, (8, 9), (8, 9)),
    ({"resize_param": ({"height": 30, "width": 40},), "crop_size": 20}, (8, 9), (20, 20)),
    ({"resize_param": ({"height": 30, "width": 40, "prob": 0.5},) * 2}, (8, 9), (30, 40)),
    ({"resize_param": ({"height": 30, "width": 40}, {"height": 8, "width": 9, "prob": 0})}, (8, 9), (30, 40)),
    ({"resize_param": tuple({"height": s, "width": s, "prob": 0.5} for s in (30, 40))}, (8, 9), (UNKNOWN, UNKNOWN)),
    ({"random_resize_param": {"min_size": 20, "max_size": 30}, "crop_size": 20}, (8, 9), (20, 20)),
    ({"random_aspect_ratio_param": {}}, (8, 9), (UNKNOWN, UNKNOWN)),
    ({"resize_param": [{"height": 30, "width": 40}, {"height": 3, "width": 4}]}, (8, 9), (UNKNOWN, UNKNOWN)),
    ({"pad": 3}, (8, 9), (UNKNOWN, UNKNOWN)),
    ({"pad": 3, "crop_size": 20}, (8, 9), (20, 20)),
    ({"resize_param": [{"multiscale": True, "height": 30, "width": 40}]}, (8, 9), (UNKNOWN, UNKNOWN)),
    ({"resize_param": [{"max_angle": 5.0, "center_object": True}], "vertical_mirror": True}, (8, 9), (8, 9)),
    ({"noise_param": [{"prob": 1.0}], "distort_param": {}, "expand_param": {}, "emit_constraint": {}}, (8, 9), (8, 9)),
]


@pytest.mark.parametrize(("fields", "image", "wanted"), CROPPED)
def test_what_is_cut_out(fields: dict[str, Any], image: tuple[Any, Any], wanted: tuple[Any, Any]) -> None:
    transform = TransformationParameter.model_validate(fields)
    transform.check()
    assert show(transform.cropped(*image)) == show(wanted)


REFUSED: list[tuple[str, dict[str, Any], tuple[Any, ...], Any, str]] = [
    ("Data", {"transform_param": {"crop_size": 3, "crop_h": 3}}, (), InvalidValue, "exclude each other"),
    ("Data", {"transform_param": {"crop_h": 3}}, (), InvalidValue, "crop_h is given without crop_w"),
    (
        "Data",
        {"transform_param": {"crop_h": 31, "crop_w": 9, "resize_param": ({"height": 30, "width": 30},)}},
        (),
        OutOfBounds,
        "crop_h 31, crop_w 9 is more than the images have: 30×30",
    ),
    ("Concat", {"per_fla_fuse": True}, ((2, 3), (2, 4)), BadDimensions, "2×3 has 2 axes"),
    ("Eltwise", {"operation": 3}, ((2,), (2,), (2,)), netspec.problems.fields.BlobCount, "it has 3"),
    ("Eltwise", {"operation": 4, "coeff": (1.0, 1.0)}, ((2,), (2,)), InvalidValue, "for SUM alone"),
    (
        "SoftmaxWithLoss",
        {"loss_param": {"weight_by_label_freqs": True, "class_weighting": (1.0, 2.0)}},
        ((4, 3), (4,)),
        EntryCount,
        "3 classes and 2 weights",
    ),
]


@pytest.mark.parametrize(("type_name", "fields", "bottoms", "problem", "words"), REFUSED)
def test_refused(type_name: str, fields: dict[str, Any], bottoms: tuple[Any, ...], problem: Any, words: str) -> None:
    kind = find(type_name)
    assert kind is not None
    with pytest.raises(Refusal) as caught:
        kind.model_validate(fields).infer(Site(bottoms))
    assert caught.value.problem is problem
    assert words in caught.value.message


def test_smoothed_labels_are_refused(tmp_path: Path) -> None:
    spec = tmp_path / "net.prototxt"
    spec.write_text(layer("SoftmaxWithLoss", "loss_param { label_smoothing: 0.1 }", "2 3", "2"))
    (found,) = netspec.check(spec)
    assert found.code == "NS206"
    assert "is 0.1" in found.message


IMAGE = np.arange(24.0).reshape(1, 2, 3, 4)
SCORES = np.array([[1.0, 2, 3], [0, 0, 1], [2, -1, 0], [1, 1, 1]])
LABELS = np.array([2, 0, 0, 1])
LOGS = SCORES - np.log(np.exp(SCORES).sum(1, keepdims=True))
LOSSES = -LOGS[np.arange(4), LABELS]

# type, fields, inputs, value
VALUES: list[tuple[str, str, tuple[Any, ...], Any]] = [
    ("ReLU", "relu_param { relu6: true }", (X,), np.clip(X, 0, 6)),
    ("ReLU", "relu_param { maximum: 3 negative_slope: 2 }", (X,), np.minimum(np.where(X > 0, X, 2 * X), 3)),
    ("ReLU", "relu_param { relu6: true maximum: 9 }", (X,), np.clip(X, 0, 6)),
    ("ReLU", "relu_param { minimum: -1 negative_slope: 1 }", (X,), np.maximum(X, -1)),
    ("Dropout", "dropout_param { scale_train: false dropout_ratio: 0.2 }", (X,), 0.8 * X),
    ("Dropout", "dropout_param { scale_train: true }", (X,), X),
    ("Eltwise", "eltwise_param { operation: DIV }", (X, X + 3), X / (X + 3)),
    ("Eltwise", "eltwise_param { operation: MIN }", (X, X[::-1], 0 * X), np.minimum(np.minimum(X, X[::-1]), 0)),
    (
        "Concat",
        "concat_param { per_fla_fuse: true }",
        (IMAGE, IMAGE[:, :, :1]),
        np.concatenate(
            [IMAGE.transpose(0, 2, 3, 1).reshape(1, 24), IMAGE[:, :, :1].transpose(0, 2, 3, 1).reshape(1, 8)], 1
        ),
    ),
    ("ArgMax", "argmax_param { axis: 1 top_k: 2 min_first: true }", ([[3, 1, 1, 2]],), [[1, 2]]),
    (
        "MVN",
        "mvn_param { add_eps_before_sqrt: true eps: 0.5 }",
        (IMAGE,),
        (IMAGE - IMAGE.mean((2, 3), keepdims=True)) / np.sqrt(IMAGE.var((2, 3), keepdims=True) + 0.5),
    ),
    (
        "SoftmaxWithLoss",
        "loss_param { normalization: PRE_FIXED pre_fixed_normalizer: 8 }",
        (SCORES, LABELS),
        LOSSES.sum() / 8,
    ),
    (
        "SoftmaxWithLoss",
        "loss_param { weight_by_label_freqs: true class_weighting: [1, 2, 4] }",
        (SCORES, LABELS),
        (LOSSES * [4, 1, 1, 2]).mean(),
    ),
    (
        "SoftmaxWithLoss",
        "loss_param { weight_by_label_freqs: false class_weighting: [1, 2, 4] }",
        (SCORES, LABELS),
        LOSSES.mean(),
    ),
    (
        "SoftmaxWithLoss",
        "loss_param { weight_by_label_freqs: true }",
        (SCORES, LABELS),
        (LOSSES / [1, 2, 2, 1]).mean(),
    ),
    (
        "SoftmaxWithLoss",
        "loss_param { weight_by_label_freqs: true ignore_label: 1 }",
        (SCORES, LABELS),
        (LOSSES / [1, 2, 2, 1])[:3].mean(),
    ),
]


@pytest.mark.parametrize("backend", ["numpy", "torch", "tensorflow"])
@pytest.mark.parametrize(("type_name", "fields", "inputs", "value"), VALUES)
def test_values(type_name: str, fields: str, inputs: tuple[Any, ...], value: Any, backend: str) -> None:
    found = run(text_of(type_name, fields, inputs), *inputs, backend=backend)
    np.testing.assert_allclose(found, value, rtol=1e-12)


@pytest.mark.parametrize(("type_name", "fields", "inputs", "value"), VALUES)
def test_backends_agree(type_name: str, fields: str, inputs: tuple[Any, ...], value: Any) -> None:
    report = netspec.verify(netspec.load_text(text_of(type_name, fields, inputs)), grad=True)
    assert report.ok, report


@pytest.mark.parametrize("backend", ["numpy", "torch", "tensorflow"])
@pytest.mark.parametrize(
    ("scaled", "phase"), [("true", "TRAIN"), ("false", "TRAIN"), ("true", "TEST"), ("false", "TEST")]
)
def test_dropping(scaled: str, phase: str, backend: str) -> None:
    sampled = "true" if phase == "TEST" else "false"
    fields = f"dropout_param {{ dropout_ratio: 0.75 scale_train: {scaled} sample_weights_test: {sampled} }}"
    found = run(layer("Dropout", fields, "1000"), np.ones(1000), phase=phase, backend=backend)
    assert set(np.unique(np.round(found, 9))) == {0.0, 4.0 if scaled == "true" else 1.0}
    assert 150 < np.count_nonzero(found) < 350


def test_what_drops_in_both_phases_is_verified_without() -> None:
    text = layer("Dropout", "dropout_param { sample_weights_test: true scale_train: false }", "4")
    dropout = netspec.load_text(text).layers[-1].params
    assert dropout.random(Site(((4,),), phase=Phase.TEST))
    assert netspec.verify(netspec.load_text(text)).ok
