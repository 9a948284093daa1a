"""Activations of forks that learn or draw by chance, layers that judge, and an Interp of the size of another blob."""

from __future__ import annotations

from math import log
from typing import Any

import numpy as np
import pytest

import netspec
from netspec.diagnostics import Diagnostic
from netspec.layers import find
from netspec.layers.base import Refusal, Site
from netspec.problems.fields import InvalidValue
from netspec.problems.shapes import BadDimensions, ShapeMismatch
from netspec.shapes import Shape
from tests.layers.small_nets import layer, run, text_of

BACKENDS = ["numpy", "torch", "tensorflow"]
RANDOM = np.random.default_rng(3)
MAPS, ROWS = RANDOM.normal(size=(2, 3, 2, 4)), RANDOM.normal(size=(3, 4))
THREE, FOUR = RANDOM.normal(size=(2, 3)), RANDOM.normal(size=(2, 4))
HINGES = RANDOM.normal(size=(2, 1, 1, 2, 24))
LEAK = (log(30) - log(10)) / 20


def piecewise(x: Any, slope: Any, offset: Any) -> Any:
    """Element by element, as APL's loop goes: the numbers of one element lie side by side."""
    result = np.maximum(x, 0).reshape(len(x), -1)
    for n, k in np.ndindex(*result.shape):
        for s in range(2):
            at = 2 * k + s
            result[n, k] += slope.flat[at] * max(offset.flat[at] - x[n].flat[k], 0)
    return result.reshape(x.shape)


# type, fields, inputs, parameter blobs, value
VALUES: list[tuple[str, str, tuple[Any, ...], Any, Any]] = [
    ("EltwiseAffine", "", (MAPS,), THREE, MAPS * THREE[0, :, None, None] + THREE[1, :, None, None]),
    ("EltwiseAffine", "", (ROWS,), FOUR, ROWS * FOUR[0] + FOUR[1]),
    ("EltwiseAffine", "eltwise_affine_param { channel_shared: true }", (ROWS,), [2.0, -1], ROWS * 2 - 1),
    ("APL", "apl_param { sums: 2 }", (MAPS,), HINGES, piecewise(MAPS, *HINGES)),
    ("APL", "apl_param { sums: 2 save_mem: true }", (ROWS,), HINGES[..., :4], piecewise(ROWS, *HINGES[..., :4])),
    ("RReLU", "rrelu_param { lb: 10 ub: 30 }", (MAPS,), None, np.where(MAPS > 0, MAPS, MAPS * LEAK)),
    ("RReLU", "", (ROWS,), None, np.where(ROWS > 0, ROWS, ROWS * log(2) / 5)),
    ("SeLuDropout", "selu_dropout_param { dropout_ratio: 0.3 }", (MAPS,), None, MAPS),
    ("SeLu", "", (ROWS,), None, 1.050700987 * np.where(ROWS > 0, ROWS, 1.67326324 * np.expm1(np.minimum(ROWS, 0)))),
    ("Interp", "interp_param { use_blob_size: true }", (MAPS, MAPS[:, :1, :1, :3]), None, MAPS[:, :, :1, [0, 1, 3]]),
]
VALUES[-1] = (*VALUES[-1][:4], (MAPS[:, :, :1] @ np.array([[1, 0, 0], [0, 0.5, 0], [0, 0.5, 0], [0, 0, 1]])))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("type_name", "fields", "inputs", "params", "value"), VALUES)
def test_values(type_name: str, fields: str, inputs: tuple[Any, ...], params: Any, value: Any, backend: str) -> None:
    found = run(text_of(type_name, fields, inputs), *inputs, backend=backend, params=params)
    np.testing.assert_allclose(found, value, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(("type_name", "fields", "inputs", "params", "value"), VALUES)
def test_backends_agree(type_name: str, fields: str, inputs: tuple[Any, ...], params: Any, value: Any) -> None:
    report = netspec.verify(netspec.load_text(text_of(type_name, fields, inputs)), grad=True)
    assert report.ok, report


def test_a_second_bottom_alone_is_a_size() -> None:
    """DeepLab's forks have no field for it."""
    text = layer("Interp", "", "1 2 3 4", "1 5 6 7")
    assert netspec.load_text(text).blobs["y0"] == (1, 2, 6, 7)


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_a_size_that_is_a_name(backend: str) -> None:
    text = "input x: [1, 2, 3, 4]\ninput like: [1, 5, h, w]\ny0 = Interp(x, like)\n"
    model = netspec.build(netspec.load_text(text), backend, dtype="float64")
    x = MAPS[:1, :2, :1].repeat(3, axis=2)
    found = model.forward({"x": x, "like": np.zeros((1, 5, 5, 4))})["y0"]
    np.testing.assert_allclose(found, x[:, :, [0, 0, 1, 1, 2]], rtol=1e-12)


MANY = np.full((40, 50, 2), -3.0)


@pytest.mark.parametrize("backend", BACKENDS)
def test_slopes_by_chance(backend: str) -> None:
    found = run(layer("RReLU", "rrelu_param { lb: 3 ub: 6 }", "40 50 2"), MANY, phase="TRAIN", backend=backend)
    divisors = -3 / found
    assert 3 <= divisors.min() < 3.01 and 5.99 < divisors.max() <= 6
    np.testing.assert_allclose(divisors.mean(), 4.5, atol=0.1)
    assert (run(layer("RReLU", "", "40 50 2"), -MANY, phase="TRAIN", backend=backend) == 3).all()


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_is_dropped_becomes_alpha(backend: str) -> None:
    """Mean and variance stay as they were."""
    fields, x = "selu_dropout_param { dropout_ratio: 0.2 }", RANDOM.normal(size=MANY.shape)
    found = run(layer("SeLuDropout", fields, "40 50 2"), x, phase="TRAIN", backend=backend)
    alpha, kept = -1.75809934, 0.8
    a = (kept * (1 + alpha**2 * (1 - kept))) ** -0.5
    dropped = np.isclose(found, a * alpha - a * (1 - kept) * alpha, rtol=1e-9)
    np.testing.assert_allclose(dropped.mean(), 0.2, atol=0.03)
    np.testing.assert_allclose(found[~dropped], (a * x - a * (1 - kept) * alpha)[~dropped], rtol=1e-9)
    np.testing.assert_allclose((found.mean(), found.var()), (0, 1), atol=0.1)


@pytest.mark.parametrize("type_name", ["RReLU", "SeLuDropout"])
def test_chance_is_verified_as_in_test(type_name: str) -> None:
    report = netspec.verify(netspec.load_text(layer(type_name, "", "3 4"), phase="TRAIN"), grad=True)
    assert report.ok


def test_what_judges_is_left_out() -> None:
    text = layer("SegAccuracy", "seg_accuracy_param { ignore_label: 255 }", "2 5 4 4", "2 1 4 4")
    net = netspec.load_text(text + 'layer { name: "r" type: "ReLU" bottom: "x0" top: "r" }')
    assert net.blobs["y0"] == (1, 1, 1, 3)
    assert "y0" not in netspec.emit(net, "torch")


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[str, dict[str, Any], tuple[Shape, ...], type[Diagnostic], str]] = [
    ("EltwiseAffine", {}, ((3,),), BadDimensions, "at least two axes"),
    ("APL", {"sums": 1}, ((3,),), BadDimensions, "at least two axes"),
    ("Interp", {"use_blob_size": True}, ((1, 2, 3, 4),), InvalidValue, "there is none"),
    ("Interp", {"zoom_factor": 2}, ((1, 2, 3, 4), (1, 2, 3, 4)), InvalidValue, "and zoom_factor"),
    ("Interp", {"use_blob_size": True}, ((1, 2, 3, 4), (1, 2)), BadDimensions, "not 1×2"),
    ("SegAccuracy", {}, ((2, 5, 4, 4), (2, 4, 4)), BadDimensions, "bottom 1 is 2×4×4"),
    ("SegAccuracy", {}, ((2, 5, 4, 4), (2, 5, 4, 4)), ShapeMismatch, "single channel"),
    ("SegAccuracy", {}, ((2, 5, 4, 4), (2, 1, 4, 5)), ShapeMismatch, "on axis 3"),
]


@pytest.mark.parametrize(("type_name", "fields", "bottoms", "problem", "words"), REFUSED)
def test_refused(
    type_name: str, fields: dict[str, Any], bottoms: tuple[Shape, ...], problem: type[Diagnostic], words: str
) -> None:
    kind = find(type_name)
    assert kind is not None
    with pytest.raises(Refusal) as caught:
        kind.model_validate(fields).infer(Site(bottoms))
    assert caught.value.problem is problem
    assert words in caught.value.message


@pytest.mark.parametrize("fields", ["lb: 3 ub: 3", "lb: 0 ub: 3", "lb: -3 ub: 0"])
def test_bounds_of_slopes(fields: str) -> None:
    with pytest.raises(netspec.SpecError, match=r"NS204|NS206"):
        netspec.load_text(layer("RReLU", f"rrelu_param {{ {fields} }}", "3 4"))
