"""Which weights go where: as Net::CopyTrainedLayersFrom has it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import netspec
from netspec.diagnostics import SpecError
from netspec.shapes import integers
from netspec.weights.blobs import SavedBlob, SavedLayer, Weights, of_params
from netspec.weights.match import match
from tests.weights.nets import INPUT, SHARED, SMALL, made, same

IP = '{}layer {{ name: "ip" type: "InnerProduct" bottom: "data" top: "{}" inner_product_param {{ num_output: 5 }} }}\n'


def ones(*shape: int) -> NDArray[Any]:
    return np.ones(shape, np.float32)


def messages(error: SpecError) -> list[tuple[str, str]]:
    return [(d.code, d.message) for d in error.diagnostics]


def test_every_layer_takes_its_own() -> None:
    net, params = made(SMALL)
    found = match(net, of_params("x", params))
    same(found.params, params)
    assert (found.unused, found.filled, found.diagnostics) == ((), (), ())


def test_what_is_left_over_is_listed() -> None:
    net, params = made(SMALL)
    others = {f"fc{i}": [ones(2)] for i in range(9)}
    weights = of_params("x.caffemodel", {"block/conv": params["block/conv"], "relu": [], "gone": [], **others})
    found = match(net, weights)
    assert list(found.params) == ["block/conv"]
    assert found.unused == tuple(others)
    assert found.filled == ("bn", "scale", "ip")
    (warning,) = found.diagnostics
    assert (warning.code, warning.severity) == ("NS504", "warning")
    assert warning.message == "x.caffemodel has no weights for bn, scale, ip, which begin as filled"
    assert warning.help == "the file also has fc0, fc1, fc2, fc3, fc4, fc5, fc6, fc7 and 1 more"


def test_unused_alone_is_said_too() -> None:
    net, params = made(SMALL)
    (warning,) = match(net, of_params("x", {**params, "old": [ones(1)]})).diagnostics
    assert warning.message == "x has weights that the net does not use: old"


def test_a_file_of_another_net() -> None:
    net, _ = made(SMALL)
    with pytest.raises(SpecError) as caught:
        match(net, of_params("x.caffemodel", {"fc8": [ones(1)]}))
    assert messages(caught.value) == [("NS502", "no layer of x.caffemodel is in the net")]
    assert caught.value.diagnostics[0].help == "the file has fc8; the net has block/conv, bn, scale, ip"


MISFITS: dict[str, tuple[str, list[NDArray[Any]], str]] = {
    "one axis": ("ip", [ones(5, 100), ones(5)], "blob 0 (weight) is 5×100 in x, 5×144 in the net"),
    "same number of values": ("ip", [ones(144, 5), ones(5)], "blob 0 (weight) is 144×5 in x, 5×144 in the net"),
    "same from the right": ("ip", [ones(5, 144), ones(1, 1, 1, 5)], "blob 1 (bias) is 1×1×1×5 in x, 5 in the net"),
    "a scalar": ("ip", [ones(5, 144), ones()], "blob 1 (bias) is () in x, 5 in the net"),
    "a blob less": ("ip", [ones(5, 144)], "1 blob in x, 2 blobs in the net"),
    "a blob more": ("ip", [ones(5, 144), ones(5), ones(5)], "3 blobs in x, 2 blobs in the net"),
    "none": ("ip", [], "0 blobs in x, 2 blobs in the net"),
    "for a layer without": ("relu", [ones(1)], "1 blob in x, 0 blobs in the net"),
}


@pytest.mark.parametrize("case", MISFITS)
def test_what_does_not_fit_is_an_error(case: str) -> None:
    layer, blobs, said = MISFITS[case]
    net, _ = made(SMALL)
    with pytest.raises(SpecError) as caught:
        match(net, of_params("x", {layer: blobs}))
    assert messages(caught.value) == [("NS501", f'the weights of layer "{layer}" do not fit: {said}')]
    (label,) = caught.value.diagnostics[0].labels
    assert label.source.text[label.span.start :].startswith(f'layer {{ name: "{layer}"')


def test_all_that_does_not_fit_is_said_at_once() -> None:
    net, params = made(SMALL)
    with pytest.raises(SpecError) as caught:
        match(net, of_params("x", {**params, "ip": [ones(1)], "bn": [ones(1)], "old": [ones(1)]}))
    assert [code for code, _ in messages(caught.value)] == ["NS501", "NS501"]


OLD = {
    "bias": ((5,), (1, 1, 1, 5), True),
    "weight": ((5, 144), (1, 1, 5, 144), True),
    "weight in front": ((5, 144), (5, 144, 1, 1), False),
    "convolution": ((4, 3, 3, 3), (4, 3, 3, 3), True),
    "scalar": ((), (1, 1, 1, 1), True),
    "five axes": ((1, 4, 3, 3, 3), (4, 3, 3, 3), False),
    "all left out": ((0,), (0, 0, 0, 0), False),
}


@pytest.mark.parametrize("case", OLD)
def test_sizes_of_old_are_compared_from_the_right(case: str) -> None:
    own, given, fits = OLD[case]
    dims = " ".join(f"dim: {d}" for d in own)
    text = f'layer {{ name: "p" type: "Parameter" top: "p" parameter_param {{ shape {{ {dims} }} }} }}'
    net = netspec.load_text(text + INPUT)
    weights = Weights("x", (SavedLayer("p", (SavedBlob(ones(*given), legacy=True),)),))
    if fits:
        same(match(net, weights).params, {"p": [ones(*own)]})
    else:
        with pytest.raises(SpecError):
            match(net, weights)


def test_the_first_layer_of_a_name_takes_them_and_the_last_of_the_file_stays() -> None:
    net = netspec.load_text(INPUT + IP.format("", "a") + IP.format("", "b"))
    first, second = [ones(5, 192), ones(5)], [2 * ones(5, 192), 2 * ones(5)]
    weights = Weights("x", tuple(SavedLayer("ip", tuple(map(SavedBlob, blobs))) for blobs in (first, second)))
    found = match(net, weights)
    same(found.params, {"ip": second})
    assert found.filled == ("ip (2)",)


def shared(*layers: tuple[str, list[NDArray[Any] | None]], leaves_out: bool = True) -> Any:
    net = netspec.load_text(SHARED)
    made = (SavedLayer(name, tuple(v if v is None else SavedBlob(v) for v in values)) for name, values in layers)
    return match(net, Weights("x", tuple(made), shares=leaves_out))


def test_a_blob_of_shared_storage_may_be_left_out() -> None:
    w, b = ones(6, 192), ones(6)
    found = shared(("a", [w, b]), ("b", [None, 3 * b]))
    same(found.params, {"a": [w, b], "b": [w, 3 * b]})
    assert found.filled == ()
    assert shared(("a", [w, b])).filled == ("b",)


def test_a_blob_that_nothing_stands_for_may_not() -> None:
    w, b = ones(6, 192), ones(6)
    with pytest.raises(SpecError, match='layer "a" do not fit: x does not have its bias'):
        shared(("a", [w]), ("b", [None, b]))
    with pytest.raises(SpecError, match='layer "b" do not fit: x does not have its weight'):
        shared(("b", [None, b]))
    with pytest.raises(SpecError, match="1 blob in x, 2 blobs in the net"):
        shared(("a", [w]), leaves_out=False)


def test_a_shape_that_is_not_known() -> None:
    data = 'layer { name: "d" type: "Data" top: "data" data_param { batch_size: 2 source: "x" } }\n'
    net = netspec.load_text(data + IP.format("", "ip"))
    with pytest.raises(SpecError, match=r"in x, .*\?.* in the net|not fit"):
        match(net, of_params("x", {"ip": [ones(5, 192), ones(5)]}))


NVIDIA = f"""
{INPUT}
layer {{ name: "bn" type: "BatchNorm" bottom: "data" top: "bn" batch_norm_param {{ scale_bias: true eps: 1e-3 }} }}
"""
MEAN, VARIANCE, WEIGHT, BIAS = (np.arange(3, dtype=np.float32) + i for i in (1, 4, 7, 10))
WANTED = {"bn": [MEAN, VARIANCE, np.ones(1, np.float32), WEIGHT, BIAS]}


def factor(value: float) -> NDArray[Any]:
    return np.full(1, value, np.float32)


@pytest.mark.parametrize(
    "blobs",
    [
        [MEAN, VARIANCE, factor(1), WEIGHT, BIAS],
        [MEAN, VARIANCE, factor(0), WEIGHT, BIAS],
        [WEIGHT, BIAS, MEAN, VARIANCE, factor(1)],
        [WEIGHT, BIAS, MEAN, VARIANCE, factor(0)],
        [*(x.reshape(1, 3, 1, 1) for x in (WEIGHT, BIAS, MEAN, VARIANCE)), factor(0).reshape(1, 1, 1, 1)],
        [
            *(x.reshape(1, 3, 1, 1) for x in (MEAN, VARIANCE)),
            factor(1),
            *(x.reshape(1, 3, 1, 1) for x in (WEIGHT, BIAS)),
        ],
    ],
)
def test_batch_norm_of_nvidia(blobs: list[NDArray[Any]]) -> None:
    """In the order of today, in that of version 0.15, on the CPU and with cuDNN, and with its factor of no effect."""
    weights = Weights("x", (SavedLayer("bn", tuple(map(SavedBlob, blobs))),))
    same(match(netspec.load_text(NVIDIA), weights).params, WANTED)


def test_batch_norm_of_nvidia_computes(tmp_path: Path) -> None:
    net = netspec.load_text(NVIDIA)
    path = tmp_path / "x.caffemodel"
    netspec.save_weights(path, {"bn": [WEIGHT, BIAS, MEAN, VARIANCE, factor(0)]})
    model, x = netspec.build(net, "numpy", dtype="float64"), np.ones((2, 3, 8, 8))
    model.set_params(netspec.load_weights(path, net))
    wanted = WEIGHT * (1 - MEAN) / np.sqrt(VARIANCE + 1e-3) + BIAS
    np.testing.assert_allclose(model.forward({"data": x})["bn"][0, :, 0, 0], wanted, rtol=1e-6)


def test_a_batch_norm_of_nvidia_for_one_of_caffe() -> None:
    net = netspec.load_text(NVIDIA.replace("scale_bias: true", ""))
    weights = Weights("x", (SavedLayer("bn", tuple(map(SavedBlob, WANTED["bn"]))),))
    with pytest.raises(
        SpecError, match=r"5 blobs in x, 3 blobs in the net(.|\n)*batch_norm_param { scale_bias: true }"
    ):
        match(net, weights)


def test_one_channel_leaves_the_order_open() -> None:
    """Five blobs of one value: those of 1×1×1×1 are cuDNN's of version 0.15."""
    net = netspec.load_text(NVIDIA.replace("dim: 3", "dim: 1"))
    numbers = [factor(i) for i in (1, 2, 3, 4, 5)]
    for blobs, wanted in ((numbers, [1, 2, 3, 4, 5]), ([n.reshape(1, 1, 1, 1) for n in numbers], [3, 4, 1, 1, 2])):
        found = match(net, Weights("x", (SavedLayer("bn", tuple(map(SavedBlob, blobs))),))).params["bn"]
        assert [blob.item() for blob in found] == wanted
        assert {blob.shape for blob in found} == {(1,)}


def test_layers_of_one_name_are_said() -> None:
    net = netspec.load_text(INPUT + IP.format("", "a") + IP.format("", "b"))
    blobs = tuple(map(SavedBlob, (ones(5, 192), ones(5))))
    found = match(net, Weights("x", (SavedLayer("ip", blobs), SavedLayer("ip", blobs))))
    repeated, unmatched = found.diagnostics
    assert (repeated.code, repeated.message) == (
        "NS508",
        'x has 2 layers "ip" with weights, of which the last one\'s are taken',
    )
    assert (unmatched.code, unmatched.message) == ("NS504", "x has no weights for ip (2), which begin as filled")
    assert [label.text for label in unmatched.labels] == ['no weights: they go to the first "ip"']


LOSS = """
input x: [4, 3, 2, 2]
input label: [4]
n = BatchNorm(x) { moving_average_fraction: 0.9 %s }
y = InnerProduct(n) { num_output: 2 }
loss = SoftmaxWithLoss(y, label)
"""


@pytest.mark.parametrize(
    ("factor", "fields", "phase", "warned"),
    [
        (1, "", "TEST", True),
        (0, "", "TEST", True),
        (9.8, "", "TEST", True),
        (9.95, "", "TEST", False),
        (10, "", "TEST", False),
        (1, "", "TRAIN", False),  # keeps the sums
        (1, "use_global_stats: true", "TEST", False),  # is not trained
        (1, "scale_bias: true", "TEST", False),  # NVIDIA's fork has averages from the first
    ],
)
def test_averages_of_few_batches(factor: float, fields: str, phase: str, warned: bool) -> None:
    net = netspec.load_text(LOSS % fields, phase=phase)
    params = {layer: [np.ones(integers(shape)) for shape in shapes] for layer, shapes in net.params.items()}
    params["n"][2] *= factor
    codes = [diagnostic.code for diagnostic in match(net, of_params("x", params)).diagnostics]
    assert codes == (["NS509"] if warned else [])


def test_a_net_without_a_loss_is_not_trained() -> None:
    net = netspec.load_text(LOSS[: LOSS.index("loss =")].replace("%s", ""))
    params = {layer: [np.ones(integers(shape)) for shape in shapes] for layer, shapes in net.params.items()}
    assert match(net, of_params("x", params)).diagnostics == ()
