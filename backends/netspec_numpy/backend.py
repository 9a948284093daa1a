"""The numpy reference as a backend: it runs nets, and has no code to show for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netspec.diagnostics import SpecError
from netspec.host.packages import require
from netspec.net import Net
from netspec.problems.backends import NoDevice
from netspec_numpy.faults import no_code

if TYPE_CHECKING:
    from netspec.backend.executable import Executable
    from netspec.emit import Emission


class NumpyBackend:
    """`netspec.backend.Backend` for numpy."""

    name = "numpy"
    title = "numpy"

    def emit(self, net: Net, outputs: tuple[str, ...], flat: bool | None = None) -> Emission:
        raise no_code()

    def loader(self, net: Net, emission: Emission, file: str, complete: bool) -> str:
        raise no_code()

    def build(self, net: Net, device: str, dtype: str) -> Executable:
        require("weights", "numpy")  # the one that has it and no framework
        if device != "cpu":
            raise SpecError([NoDevice(f'no device "{device}": numpy runs on the CPU alone', help="use --device cpu")])
        from netspec.backend.executable import Executable
        from netspec.net.passes.unfold import unfold_fused
        from netspec_numpy.runner import meanings, program, starter

        net = net.without_metrics(but=meanings(net))  # the reference is no compiled code
        plain = unfold_fused(net, net.outputs)
        return Executable(net, lambda outputs: program(plain, outputs), starter(plain, dtype))
