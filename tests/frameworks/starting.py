"""How each framework's backend writes a net and brings it to life."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from netspec_tensorflow.runner import starter as tensorflow_starter
from netspec_tensorflow.target import emitted as tensorflow_emitted
from netspec_torch.runner import starter as torch_starter
from netspec_torch.target import emitted as torch_emitted

STARTERS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "torch": (torch_emitted, torch_starter),
    "tensorflow": (tensorflow_emitted, tensorflow_starter),
}
