"""Small nets, one for each thing that an emitter does. What a backend prints for them is under golden/."""

from __future__ import annotations


def inputs(**shapes: tuple[int, ...]) -> str:
    return "".join(
        f'layer {{ name: "{name}" type: "Input" top: "{name}" input_param {{ shape {{ {dims(shape)} }} }} }}\n'
        for name, shape in shapes.items()
    )


def dims(shape: tuple[int, ...]) -> str:
    return " ".join(f"dim: {d}" for d in shape)


def layer(type_name: str, bottoms: str, tops: str, body: str = "", name: str = "") -> str:
    names = " ".join(f'bottom: "{b}"' for b in bottoms.split()) + " " + " ".join(f'top: "{t}"' for t in tops.split())
    return f'layer {{ name: "{name or type_name.lower()}" type: "{type_name}" {names} {body} }}\n'


def net(type_name: str, fields: str, *shapes: str, tops: int = 1, name: str = "") -> str:
    """Inputs x0, x1, … and a layer with the tops y0, y1, …; a shape is written `2 3 4`."""
    fed = {f"x{i}": tuple(int(size) for size in shape.split()) for i, shape in enumerate(shapes)}
    return inputs(**fed) + layer(type_name, " ".join(fed), " ".join(f"y{i}" for i in range(tops)), fields, name)


def on_images(type_name: str, body: str = "", shape: tuple[int, ...] = (2, 4, 6, 7)) -> str:
    """A layer on N×C×H×W."""
    return inputs(data=shape) + layer(type_name, "data", "y", body)


def convolution(fields: str) -> str:
    return f'convolution_param {{ num_output: 6 {fields} weight_filler {{ type: "xavier" }} }}'


XAVIER = 'weight_filler { type: "xavier" }'
# Convolutions of four channels one behind another, in a net with more parameters than have a line each.
SHARED = 'param { name: "w" } param { name: "b" }'
CHAIN = (
    ("kernel_size: 3 pad: 1", ""),
    ("kernel_size: 1 bias_filler { value: 0.5 }", ""),
    ('kernel_size: 3 bias_filler { type: "gaussian" }', ""),
    ("kernel_size: 3 stride: 2 pad: 1", ""),
    ("kernel_size: 3 dilation: 2 pad: 2", ""),
    ("kernel_size: 3 pad: 1 group: 2", ""),
    ("kernel_size: 3 pad: 1 bias_term: false", ""),
    ("kernel_size: 3 pad: 1", "param { lr_mult: 0 }"),
    ("kernel_size: 3 pad: 1", SHARED),
    ("kernel_size: 3 pad: 1", SHARED),
    ("kernel_size: 3 pad: 1", 'param { name: "w" }'),
    ("kernel_h: 1 kernel_w: 3 stride_h: 1 stride_w: 2", ""),
    ("kernel_size: 1 stride: 2", ""),
    ("kernel_size: 1 pad: 1", ""),
)

CASES = {
    # Convolutions
    "convolution": on_images("Convolution", convolution("kernel_size: 3 pad: 1")),
    "convolution_uneven": on_images(
        "Convolution", convolution("kernel_h: 3 kernel_w: 2 stride_h: 1 stride_w: 2 pad_h: 1 pad_w: 0 group: 2")
    ),
    "convolution_dilated": on_images("Convolution", convolution("kernel_size: 2 dilation: 2 bias_term: false")),
    "convolution_1d": on_images("Convolution", convolution("kernel_size: 3"), (2, 4, 6)),
    "convolution_3d": on_images("Convolution", convolution("kernel_size: 3 stride: 2"), (2, 4, 5, 6, 7)),
    "convolution_0d": on_images("Convolution", convolution(""), (2, 4)),
    "convolution_0d_groups": on_images("Convolution", convolution("group: 2"), (2, 4)),
    "convolution_two_batch_axes": on_images("Convolution", convolution("kernel_size: 3 axis: 2"), (2, 3, 4, 5, 6)),
    "convolution_no_batch_axis": on_images("Convolution", convolution("kernel_size: 3 axis: 0"), (4, 5, 6)),
    "convolution_beyond": on_images("Convolution", convolution("kernel_size: 4 stride: 3"), (1, 2, 3, 3)),
    "convolution_twice": inputs(a=(1, 2, 5, 5), b=(1, 2, 5, 5))
    + layer("Convolution", "a b", "y z", convolution("kernel_size: 3")),
    "convolution_chain": inputs(c0=(2, 4, 13, 14))
    + "".join(
        layer(
            "Convolution",
            f"c{i}",
            f"c{i + 1}",
            f"convolution_param {{ num_output: 4 {fields} {XAVIER} }} {params}",
            f"conv{i}",
        )
        for i, (fields, params) in enumerate(CHAIN)
    ),
    "deconvolution": on_images("Deconvolution", convolution("kernel_size: 4 stride: 2 pad: 1 group: 2")),
    "deconvolution_bilinear": on_images(
        "Deconvolution",
        "convolution_param { num_output: 4 group: 4 kernel_size: 4 stride: 2 bias_term: false "
        'weight_filler { type: "bilinear" } }',
    ),
    "deconvolution_0d": on_images("Deconvolution", convolution(""), (2, 4)),
    "im2col": on_images("Im2col", "convolution_param { kernel_size: 3 stride: 2 pad: 1 }"),
    "im2col_1d": on_images("Im2col", "convolution_param { kernel_size: 3 dilation: 2 }", (2, 4, 6)),
    # Pooling
    "pooling_max": on_images("Pooling", "pooling_param { kernel_size: 2 stride: 2 }"),
    "pooling_max_overlap": on_images("Pooling", "pooling_param { kernel_size: 3 stride: 2 pad: 1 }"),
    "pooling_max_outside": on_images("Pooling", "pooling_param { kernel_size: 1 stride: 2 }"),
    "pooling_max_mask": inputs(data=(2, 4, 6, 6))
    + layer("Pooling", "data", "y mask", "pooling_param { kernel_size: 2 stride: 2 }"),
    "pooling_ave": on_images("Pooling", "pooling_param { pool: AVE kernel_size: 3 stride: 2 pad: 1 }"),
    "pooling_ave_wide_pad": on_images("Pooling", "pooling_param { pool: AVE kernel_size: 3 stride: 1 pad: 2 }"),
    "pooling_ave_outside": on_images("Pooling", "pooling_param { pool: AVE kernel_size: 1 stride: 2 }", (2, 4, 6, 6)),
    "pooling_floor": on_images("Pooling", "pooling_param { kernel_size: 2 stride: 2 round_mode: FLOOR }"),
    "pooling_global": on_images("Pooling", "pooling_param { pool: AVE global_pooling: true }"),
    "pooling_stochastic": on_images("Pooling", "pooling_param { pool: STOCHASTIC kernel_size: 2 stride: 2 }"),
    "pooling_3d": on_images("Pooling", "pooling_param { kernel_size: 2 stride: 2 }", (1, 2, 4, 4, 4)),
    "spp": on_images("SPP", "spp_param { pyramid_height: 2 }"),
    # Matrices and tables
    "inner_product": on_images("InnerProduct", f"inner_product_param {{ num_output: 5 {XAVIER} }}"),
    "inner_product_axis": on_images(
        "InnerProduct", "inner_product_param { num_output: 5 axis: -1 bias_term: false }", (2, 3, 4)
    ),
    "inner_product_transposed": on_images(
        "InnerProduct",
        'inner_product_param { num_output: 5 transpose: true weight_filler { type: "gaussian" std: 0.01 } }',
    ),
    "embed": inputs(word=(3, 2))
    + layer("Embed", "word", "y", 'embed_param { num_output: 4 input_dim: 9 weight_filler { type: "uniform" } }'),
    "matmul": inputs(a=(2, 3, 4), b=(2, 4, 5)) + layer("MatMul", "a b", "y"),
    "matmul_transposed": inputs(a=(2, 2, 4, 3), b=(2, 2, 5, 4))
    + layer("MatMul", "a b", "y", "matmul_param { transpose_a: true transpose_b: true }"),
    "gemm": inputs(a=(3, 4), b=(5, 4), c=(1, 5)) + layer("Gemm", "a b c", "y", "gemm_param { alpha: 2 transB: 1 }"),
    "scale": on_images("Scale", "scale_param { bias_term: true }"),
    "scale_two_bottoms": inputs(data=(2, 4, 6, 7), factor=(2, 4))
    + layer("Scale", "data factor", "y", "scale_param { axis: 0 }"),
    "bias": on_images("Bias", "bias_param { axis: 1 num_axes: 2 filler { value: 0.5 } }"),
    "prelu": on_images("PReLU"),
    "prelu_shared": on_images("PReLU", "prelu_param { channel_shared: true }"),
    # Norms
    "lrn": on_images("LRN", "lrn_param { local_size: 3 alpha: 0.0001 beta: 0.75 k: 2 }"),
    "lrn_within_channel": on_images("LRN", "lrn_param { local_size: 3 norm_region: WITHIN_CHANNEL }"),
    "batch_norm": on_images("BatchNorm", "batch_norm_param { eps: 0.001 }"),
    "batch_norm_by_batch": on_images("BatchNorm", "batch_norm_param { use_global_stats: false }"),
    "batch_norm_frozen": on_images("BatchNorm", "batch_norm_param { use_global_stats: true }"),
    "batch_norm_scale": inputs(data=(2, 4, 6, 7))
    + layer("BatchNorm", "data", "y")
    + layer("Scale", "y", "y", "scale_param { bias_term: true }")
    + layer("ReLU", "y", "y"),
    "mvn": on_images("MVN"),
    "softmax": on_images("Softmax"),
    # Elements
    "relu": on_images("ReLU"),
    "relu_leaky": on_images("ReLU", "relu_param { negative_slope: 0.1 }"),
    "elu": on_images("ELU"),
    "sigmoid": on_images("Sigmoid"),
    "tanh": on_images("TanH"),
    "absval": on_images("AbsVal"),
    "bnll": on_images("BNLL"),
    "power": on_images("Power", "power_param { power: 2 scale: 0.5 shift: -1 }"),
    "power_constant": on_images("Power", "power_param { power: 0 }"),
    "exp": on_images("Exp", "exp_param { base: 2 }"),
    "log": on_images("Log", "log_param { base: 10 shift: 1 }"),
    "threshold": on_images("Threshold", "threshold_param { threshold: 0.5 }"),
    "swish": on_images("Swish"),
    "clip": on_images("Clip", "clip_param { min: -1 max: 1 }"),
    "dropout": on_images("Dropout"),
    "dropout_in_train": on_images("Dropout", "phase: TRAIN dropout_param { dropout_ratio: 0.3 }"),
    # Several blobs
    "eltwise_sum": inputs(a=(2, 3), b=(2, 3), c=(2, 3)) + layer("Eltwise", "a b c", "y"),
    "eltwise_coefficients": inputs(a=(2, 3), b=(2, 3))
    + layer("Eltwise", "a b", "y", "eltwise_param { coeff: 0.5 coeff: -1 }"),
    "eltwise_max": inputs(a=(2, 3), b=(2, 3)) + layer("Eltwise", "a b", "y", "eltwise_param { operation: MAX }"),
    "eltwise_product": inputs(a=(2, 3), b=(2, 3)) + layer("Eltwise", "a b", "y", "eltwise_param { operation: PROD }"),
    "concat": inputs(a=(2, 3, 4), b=(2, 5, 4)) + layer("Concat", "a b", "y"),
    "slice": inputs(data=(2, 6, 4)) + layer("Slice", "data", "a b c", "slice_param { slice_point: 1 slice_point: 3 }"),
    "split": inputs(data=(2, 3)) + layer("Split", "data", "a b") + layer("ReLU", "a", "a") + layer("TanH", "b", "c"),
    "silence": inputs(data=(2, 3), label=(2,)) + layer("Silence", "label", "") + layer("ReLU", "data", "y"),
    "filter": inputs(data=(4, 3), selector=(4, 1)) + layer("Filter", "data selector", "y"),
    "batch_reindex": inputs(data=(4, 3), index=(5,)) + layer("BatchReindex", "data index", "y"),
    # Shapes
    "crop": inputs(data=(1, 2, 9, 8), like=(1, 2, 5, 6))
    + layer("Crop", "data like", "y", "crop_param { offset: 2 offset: 1 }"),
    "flatten": on_images("Flatten"),
    "flatten_between": on_images("Flatten", "flatten_param { axis: 1 end_axis: 2 }"),
    "reshape": on_images("Reshape", "reshape_param { shape { dim: 0 dim: 2 dim: -1 dim: 7 } }"),
    "reshape_batch": on_images("Reshape", "reshape_param { shape { dim: -1 dim: 7 } }"),
    "tile": on_images("Tile", "tile_param { axis: 2 tiles: 3 }", (2, 3, 4)),
    "reduction": on_images("Reduction", "reduction_param { operation: SUMSQ axis: 1 coeff: 0.5 }"),
    "reduction_all": on_images("Reduction", "reduction_param { operation: ASUM }"),
    "argmax": on_images("ArgMax", "argmax_param { top_k: 2 }", (3, 5)),
    "argmax_axis": on_images("ArgMax", "argmax_param { axis: 1 }"),
    # Recurrence
    "lstm": inputs(x=(4, 2, 5), cont=(4, 2))
    + layer(
        "LSTM", "x cont", "h", 'recurrent_param { num_output: 3 weight_filler { type: "uniform" min: -0.1 max: 0.1 } }'
    ),
    "lstm_exposed": inputs(x=(4, 2, 5), cont=(4, 2), s=(2, 3), h0=(1, 2, 3), c0=(1, 2, 3))
    + layer("LSTM", "x cont s h0 c0", "h hT cT", "recurrent_param { num_output: 3 expose_hidden: true }"),
    "rnn": inputs(x=(4, 2, 5), cont=(4, 2)) + layer("RNN", "x cont", "h", "recurrent_param { num_output: 3 }"),
    "lstm_unit": inputs(c=(1, 2, 3), x=(1, 2, 12), cont=(1, 2)) + layer("LSTMUnit", "c x cont", "C H"),
    # Losses
    "softmax_with_loss": inputs(score=(2, 5, 3, 3), label=(2, 3, 3))
    + layer("SoftmaxWithLoss", "score label", "loss", "loss_param { ignore_label: 255 }"),
    "sigmoid_cross_entropy_loss": inputs(score=(2, 5), target=(2, 5))
    + layer("SigmoidCrossEntropyLoss", "score target", "loss"),
    "euclidean_loss": inputs(a=(2, 5), b=(2, 5)) + layer("EuclideanLoss", "a b", "loss"),
    "hinge_loss": inputs(score=(2, 5), label=(2,)) + layer("HingeLoss", "score label", "loss"),
    "multinomial_logistic_loss": inputs(prob=(2, 5), label=(2,))
    + layer("MultinomialLogisticLoss", "prob label", "loss"),
    "infogain_loss": inputs(score=(2, 5), label=(2,), H=(5, 5)) + layer("InfogainLoss", "score label H", "loss"),
    "contrastive_loss": inputs(a=(2, 5), b=(2, 5), similar=(2,)) + layer("ContrastiveLoss", "a b similar", "loss"),
    "accuracy": inputs(score=(2, 5), label=(2,)) + layer("Accuracy", "score label", "top1 per_class"),
    # Blobs from nowhere
    "parameter": inputs(data=(2, 3))
    + layer("Parameter", "", "p", "parameter_param { shape { dim: 2 dim: 3 } }")
    + layer("Eltwise", "data p", "y"),
    "dummy_data": layer(
        "DummyData", "", "a b", "dummy_data_param { shape { dim: 2 dim: 3 } data_filler { value: 0.5 } }"
    )
    + layer("Concat", "a b", "y"),
    # Nets
    "shared_weights": inputs(a=(2, 4), b=(2, 4))
    + layer(
        "InnerProduct",
        "a",
        "ya",
        f'param {{ name: "w" }} param {{ name: "b" }} inner_product_param {{ num_output: 3 {XAVIER} }}',
        "ip_a",
    )
    + layer(
        "InnerProduct",
        "b",
        "yb",
        f'param {{ name: "w" }} param {{ name: "b" }} inner_product_param {{ num_output: 3 {XAVIER} }}',
        "ip_b",
    ),
    "shared_weight_alone": inputs(a=(2, 4), b=(2, 4))
    + layer(
        "InnerProduct", "a", "ya", f'param {{ name: "w" }} inner_product_param {{ num_output: 3 {XAVIER} }}', "ip_a"
    )
    + layer(
        "InnerProduct", "b", "yb", f'param {{ name: "w" }} inner_product_param {{ num_output: 3 {XAVIER} }}', "ip_b"
    ),
    "propagate_down": inputs(data=(2, 4))
    + layer("InnerProduct", "data", "ip", "inner_product_param { num_output: 3 }")
    + layer("TanH", "ip", "y", "propagate_down: false"),
    "awkward_names": 'name: "class \\"\\"\\" \\\\ \\n import os"\n'
    + inputs(data=(1, 3, 4, 4)).replace('"data"', '"in put/1; \\"x"')
    + layer("Convolution", "data", "self", convolution("kernel_size: 1"), "import").replace(
        '"data"', '"in put/1; \\"x"'
    )
    + layer("ReLU", "self", "torch.nn", "", "1x1"),
    "fillers": inputs(data=(2, 4))
    + "".join(
        layer(
            "InnerProduct",
            "data",
            f"y{i}",
            f"inner_product_param {{ num_output: 4 weight_filler {{ {filler} }} }}",
            f"ip{i}",
        )
        for i, filler in enumerate(
            (
                'type: "constant" value: 0.5',
                'type: "uniform" min: -1',
                'type: "gaussian" mean: 1 std: 0.1',
                'type: "gaussian" sparse: 2',
                'type: "positive_unitball"',
                'type: "xavier" variance_norm: AVERAGE',
                'type: "xavier" variance_norm: FAN_OUT',
                'type: "msra" variance_norm: AVERAGE',
                'type: "msra"',
            )
        )
    ),
    "filler_radial": on_images(
        "Convolution",
        'convolution_param { num_output: 6 kernel_size: 3 weight_filler { type: "radial" symmetric_fraction: 0.5 } }',
        (1, 2, 4, 4, 4),
    ),
}
