"""Layers of FlowNet 2.0: values place by place, gradients, what is left to chance, and what reads and writes files."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.diagnostics import Diagnostic, SpecError
from netspec.layers.base import Phase, Refusal, Site
from netspec.problems.fields import BlobCount, EntryCount, InvalidValue, MissingField
from netspec.problems.shapes import BadDimensions, EmptyOutput, OutOfBounds, ShapeMismatch
from netspec.shapes import UNKNOWN, Shape, show
from tests.layers.one_layer import agree, make, net_text
from tests.layers.small_nets import run, text_of

BACKENDS = ["numpy", "torch", "tensorflow"]
RANDOM = np.random.default_rng(11)
A, B = RANDOM.normal(size=(2, 2, 3, 5, 6))
FLOW = RANDOM.normal(size=(2, 2, 5, 6)) * 2
FLOW[0, 0, 0, 0], FLOW[1, :, 2, 3], FLOW[1, :, 4, 5] = np.nan, 0, 0.5
HOLES = A.copy()
HOLES[0, 1, 1:4, 2:4] = np.nan
PLANE = np.arange(30.0).reshape(1, 1, 5, 6)


def warped(x: Any, flow: Any, fill: float) -> Any:
    """A linear image stays one where all four elements lie in it; here from the definition, for any image."""
    y = np.full_like(x, fill)
    n, _, h, w = x.shape
    for k, i, j in np.ndindex(n, h, w):
        c, r = j + flow[k, 0, i, j], i + flow[k, 1, i, j]
        if c >= 0 and r >= 0 and c < w and r < h:
            y[k, :, i, j] = sum(
                max(0, 1 - abs(r - p)) * max(0, 1 - abs(c - q)) * x[k, :, min(p, h - 1), min(q, w - 1)]
                for p in range(h + 1)
                for q in range(w + 1)
            )
    return y


def stretched(x: Any, height: int, width: int) -> Any:
    """Bilinear, with the corners in the corners."""
    for axis, size in ((2, height), (3, width)):
        places = np.arange(size) * (x.shape[axis] - 1) / (size - 1)
        weights = np.maximum(0, 1 - np.abs(places[:, None] - np.arange(x.shape[axis])))
        x = np.moveaxis(np.tensordot(weights, x, (1, axis)), 0, axis)
    return x


def shrunk(x: Any, height: int, width: int) -> Any:
    """As the kernel goes: a window around the nearest element, NaN counted beside the rest."""
    y = np.empty((*x.shape[:2], height, width))
    steps = [(s - 1) / (t - 1) for s, t in zip(x.shape[2:], (height, width), strict=True)]
    for n, c, i, j in np.ndindex(*y.shape):
        value = weight = lost = 0.0
        for p, q in np.ndindex(*x.shape[2:]):
            share = max(0, 1 - abs(p - i * steps[0]) / steps[0]) * max(0, 1 - abs(q - j * steps[1]) / steps[1])
            if np.isnan(x[n, c, p, q]):
                lost += share
            else:
                value, weight = value + share * x[n, c, p, q], weight + share
        y[n, c, i, j] = np.nan if lost > 0.5 * weight else value / weight
    return y


def correlated(pad: int, kernel: int, reach: int, stride: int, shifts: tuple[int, ...], subtract: bool) -> Any:
    more = 10
    a, b = (np.pad(x, ((0, 0), (0, 0), (0, 0), (pad + more, pad + more))) for x in (A, B))
    h = -(-(5 - kernel + 1) // stride)
    w = -(-(6 + 2 * pad - 2 * reach - kernel + 1) // stride)
    y = np.zeros((2, len(shifts), h, w))
    for d, i, j in np.ndindex(len(shifts), h, w):
        top, left = i * stride, j * stride + reach + more
        one = a[:, :, top : top + kernel, left : left + kernel]
        other = b[:, :, top : top + kernel, left + shifts[d] : left + shifts[d] + kernel]
        y[:, d, i, j] = (np.abs(one - other) if subtract else one * other).mean((1, 2, 3))
    return y


DIFFERENCE = np.abs(A - B)
# type, fields, inputs, value
VALUES: list[tuple[str, str, tuple[Any, ...], Any]] = [
    ("FlowWarp", "", (A, FLOW), warped(A, FLOW, 0)),
    ("FlowWarp", "flow_warp_param { fill_value: NOT_A_NUMBER }", (A, FLOW), warped(A, FLOW, np.nan)),
    ("Accum", "", (A, B[:, :2, :3, :2]), np.concatenate((A, stretched(B[:, :2, :3, :2], 5, 6)), 1)),
    ("Accum", "accum_param { size_divisible_by: 4 }", (A,), stretched(A, 8, 8)),
    ("Accum", "accum_param { size_divisible_by: 5 }", (A,), A),
    ("Accum", "accum_param { top_height: 7 top_width: 6 }", (A,), A),
    ("Accum", "accum_param { top_height: 6 top_width: 9 }", (A, B), stretched(np.concatenate((A, B), 1), 6, 9)),
    ("Accum", "accum_param { have_reference: true }", (A, PLANE[:, :, :2, :3]), stretched(A, 2, 3)),
    ("Downsample", "downsample_param { top_height: 3 top_width: 4 }", (HOLES,), shrunk(HOLES, 3, 4)),
    ("Downsample", "downsample_param { top_height: 5 top_width: 6 }", (HOLES,), HOLES),
    ("Downsample", "", (A, B[:, :, :2, :2]), shrunk(A, 2, 2)),
    (
        "Correlation1D",
        "correlation_param { pad: 2 kernel_size: 1 max_displacement: 2 }",
        (A, B),
        correlated(2, 1, 2, 1, (-2, -1, 0, 1, 2), False),
    ),
    (
        "Correlation1D",
        "correlation_param { pad: 2 kernel_size: 1 max_displacement: 2 single_direction: -1 }",
        (A, B),
        correlated(2, 1, 2, 1, (-3, -2, -1), False),
    ),
    (
        "Correlation1D",
        "correlation_param { pad: 4 kernel_size: 3 max_displacement: 3 stride_1: 2 stride_2: 2 single_direction: 1 "
        "correlation_type: SUBTRACT }",
        (A, B),
        correlated(4, 3, 3, 2, (0, 2), True),
    ),
    ("LpqLoss", "lpq_loss_param { p: 2 q: 0.5 }", (A, B), np.sqrt((DIFFERENCE**2).sum(1) + 0.01).sum() / 2),
    ("LpqLoss", "lpq_loss_param { p: 1 q: 1 q_epsilon: 0 pq_episode_starts_at_iter: 0 }", (A,), np.abs(A).sum() / 2),
    (
        "LpqLoss",
        "lpq_loss_param { p: 1 q: 0.4 p_epsilon: 0.1 l2_prescale_by_channels: true normalize_by_num_entries: true }",
        (HOLES,),
        (((np.nan_to_num(np.abs(HOLES)) + 0.1).mean(1) + 0.01) ** 0.4).sum() / (np.isfinite(HOLES).sum() / 3),
    ),
    ("DummyData", "dummy_data_param { data_filler { value: 2 } }", (A,), A * 0 + 2),
    ("DataAugmentation", "", (A,), A),
    ("DataAugmentation", "augmentation_param { crop_height: 3 crop_width: 2 }", (A,), A[:, :, 1:4, 2:4]),
    (
        "DataAugmentation",
        "augmentation_param { crop_height: 2 crop_width: 3 rotate { spread: 1 } }",
        (PLANE,),
        PLANE[:, :, 1:3, 1:4] + 3.5,
    ),
    (
        "DataAugmentation",
        "augmentation_param { crop_height: 5 crop_width: 6 mean: [1, 2, 3] mean_per_pixel: false }",
        (A * 0 + np.arange(6),),
        A * 0 + [0, 1, 2, 3, 4, 4.95] - np.array([1, 2, 3])[:, None, None],
    ),
    ("DataAugmentation", "augmentation_param { mean: [1, 2, 3] }", (A,), A),
    ("BlackAugmentation", "", (A,), A),
    (
        "GenerateAugmentationParameters",
        'augmentation_param { crop_width: 4 crop_height: 4 mode: "replace" zoom { spread: 1 } }',
        (A,),
        np.zeros((2, 42, 1, 1)),
    ),
    ("GenerateAugmentationParameters", "", (np.ones((2, 42, 1, 1)), A, B), np.ones((2, 42, 1, 1))),
    ("GenerateAugmentationParameters", 'augmentation_param { mode: "regenerate" }', (A[:, :, :1, :1],) * 3, None),
]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("type_name", "fields", "inputs", "value"), VALUES)
def test_values(type_name: str, fields: str, inputs: tuple[Any, ...], value: Any, backend: str) -> None:
    found = run(text_of(type_name, fields, inputs), *inputs, backend=backend)
    value = np.zeros((2, 42, 1, 1)) if value is None else value
    assert np.shape(found) == np.shape(value)
    np.testing.assert_allclose(found, value, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("type_name", "fields", "inputs"), [(row[0], row[1], row[2]) for row in VALUES if "Augment" not in row[0]]
)
def test_backends_agree(type_name: str, fields: str, inputs: tuple[Any, ...]) -> None:
    agree(net_text(type_name, fields, [np.shape(x) for x in inputs]))


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_gradients_at_the_border_of_the_image_and_of_nothing(backend: str) -> None:
    def gradients(type_name: str, fields: str, *inputs: Any) -> Any:
        text = "force_backward: true\n" + text_of(type_name, fields, inputs)
        model = netspec.build(netspec.load_text(text), backend, dtype="float64")
        y = model.forward({f"x{i}": x for i, x in enumerate(inputs)})["y0"]
        return model.backward({"y0": np.ones_like(y)}).inputs

    image = np.array([[[[1.0, 3.0], [2.0, np.nan]]]])
    flow = np.array([[[[0.5, 0.5], [-3.0, 0.0]], [[0.0, 0.0], [0.0, 5.0]]]])
    found = gradients("FlowWarp", "", image * [[1, 1], [1, 0]] if backend == "" else np.nan_to_num(image), flow)
    np.testing.assert_allclose(found["x0"], [[[[0.5, 1.5], [0, 0]]]])
    np.testing.assert_allclose(found["x1"][0, 0], [[2, 0], [0, 0]])
    holes = gradients("LpqLoss", "lpq_loss_param { p: 1 q: 1 }", np.array([[np.nan, 2.0, 0.0, -1.0]]))
    np.testing.assert_array_equal(holes["x0"], [[0, 1, -1, -1]])


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("pixel", [True, False])
def test_the_mean_of_the_weights_is_taken_away(backend: str, pixel: bool) -> None:
    fields = f"augmentation_param {{ recompute_mean: 10 mean_per_pixel: {str(pixel).lower()} }}"
    mean, channels = RANDOM.normal(size=(1, 3, 5, 6)), RANDOM.normal(size=(1, 3, 1, 1))
    params = [np.full((1, 1, 1, 1), 11.0), mean, channels]
    found = run(text_of("DataAugmentation", fields, (A,)), A, backend=backend, params=params)
    np.testing.assert_allclose(found, A - (mean if pixel else channels))


def test_augmentation_is_compared_without_chance() -> None:
    fields = "augmentation_param { crop_height: 3 crop_width: 6 recompute_mean: 10 zoom { spread: 0.1 exp: true } }"
    for phase in ("TEST", "TRAIN"):
        net = netspec.load_text(net_text("DataAugmentation", fields, [A.shape], 2), phase=phase)
        assert netspec.verify(net).ok


# type, fields, phase, bottoms, words
WITHOUT: list[tuple[str, dict[str, Any], Phase, tuple[Shape, ...], str]] = [
    ("Accum", {"top_height": 2, "top_width": 2}, Phase.TEST, ((1, 2, 1, 1),), ""),
    ("Accum", {}, Phase.TEST, ((1, 2, 1, 3),), "division by 0"),
    ("Downsample", {"top_height": 1, "top_width": 2}, Phase.TEST, ((1, 2, 3, 3),), "division by 0"),
    (
        "Correlation1D",
        {"kernel_size": 1, "max_displacement": 2, "single_direction": -1},
        Phase.TEST,
        (A.shape,) * 2,
        "pad by 1",
    ),
    ("LpqLoss", {"p": (1, 2), "q": (1, 1), "pq_episode_starts_at_iter": (0, 9)}, Phase.TEST, (A.shape,), "iterations"),
    ("DataAugmentation", {"rotate": {"spread": 1}}, Phase.TEST, (A.shape,), ""),
    ("DataAugmentation", {"rotate": {"spread": 1}}, Phase.TRAIN, (A.shape,), "what rotate draws"),
    ("DataAugmentation", {"noise": {}, "augment_during_test": True}, Phase.TEST, (A.shape,), "what noise draws"),
    ("DataAugmentation", {}, Phase.TEST, (A.shape, (2, 42, 1, 1)), "second bottom"),
    ("DataAugmentation", {"crop_height": 1, "crop_width": 1}, Phase.TEST, ((1, 3, UNKNOWN, 5),), "--input"),
    (
        "FlowAugmentation",
        {"crop_height": 1, "crop_width": 1},
        Phase.TEST,
        (FLOW.shape, (2, 42, 1, 1), (2, 42, 1, 1)),
        "augment",
    ),
    ("BlackAugmentation", {"border": {}}, Phase.TEST, (A.shape,), "what it draws"),
]


@pytest.mark.parametrize(("type_name", "fields", "phase", "bottoms", "words"), WITHOUT)
def test_what_has_no_meaning(
    type_name: str, fields: dict[str, Any], phase: Phase, bottoms: tuple[Shape, ...], words: str
) -> None:
    layer, site = make(type_name, **fields), Site(bottoms, 1, phase)
    layer.infer(site)
    assert words in layer.lacks(site)
    assert bool(layer.lacks(site)) == bool(words)


# type, fields, bottoms, tops
SHAPES: list[tuple[str, dict[str, Any], tuple[Shape, ...], tuple[Shape, ...]]] = [
    ("Accum", {"size_divisible_by": 64}, ((1, 2, UNKNOWN, 5), (1, 3, 4, 5)), ((1, 5, UNKNOWN, UNKNOWN),)),
    ("DataAugmentation", {"crop_width": 4, "crop_height": 3}, ((2, 3, UNKNOWN, 9),), ((2, 3, 3, 4), (2, 42, 1, 1))),
    ("FlowAugmentation", {"crop_width": 4, "crop_height": 3}, ((1, 2, 9, 9),) * 3, ((1, 2, 3, 4),)),
    ("ImgReader", {"file": "a.png", "num": 2, "transform_param": {"crop_size": 7}}, (), ((2, 3, 7, 7),)),
    ("FloatReader", {"file": "a.float3"}, (), ((1, UNKNOWN, UNKNOWN, UNKNOWN),)),
    ("DisparityData", {"new_height": 4, "new_width": 5, "is_color": False}, (), ((1, 1, 4, 5), (1,))),
    *((name, {}, ((1, 2 + (name == "ImgWriter"), 4, 5),), ()) for name in ("ImgWriter", "FLOWriter", "FloatWriter")),
    ("PFMWriter", {}, ((1, 1, UNKNOWN, UNKNOWN),), ()),
]


@pytest.mark.parametrize(("type_name", "fields", "bottoms", "tops"), SHAPES)
def test_shapes(type_name: str, fields: dict[str, Any], bottoms: tuple[Shape, ...], tops: tuple[Shape, ...]) -> None:
    found = make(type_name, **fields).infer(Site(bottoms, len(tops)))
    assert [show(shape) for shape in found] == [show(shape) for shape in tops]


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[str, dict[str, Any], tuple[Shape, ...], type[Diagnostic], str]] = [
    ("FlowWarp", {}, (A.shape, (2, 3, 5, 6)), ShapeMismatch, "two channels"),
    ("FlowWarp", {}, (A.shape, (2, 2)), BadDimensions, "2×2 has 2 axes"),
    ("Accum", {}, (A.shape, (3, 1, 2, 2)), ShapeMismatch, "2 and 3"),
    ("Accum", {"have_reference": True}, (A.shape,), InvalidValue, "at least two"),
    ("Accum", {"size_divisible_by": 0}, (A.shape,), InvalidValue, "greater than 0"),
    ("Downsample", {"top_height": 3}, (A.shape,), MissingField, "top_width"),
    ("Correlation1D", {"kernel_size": 1, "max_displacement": 3}, (A.shape,) * 2, EmptyOutput, "6 + 2·0 − 2·3"),
    (
        "Correlation1D",
        {"kernel_size": 7, "max_displacement": 0, "pad": 9},
        (A.shape,) * 2,
        EmptyOutput,
        "5 + 2·0 − 2·3",
    ),
    ("LpqLoss", {"p": (1,)}, (A.shape,), MissingField, "p and q"),
    ("LpqLoss", {"p": (1, 2), "q": (1, 2)}, (A.shape,), EntryCount, "2, 2 and 0"),
    ("LpqLoss", {"p": (1,), "q": (1,), "pq_episode_starts_at_iter": (5,)}, (A.shape,), InvalidValue, "begin with 0"),
    ("DataAugmentation", {"crop_height": 6, "crop_width": 2}, (A.shape,), OutOfBounds, "6 and crop_width 2"),
    ("DataAugmentation", {"mean": (1, 2, 3), "mean_per_pixel": False}, ((1, 2, 3, 4),), BadDimensions, "not 2"),
    ("GenerateAugmentationParameters", {}, (A.shape,) * 2, BlobCount, "not 2"),
    ("GenerateAugmentationParameters", {}, (A.shape,), MissingField, "crop_width"),
    ("GenerateAugmentationParameters", {}, (A.shape,) * 3, ShapeMismatch, "42 numbers"),
    ("FlowAugmentation", {"crop_width": 2}, (FLOW.shape,) * 3, MissingField, "crop_height"),
    ("BlackAugmentation", {}, ((1, 4, 2, 2),), BadDimensions, "not 4"),
    ("FLOWriter", {}, (A.shape,), BadDimensions, "2 channels, not 3"),
    ("ImgWriter", {}, (FLOW.shape,), BadDimensions, "1 or 3 channels, not 2"),
]


@pytest.mark.parametrize(("type_name", "fields", "bottoms", "problem", "words"), REFUSED)
def test_refused(
    type_name: str, fields: dict[str, Any], bottoms: tuple[Shape, ...], problem: type[Diagnostic], words: str
) -> None:
    with pytest.raises(Refusal) as caught:
        make(type_name, **fields).infer(Site(bottoms))
    assert caught.value.problem is problem
    assert words in caught.value.message


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_what_is_written_to_a_file_is_an_output(backend: str) -> None:
    text = net_text("NegReLU", "", [(1, 2, 3, 4)]) + (
        'layer { name: "w" type: "FLOWriter" bottom: "y0" writer_param { folder: "flow" prefix: "f" } }\n'
        'layer { name: "s" type: "Silence" bottom: "x0" }'
    )
    model = netspec.build(netspec.load_text(text), backend)
    assert list(model.forward({"x0": np.ones((1, 2, 3, 4))})) == ["y0"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_flow_between_networks(backend: str) -> None:
    """As FlowNet2-CSS has it: the second image warped by a flow, the error of brightness, and all of it together."""
    text = (
        net_text("FlowWarp", "", [(1, 3, 4, 4), (1, 2, 4, 4)])
        + 'layer { name: "d" type: "Eltwise" bottom: "x0" bottom: "y0" top: "d" eltwise_param { coeff: [1, -1] } }\n'
        + 'layer { name: "n" type: "ChannelNorm" bottom: "d" top: "n" reshape_every_iter: false }\n'
        + 'layer { name: "c" type: "Concat" bottom: "x0" bottom: "y0" bottom: "n" top: "c" }\n'
    )
    model = netspec.build(netspec.load_text(text), backend, dtype="float64")
    found = model.forward({"x0": A[:1, :, :4, :4], "x1": np.zeros((1, 2, 4, 4))})["c"]
    np.testing.assert_allclose(found, np.concatenate((A[:1, :, :4, :4],) * 2 + (np.zeros((1, 1, 4, 4)),), 1))


def test_a_template_is_to_be_filled() -> None:
    with pytest.raises(SpecError) as caught:
        netspec.load_text('input: "a"\ninput_shape { dim: 1 dim: 3 dim: $TARGET_HEIGHT$ dim: $TARGET_WIDTH$ }\n')
    assert [found.code for found in caught.value.diagnostics] == ["NS104"] * 2
    assert "sed 's/[$]TARGET_HEIGHT[$]/64/g'" in (caught.value.diagnostics[0].help or "")
