"""netspec: one network spec, the same PyTorch module and TensorFlow graph.

    net = netspec.load("lenet.net")
    print(netspec.emit(net, backend="torch"))
    print(netspec.verify(net))

The names below are imported when they are first used: `import netspec` alone loads nothing.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable

    from netspec.backend.door import emit as emit
    from netspec.backend.live import build as build
    from netspec.diagnostics import Diagnostic as Diagnostic
    from netspec.diagnostics import SpecError as SpecError
    from netspec.frontend.load import check as check
    from netspec.frontend.load import load as load
    from netspec.frontend.load import load_solver as load_solver
    from netspec.frontend.load import load_text as load_text
    from netspec.net import Net as Net
    from netspec.net.passes.optimize import optimized as optimized
    from netspec.training.trainer import trainer as trainer
    from netspec.verify.run import verify as verify
    from netspec.weights.files import load_mean as load_mean
    from netspec.weights.files import load_weights as load_weights
    from netspec.weights.files import save_weights as save_weights

_HOMES = {
    "Diagnostic": "diagnostics",
    "Net": "net",
    "SpecError": "diagnostics",
    "build": "backend.live",
    "check": "frontend.load",
    "emit": "backend.door",
    "load": "frontend.load",
    "load_mean": "weights.files",
    "load_solver": "frontend.load",
    "load_text": "frontend.load",
    "load_weights": "weights.files",
    "optimized": "net.passes.optimize",
    "save_weights": "weights.files",
    "trainer": "training.trainer",
    "verify": "verify.run",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'netspec' has no attribute {name!r}")
    try:
        return getattr(import_module(f"netspec.{_HOMES[name]}"), name)
    except Exception as error:
        return _without(error)


def _without(error: Exception) -> Callable[..., NoReturn]:
    """What stands for a function whose module needs a package that cannot be used: calling it says so."""
    from netspec.host.packages import explained

    said = explained(error)
    if said is None:
        raise error

    def refuse(*_: object, **__: object) -> NoReturn:
        raise said

    return refuse


def __dir__() -> list[str]:
    return sorted((*globals(), *_HOMES))


class _Package(ModuleType):
    """Keeps the import system from putting the modules `netspec.emit` and `netspec.verify` where the functions of the
    same names are looked up, as it would do with any module once it is loaded."""

    def __setattr__(self, name: str, value: object) -> None:
        if name not in _HOMES or not isinstance(value, ModuleType):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
