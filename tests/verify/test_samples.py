"""Seeded values: which inputs are whole numbers, and that nothing depends on the order in which it is drawn."""

from __future__ import annotations

import pytest

np = pytest.importorskip("numpy")

import netspec  # noqa: E402
from netspec.verify.samples import (  # noqa: E402
    Samples,
    draw_input,
    draw_parameters,
    draw_seeds,
    parameter_names,
    uniform,
)

SCORES = 'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 4 dim: 7 } } }'


def test_values_depend_on_seed_and_name_alone() -> None:
    first = uniform(3, "conv/0", (2, 3), -1, 1)
    uniform(3, "conv/1", (5,), -1, 1)
    assert np.array_equal(first, uniform(3, "conv/0", (2, 3), -1, 1))
    assert not np.array_equal(first, uniform(4, "conv/0", (2, 3), -1, 1))
    assert not np.array_equal(first, uniform(3, "conv/1", (2, 3), -1, 1))


def test_values_are_float32_numbers() -> None:
    values = draw_input(0, "x", (100,), None)
    assert values.dtype == np.float64
    assert np.array_equal(values, values.astype(np.float32))


def test_whole_numbers_are_whole_and_in_range() -> None:
    assert set(draw_input(0, "label", (200,), 3)) == {0.0, 1.0, 2.0}


def test_layers_that_share_parameters_get_the_same() -> None:
    layer = (
        "layer { name: '%s' type: 'InnerProduct' bottom: 'x' top: '%s' param { name: 'w' }"
        " inner_product_param { num_output: 2 } }"
    )
    net = netspec.load_text(SCORES + layer % ("a", "a") + layer % ("b", "b"))
    names = parameter_names(net)
    (weight_a, bias_a), (weight_b, bias_b) = (draw_parameters(Samples(0), node, names) for node in net.layers[1:])
    assert np.array_equal(weight_a, weight_b)
    assert not np.array_equal(bias_a, bias_b)
    assert weight_a.shape == (2, 7)
    assert np.abs(weight_a).max() < (6 / 7) ** 0.5


def test_seeds_fade_where_the_output_is_large() -> None:
    output = np.array([[1.0, 1e-9, 0.5], [np.nan, np.inf, -0.25]])
    seeds = draw_seeds(0, "prob", output)
    plain = uniform(0, "gradient of prob", (2, 3), -1, 1)
    assert np.allclose(seeds / plain, [[0, 1, 0.5], [1, 1, 0.75]])
    assert np.array_equal(draw_seeds(0, "loss", np.array(3.0)), uniform(0, "gradient of loss", (), -1, 1))
    assert draw_seeds(0, "none", np.zeros((0, 2))).shape == (0, 2)
