"""netspec's view of PyTorch: what it emits, and how that is brought to life."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from netspec.emit import Emission
from netspec.host.packages import require
from netspec.net import Net
from netspec_torch import trained
from netspec_torch.target import TARGET, emitted

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from numpy.typing import ArrayLike

    from netspec.backend import Export
    from netspec.backend.executable import Executable
    from netspec.solver import Solver


def onnx(net: Net, path: Path, params: Mapping[str, Sequence[ArrayLike]] | None, replace: bool) -> bytes:
    """`netspec.backend.Export` of an ONNX model."""
    from netspec_torch.onnx import onnx_model

    return onnx_model(net, params)


class TorchBackend:
    """`netspec.backend.Backend` for PyTorch."""

    name = TARGET.name
    title = TARGET.title
    exports: ClassVar[Mapping[str, Export]] = {"onnx": onnx}

    def emit(self, net: Net, outputs: tuple[str, ...], flat: bool | None = None) -> Emission:
        return emitted(net, outputs, flat)

    def loader(self, net: Net, emission: Emission, file: str, complete: bool) -> str:
        return trained.loader(emission, file, complete)

    def script(self, solver: Solver) -> str:
        """The text of a program that trains. Raises SpecError."""
        from netspec_torch.script import script

        return script(solver)

    def seed(self, number: int) -> None:
        """What chance begins from, in fillers and layers."""
        require("torch")
        from netspec_torch.runner import seed

        seed(number)

    def deterministic(self) -> AbstractContextManager[None]:
        """Inside, the same numbers come out each time, as far as PyTorch has a way; it warns where it has none."""
        require("torch")
        from netspec_torch.runner import deterministic

        return deterministic()

    def build(self, net: Net, device: str, dtype: str) -> Executable:
        require("torch")
        from netspec.backend.executable import Executable
        from netspec_torch.runner import starter

        net = net.compiled
        return Executable(net, partial(emitted, net), starter(net, device, dtype))
