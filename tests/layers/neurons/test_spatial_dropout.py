"""Dropout of channels, as layers of forks and of ENet have it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.layers.neurons.spatial_dropout import PythonSpatialDropout, SpatialDropout
from tests.frameworks.cases import net
from tests.layers.small_nets import layer, run

NETS = {
    "PythonSpatialDropout": net(
        "Python",
        'python_param { module: "spatial_dropout" layer: "SpatialDropoutLayer" param_str: "{\'phase\': '
        "'TEST', 'p': 0.1}\" }",
        "2 3",
    ),
    "SpatialDropout": net("SpatialDropout", "", "2 3"),
}

BACKENDS = ("numpy", "torch", "tensorflow")
ENET = 'python_param {{ module: "spatial_dropout" layer: "SpatialDropoutLayer" param_str: "{}" }}'
TRAINED = ENET.format("{'phase': 'TRAIN', 'p': '0.75'}")
TESTED = ENET.format("{'phase': 'TEST', 'p': '0.75'}")

# type, fields, phase
DROPPING = [
    ("SpatialDropout", "spatial_dropout_param { dropout_ratio: 0.75 }", "TRAIN"),
    ("SpatialDropout", "dropout_param { dropout_ratio: 0.75 }", "TRAIN"),
    ("SpatialDropout", "spatial_dropout_param { dropout_ratio: 0.75 sample_weights_test: true }", "TEST"),
    ("Python", TRAINED, "TRAIN"),
    ("Python", TRAINED, "TEST"),
]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("space", [(), (3,), (3, 2)])
@pytest.mark.parametrize(("type_name", "fields", "phase"), DROPPING)
def test_whole_channels_are_dropped(
    type_name: str, fields: str, phase: str, space: tuple[int, ...], backend: str
) -> None:
    shape = (20, 50, *space)
    text = layer(type_name, fields, " ".join(map(str, shape)))
    found = run(text, np.ones(shape), phase=phase, backend=backend).reshape(20, 50, -1)
    assert np.all(found == found[..., :1])
    assert set(np.unique(np.round(found, 6))) == {0.0, 4.0}
    assert 150 < np.count_nonzero(found[..., 0]) < 350
    assert len(np.unique(found[..., 0], axis=0)) > 15  # other channels of every item


# type, fields, phase, factor
KEEPING = [
    ("SpatialDropout", "spatial_dropout_param { dropout_ratio: 0.75 }", "TEST", 1.0),
    ("SpatialDropout", "", "TEST", 1.0),
    ("Python", TESTED, "TEST", 4.0),
    ("Python", TESTED, "TRAIN", 4.0),
]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("type_name", "fields", "phase", "factor"), KEEPING)
def test_what_does_not_drop(type_name: str, fields: str, phase: str, factor: float, backend: str) -> None:
    x = np.arange(24.0).reshape(2, 3, 2, 2)
    found = run(layer(type_name, fields, "2 3 2 2"), x, phase=phase, backend=backend)
    np.testing.assert_allclose(found, x * factor, rtol=1e-6)


@pytest.mark.parametrize(("type_name", "fields", "phase"), DROPPING)
def test_what_drops_is_verified_without(type_name: str, fields: str, phase: str) -> None:
    net = netspec.load_text(layer(type_name, fields, "2 3 2 2"), phase=phase)
    report = netspec.verify(net, grad=True)
    assert report.ok and report.held


def params(fields: str, type_name: str = "SpatialDropout") -> Any:
    return netspec.load_text(layer(type_name, fields, "2 3")).layers[-1].params


def test_where_the_ratio_stands() -> None:
    both = params("spatial_dropout_param { dropout_ratio: 0.2 } dropout_param { dropout_ratio: 0.3 }")
    assert isinstance(both, SpatialDropout) and both.ratio() == 0.2
    assert params("dropout_param { dropout_ratio: 0.3 }").ratio() == 0.3
    assert params("").ratio() == 0.5


def test_numbers_in_quotes() -> None:
    """Which Python's float() takes, and 'TRAIN' no more than other names."""
    said = params(ENET.format("{'phase': 'TEST', 'p': 0.1}"), "Python")
    assert isinstance(said, PythonSpatialDropout) and (said.phase, said.p) == ("TEST", 0.1)
    assert params(ENET.format("{'phase':'TRAIN','p':'1e-2'}"), "Python").p == 0.01


# fields, words of the error
WRONG = [
    ("spatial_dropout_param { dropout_ratio: 1 }", "SpatialDropout", "less than 1"),
    (ENET.format("{'phase': 'TRAIN', 'p': 'much'}"), "Python", "much"),
    (ENET.format("{'phase': 'TRAIN', 'p': '1.5'}"), "Python", "less than 1"),
    (ENET.format("{'phase': 'TRAIN'}"), "Python", "p"),
]


@pytest.mark.parametrize(("fields", "type_name", "words"), WRONG)
def test_wrong(fields: str, type_name: str, words: str) -> None:
    with pytest.raises(netspec.SpecError) as caught:
        params(fields, type_name)
    assert words in str(caught.value)


def test_at_most_four_axes() -> None:
    with pytest.raises(netspec.SpecError) as caught:
        netspec.load_text(layer("SpatialDropout", "", "1 2 3 4 5"))
    assert "at most 4 axes" in str(caught.value)
