"""What other frameworks call Caffe's layers and fields is told by its name here; where nothing is near, nothing is."""

from __future__ import annotations

import pytest

import netspec
from netspec import layers
from netspec.frontend.messages import synonyms
from netspec.frontend.messages.suggest import readers, which_type
from netspec.layers.index import MESSAGES
from netspec.plugins.registry import BUILT_IN

TYPES = {
    "SiLU": "did you mean Swish?",
    "silu": "did you mean Swish?",
    "Conv2d": "did you mean Convolution?",
    "Conv2D": "did you mean Convolution?",
    "conv_2d": "did you mean Convolution?",
    "Conv1d": "did you mean Convolution?",
    "Conv2DTranspose": "did you mean Deconvolution?",
    "ConvTranspose2d": "did you mean Deconvolution?",
    "Dense": "did you mean InnerProduct?",
    "Linear": "did you mean InnerProduct?",
    "MaxPool2d": "did you mean Pooling, with pool: MAX?",
    "MaxPooling2D": "did you mean Pooling, with pool: MAX?",
    "AvgPool": "did you mean Pooling, with pool: AVE?",
    "GlobalAveragePooling2D": "did you mean Pooling, with pool: AVE global_pooling: true?",
    "AdaptiveAvgPool2d": "did you mean Pooling, with pool: AVE global_pooling: true?",
    "CrossEntropyLoss": "did you mean SoftmaxWithLoss?",
    "MSELoss": "did you mean EuclideanLoss?",
    "BCEWithLogitsLoss": "did you mean SigmoidCrossEntropyLoss?",
    "LayerNormalization": "did you mean LayerNorm?",
    "BatchNorm2d": "did you mean BatchNorm?",
    "LeakyReLU": "did you mean ReLU, with negative_slope?",
    "Concatenate": "did you mean Concat?",
    "Convolution2D": "did you mean Convolution?",
    "Pooling2D": "did you mean Pooling?",
    "HSwish": "did you mean HardSwish?",
    "Resize": "did you mean Interp?",
    "Padding": "did you mean Pad?",
    "Max": "did you mean Maximum?",
    "Unflatten": "did you mean Reshape?",
    "SimpleRNNCell": "did you mean RNN?",
    "Dropout2d": "did you mean SpatialDropout?",  # whole channels, as PyTorch's
    "Embedding": "did you mean Embed?",
    # The same name in other letters comes first, and spelling last.
    "RELU": "did you mean ReLU?",
    "Convolutoin": "did you mean Convolution?",
    "InnerProd": "did you mean InnerProduct?",
    # Nothing is near.
    "GELU": None,
    "LogSigmoid": None,
    "AlphaDropout": None,
    "Constant": None,
    "Softshrink": None,
    "Equal": None,
    "Sign": None,
    "RMSNormalization": None,
    "GRUCell": None,
    "GRU": None,
    "GroupNorm": None,
    "MultiHeadAttention": None,
    "Blub": None,
}


@pytest.mark.parametrize(("name", "help"), TYPES.items(), ids=TYPES)
def test_types(name: str, help: str | None) -> None:
    assert which_type(name, BUILT_IN.names) == help
    [error] = [
        d for d in _check(f"input data: [2, 3, 8, 8]\ny = {name}(data) {{ some_field: 3 }}\n") if d.code != "NS202"
    ]
    assert error.code in ("NS208", "NS701")
    assert error.help == (help or "--allow-unknown compiles the rest, with a class for it to be filled in")


V1 = {"MaxPool2d": "did you mean POOLING, with pool: MAX?", "Linear": "did you mean INNER_PRODUCT?"}


@pytest.mark.parametrize(("name", "help"), V1.items(), ids=V1)
def test_types_of_v1(name: str, help: str) -> None:
    text = f'input: "x" input_shape {{ dim: 2 dim: 3 }} layers {{ name: "y" type: {name} bottom: "x" top: "y" }}'
    assert help in [d.help for d in _check(text)]


FIELDS = {
    "convolution_param { out_channels: 3 kernel_size: 1 }": "did you mean num_output?",
    "convolution_param { filters: 3 kernel_size: 1 }": "did you mean num_output?",
    "convolution_param { num_output: 3 kernel: 3 }": "did you mean kernel_size?",
    "convolution_param { num_output: 3 kernel_size: 3 padding: 1 }": "did you mean pad?",
    "convolution_param { num_output: 3 kernel_size: 3 groups: 1 }": "did you mean group?",
    "convolution_param { num_output: 3 kernel_size: 3 use_bias: false }": "did you mean bias_term?",
    "convolution_param { num_output: 3 kernel_size: 3 kernel_initializer { } }": "did you mean weight_filler?",
    "conv_param { num_output: 3 kernel_size: 1 }": "did you mean convolution_param?",
    "convolution_params { num_output: 3 kernel_size: 1 }": "did you mean convolution_param?",
    "fc_param { num_output: 3 }": "did you mean inner_product_param?",
    "pool_param { kernel_size: 3 }": "did you mean pooling_param?",
    "interp_param { scale_factor: 2 }": "did you mean zoom_factor?",
    "upsample_param { scale_factor: 2 }": "did you mean scale?",
    "lrn_param { n: 5 }": "did you mean local_size?",
}


@pytest.mark.parametrize(("body", "help"), FIELDS.items(), ids=FIELDS)
def test_fields(body: str, help: str) -> None:
    text = f'input data: [2, 3, 8, 8]\nlayer {{ name: "c" type: "Convolution" bottom: "data" top: "c" {body} }}'
    assert [d.help for d in _check(text) if d.code == "NS201"] == [help]


VALUES = {
    ("Eltwise", "x, x", "eltwise_param { operation: ADD }"): "did you mean SUM?",
    ("Eltwise", "x, x", "eltwise_param { operation: MULTIPLY }"): "did you mean PROD?",
    ("Eltwise", "x, x", "eltwise_param { operation: summ }"): "did you mean SUM?",
    ("Reduction", "x", "reduction_param { operation: AVG }"): "did you mean MEAN?",
    ("Pooling", "x", "pooling_param { kernel_size: 2 pool: MEAN }"): "did you mean AVE?",
    ("Pooling", "x", "pooling_param { kernel_size: 2 pool: average }"): "did you mean AVE?",
    ("Convolution", "x", 'num_output: 3 kernel_size: 1 weight_filler { type: "kaiming_normal" }'): "did you mean msra?",
    (
        "Convolution",
        "x",
        'num_output: 3 kernel_size: 1 weight_filler { type: "glorot_uniform" }',
    ): "did you mean xavier?",
    ("Convolution", "x", 'num_output: 3 kernel_size: 1 weight_filler { type: "normal" }'): "did you mean gaussian?",
    ("Convolution", "x", 'num_output: 3 kernel_size: 1 weight_filler { type: "zeros" }'): "did you mean constant?",
    ("Convolution", "x", 'num_output: 3 kernel_size: 1 weight_filler { type: "xaveir" }'): "did you mean xavier?",
    ("Convolution", "x", 'num_output: 3 kernel_size: 1 weight_filler { type: "orthogonal" }'): None,
}


@pytest.mark.parametrize(("line", "help"), VALUES.items(), ids=[" ".join(line) for line in VALUES])
def test_values(line: tuple[str, str, str], help: str | None) -> None:
    [error] = _check("input x: [2, 3, 8, 8]\ny = {}({}) {{ {} }}\n".format(*line))
    assert (error.code, error.help) == ("NS205", help)


def test_the_tables_lead_to_names_that_are_there() -> None:
    types = {s.name for table in synonyms._table("types").values() for s in table} - {""}
    assert types <= {*layers.FAMILY, *layers.NAMESAKES}
    assert {s.name for table in synonyms._table("messages").values() for s in table} <= MESSAGES.keys()
    fields = {name for message in MESSAGES for layer in readers(message) for name in layer.model_fields}
    fields |= {"dim"}  # of a BlobShape
    assert {s.name for table in synonyms._table("fields").values() for s in table} <= fields


@pytest.mark.every_type
def test_what_is_a_layer_type_is_no_synonym() -> None:
    """A name in the table that is a type itself, but for its letters, would never be looked up."""
    known = {name.lower() for name in layers.FAMILY}
    assert [name for name in synonyms._table("types") if name in known] == []


SIZES = {
    "a = InnerProduct(x) { num_output: N }": ("NS204", "num_output is a number, and N the name of a size"),
    "a = InnerProduct(x) { num_output: 2 * N }": ("NS701", '"N" is the name of a size'),
    "a = InnerProduct(x) { num_output: M }": ("NS204", 'expected an integer, found "M"'),
}


@pytest.mark.parametrize(("line", "said"), SIZES.items(), ids=SIZES)
def test_names_of_sizes(line: str, said: tuple[str, str]) -> None:
    [error] = _check(f"input x: [N, 3]\n{line}\n")
    assert error.code == said[0] and said[1] in error.message


FILLERS = {
    'type: "xavier" symmetric_fraction: 0.5': ["symmetric_fraction"],
    'type: "xavier" std: 0.1 value: 1': ["std", "value"],
    'type: "xavier" variance_norm: AVERAGE': [],
    'type: "gaussian" std: 0.1 mean: 1 sparse: 2': [],
    'type: "msra" std: 0.1': ["std"],
    "value: 3": [],
    "std: 3": ["std"],
}


@pytest.mark.parametrize(("filler", "unread"), FILLERS.items(), ids=FILLERS)
def test_fields_that_a_filler_does_not_read(filler: str, unread: list[str]) -> None:
    """Told once, however many layers have them."""
    layer = f"InnerProduct(x) {{ num_output: 3 weight_filler {{ {filler} }} }}"
    found = _check(f"input x: [2, 3]\na = {layer}\nb = {layer}\n")
    kind = filler.split('"')[1] if '"' in filler else "constant"
    assert [(d.code, d.message) for d in found] == [
        ("NS222", f"a filler of type {kind} does not read {name}, here and in 1 other place") for name in unread
    ]


def _check(text: str) -> list[netspec.Diagnostic]:
    from netspec.diagnostics.source import Source
    from netspec.frontend.load import check_source

    return check_source(Source("it.net", text))
