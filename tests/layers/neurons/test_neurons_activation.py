"""Activations of forks that clip and gate: values, and that the backends agree."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.frameworks.cases import net
from tests.layers.tables import agrees, computes, each, in_backends

NETS = {
    "HardSigmoid": net("HardSigmoid", "", "2 4"),
    "HardSwish": net("HardSwish", "", "2 4"),
    "NegReLU": net("NegReLU", "", "2 4"),
    "ReLU6": net("ReLU6", "", "2 4"),
    "ScaleTanH": net("ScaleTanH", "scale_tanh_param { init_scale: 0.5 }", "2 4"),
    "SeLU": net("SeLU", "", "2 4"),
    "SeLu": net("SeLu", "", "3 4"),
    "ThresholdedReLU": net("ThresholdedReLU", "thresholded_relu_param { alpha: 3 }", "2 4"),
}

X = np.array([[-7.0, -2.0, -0.5, 0.0], [0.5, 3.0, 6.5, 25.0]])
RANDOM = np.random.default_rng(3)
MAPS, ROWS = RANDOM.normal(size=(2, 3, 2, 4)), RANDOM.normal(size=(3, 4))


# type, fields, inputs, value
VALUES: list[tuple[Any, ...]] = [
    ("ReLU6", "", (X,), np.clip(X, 0, 6)),
    ("ReLU6", "relu6_param { negative_slope: 0.5 }", (X,), np.minimum(np.where(X > 0, X, X / 2), 6)),
    ("HardSigmoid", "", (X,), np.clip(0.2 * X + 0.5, 0, 1)),
    ("HardSigmoid", "hard_sigmoid_param { alpha: 1 beta: 0 }", (X,), np.clip(X, 0, 1)),
    ("HardSwish", "", (X,), X * np.clip(X + 3, 0, 6) / 6),
    ("SeLU", "", (X,), 1.050700987 * np.where(X > 0, X, 1.67326324 * np.expm1(np.minimum(X, 0)))),
    ("SeLU", "selu_param { lambda: 2 alpha: 1 }", (X,), 2 * np.where(X > 0, X, np.expm1(np.minimum(X, 0)))),
    ("ThresholdedReLU", "thresholded_relu_param { alpha: 3 }", (X,), np.where(X > 3, X, 0)),
    ("NegReLU", "", (X,), np.minimum(X, 0)),
    ("ScaleTanH", "scale_tanh_param { init_scale: 0.5 step_size: 9 gamma: 2 power: 0.5 }", (X,), np.tanh(X / 2)),
    ("ScaleTanH", "", (X,), np.tanh(X)),
    ("SeLu", "", (ROWS,), 1.050700987 * np.where(ROWS > 0, ROWS, 1.67326324 * np.expm1(np.minimum(ROWS, 0)))),
]
test_values = in_backends(VALUES, computes)
test_backends_agree = each(VALUES, agrees)
