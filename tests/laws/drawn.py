"""Nets of one layer, drawn at random: a strategy for each type. Small, and mostly such as Caffe accepts.

Whether a layer is accepted is up to netspec; what it refuses no backend sees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, TypeAlias

from hypothesis import strategies as st

Shape: TypeAlias = tuple[int, ...]
Draw: TypeAlias = Callable[[st.SearchStrategy[Any]], Any]


@dataclass(frozen=True)
class Drawn:
    """A layer of a type, with its inputs and the number of its tops.

    low, high: the range of the inputs; coarse: rounded to quarters, so that equal values meet. labels: the numbers from
    which the inputs of some places are drawn instead.
    """

    type: str
    bottoms: tuple[Shape, ...]
    fields: str = ""
    tops: int = 1
    phase: str = "TEST"
    low: float = -1.0
    high: float = 1.0
    coarse: bool = False
    labels: Mapping[int, int] = field(default_factory=dict[int, int])

    @property
    def text(self) -> str:
        inputs = "".join(
            f'layer {{ name: "x{i}" type: "Input" top: "x{i}" input_param {{ shape {{ {dims} }} }} }}\n'
            for i, dims in enumerate(repeated("dim", shape) for shape in self.bottoms)
        )
        blobs = [f'bottom: "x{i}"' for i in range(len(self.bottoms))] + [f'top: "y{i}"' for i in range(self.tops)]
        return inputs + f'layer {{ name: "layer" type: "{self.type}" {" ".join(blobs)} {self.fields} }}\n'


def repeated(name: str, values: Sequence[object]) -> str:
    return " ".join(f"{name}: {value}" for value in values)


def message(name: str, *fields: str) -> str:
    body = " ".join(field for field in fields if field)
    return f"{name} {{ {body} }}" if body else ""


def given(name: str, value: object, default: object = None) -> str:
    """A field, unless it has its default. Booleans and strings as the format writes them."""
    if value is None or value == default:
        return ""
    return f"{name}: {str(value).lower() if isinstance(value, bool) else value}"


sizes = st.integers(1, 7)
numbers = st.sampled_from([-2.0, -1.0, -0.5, 0.0, 0.25, 0.5, 1.0, 1.5, 2.0])
booleans = st.booleans()


def shapes(least: int = 1, most: int = 4) -> st.SearchStrategy[Shape]:
    return st.lists(st.integers(1, 5), min_size=least, max_size=most).map(tuple)


def axis_of(draw: Draw, rank: int, first: int = 0) -> int:
    """An axis, counted from either end."""
    axis = draw(st.integers(first, rank - 1))
    return draw(st.sampled_from([axis, axis - rank]))


def sliding(draw: Draw, axes: int, name: str, values: st.SearchStrategy[int]) -> tuple[str, tuple[int, ...]]:
    """A repeated field, given once for all axes or once for each; and its value on each axis."""
    if draw(booleans):
        value = draw(values)
        return f"{name}: {value}", (value,) * axes
    each = tuple(draw(values) for _ in range(axes))
    return repeated(name, each), each


@st.composite
def convolutions(draw: Draw, type_name: str) -> Drawn:
    axes = draw(st.integers(1, 3))
    group = 1 if type_name == "Im2col" else draw(st.sampled_from([1, 1, 2, 3]))
    batch = draw(st.sampled_from([(2,), (1,), (3,), (2, 2), ()]))
    channels = group * draw(st.integers(1, 2))
    kernel, _ = sliding(draw, axes, "kernel_size", st.integers(1, 4))
    stride, _ = sliding(draw, axes, "stride", st.integers(1, 3))
    pad, _ = sliding(draw, axes, "pad", st.integers(0, 2))
    dilation, _ = sliding(draw, axes, "dilation", st.integers(1, 2))
    space = tuple(draw(st.integers(1, 9 if axes < 3 else 5)) for _ in range(axes))
    own = ("num_output", group * draw(st.integers(1, 2))) if type_name != "Im2col" else ("force_nd_im2col", True)
    fields = message(
        "convolution_param",
        given(*own),
        kernel,
        stride,
        pad,
        dilation,
        given("group", group, 1),
        given("axis", len(batch), 1),
        given("bias_term", draw(booleans), True),
    )
    twice = type_name != "Im2col" and draw(booleans)
    return Drawn(type_name, ((*batch, channels, *space),) * (1 + twice), fields, 1 + twice)


@st.composite
def poolings(draw: Draw) -> Drawn:
    axes = draw(st.integers(1, 3))
    method = draw(st.sampled_from(["MAX", "AVE", "STOCHASTIC"]))
    space = tuple(draw(st.integers(1, 9 if axes < 3 else 5)) for _ in range(axes))
    shape = (draw(st.integers(1, 2)), draw(st.integers(1, 3)), *space)
    tops = draw(st.integers(1, 2)) if method == "MAX" and axes == 2 else 1  # TensorFlow has indices for two axes alone
    coarse, mode = draw(booleans), draw(st.sampled_from(["CEIL", "FLOOR"]))
    fields = [given("pool", method, "MAX"), given("round_mode", mode, "CEIL")]
    if draw(st.integers(0, 9)) == 0:
        fields.append("global_pooling: true")
    else:
        kernel, each = sliding(draw, axes, "kernel_size", st.integers(1, 5))
        widest = min(each) - 1 if method != "STOCHASTIC" else 0
        fields += [kernel, sliding(draw, axes, "stride", st.integers(1, 6))[0]]
        fields += [sliding(draw, axes, "pad", st.integers(0, widest))[0]] if widest else []
    low = 0.0 if method == "STOCHASTIC" else -1.0
    return Drawn("Pooling", (shape,), message("pooling_param", *fields), tops, low=low, coarse=coarse)


@st.composite
def pyramids(draw: Draw) -> Drawn:
    shape = (draw(st.integers(1, 2)), draw(st.integers(1, 3)), draw(st.integers(1, 9)), draw(st.integers(1, 9)))
    fields = message(
        "spp_param",
        given("pyramid_height", draw(st.integers(1, 3))),
        given("pool", draw(st.sampled_from(["MAX", "AVE"])), "MAX"),
    )
    return Drawn("SPP", (shape,), fields)


@st.composite
def matrices(draw: Draw, type_name: str) -> Drawn:
    if type_name == "Embed":
        rows = draw(st.integers(1, 5))
        fields = message(
            "embed_param",
            given("num_output", draw(st.integers(1, 4))),
            given("input_dim", rows),
            given("bias_term", draw(booleans), True),
        )
        return Drawn("Embed", (draw(shapes(1, 3)),), fields, labels={0: rows})
    shape = draw(shapes())
    fields = message(
        "inner_product_param",
        given("num_output", draw(st.integers(1, 4))),
        given("axis", axis_of(draw, len(shape)), 1),
        given("transpose", draw(booleans), False),
        given("bias_term", draw(booleans), True),
    )
    return Drawn("InnerProduct", (shape,), fields)


@st.composite
def along_axes(draw: Draw, type_name: str) -> Drawn:
    """Scale and Bias, with a parameter or with a second bottom."""
    shape = draw(shapes())
    start = draw(st.integers(0, len(shape) - 1))
    count = draw(st.integers(0, len(shape) - start))
    axis = draw(st.sampled_from([start, start - len(shape)]))
    second = draw(booleans)
    fields = message(
        f"{type_name.lower()}_param",
        given("axis", axis, 1),
        "" if second else given("num_axes", draw(st.sampled_from([count, -1])), 1),
        given("bias_term", draw(booleans), False) if type_name == "Scale" else "",
    )
    return Drawn(type_name, (shape, shape[start : start + count]) if second else (shape,), fields)


@st.composite
def joins(draw: Draw, type_name: str) -> Drawn:
    shape = draw(shapes())
    count = draw(st.integers(1, 3))
    if type_name == "Eltwise":
        operation = draw(st.sampled_from(["PROD", "SUM", "MAX"]))
        weights = [draw(numbers) for _ in range(count + 1)] if operation == "SUM" and draw(booleans) else []
        fields = message("eltwise_param", given("operation", operation, "SUM"), repeated("coeff", weights))
        return Drawn("Eltwise", (shape,) * (count + 1), fields, coarse=draw(booleans))
    axis = axis_of(draw, len(shape))
    at = axis % len(shape)
    bottoms = tuple((*shape[:at], draw(sizes), *shape[at + 1 :]) for _ in range(count))
    return Drawn("Concat", bottoms, message("concat_param", given("axis", axis, 1)))


@st.composite
def parts(draw: Draw, type_name: str) -> Drawn:
    shape = draw(shapes())
    axis = axis_of(draw, len(shape))
    at = axis % len(shape)
    match type_name:
        case "Slice":
            tops = draw(st.integers(1, 3))
            points: list[int] = []
            if draw(booleans) and tops <= shape[at]:
                points = sorted(draw(st.sets(st.integers(1, shape[at]), min_size=tops - 1, max_size=tops - 1)))
            fields = message("slice_param", given("axis", axis, 1), repeated("slice_point", points))
            return Drawn("Slice", ((*shape[:at], tops * shape[at], *shape[at + 1 :]),), fields, tops)
        case "Crop":
            offsets = [draw(st.integers(0, 2)) for _ in shape[at:]]
            if draw(booleans):
                offsets = offsets[:1] * len(offsets)
            whole = tuple(size + offset for size, offset in zip(shape[at:], offsets, strict=True))
            once = len(set(offsets)) == 1 and draw(booleans)
            written = repeated("offset", offsets[:1] if once else offsets)
            return Drawn("Crop", ((*shape[:at], *whole), shape), message("crop_param", given("axis", axis, 2), written))
        case "BatchReindex":
            return Drawn("BatchReindex", (shape, (draw(sizes),)), labels={1: shape[0]})
        case _:
            selector = draw(st.sampled_from([(shape[0],), (shape[0], 1), (shape[0], 1, 1, 1)]))
            return Drawn("Filter", (shape, selector), labels={1: 2})


@st.composite
def rearrangements(draw: Draw, type_name: str) -> Drawn:
    shape = draw(shapes())
    match type_name:
        case "Flatten":
            axis = axis_of(draw, len(shape))
            end = axis_of(draw, len(shape), axis % len(shape))
            fields = message("flatten_param", given("axis", axis, 1), given("end_axis", end, -1))
            return Drawn("Flatten", (shape,), fields)
        case "Reshape":
            start = draw(st.integers(0, len(shape)))
            end = draw(st.integers(start, len(shape)))
            dims = list(draw(st.permutations(shape[start:end])))
            dims = [
                0 if dim == size and draw(booleans) else dim for dim, size in zip(dims, shape[start:], strict=False)
            ]
            if dims and draw(booleans):
                dims[draw(st.integers(0, len(dims) - 1))] = -1
            fields = message(
                "reshape_param",
                message("shape", repeated("dim", dims)) or "shape {}",
                given("axis", draw(st.sampled_from([start, start - len(shape) - 1])), 0),
                given("num_axes", end - start if end < len(shape) or draw(booleans) else -1, -1),
            )
            return Drawn("Reshape", (shape,), fields)
        case "Tile":
            fields = message(
                "tile_param", given("axis", axis_of(draw, len(shape)), 1), given("tiles", draw(st.integers(1, 3)))
            )
            return Drawn("Tile", (shape,), fields)
        case _:
            return Drawn("Split", (shape,), tops=draw(st.integers(1, 3)))


@st.composite
def reductions(draw: Draw, type_name: str) -> Drawn:
    shape = draw(shapes())
    axis = axis_of(draw, len(shape))
    if type_name == "Reduction":
        operation = draw(st.sampled_from(["SUM", "ASUM", "SUMSQ", "MEAN"]))
        fields = message(
            "reduction_param",
            given("operation", operation, "SUM"),
            given("axis", axis, 0),
            given("coeff", draw(numbers), 1.0),
        )
        return Drawn("Reduction", (shape,), fields)
    fields = message(
        "argmax_param",
        given("axis", draw(st.sampled_from([axis, None]))),
        given("top_k", draw(st.integers(1, 3)), 1),
        given("out_max_val", draw(booleans), False),
    )
    return Drawn("ArgMax", (shape,), fields, coarse=draw(booleans))


@st.composite
def normalizations(draw: Draw, type_name: str) -> Drawn:
    shape = draw(shapes())
    match type_name:
        case "LRN":
            image = tuple(draw(st.integers(1, 6)) for _ in range(4))
            region = draw(st.sampled_from(["ACROSS_CHANNELS", "WITHIN_CHANNEL"]))
            fields = message(
                "lrn_param",
                given("local_size", draw(st.sampled_from([1, 3, 5, 7])), 5),
                given("alpha", draw(st.sampled_from([1e-4, 0.5, 1.0, 3.0])), 1.0),
                given("beta", draw(st.sampled_from([0.5, 0.75, 1.0, 2.0])), 0.75),
                given("norm_region", region, "ACROSS_CHANNELS"),
                given("k", draw(st.sampled_from([0.5, 1.0, 2.0])), 1.0),
            )
            return Drawn("LRN", (image,), fields)
        case "Softmax":
            return Drawn("Softmax", (shape,), message("softmax_param", given("axis", axis_of(draw, len(shape)), 1)))
        case "MVN":
            fields = message(
                "mvn_param",
                given("normalize_variance", draw(booleans), True),
                given("across_channels", draw(booleans), False),
                given("eps", draw(st.sampled_from([1e-9, 1e-3])), 1e-9),
            )
            return Drawn("MVN", (shape,), fields)
        case _:
            fields = message(
                "batch_norm_param",
                given("use_global_stats", draw(st.sampled_from([None, True, False]))),
                given("moving_average_fraction", draw(st.sampled_from([0.999, 0.5])), 0.999),
                given("eps", draw(st.sampled_from([1e-5, 1e-2])), 1e-5),
            )
            return Drawn("BatchNorm", (shape,), fields, phase=draw(st.sampled_from(["TRAIN", "TEST"])))


AFFINE = {"scale": numbers, "shift": numbers}
BASES = st.sampled_from([-1.0, 0.5, 2.0, 10.0])
ACTIVATIONS: dict[str, tuple[str, dict[str, st.SearchStrategy[Any]]]] = {
    "ReLU": ("relu_param", {"negative_slope": numbers}),
    "PReLU": ("prelu_param", {"channel_shared": booleans}),
    "ELU": ("elu_param", {"alpha": numbers}),
    "Sigmoid": ("sigmoid_param", {}),
    "TanH": ("tanh_param", {}),
    "AbsVal": ("", {}),
    "BNLL": ("", {}),
    "Power": ("power_param", {"power": numbers, **AFFINE}),
    "Exp": ("exp_param", {"base": BASES, **AFFINE}),
    "Log": ("log_param", {"base": BASES, **AFFINE}),
    "Threshold": ("threshold_param", {"threshold": numbers}),
    "Swish": ("swish_param", {"beta": numbers}),
    "Clip": ("clip_param", {"min": numbers, "max": numbers}),
    "Dropout": ("dropout_param", {"dropout_ratio": st.sampled_from([0.1, 0.5]), "scale_train": booleans}),
    "ReLU6": ("relu6_param", {"negative_slope": numbers}),
    "HardSigmoid": ("hard_sigmoid_param", {"alpha": numbers, "beta": numbers}),
    "HardSwish": ("", {}),
    "SeLU": ("selu_param", {"lambda": numbers, "alpha": numbers}),
    "SeLu": ("selu_param", {"lambda": numbers, "alpha": numbers}),
    "ThresholdedReLU": ("thresholded_relu_param", {"alpha": numbers}),
    "NegReLU": ("", {}),
}


@st.composite
def moves(draw: Draw, type_name: str) -> Drawn:
    """Layers that move channels about."""
    n, part, times, height, width = (draw(st.integers(1, 3)) for _ in range(5))
    match type_name:
        case "ShuffleChannel":
            shape = (n, part * times, *draw(shapes(0, 3)))
            return Drawn(type_name, (shape,), message("shuffle_channel_param", given("group", times, 1)))
        case "Reorg":
            shape = (n, part * times**2, height * times, width * times)
            fields = message("reorg_param", given("stride", times), given("reverse", draw(booleans)))
            return Drawn(type_name, (shape,), fields)
        case "Axpy":
            shape = (n, part, *draw(shapes(0, 3)))
            return Drawn(type_name, (shape[:2] + (1, 1) * draw(booleans), shape, shape))
        case _:
            shape = draw(shapes())
            paddings = [draw(st.integers(0, 2)) for _ in range(2 * len(shape))]
            fields = message("pad_param", repeated("paddings", paddings), given("constant_values", draw(numbers)))
            return Drawn("Pad", (shape,), fields)


@st.composite
def activations(draw: Draw, type_name: str) -> Drawn:
    low, high = draw(st.sampled_from([(-1.0, 1.0), (-30.0, 30.0), (0.1, 2.0)]))
    name, fields = ACTIVATIONS[type_name]
    written = message(name, *(given(field, draw(values)) for field, values in fields.items()))
    return Drawn(type_name, (draw(shapes()),), written, low=low, high=high, coarse=draw(booleans))


@st.composite
def sequences(draw: Draw, type_name: str) -> Drawn:
    """LSTM and RNN, with an input for all steps, and with the states read and written, or without."""
    states = 2 if type_name == "LSTM" else 1
    steps, streams, outputs = (draw(st.integers(1, 4)) for _ in range(3))
    static, exposed = draw(booleans), draw(booleans)
    bottoms: list[Shape] = [(steps, streams, *draw(shapes(1, 2))), (steps, streams)]
    bottoms += [(streams, *draw(shapes(1, 2)))] if static else []
    bottoms += [(1, streams, outputs)] * states if exposed else []
    fields = message("recurrent_param", given("num_output", outputs), given("expose_hidden", exposed, False))
    return Drawn(type_name, tuple(bottoms), fields, 1 + states * exposed, labels={1: 2})


@st.composite
def losses(draw: Draw, type_name: str) -> Drawn:
    shape = draw(shapes(2, 4))
    axis = axis_of(draw, len(shape))
    at = axis % len(shape)
    classes, others = shape[at], (*shape[:at], *shape[at + 1 :])
    ignore = draw(st.sampled_from([None, 0, 1]))
    mode = draw(st.sampled_from([None, "FULL", "VALID", "BATCH_SIZE", "NONE"]))
    loss = message("loss_param", given("ignore_label", ignore), given("normalization", mode))
    tops = draw(st.integers(1, 2))
    weights = " loss_weight: 1 loss_weight: 0" if tops == 2 else ""
    of_row = {1: prod(shape[1:])}
    match type_name:
        case "SoftmaxWithLoss":
            fields = f"{loss} {message('softmax_param', given('axis', axis, 1))}"
            return Drawn("SoftmaxWithLoss", (shape, others), fields + weights, tops, labels={1: classes})
        case "InfogainLoss":
            fields = f"{loss} {message('infogain_loss_param', given('axis', axis, 1))}"
            gains = (1, 1, classes, classes)
            return Drawn("InfogainLoss", (shape, others, gains), fields + weights, tops, labels={1: classes})
        case "Accuracy":
            fields = message(
                "accuracy_param",
                given("axis", axis, 1),
                given("top_k", draw(st.integers(1, 2)), 1),
                given("ignore_label", ignore),
            )
            return Drawn("Accuracy", (shape, others), fields, tops, coarse=draw(booleans), labels={1: classes})
        case "SigmoidCrossEntropyLoss":
            return Drawn("SigmoidCrossEntropyLoss", (shape, shape), loss, labels={1: 2})
        case "EuclideanLoss":
            return Drawn("EuclideanLoss", (shape, shape))
        case "HingeLoss":
            fields = message("hinge_loss_param", given("norm", draw(st.sampled_from(["L1", "L2"]))))
            return Drawn("HingeLoss", (shape, shape[:1]), fields, labels=of_row)
        case "MultinomialLogisticLoss":
            return Drawn("MultinomialLogisticLoss", (shape, shape[:1]), low=0.01, high=1.0, labels=of_row)
        case _:
            fields = message("contrastive_loss_param", given("legacy_version", draw(booleans), False))
            return Drawn("ContrastiveLoss", (shape[:2], shape[:2], shape[:1]), fields, labels={2: 2})


def each(
    strategy: Callable[[str], st.SearchStrategy[Drawn]], types: Iterable[str]
) -> dict[str, st.SearchStrategy[Drawn]]:
    return {type_name: strategy(type_name) for type_name in types}


# The strategy of each type; first those of many parts, of which more examples are worth their time.
RICH: dict[str, st.SearchStrategy[Drawn]] = {
    **each(convolutions, ("Convolution", "Deconvolution", "Im2col")),
    **each(sequences, ("LSTM", "RNN")),
    **each(joins, ("Concat", "Eltwise")),
    "Pooling": poolings(),
    "Reshape": rearrangements("Reshape"),
    "InnerProduct": matrices("InnerProduct"),
}
PLAIN: dict[str, st.SearchStrategy[Drawn]] = {
    **each(activations, ACTIVATIONS),
    **each(moves, ("ShuffleChannel", "Reorg", "Axpy", "Pad")),
    **each(along_axes, ("Scale", "Bias")),
    **each(normalizations, ("LRN", "Softmax", "MVN", "BatchNorm")),
    **each(parts, ("Slice", "Crop", "BatchReindex", "Filter")),
    **each(rearrangements, ("Flatten", "Tile", "Split")),
    **each(reductions, ("Reduction", "ArgMax")),
    **each(losses, ("SoftmaxWithLoss", "InfogainLoss", "Accuracy", "SigmoidCrossEntropyLoss")),
    **each(losses, ("EuclideanLoss", "HingeLoss", "MultinomialLogisticLoss", "ContrastiveLoss")),
    "Embed": matrices("Embed"),
    "SPP": pyramids(),
}
