"""Numbers of few bits, of Synopsys' fork: the defaults are numbers as they are, and anything else is refused."""

from __future__ import annotations

import pytest

import netspec
from tests.layers.one_layer import BACKENDS, net_text

# type, fields; of which the defaults are numbers as they are
QUANTIZED = [
    ("Convolution", "convolution_param { num_output: 2 kernel_size: 1 %s }", "weight_scale: 0.5"),
    ("Deconvolution", "convolution_param { num_output: 2 kernel_size: 1 %s }", "saturate: Signed"),
    ("Pooling", "pooling_param { kernel_size: 1 %s }", "output_zero_point: 3"),
    ("InnerProduct", "inner_product_param { num_output: 2 %s }", "bias_zero_point: 1"),
    ("LRN", "lrn_param { %s }", "input_scale: 0.5"),
    ("Softmax", "softmax_param { %s }", "output_scale: 2"),
    ("ReLU", "relu_param { %s }", "saturate: Unsigned_8bit"),
    ("Sigmoid", "sigmoid_param { %s }", "input_zero_point: 1"),
    ("Concat", "concat_param { %s }", "input_scale: [1, 0.5]"),
    (
        "ResizeBilinear",
        'resize_bilinear_param { output_height: 2 output_width: 2 data_format: "NCHW" %s }',
        "output_scale: 2",
    ),
]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("type_name", "message", "field"), QUANTIZED)
def test_numbers_of_few_bits_are_refused(type_name: str, message: str, field: str, backend: str) -> None:
    shapes = [(1, 2, 4, 4)] * (1 + (type_name == "Concat"))
    plain = "output_scale: 1 output_zero_point: 0"
    netspec.build(netspec.load_text(net_text(type_name, message % plain, shapes)), backend)
    net = netspec.load_text(net_text(type_name, message % field, shapes))
    with pytest.raises(netspec.SpecError, match=f"{field.split(':')[0]} is supported as"):
        netspec.build(net, backend)
