"""Emitted TensorFlow goes through the TFLite converter with its built-in operations alone, and LiteRT computes the same
numbers from it. What the converter lacks stands here with the operation that it has no word for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import netspec
from netspec.backend.executable import Floats, started
from netspec.emit import Emission
from netspec.net import Net
from netspec.net.labels import whole_numbers
from netspec.shapes import integers
from netspec.verify.samples import Samples, draw_input, draw_parameters, limited, parameter_names
from tests.frameworks.cases import CASES, XAVIER, convolution, inputs, layer, on_images

tf = pytest.importorskip("tensorflow")
interpreter = pytest.importorskip("ai_edge_litert.interpreter")

EQUAL = 1e-5  # of the largest value

EMPTY_MEANS = {"pooling_ave_outside"}  # NaN for a window outside, as in Caffe; TFLite makes 0 of it

# The operation without counterpart, as the converter's error names it.
LACKING = {
    "pooling_max_mask": "tf.MaxPoolWithArgmax",
    "unpooling": "tf.MaxPoolWithArgmax",
}
POSITIVE = {"log", "pooling_stochastic"}  # what their inputs have to be
RANDOM = {"dropout_in_train"}  # no two runs give the same numbers


def depthwise(fields: str, shape: tuple[int, ...] = (2, 3, 5, 4)) -> str:
    body = f'num_output: {shape[1]} group: {shape[1]} {fields} weight_filler {{ type: "bilinear" }}'
    return on_images("Deconvolution", f"convolution_param {{ {body} }}", shape)


def pooled(fields: str, shape: tuple[int, ...] = (2, 3, 7, 6)) -> str:
    return on_images("Pooling", f"pooling_param {{ {fields} }}", shape)


MORE = {
    "max_padded": pooled("kernel_size: 2 stride: 3 pad: 1"),
    "max_padded_unevenly": pooled("kernel_h: 3 kernel_w: 2 stride: 2 pad_h: 1 pad_w: 0"),
    "max_rounded_up": pooled("kernel_size: 4 stride: 3"),
    "max_same": pooled("kernel_size: 3 stride: 1 pad: 1"),
    "max_floor": pooled("kernel_size: 3 stride: 2 pad: 1 round_mode: FLOOR"),
    "max_padded_1d": pooled("kernel_size: 3 stride: 2 pad: 1", (2, 3, 8)),
    "max_padded_3d": pooled("kernel_size: 3 stride: 2 pad: 1", (1, 2, 4, 5, 6)),
    "max_padded_below_zero": pooled("kernel_size: 3 stride: 2 pad: 1") + layer("Power", "y", "z", "", "less"),
    "depthwise_deconvolution": depthwise("kernel_size: 4 stride: 2 pad: 1 bias_term: false"),
    "depthwise_deconvolution_bias": depthwise("kernel_size: 3 stride: 2"),
    "depthwise_deconvolution_apart": depthwise("kernel_size: 2 stride: 3"),
    "depthwise_deconvolution_1": depthwise("kernel_size: 3"),
    "depthwise_deconvolution_uneven": depthwise("kernel_h: 3 kernel_w: 2 stride_h: 2 stride_w: 1".replace("3", "2")),
    "depthwise_deconvolution_dilated": depthwise("kernel_size: 2 stride: 2 dilation: 2"),
    "depthwise_convolution": on_images(
        "Convolution", f"convolution_param {{ num_output: 8 group: 4 kernel_size: 3 stride: 2 pad: 1 {XAVIER} }}"
    ),
    "grouped_convolution": on_images("Convolution", convolution("kernel_size: 3 stride: 2 pad: 1 group: 2")),
    "dilated_convolution": on_images("Convolution", convolution("kernel_size: 3 pad: 2 dilation: 2 stride: 2")),
    "padded_convolution_3d": on_images("Convolution", convolution("kernel_size: 2 pad: 1"), (1, 2, 3, 4, 3)),
    "one_column": on_images("Convolution", convolution("kernel_size: 3 stride: 1 stride: 2"), (2, 1, 5, 4)),
    "unpooling": inputs(data=(2, 4, 6, 6))
    + layer("Pooling", "data", "y mask", "pooling_param { kernel_size: 2 stride: 2 }")
    + layer("Upsample", "y mask", "z", "upsample_param { scale: 2 }"),
    "interp": on_images("Interp", "interp_param { height: 9 width: 8 }"),
    "upsample_nearest": on_images("Reorg", "reorg_param { stride: 2 }", (1, 4, 4, 6)),
    "permute": on_images("Permute", "permute_param { order: 0 order: 2 order: 3 order: 1 }"),
    "normalize": on_images("Normalize", 'norm_param { scale_filler { type: "constant" value: 2 } }'),
    "shuffle": on_images("ShuffleChannel", "shuffle_channel_param { group: 2 }"),
    "relu6": on_images("ReLU6"),
}


@pytest.mark.parametrize("name", [name for name in CASES | MORE if name not in LACKING and name not in RANDOM])
def test_litert_computes_the_same(name: str) -> None:
    net = netspec.load_text((CASES | MORE)[name])
    emission, runner = live(net)
    fed = [drawn(net)[blob].astype(np.float32) for blob in emission.inputs]
    fed = [np.abs(x) for x in fed] if name in POSITIVE else fed
    found = run(runner.module, fed)  # before anything that a layer keeps has changed
    wanted = dict(zip(emission.outputs, runner.forward(fed), strict=True))
    assert found.keys() == wanted.keys()
    if name in EMPTY_MEANS:
        assert np.array_equal(np.isnan(wanted["y"]), found["y"] == 0)
        wanted["y"] = np.nan_to_num(wanted["y"])
    for blob, want in wanted.items():
        scale = float(np.abs(want[np.isfinite(want)]).max(initial=0))
        np.testing.assert_allclose(found[blob], want, rtol=0, atol=EQUAL * scale, err_msg=blob)


@pytest.mark.parametrize("name", LACKING)
def test_what_the_converter_lacks(name: str) -> None:
    _, runner = live(netspec.load_text((CASES | MORE)[name]))
    with pytest.raises(Exception, match=f"'{LACKING[name]}' op is neither a custom op nor a flex op"):
        converted(runner.module)


def live(net: Net) -> tuple[Emission, Any]:
    """The module with drawn parameters."""
    from netspec_tensorflow.backend import TensorFlowBackend
    from netspec_tensorflow.runner import starter

    names = parameter_names(net)
    params = {node.name: draw_parameters(Samples(0), node, names) for node in net.layers if node.blobs}
    emit: Callable[[tuple[str, ...]], Emission] = lambda outputs: TensorFlowBackend().emit(net, outputs)  # noqa: E731
    return started(net, emit, starter(net, "cpu", "float32"), params)


def drawn(net: Net) -> dict[str, Floats]:
    whole, limits = whole_numbers(net), limited(net)
    return {
        blob: draw_input(0, blob, integers(net.shapes[value]) or (), whole.get(value), limits.get(value, ()))
        for blob, value in net.latest.items()
        if blob in net.inputs
    }


def converted(module: Any) -> bytes:
    concrete = module.forward.get_concrete_function()
    return tf.lite.TFLiteConverter.from_concrete_functions([concrete], module).convert()


def run(module: Any, fed: list[Floats]) -> dict[str, Floats]:
    """The outputs by name, for inputs in the order of the module's arguments."""
    model = interpreter.Interpreter(model_content=converted(module))
    model.allocate_tensors()
    names = [tensor.name.removesuffix(":0") for tensor in module.forward.get_concrete_function().inputs]
    return dict(model.get_signature_runner()(**dict(zip(names, fed, strict=False))))
