"""Small nets in the style of the families that Caffe's forks are used for: both frameworks compute the same."""

from __future__ import annotations

import pytest

import netspec


def conv(name: str, bottom: str, channels: int, kernel: int = 3, stride: int = 1, more: str = "") -> str:
    return f"""
    layer {{
      name: "{name}" type: "Convolution" bottom: "{bottom}" top: "{name}"
      convolution_param {{
        num_output: {channels} kernel_size: {kernel} pad: {kernel // 2} stride: {stride} {more}
        weight_filler {{ type: "msra" }}
      }}
    }}
    """


def layer(type_name: str, bottoms: str, tops: str, more: str = "") -> str:
    ends = "".join(f'bottom: "{b}" ' for b in bottoms.split()) + "".join(f'top: "{t}" ' for t in tops.split())
    return f'layer {{ name: "{tops.split()[0]}_{type_name}" type: "{type_name}" {ends} {more} }}\n'


def given(name: str, *shape: int) -> str:
    dims = " ".join(f"dim: {n}" for n in shape)
    return f'layer {{ name: "{name}" type: "Input" top: "{name}" input_param {{ shape {{ {dims} }} }} }}\n'


FAMILIES = {
    "SegNet": given("data", 2, 3, 16, 20)
    + conv("c1", "data", 6)
    + layer("BN", "c1", "c1b", "bn_param { bn_mode: INFERENCE }")
    + layer("ReLU", "c1b", "c1b")
    + layer("Pooling", "c1b", "p1 m1", "pooling_param { pool: MAX kernel_size: 2 stride: 2 }")
    + conv("c2", "p1", 6)
    + layer("Upsample", "c2 m1", "u1", "upsample_param { scale: 2 }")
    + conv("score", "u1", 4)
    + layer("Softmax", "score", "prob"),
    "PSPNet": given("data", 1, 3, 25, 25)
    + conv("c1", "data", 8, 3, 2, "bias_term: false")
    + layer("BN", "c1", "b1", "bn_param { slope_filler { value: 1 } bias_filler { value: 0 } frozen: true }")
    + layer("ReLU", "b1", "b1")
    + layer("Pooling", "b1", "p1", "pooling_param { pool: AVE kernel_size: 13 stride: 13 }")
    + conv("c2", "p1", 4, 1)
    + layer("Interp", "c2", "i2", "interp_param { height: 13 width: 13 }")
    + layer("Pooling", "b1", "p3", "pooling_param { pool: AVE kernel_size: 5 stride: 4 }")
    + conv("c3", "p3", 4, 1)
    + layer("Interp", "c3", "i3", "interp_param { height: 13 width: 13 }")
    + layer("Concat", "b1 i2 i3", "all")
    + conv("score", "all", 5)
    + layer("Interp", "score", "full", "interp_param { zoom_factor: 2 }"),
    "SE-ResNet": given("data", 2, 8, 6, 6)
    + conv("c1", "data", 8)
    + layer("Pooling", "c1", "p", "pooling_param { pool: AVE global_pooling: true }")
    + conv("down", "p", 2, 1)
    + layer("ReLU", "down", "down")
    + conv("up", "down", 8, 1)
    + layer("Sigmoid", "up", "gate")
    + layer("Axpy", "gate c1 data", "y")
    + layer("ReLU", "y", "y"),
    "ShuffleNet": given("data", 2, 12, 8, 8)
    + conv("c1", "data", 12, 1, more="group: 3")
    + layer("ShuffleChannel", "c1", "s", "shuffle_channel_param { group: 3 }")
    + layer("ConvolutionDepthwise", "s", "d", "convolution_param { num_output: 12 kernel_size: 3 stride: 2 pad: 1 }")
    + conv("c2", "d", 12, 1, more="group: 3")
    + layer("Pooling", "data", "p", "pooling_param { pool: AVE kernel_size: 3 stride: 2 ceil_mode: false pad: 1 }")
    + layer("Concat", "p c2", "y"),
    "MobileNetV2": given("data", 1, 3, 16, 16)
    + conv("c1", "data", 8, 3, 2)
    + layer("ReLU6", "c1", "r1")
    + layer("DepthwiseConvolution", "r1", "d", "convolution_param { num_output: 8 kernel_size: 3 pad: 1 group: 8 }")
    + layer("ReLU6", "d", "r2")
    + conv("c2", "r2", 8, 1)
    + layer("Eltwise", "c2 c1", "y"),
    "YOLO": given("data", 1, 3, 16, 16)
    + conv("c1", "data", 8)
    + layer("Reorg", "c1", "r", "reorg_param { stride: 2 }")
    + conv("c2", "c1", 8, 3, 2)
    + layer("Concat", "r c2", "cat")
    + conv("c3", "cat", 8)
    + layer("Upsample", "c3", "up", "upsample_param { scale: 2 }")
    + layer("Concat", "up c1", "y"),
    "C3D": given("data", 1, 3, 8, 12, 12)
    + layer(
        "NdConvolution",
        "data",
        "c1",
        "convolution_param { num_output: 4 kernel_shape { dim: 3 dim: 3 dim: 3 } pad_shape { dim: 1 dim: 1 dim: 1 } }",
    )
    + layer("ReLU", "c1", "c1")
    + layer(
        "NdPooling",
        "c1",
        "p1",
        "pooling_param { pool: MAX kernel_shape { dim: 1 dim: 2 dim: 2 } stride_shape { dim: 1 dim: 2 dim: 2 } }",
    )
    + layer("InnerProduct", "p1", "fc", "inner_product_param { num_output: 5 }"),
    "captioning": given("words", 6, 2)
    + given("cont", 6, 2)
    + given("image", 2, 7)
    + layer("Embed", "words", "e", "embed_param { input_dim: 9 num_output: 5 weight_filler { type: 'uniform' } }")
    + layer(
        "LSTM",
        "e cont image",
        "h",
        "recurrent_param { num_output: 4 weight_filler { type: 'uniform' min: -0.1 max: 0.1 } }",
    )
    + layer("InnerProduct", "h", "score", "inner_product_param { num_output: 9 axis: 2 }")
    + layer("Softmax", "score", "prob", "softmax_param { axis: 2 }"),
    "temporal segments": given("data", 6, 3, 9, 9)
    + conv("c1", "data", 5)
    + layer("BN", "c1", "b1", "bn_param { slope_filler { value: 1 } bias_filler { value: 0 } frozen: true }")
    + layer("Pooling", "b1", "p", "pooling_param { pool: AVE global_pooling: true }")
    + layer("InnerProduct", "p", "fc", "inner_product_param { num_output: 4 }")
    + layer("Reshape", "fc", "segments", "reshape_param { shape { dim: -1 dim: 1 dim: 3 dim: 4 } }")
    + layer("Pooling", "segments", "y", "pooling_param { pool: AVE kernel_h: 3 kernel_w: 1 }"),
    "sphereface": given("data", 3, 3, 8, 8)
    + given("label", 3)
    + conv("c1", "data", 4, 3, 2)
    + layer("PReLU", "c1", "c1")
    + layer("InnerProduct", "c1", "fc", "inner_product_param { num_output: 6 }")
    + layer(
        "MarginInnerProduct",
        "fc label",
        "margin lambda",
        "margin_inner_product_param { num_output: 5 type: QUADRUPLE base: 1000 gamma: 0.12 power: 1 lambda_min: 5 "
        "weight_filler { type: 'xavier' } }",
    )
    + layer("SoftmaxWithLoss", "margin label", "loss"),
    "FlowNet": given("left", 1, 4, 8, 8)
    + given("right", 1, 4, 8, 8)
    + layer(
        "Correlation",
        "left right",
        "corr",
        "correlation_param { pad: 2 kernel_size: 1 max_displacement: 2 stride_1: 1 stride_2: 1 }",
    )
    + conv("c", "corr", 3),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_both_frameworks_compute_the_same(family: str) -> None:
    net = netspec.load_text(FAMILIES[family])
    report = netspec.verify(net)
    assert report.ok, str(report)
    assert len(report.rows) >= len(net.layers) - len(net.inputs)
