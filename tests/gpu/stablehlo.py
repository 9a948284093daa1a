"""What the emitted TensorFlow functions compute, for machines without TensorFlow: JAX's client runs them as StableHLO.

A backend for `netspec verify`. Its text is TensorFlow's own; `export.py` has TensorFlow translate it beforehand, into a
file that is found by the text. Parameters are arguments of the program, behind the inputs.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
from netspec_tensorflow.target import emitted

from netspec.backend.executable import Executable, Floats
from netspec.backend.runner import Pass
from netspec.diagnostics import SpecError
from netspec.emit import Emission
from netspec.net import Net
from netspec.problems.backends import NoDevice

FOLDER = Path(os.environ.get("NETSPEC_STABLEHLO") or Path(__file__).resolve().parents[2] / "build" / "gpu")
DTYPE = "float32"


def everything(net: Net) -> Emission:
    """The source that returns every blob, as `verify` asks for it."""
    net = net.compiled
    return emitted(net, tuple(net.latest))


def exported(emission: Emission, dtype: str) -> Path:
    """Where the program of a source is: another source has another."""
    digest = hashlib.sha256(emission.text.encode()).hexdigest()[:16]
    return FOLDER / f"{emission.class_name}-{dtype}-{digest}.mlir"


def variables(emission: Emission) -> dict[str, tuple[int, ...]]:
    """The variables that hold parameters, in the order of the program's arguments, with their shapes."""
    return {slot.path: slot.shape for slot in emission.slots.values() if slot.path}


class Runner:
    """`netspec.backend.executable.Runner` for one program, forward alone."""

    def __init__(self, emission: Emission, device: str, dtype: str) -> None:
        self._emission, self._dtype = emission, dtype
        self._values: dict[str, Floats] = {path: np.zeros(shape) for path, shape in variables(emission).items()}
        self._device = _device(device)

    @property
    def device(self) -> str:
        kind = self._device.device_kind
        return "cpu" if self._device.platform == "cpu" else f"cuda:{self._device.id} ({kind}, by XLA)"

    def read(self, path: str) -> Floats:
        return self._values[path]

    def write(self, path: str, value: Floats) -> None:
        self._values[path] = value

    def forward(self, inputs: Sequence[Floats]) -> list[Floats]:
        import jax

        arrays = [x.astype(self._dtype) for x in (*inputs, *self._values.values())]
        given = [jax.device_put(x, self._device) for x in arrays]
        outputs = self._program.execute_sharded(given).disassemble_into_single_device_arrays()
        return [np.asarray(shards[0]) for shards in outputs]

    def stopwatch(self, inputs: Sequence[Floats], wanted: Sequence[bool] | None) -> Callable[[], Pass]:
        raise NotImplementedError

    def backward(self, seeds: Sequence[Floats | None]) -> tuple[list[Floats | None], dict[str, Floats]]:
        raise NotImplementedError("only forward functions are exported")

    @cached_property
    def _program(self) -> Any:
        """Compiled when it runs: `verify` builds another model first, which it never asks for anything."""
        from jaxlib import _jax

        text = exported(self._emission, self._dtype).read_text()
        client: Any = self._device.client
        return client.compile_and_load(text, _jax.DeviceList((self._device,)))


def _device(name: str) -> Any:
    """JAX's device of a name. Raises SpecError (NS405)."""
    import jax

    try:
        return jax.devices("gpu" if name.startswith("cuda") else name)[0]
    except RuntimeError as error:
        raise SpecError([NoDevice(f'no device "{name}": JAX finds none here', help="use --device cpu")]) from error


class StableHLO:
    """`netspec.backend.Backend`."""

    name = "stablehlo"
    title = "StableHLO"

    def emit(self, net: Net, outputs: tuple[str, ...], flat: bool | None = None) -> Emission:
        return emitted(net, outputs, flat)

    def loader(self, net: Net, emission: Emission, file: str, complete: bool) -> str:
        raise NotImplementedError

    def build(self, net: Net, device: str, dtype: str) -> Executable:
        net = net.compiled
        emit: Callable[..., Any] = partial(emitted, net)
        return Executable(net, emit, lambda emission: Runner(emission, device, dtype))


BACKEND = StableHLO()
