"""Runs an emitted module. The only part of the backend that imports torch."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from netspec.backend.executable import Floats, run_text
from netspec.backend.runner import Pass
from netspec.diagnostics import SpecError
from netspec.emit import Emission
from netspec.net import Net
from netspec.problems.backends import NoDevice
from netspec.solver.rules import Words


def starter(net: Net, device: str, dtype: str) -> Callable[[Emission], TorchRunner]:
    """Makes live modules of the net's emissions. Raises SpecError (NS405) where the device is not there."""
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise SpecError([NoDevice(f'no device "{device}": PyTorch finds no GPU here', help="use --device cpu")])
    place, kind = torch.device(device), {"float32": torch.float32, "float64": torch.float64}[dtype]

    def start(emission: Emission) -> TorchRunner:
        name = f"{net.name} {', '.join(emission.outputs)}"
        module = _make(run_text(emission.text, name)[emission.class_name], place, kind)
        return TorchRunner(module, emission, place, kind)

    return start


def _make(module: type[nn.Module], device: torch.device, dtype: torch.dtype) -> nn.Module:
    """An instance whose constants have the full precision of `dtype`."""
    usual = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with device:
            return module()
    finally:
        torch.set_default_dtype(usual)


def _scale(squares: Tensor, most: float) -> Tensor:
    norm = squares.sqrt()
    return torch.where(norm > most, most / norm, 1.0)


def _square_sum(x: Tensor) -> Tensor:
    return (x * x).sum()


def seed(number: int) -> None:
    """What chance begins from, in fillers and layers."""
    torch.random.manual_seed(number % (1 << 63))  # pyright: ignore[reportUnknownMemberType]


@contextmanager
def deterministic() -> Generator[None]:
    """Inside, operations do the same each time, where they can; where not, there is a warning."""
    before = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # what cuBLAS asks for; read when it starts
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before[0], warn_only=before[1])


def _plus(x: Tensor, factor: float, y: Tensor) -> Tensor:
    return torch.add(x, y, alpha=factor)


WORDS = Words(torch.sign, _square_sum, _scale, _plus)
F = TypeVar("F", bound=Callable[..., Any])


class TorchRunner:
    """A live module.

    A forward pass records no gradients. A backward pass runs it again with them, from the random numbers and the
    buffers that it began with, so that it takes the same course, and nothing is updated twice.
    """

    def __init__(self, module: nn.Module, emission: Emission, device: torch.device, dtype: torch.dtype) -> None:
        self.module, self._emission, self._device, self._dtype = module, emission, device, dtype
        self._tensors = dict(module.named_parameters(remove_duplicate=False)) | dict(module.named_buffers())
        self._inputs: list[Tensor] = []
        self._outputs: list[Floats] = []
        self._buffers: dict[str, Tensor] = {}
        self._random: list[Tensor] = []
        self._latest: list[Tensor] = []
        self.half = False  # whether passes of `gradients` are in bfloat16, where autocast has it so

    @property
    def device(self) -> str:
        return f"{self._device} ({torch.cuda.get_device_name(self._device)})" if self._on_gpu else str(self._device)

    @property
    def _on_gpu(self) -> bool:
        return self._device.type == "cuda"

    def read(self, path: str) -> Floats:
        return self._tensors[path].detach().cpu().numpy().copy()

    def write(self, path: str, value: Floats) -> None:
        # Read-only arrays, as those of files are, are copied first: torch warns of them.
        given = torch.as_tensor(value) if value.flags.writeable else torch.tensor(value)
        with torch.no_grad():
            self._tensors[path].copy_(given)

    def forward(self, inputs: Sequence[Floats]) -> list[Floats]:
        # Copies, for arrays may be read-only, as those of files are, which torch warns of.
        self._inputs = [torch.tensor(x, dtype=self._dtype, device=self._device) for x in inputs]
        self._buffers, self._random = self._copy_buffers(), self._random_state()
        with torch.no_grad(), self._full_precision():
            self._outputs = [y.cpu().numpy() for y in self._run(self._inputs)]
        return self._outputs

    def stepwise(self) -> list[Floats]:
        return self._outputs

    def backward(self, seeds: Sequence[Floats | None]) -> tuple[list[Floats | None], dict[str, Floats]]:
        after, state = self._copy_buffers(), self._random_state()
        self._load(self._buffers, self._random)
        inputs = [x.detach().requires_grad_() for x in self._inputs]
        parameters = dict(self.module.named_parameters())
        frozen = [parameter for parameter in parameters.values() if not parameter.requires_grad]
        for parameter in frozen:  # whose gradient force_backward asks for
            parameter.requires_grad_()
        with torch.enable_grad(), self._full_precision():
            pairs = [
                (y, torch.tensor(seed).to(y))
                for y, seed in zip(self._run(inputs), seeds, strict=True)
                if seed is not None and y.requires_grad
            ]
            sources = [*inputs, *parameters.values()]
            found = self._gradients(pairs, sources)
        for parameter in frozen:
            parameter.requires_grad_(False)
        self._load(after, state)
        arrays = [None if g is None else g.cpu().numpy() for g in found]
        given = zip(parameters, arrays[len(inputs) :], strict=True)
        return arrays[: len(inputs)], {path: g for path, g in given if g is not None}

    def stopwatch(self, inputs: Sequence[Floats], wanted: Sequence[bool] | None) -> Callable[[], Pass]:
        given = [torch.tensor(x, dtype=self._dtype, device=self._device) for x in inputs]
        sources: list[Tensor] = []
        if wanted is not None:
            sources += [x.requires_grad_() for x, flag in zip(given, wanted, strict=True) if flag]
            sources += [parameter for parameter in self.module.parameters() if parameter.requires_grad]

        def now() -> float:
            if self._on_gpu:
                torch.cuda.synchronize(self._device)
            return time.perf_counter()

        def once() -> Pass:
            with torch.enable_grad() if sources else torch.inference_mode(), self._full_precision():
                begin = now()
                outputs = self._run(given)
                middle = now()
                ends = [y for y in outputs if y.requires_grad]
                if not ends:
                    return middle - begin, None
                seeds = [torch.ones_like(y) for y in ends]
                middle, forward = now(), middle - begin
                torch.autograd.grad(ends, sources, seeds, allow_unused=True)
                return forward, now() - middle

        return once

    @property
    def words(self) -> Words:
        return WORDS

    def tensor(self, path: str) -> Tensor:
        return self._tensors[path].detach()

    def kept(self, values: Floats) -> Tensor:
        return torch.tensor(values, dtype=self._dtype, device=self._device)

    def fetched(self, tensor: Tensor) -> Floats:
        return tensor.cpu().numpy().copy()

    def assign(self, path: str, tensor: Tensor) -> None:
        self._tensors[path].data = tensor  # and no copy of it

    def number(self, value: float) -> float:
        return value

    def compiled(self, function: F) -> F:
        return torch.no_grad()(function)

    def gradients(
        self, inputs: Sequence[Floats], weights: Sequence[float | None], paths: Sequence[str]
    ) -> tuple[float, list[Tensor]]:
        given = [torch.tensor(x, dtype=self._dtype, device=self._device) for x in inputs]
        sources = [self._tensors[path].requires_grad_() for path in paths]
        lowered = torch.autocast(self._device.type, torch.bfloat16, enabled=self.half)
        with torch.enable_grad(), self._full_precision(), lowered:
            self._latest = self._run(given)
            outputs = zip(self._latest, weights, strict=True)
            terms = [y.sum() * weight for y, weight in outputs if weight is not None]
            pairs = [(term, torch.ones_like(term)) for term in terms if term.requires_grad]
            found: Sequence[Tensor | None] = self._gradients(pairs, sources) if sources else []
        self._latest = [y.detach() for y in self._latest]  # let go of the graph
        loss = sum(term.item() for term in terms)
        return loss, [torch.zeros_like(p) if g is None else g for p, g in zip(sources, found, strict=True)]

    def latest(self) -> list[Floats]:
        return [y.float().cpu().numpy() if self.half else y.cpu().numpy() for y in self._latest]

    def state(self) -> dict[str, Floats]:
        random = {f"random {i}": state.numpy().view(np.int64) for i, state in enumerate(self._random_state())}
        return random | {f"buffer {name}": kept.cpu().numpy() for name, kept in self._own_buffers().items()}

    def restore(self, state: Mapping[str, Floats]) -> None:
        random = [state[f"random {i}"] for i, _ in enumerate(self._random_state())]
        for name, buffer in self._own_buffers().items():
            if buffer.shape != state[f"buffer {name}"].shape:
                raise ValueError(name)
            buffer.copy_(torch.tensor(state[f"buffer {name}"]))
        self._set_random([torch.tensor(words.view(np.uint8)) for words in random])

    def _own_buffers(self) -> dict[str, Tensor]:
        """Those that are no parameters of a layer."""
        slots = {slot.path for slot in self._emission.slots.values()}
        return {name: buffer for name, buffer in self.module.named_buffers() if name not in slots}

    def _run(self, inputs: Sequence[Tensor]) -> list[Tensor]:
        result = self.module(*inputs)
        names = self._emission.outputs
        return [result] if len(names) == 1 else [result[name] for name in names]

    def _gradients(self, pairs: Sequence[tuple[Tensor, Tensor]], sources: Sequence[Tensor]) -> Sequence[Tensor | None]:
        if not pairs:
            return [None] * len(sources)
        outputs, seeds = zip(*pairs, strict=True)
        return torch.autograd.grad(outputs, sources, seeds, allow_unused=True)

    def _full_precision(self) -> AbstractContextManager[None]:
        """Convolutions in float32 throughout: cuDNN would round their factors to TF32."""
        return torch.backends.cudnn.flags(enabled=True, allow_tf32=False) if self._on_gpu else nullcontext()

    def _copy_buffers(self) -> dict[str, Tensor]:
        return {name: buffer.clone() for name, buffer in self.module.named_buffers()}

    def _random_state(self) -> list[Tensor]:
        return [
            torch.get_rng_state(),
            *([torch.cuda.get_rng_state(self._device)] if self._device.type == "cuda" else []),
        ]

    def _load(self, buffers: dict[str, Tensor], random: Sequence[Tensor]) -> None:
        with torch.no_grad():
            for name, buffer in self.module.named_buffers():
                buffer.copy_(buffers[name])
        self._set_random(random)

    def _set_random(self, random: Sequence[Tensor]) -> None:
        torch.set_rng_state(random[0])
        if len(random) > 1:
            torch.cuda.set_rng_state(random[1], self._device)
