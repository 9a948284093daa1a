"""The numpy reference against what is worked out by hand, at the edges where its loops could go wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pytest
from netspec_numpy.data import WITHOUT
from netspec_numpy.runner import MEANINGS
from numpy.typing import NDArray

import netspec
from netspec.backend.executable import Executable
from netspec.layers import every
from netspec.layers.base import Formula, Layer
from netspec.layers.caffe.data import Python
from netspec.layers.data_layer import DataLayer
from tests.frameworks.cases import CASES, inputs, layer

Array: TypeAlias = NDArray[np.float64]
Nested: TypeAlias = list[Any]

LOWEST = float(np.finfo(np.float64).min)  # in float32 Caffe's −FLT_MAX


def model(text: str, phase: str = "TEST") -> Executable:
    return netspec.build(netspec.load_text(text, phase=phase), "numpy", dtype="float64")


def one_layer(
    type_name: str, fields: str, x: Nested, params: Nested, tops: str = "y", phase: str = "TEST"
) -> Executable:
    """The model of `layer`, for an input of the shape of x."""
    made = model(inputs(x=np.shape(x)) + layer(type_name, "x", tops, fields, "layer"), phase)
    if params:
        made.set_params({"layer": params})
    return made


KERNEL = [[[1, 10, 100]]]

# Layer, its fields, the input, the parameters, and what comes out.
CONVOLUTIONS: dict[str, tuple[str, str, Nested, Nested, Nested]] = {
    "not flipped": ("Convolution", "num_output: 1 kernel_size: 3", [[1, 2, 3, 4]], [KERNEL, [5]], [[326, 437]]),
    "dilation": ("Convolution", "num_output: 1 kernel_size: 3 dilation: 2", [[1, 2, 3, 4, 5]], [KERNEL, [0]], [[531]]),
    "zeros around": (
        "Convolution",
        "num_output: 1 kernel_size: 3 stride: 2 pad: 1",
        [[1, 2, 3]],
        [KERNEL, [0]],
        [[210, 32]],
    ),
    "beyond": ("Convolution", "num_output: 1 kernel_size: 3 stride: 2", [[1, 2]], [KERNEL, [0]], [[21]]),
    "groups": (
        "Convolution",
        "num_output: 4 kernel_size: 1 group: 2",
        [[1], [2]],
        [[[[1]], [[10]], [[3]], [[30]]], [0, 0, 0, 1]],
        [[1], [10], [6], [61]],
    ),
    "adjoint": (
        "Deconvolution",
        "num_output: 1 kernel_size: 3 stride: 2",
        [[1, 2]],
        [KERNEL, [0]],
        [[1, 10, 102, 20, 200]],
    ),
    "adjoint, cut": (
        "Deconvolution",
        "num_output: 1 kernel_size: 3 stride: 2 pad: 1",
        [[1, 2]],
        [KERNEL, [7]],
        [[17, 109, 27]],
    ),
    "adjoint, dilated": (
        "Deconvolution",
        "num_output: 1 kernel_size: 3 dilation: 2",
        [[1, 2]],
        [KERNEL, [0]],
        [[1, 2, 10, 20, 100, 200]],
    ),
    "adjoint, groups": (
        "Deconvolution",
        "num_output: 2 kernel_size: 2 group: 2 bias_term: false",
        [[1], [2]],
        [[[[1, 10]], [[3, 4]]]],
        [[1, 10], [6, 8]],
    ),
    "patches": (
        "Im2col",
        "kernel_size: 2 stride: 2",
        [[1, 2, 3, 4], [5, 6, 7, 8]],
        [],
        [[1, 3], [2, 4], [5, 7], [6, 8]],
    ),
}


@pytest.mark.parametrize("case", CONVOLUTIONS)
def test_convolution(case: str) -> None:
    type_name, fields, x, params, expected = CONVOLUTIONS[case]
    made = one_layer(type_name, f"convolution_param {{ {fields} }}", [x], params)
    np.testing.assert_array_equal(made.forward({"x": [x]})["y"], [expected])


# Fields, a row of the input, and what comes out of it.
POOLINGS: dict[str, tuple[str, Nested, Nested]] = {
    "last window cut": ("kernel_size: 2 stride: 2", [1, 2, 3], [2, 3]),
    "last window kept": ("kernel_size: 2 stride: 2 pad: 1", [1, 2, 3, 4], [1, 3, 4]),
    "last window dropped": ("kernel_size: 2 stride: 2 pad: 1", [1, 2, 3], [1, 3]),
    "rounded down": ("kernel_size: 2 stride: 2 round_mode: FLOOR", [1, 2, 3], [2]),
    "padding never largest": ("kernel_size: 2 stride: 2 pad: 1", [-1, -2, -3], [-1, -2]),
    "window outside": ("kernel_size: 1 stride: 3", [1, 2, 3], [1, LOWEST]),
    "NaN never largest": ("kernel_size: 2 stride: 2", [np.nan, 1, np.nan, np.nan], [1, LOWEST]),
    "mean counts padding": ("pool: AVE kernel_size: 3 stride: 2 pad: 1", [1, 2, 3, 4], [1, 3, 2]),
    "mean counts no overhang": ("pool: AVE kernel_size: 2 stride: 2", [1, 2, 3], [1.5, 3]),
    "mean of nothing": ("pool: AVE kernel_size: 1 stride: 3", [1, 2, 3], [1, np.nan]),
    "expected": ("pool: STOCHASTIC kernel_size: 2 stride: 2", [1, 3, 0, 0], [2.5, 0]),
}


@pytest.mark.parametrize("case", POOLINGS)
def test_pooling(case: str) -> None:
    fields, x, expected = POOLINGS[case]
    made = one_layer("Pooling", f"pooling_param {{ {fields} }}", [[x]], [])
    np.testing.assert_array_equal(made.forward({"x": [[x]]})["y"], [[expected]])


def test_mask_is_the_first_maximum_in_its_plane() -> None:
    x = [[[[1, 2, 0], [2, 1, 0]], [[0, 0, 5], [0, 0, 5]]]]
    made = one_layer("Pooling", "pooling_param { kernel_size: 2 stride: 2 }", x, [], "y mask")
    mask = made.forward({"x": x}, blobs=["mask"])["mask"]
    np.testing.assert_array_equal(mask, [[[[1, 2]], [[0, 2]]]])


def test_mask_of_a_window_outside() -> None:
    made = one_layer("Pooling", "pooling_param { kernel_size: 1 stride: 3 }", [[[1, 2, 3]]], [], "y mask")
    np.testing.assert_array_equal(made.forward({"x": [[[1, 2, 3]]]})["mask"], [[[0, -1]]])


def test_stochastic_pooling_draws_elements_of_the_window() -> None:
    x = np.tile([0.0, 3.0, 1.0, 0.0], 500).reshape(1, 1, 2000)
    made = one_layer(
        "Pooling", "pooling_param { pool: STOCHASTIC kernel_size: 4 stride: 4 }", x.tolist(), [], phase="TRAIN"
    )
    y = made.forward({"x": x})["y"]
    assert set(np.unique(y)) == {1.0, 3.0}
    assert 0.68 < np.mean(y == 3) < 0.82


def test_dropout() -> None:
    made = model(inputs(x=(50, 40)) + layer("Dropout", "x", "y", "dropout_param { dropout_ratio: 0.25 }"), "TRAIN")
    first, second = (made.forward({"x": np.ones((50, 40))})["y"] for _ in range(2))
    assert set(np.unique(first)) == {0.0, 1 / 0.75}
    assert 0.2 < np.mean(first == 0) < 0.3
    assert not np.array_equal(first, second)


def test_batch_norm_of_single_elements() -> None:
    made = one_layer(
        "BatchNorm", "batch_norm_param { moving_average_fraction: 0.5 }", [[3, 4]], [[1, 1], [2, 2], [1]], phase="TRAIN"
    )
    np.testing.assert_array_equal(made.forward({"x": [[3, 4]]})["y"], [[0, 0]])
    mean, variance, factor = made.get_params()["layer"]
    np.testing.assert_array_equal(mean, [3.5, 4.5])
    np.testing.assert_array_equal(variance, [1, 1])
    np.testing.assert_array_equal(factor, [1.5])


def test_a_state_lasts_until_a_sequence_begins() -> None:
    made = model(CASES["lstm"])
    x, going_on = np.ones((4, 2, 5)), np.ones((4, 2))
    beginning = np.array([[0, 0], [1, 1], [1, 1], [1, 1]])
    first, second, third = (made.forward({"x": x, "cont": cont})["h"] for cont in (going_on, going_on, beginning))
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(first, third)


def test_filter_may_leave_nothing() -> None:
    text = CASES["filter"] + layer("InnerProduct", "y", "z", "inner_product_param { num_output: 2 }")
    made = model(text)
    x = np.arange(12).reshape(4, 3)
    np.testing.assert_array_equal(made.forward({"data": x, "selector": [[0], [1], [0], [2]]}, ["y"])["y"], x[[1, 3]])
    assert made.forward({"data": x, "selector": np.zeros((4, 1))})["z"].shape == (0, 2)


def test_shared_parameters_may_have_another_shape() -> None:
    shared = 'param { name: "w" share_mode: PERMISSIVE } inner_product_param { num_output: %d bias_term: false }'
    text = inputs(a=(1, 2), b=(1, 3)) + layer("InnerProduct", "a", "p", shared % 3, "one")
    made = model(text + layer("InnerProduct", "b", "q", shared % 2, "two"))
    made.set_params({"two": [[[1, 2, 3], [4, 5, 6]]]})
    np.testing.assert_array_equal(made.get_params()["one"], [[[1, 2], [3, 4], [5, 6]]])
    np.testing.assert_array_equal(made.forward({"a": [[1, 1]], "b": [[0, 0, 1]]})["p"], [[3, 7, 11]])


# A filler, and what holds for an InnerProduct's weight of 200×50 that begins so.
FILLERS: dict[str, tuple[str, Callable[[Array], bool]]] = {
    "constant": ('type: "constant" value: 2', lambda w: bool((w == 2).all())),
    "uniform": ('type: "uniform" min: 1 max: 3', lambda w: bool((w >= 1).all() and (w <= 3).all() and w.std() > 0.5)),
    "gaussian": ('type: "gaussian" mean: 5 std: 0.1', lambda w: abs(w.mean() - 5) < 0.01 and 0.09 < w.std() < 0.11),
    "sparse": ('type: "gaussian" sparse: 20', lambda w: 0.08 < np.count_nonzero(w) / w.size < 0.12),
    "positive_unitball": ('type: "positive_unitball"', lambda w: bool((w > 0).all() and np.allclose(w.sum(1), 1))),
    "xavier": ('type: "xavier"', lambda w: 0.9 < abs(w).max() / np.sqrt(3 / 50) <= 1),
    "xavier, outputs": ('type: "xavier" variance_norm: FAN_OUT', lambda w: 0.9 < abs(w).max() / np.sqrt(3 / 200) <= 1),
    "msra": ('type: "msra" variance_norm: AVERAGE', lambda w: 0.95 < w.std() / np.sqrt(2 / 125) < 1.05),
}


@pytest.mark.parametrize("case", FILLERS)
def test_filler(case: str) -> None:
    filler, holds = FILLERS[case]
    fields = f"inner_product_param {{ num_output: 200 weight_filler {{ {filler} }} }}"
    weight, bias = one_layer("InnerProduct", fields, [[0.0] * 50], []).get_params()["layer"]
    assert holds(weight)
    assert not bias.any()


def test_bilinear_filler() -> None:
    weight, *_ = model(CASES["deconvolution_bilinear"]).get_params()["deconvolution"]
    ramp = np.array([0.25, 0.75, 0.75, 0.25])
    np.testing.assert_allclose(weight, np.broadcast_to(np.outer(ramp, ramp), weight.shape))


@pytest.mark.parametrize("case", CASES)
def test_agrees_with_torch(case: str) -> None:
    """Whole nets: values that layers share, and parameters."""
    assert netspec.verify(netspec.load_text(CASES[case]), ("torch", "numpy"), grad=False).ok


@pytest.mark.parametrize("layer_type", every(), ids=lambda layer_type: layer_type.type_name())
def test_every_type_has_a_meaning(layer_type: type[Layer]) -> None:
    """A formula, loops, or a reason why not; Python alone is unknown to netspec altogether."""
    fed_or_formula = issubclass(layer_type, DataLayer | Formula)
    reason = layer_type in WITHOUT or layer_type.unsupported or layer_type.is_metric
    assert fed_or_formula or layer_type in MEANINGS or reason or layer_type is Python


def codes(refused: pytest.ExceptionInfo[netspec.SpecError]) -> list[str]:
    return [diagnostic.code for diagnostic in refused.value.diagnostics]


def test_writes_no_code() -> None:
    net = netspec.load_text(CASES["relu"])
    made = netspec.build(net, "numpy")
    made.forward({"data": np.ones((2, 4, 6, 7))})
    for ask in (lambda: netspec.emit(net, "numpy"), lambda: made.source, lambda: made.backward({"y": 1.0})):
        with pytest.raises(netspec.SpecError) as refused:
            ask()
        assert codes(refused) == ["NS408"]


def test_runs_on_the_cpu_alone() -> None:
    with pytest.raises(netspec.SpecError) as refused:
        netspec.build(netspec.load_text(CASES["relu"]), "numpy", "cuda")
    assert codes(refused) == ["NS405"]
    assert model(CASES["relu"]).device == "cpu"


def test_files_are_not_written() -> None:
    with pytest.raises(netspec.SpecError) as refused:
        model(inputs(a=(1, 2), b=(1, 2)) + layer("HDF5Output", "a b", "", 'hdf5_output_param { file_name: "f" }'))
    assert codes(refused) == ["NS401"]


def test_sizes_have_to_be_known() -> None:
    with pytest.raises(netspec.SpecError, match="to run it with numpy") as refused:
        model('layer { name: "x" type: "Input" top: "x" }')
    assert codes(refused) == ["NS402"]
