"""Parameters that modules share though they keep them in different shapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn


def lend(module: nn.Module, **parameters: Tensor) -> Callable[..., Any]:
    """The module as a function that reads these in the place of parameters of its own."""
    return lambda *xs, **named: torch.func.functional_call(module, parameters, xs, named)
