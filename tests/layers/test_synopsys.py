"""Layers of Synopsys' fork: values, gradients of its own, refusals, and that the backends agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.diagnostics import Diagnostic
from netspec.layers.base import Refusal, Site
from netspec.problems.fields import EntryCount, InvalidValue, MissingField
from netspec.problems.shapes import AxisOutOfRange, BadDimensions, EmptyOutput, NotDivisible, OutOfBounds, ShapeMismatch
from netspec.shapes import UNKNOWN, Shape, show
from tests.layers.one_layer import agree, make, net_text
from tests.layers.small_nets import run, text_of

RANDOM = np.random.default_rng(5)
X = RANDOM.normal(size=(2, 3, 4)) * 2
Y = RANDOM.normal(size=(3, 1)) + 4
ROW = np.array([-2.5, -1.5, -0.5, 0.0, 0.5, 1.5, 2.0, 7.25])
MARKS = np.array([[0.0, 1.0, 2.0], [3.0, 0.0, 0.0]])
MAPS = RANDOM.normal(size=(2, 3, 2, 4))


def softmax(x: Any, axis: int) -> Any:
    return np.exp(x) / np.exp(x).sum(axis, keepdims=True)


def normalized(x: Any, eps: float = 1e-5) -> Any:
    over = tuple(range(1, x.ndim))
    return (x - x.mean(over, keepdims=True)) / np.sqrt(x.var(over, keepdims=True) + eps)


# type, fields, inputs, value
VALUES: list[tuple[str, str, tuple[Any, ...], Any]] = [
    ("Sub", "", (X, Y), X - Y),
    ("Div", "", (Y, X), Y / X),
    ("Div", "", (X, np.array(2.0)), X / 2),
    ("FloorDiv", "", (X, Y / 4), np.floor(X / (Y / 4))),
    ("FloorMod", "", (X, Y / 4), X - np.floor(X / (Y / 4)) * (Y / 4)),
    ("Maximum", "", (X, Y - 4), np.maximum(X, Y - 4)),
    ("Minimum", "", (X, Y - 4), np.minimum(X, Y - 4)),
    ("NotEqual", "", (MARKS, np.array(0.0)), [[0, 1, 1], [1, 0, 0]]),
    ("NotEqual", "", (MARKS, MARKS[::-1]), [[1, 1, 1], [1, 1, 1]]),
    ("Softplus", "", (X,), np.log1p(np.exp(X))),
    ("Softsign", "", (X,), X / (1 + np.abs(X))),
    ("Mish", "", (X,), X * np.tanh(np.log1p(np.exp(X)))),
    ("HardTanh", "", (X,), np.clip(X, -1, 1)),
    ("ScaledTanH", "scaled_tanh_param { alpha: 1.5 beta: 0.5 }", (X,), 1.5 * np.tanh(X / 2)),
    ("LogSoftmax", "", (X,), np.log(softmax(X, 1))),
    ("LogSoftmax", "log_softmax_param { axis: -1 }", (np.array([[0.0, 100.0]]),), [[np.log(1e-20), 0]]),
    ("Sin", "", (X,), np.sin(X)),
    ("Atan", "", (X,), np.arctan(X)),
    ("Floor", "", (ROW,), [-3, -2, -1, 0, 0, 1, 2, 7]),
    ("Ceil", "", (ROW,), [-2, -1, 0, 0, 1, 2, 2, 8]),
    ("Round", "", (ROW,), [-2, -2, 0, 0, 0, 2, 2, 7]),
    ("ReduceSum", "reduce_sum_param { axis: [-1, 0] }", (X,), X.sum((0, 2))),
    ("ReduceSum", "", (X,), X.sum()),
    ("ReduceMean", "reduce_mean_param { axis: 1 keepdims: true }", (X,), X.mean(1, keepdims=True)),
    ("ReduceMean", "reduce_mean_param { keepdims: true }", (X,), X.mean(keepdims=True)),
    ("ReduceMax", "reduce_max_param { axis: 1 }", (X,), X.max(1)),
    ("ReduceMin", "reduce_min_param { axis: 2 axis: 1 }", (X,), X.min((1, 2))),
    ("ReduceLogsumexp", "reduce_logsumexp_param { axis: 1 }", (X,), np.log(np.exp(X).sum(1))),
    ("ReduceAll", "reduce_all_param { axis: 0 }", (MARKS,), [0, 0, 0]),
    ("ReduceAll", "reduce_all_param { axis: 1 }", (MARKS[:, :1],), [0, 1]),
    ("ReduceAny", "reduce_any_param { axis: 0 }", (MARKS * 0,), [0, 0, 0]),
    ("ReduceAny", "reduce_any_param { axis: 1 }", (-MARKS,), [1, 1]),
    ("CountNonzero", "count_nonzero_param { axis: 1 }", (MARKS,), [2, 1]),
    ("ReduceL1", "reduce_l1_param { axes: 1 }", (X,), np.abs(X).sum(1, keepdims=True)),
    ("ReduceL2", "reduce_l2_param { axes: [1, 2] keepdims: 0 }", (X,), np.sqrt((X**2).sum((1, 2)))),
    ("Stack", "", (X, -X), np.stack((X, -X))),
    ("Stack", "stack_param { axis: -1 }", (X, -X, X), np.stack((X, -X, X), -1)),
    ("ExpandDimsND", "expand_dims_nd_param { axis: [1, 2] }", (X,), X.reshape(2, 1, 3, 1, 4)),
    ("ExpandDimsND", "expand_dims_nd_param { axis: -1 }", (X,), X[..., None]),
    ("Reverse", "reverse_param { axis: [0, -1] }", (X,), X[::-1, :, ::-1]),
    ("Piece", "piece_param { begin: [0, 1, 2] size: [-1, 2, 1] }", (X,), X[:, 1:3, 2:3]),
    ("TileND", "tile_nd_param { multiples: [1, 2] }", (X,), np.tile(X, (1, 2, 1))),
    ("TileND", "tile_nd_param { axis: [-1, 0] tiles: [3, 2] }", (X,), np.tile(X, (2, 1, 3))),
    ("BroadcastTo", "broadcast_to_param { shape: [2, 3, 5] }", (Y,), np.broadcast_to(Y, (2, 3, 5))),
    ("Gather", "gather_param { indices: [2, 0, 2, 1] shape: [2, 2] axis: 1 }", (X,), X[:, [[2, 0], [2, 1]]]),
    ("Gather", "gather_param { indices: [1, 2] shape: 2 axis: -1 }", (X,), X[..., 1:3]),
    ("Gather", "gather_param { indices: 1 shape: 0 }", (X,), X[1]),
    ("GatherV2", "", (X, np.array([[1.0, 0.9], [0.0, 1.0]])), X[[[1, 0], [0, 1]]]),
    ("GatherV2", "gather_v2_param { axis: -2 }", (X, np.array([2.0, 0.0])), X[:, [2, 0]]),
    ("GatherV2", "gather_v2_param { axis: 1 }", (X, np.array(1.0)), X[:, 1]),
    ("Shape", "", (X,), [2, 3, 4]),
    ("OneHot", "one_hot_param { depth: 3 }", (np.array([2.0, -0.5, 1.9, 3.0]),), np.eye(4)[[2, 3, 1, 3], :3]),
    (
        "OneHot",
        "one_hot_param { depth: 3 on_value: 5 off_value: -1 axis: 0 }",
        (np.array([[0.0, 2.0]]),),
        (6 * np.eye(3)[[0, 2]] - 1).T.reshape(3, 1, 2),
    ),
    ("UpsampleDarknet", "upsample_darknet_param { stride: 3 }", (MAPS,), MAPS.repeat(3, 2).repeat(3, 3)),
    ("StridedSlice", "strided_slice_param { begin: [0, -2] end: [2, 9] }", (X,), X[0:2, -2:9]),
    (
        "StridedSlice",
        "strided_slice_param { begin: [1, 2, 3] end: [0, 0, -9] strides: [-1, -2, -3] }",
        (X,),
        X[1:0:-1, 2:0:-2, 3::-3],
    ),
    (
        "StridedSlice",
        "strided_slice_param { begin: [0, 1, 0] end: [0, 0, 0] strides: [1, 1, 2] begin_mask: 1 end_mask: 5 "
        "shrink_axis_mask: 2 }",
        (X,),
        X[:, 1, ::2],
    ),
    (
        "StridedSlice",
        "strided_slice_param { begin: [7, 1, 7] end: [0, 0, 0] ellipsis_mask: 1 shrink_axis_mask: 2 new_axis_mask: 4 }",
        (X,),
        X[..., 1, None],
    ),
    ("StridedSlice", "strided_slice_param { begin: 1 end: 4 strides: 2 axes: -1 }", (X,), X[..., 1:4:2]),
    ("StridedSlice", "strided_slice_param { begin: [-1, 0] end: [9, 2] axes: [2, 1] }", (X,), X[..., 1:][:, :2]),
    ("MatMul", "", (X[0].T, Y), X[0].T @ Y),
    ("MatMul", "matmul_param { transpose_a: true }", (X, X), np.einsum("nka,nkb->nab", X, X)),
    ("MatMul", "matmul_param { transpose_b: true }", (X, -X), np.einsum("nak,nbk->nab", X, -X)),
    ("Gemm", "", (X[0].T, Y, np.array([2.0])), X[0].T @ Y + 2),
    (
        "Gemm",
        "gemm_param { alpha: 2 beta: 3 transA: 1 transB: 1 }",
        (X[0], Y.T, ROW[:4, None]),
        2 * X[0].T @ Y + 3 * ROW[:4, None],
    ),
    ("LayerNorm", "", (X,), normalized(X)),
    ("LayerNorm", "layer_norm_param { elementwise_affine: false eps: 2 }", (MAPS,), normalized(MAPS, 2)),
    ("LpNormalization", "lp_normalization_param { axis: 1 }", (X,), X / np.sqrt((X**2).sum(1, keepdims=True))),
    ("LpNormalization", "lp_normalization_param { axis: -1 p: 1 }", (X,), X / np.abs(X).sum(2, keepdims=True)),
    ("Eltwise", "eltwise_param { axis: 1 coeff: [1, -2] }", (X, Y[:, 0]), X - 2 * Y),
    ("Eltwise", "eltwise_param { axis: 0 operation: DIV }", (X, ROW[6:]), X / ROW[6:, None, None]),
    ("Eltwise", "eltwise_param { axis: -1 operation: MAX }", (X, X[0, 0]), np.maximum(X, X[0, 0])),
    *(
        (
            "MirrorPad",
            f'mirror_pad_param {{ paddings: [1, 0, 0, 2, 2, 3] mode: "{mode.upper()}" constant_values: 3 }}',
            (X,),
            np.pad(X, ((1, 0), (0, 2), (2, 3)), mode, **({"constant_values": 3} if mode == "constant" else {})),  # type: ignore[call-overload]
        )
        for mode in ("reflect", "symmetric", "edge", "constant")
    ),
]


@pytest.mark.parametrize("backend", ["numpy", "torch", "tensorflow"])
@pytest.mark.parametrize(("type_name", "fields", "inputs", "value"), VALUES)
def test_values(type_name: str, fields: str, inputs: tuple[Any, ...], value: Any, backend: str) -> None:
    found = run(text_of(type_name, fields, inputs), *inputs, backend=backend)
    assert np.shape(found) == np.shape(value)
    np.testing.assert_allclose(found, value, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("type_name", "fields", "inputs", "value"), VALUES)
def test_backends_agree(type_name: str, fields: str, inputs: tuple[Any, ...], value: Any) -> None:
    agree(net_text(type_name, fields, [np.shape(x) for x in inputs]))


@pytest.mark.parametrize("backend", ["numpy", "torch", "tensorflow"])
def test_parts_are_tops(backend: str) -> None:
    text = net_text("Unstack", "unstack_param { axis: 1 }", [X.shape], 2)
    found = netspec.build(netspec.load_text(text), backend, dtype="float64").forward({"x0": X})
    for i in (0, 1):
        np.testing.assert_array_equal(found[f"y{i}"], X[:, i])


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_mish_has_the_slope_of_what_it_gives(backend: str) -> None:
    net = netspec.load_text("force_backward: true\n" + text_of("Mish", "", (X,)), phase="TRAIN")
    model = netspec.build(net, backend, dtype="float64")
    y = model.forward({"x0": X})["y0"]
    gate = np.tanh(np.log1p(np.exp(y)))
    slope = y * (1 - gate**2) / (1 + np.exp(-y)) + gate
    np.testing.assert_allclose(model.backward({"y0": np.ones_like(y)}).inputs["x0"], slope, rtol=1e-9)


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[str, dict[str, Any], tuple[Shape, ...], type[Diagnostic], str]] = [
    ("Sub", {}, ((2, 3), (2, 4)), ShapeMismatch, "equal, or 1"),
    ("NotEqual", {}, ((2, 3), (3,)), ShapeMismatch, "a blob and a scalar"),
    ("LogSoftmax", {"axis": 2}, ((2, 3),), AxisOutOfRange, "axis 2"),
    ("ReduceSum", {"axis": (2,)}, ((2, 3),), AxisOutOfRange, "axis 2"),
    ("ReduceL1", {"axes": (1, -1)}, ((2, 3),), InvalidValue, "more than once: 1, -1"),
    ("Stack", {}, ((2, 3), (3, 2)), ShapeMismatch, "equal shape"),
    ("Stack", {"axis": 3}, ((2, 3),), AxisOutOfRange, "a new axis among 2"),
    ("ExpandDimsND", {"axis": (-3,)}, ((2, 3),), AxisOutOfRange, "axis -3"),
    ("Reverse", {"axis": (2,)}, ((2, 3),), AxisOutOfRange, "axis 2"),
    ("Piece", {"begin": (0,), "size": (1, 1)}, ((2, 3),), EntryCount, "begin for each axis"),
    ("Piece", {"begin": (0, 2), "size": (1, 2)}, ((2, 3),), OutOfBounds, "2 elements from 2 on, of 3 on axis 1"),
    ("TileND", {}, ((2, 3),), MissingField, "multiples"),
    ("TileND", {"axis": (0,), "tiles": (1, 2)}, ((2, 3),), EntryCount, "1 and 2"),
    ("TileND", {"multiples": (1, 1, 2)}, ((2, 3),), EntryCount, "3 multiples for 2 axes"),
    ("BroadcastTo", {"shape": (3,)}, ((2, 3),), BadDimensions, "2×3 to 3"),
    ("BroadcastTo", {"shape": (4, 3)}, ((2, 3),), ShapeMismatch, "sizes of 1"),
    ("Gather", {"indices": (0, 1), "shape": (3,)}, ((2, 3),), EntryCount, "2 indices in a shape of 3"),
    ("Gather", {"indices": (2,), "shape": (1,)}, ((2, 3),), OutOfBounds, "index 2"),
    ("OneHot", {"depth": 3, "axis": 3}, ((2, 3),), AxisOutOfRange, "a new axis among 2"),
    ("OneHot", {"depth": 3, "axis": -2}, ((2, 3),), InvalidValue, "at least 0"),
    ("StridedSlice", {"begin": (1,), "end": (1,)}, ((2, 3),), EmptyOutput, "nothing of axis 0"),
    ("StridedSlice", {"begin": (1,), "end": (1, 2)}, ((2, 3),), EntryCount, "as many end as begin: 2 and 1"),
    ("StridedSlice", {"begin": (0,) * 3, "end": (1,) * 3}, ((2, 3),), EntryCount, "3 entries for the axes of 2×3"),
    ("StridedSlice", {"begin": (1,), "end": (2,), "strides": (0,)}, ((2, 3),), InvalidValue, "not 0"),
    ("StridedSlice", {"begin": (0, 0), "end": (1, 1), "ellipsis_mask": 3}, ((2, 3),), InvalidValue, "one entry"),
    ("StridedSlice", {"begin": (0, 0), "end": (1, 1), "axes": (1, 0)}, ((2, 3),), InvalidValue, "in order"),
    ("MatMul", {}, ((2, 3), (2, 3)), ShapeMismatch, "3 and 2"),
    ("MatMul", {}, ((1, 2, 3), (3, 2)), BadDimensions, "as many axes"),
    ("MatMul", {}, ((1, 2, 3), (2, 3, 2)), ShapeMismatch, "1 and 2 on axis 0"),
    ("Gemm", {}, ((2, 3), (3, 4), (4,)), ShapeMismatch, "2×4, or with sizes of 1, not 4"),
    ("Gemm", {}, ((2, 3, 1), (3, 4), (4,)), BadDimensions, "has 3 axes"),
    ("LpNormalization", {}, ((2, 3),), InvalidValue, "it has 0"),
    ("LpNormalization", {"axis": (1,), "p": 3}, ((2, 3),), InvalidValue, "1 or 2, not 3"),
    ("SpaceToDepth", {"block_size": 2}, ((1, 4, 3, 2),), NotDivisible, "3 mod 2 = 1"),
    ("SpaceToDepth", {"block_size": 2, "data_format": "CRD"}, ((1, 4, 4, 2),), InvalidValue, "not CRD"),
    ("Eltwise", {"axis": 1}, ((2, 3), (2,)), ShapeMismatch, "from 1 on, not 2"),
    ("UpsampleDarknet", {}, ((2, 3),), BadDimensions, "has 2 axes"),
    ("MirrorPad", {"paddings": (1, 1)}, ((2, 3),), EntryCount, "2 axes and 2 paddings"),
    ("MirrorPad", {"paddings": (2, 0), "mode": "REFLECT"}, ((2,),), OutOfBounds, "too few to mirror 2"),
]


@pytest.mark.parametrize(("type_name", "fields", "bottoms", "problem", "words"), REFUSED)
def test_refused(
    type_name: str, fields: dict[str, Any], bottoms: tuple[Shape, ...], problem: type[Diagnostic], words: str
) -> None:
    with pytest.raises(Refusal) as caught:
        make(type_name, **fields).infer(Site(bottoms))
    assert caught.value.problem is problem
    assert words in caught.value.message


@pytest.mark.parametrize(
    ("fields", "bottom", "top"),
    [
        ({"begin": (1,), "end": (9,), "axes": (1,)}, (UNKNOWN, 4, UNKNOWN), (UNKNOWN, 3, UNKNOWN)),
        ({"begin": (0, 1), "end": (1, 3), "shrink_axis_mask": 1}, (UNKNOWN, UNKNOWN, 5), (UNKNOWN, 5)),
        ({"begin": (0, 0), "end": (0, 9), "new_axis_mask": 1, "end_mask": 2}, (UNKNOWN, 5), (1, UNKNOWN, 5)),
    ],
)
def test_slices_of_sizes_that_are_not_known(fields: dict[str, Any], bottom: Shape, top: Shape) -> None:
    layer, site = make("StridedSlice", **fields), Site((bottom,))
    (found,) = layer.infer(site)
    assert show(found) == show(top)
    assert "--input" in layer.lacks(site)


def test_a_blob_has_no_more_parts_than_elements() -> None:
    with pytest.raises(Refusal, match="3 tops, and 2 parts"):
        make("Unstack").infer(Site(((2, 3),), 3))


@pytest.mark.parametrize("backend", ["numpy", "torch", "tensorflow"])
def test_layer_norm_has_a_factor_and_a_bias_for_each_number_of_an_item(backend: str) -> None:
    scale, bias = RANDOM.normal(size=(2, 3, 4))
    found = run(text_of("LayerNorm", "", (X,)), X, backend=backend, params=[scale, bias])
    np.testing.assert_allclose(found, normalized(X) * scale + bias, rtol=1e-9)


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


@pytest.mark.parametrize("backend", ["numpy", "torch", "tensorflow"])
@pytest.mark.parametrize(("type_name", "message", "field"), QUANTIZED)
def test_numbers_of_few_bits_are_refused(type_name: str, message: str, field: str, backend: str) -> None:
    shapes = [(1, 2, 4, 4)] * (1 + (type_name == "Concat"))
    plain = "output_scale: 1 output_zero_point: 0"
    netspec.build(netspec.load_text(net_text(type_name, message % plain, shapes)), backend)
    net = netspec.load_text(net_text(type_name, message % field, shapes))
    with pytest.raises(netspec.SpecError, match=f"{field.split(':')[0]} is supported as"):
        netspec.build(net, backend)
