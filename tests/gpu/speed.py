"""How fast the emitted PyTorch models are: forward, and a step of training, eager and compiled."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch import Tensor, nn

import netspec
from netspec.backend.door import emission
from netspec.backend.executable import run_text
from netspec.net import Net
from netspec.shapes import integers

SPECS = Path(__file__).resolve().parents[2] / "specs"
NAMES = ("resnet50", "mobilenet_v1", "unet", "vgg16")
BATCH = {"cuda": 32, "cpu": 2}
WARM, ROUNDS, ENOUGH = 3, 30, 2.0  # passes that do not count; at most so many that do, or so many seconds
COMPILING = 60.0  # seconds that it may take: what has less left runs eager alone


@dataclass(frozen=True)
class Row:
    """Median milliseconds; why there are none for the compiled model."""

    model: str
    what: str
    dtype: str
    batch: int
    eager: float
    compiled: float | str

    def __str__(self) -> str:
        compiled = self.compiled if isinstance(self.compiled, str) else f"{self.compiled:.2f}"
        return f"| {self.model} | {self.what} | {self.dtype} | {self.batch} | {self.eager:.2f} | {compiled} |"


def rows(names: Sequence[str], device: str, compiling: bool, end: float) -> Iterator[Row]:
    """Those that there is time for until `end`, and a last one that names what there is none for."""
    wanted = [
        (name, phase, dtype)
        for name in names
        for phase in ("TEST", "TRAIN")
        for dtype in (torch.float32, torch.bfloat16)
    ]
    for i, (name, phase, dtype) in enumerate(wanted):
        if time.monotonic() > end - 5:
            print(f"no time for {len(wanted) - i} rows, from {name} on")
            return
        yield _row(name, phase, dtype, device, compiling, end)


def _row(name: str, phase: str, dtype: torch.dtype, device: str, compiling: bool, end: float) -> Row:
    batch = BATCH[device]
    net = netspec.load(SPECS / f"{name}.net", phase=phase)
    sizes = {blob: (batch, *(integers(net.blobs[blob]) or (1,))[1:]) for blob in net.inputs}
    net = netspec.load(SPECS / f"{name}.net", phase=phase, inputs=sizes)
    given = [torch.rand(size, device=device).to(dtype) for size in sizes.values()]
    torch.manual_seed(0)
    step = _training if phase == "TRAIN" else _inference
    model = _module(net, device, dtype)
    eager = _milliseconds(step(model, model, given), device)
    compiled: float | str = "not tried"
    if compiling and end - time.monotonic() > COMPILING:
        try:
            compiled = _milliseconds(step(torch.compile(model), model, given), device)
        except Exception as error:  # the compiler's own, where it lacks Triton or a C++ compiler
            compiled = f"fails: {type(error).__name__}"
        torch.compiler.reset()
    elif compiling:
        compiled = "no time"
    what = "training step" if phase == "TRAIN" else "inference"
    return Row(net.name, what, str(dtype).removeprefix("torch."), batch, eager, compiled)


def _module(net: Net, device: str, dtype: torch.dtype) -> nn.Module:
    made = emission(net, "torch", False)
    module: nn.Module = run_text(made.text, f"{net.name} to be timed")[made.class_name]()
    return module.to(device, dtype)


def _inference(model: Callable[..., Any], module: nn.Module, given: Sequence[Tensor]) -> Callable[[], object]:
    def run() -> None:
        with torch.inference_mode():
            model(*given)

    return run


def _training(model: Callable[..., Any], module: nn.Module, given: Sequence[Tensor]) -> Callable[[], object]:
    """Forward, backward and update, of a loss that hardly moves the weights."""
    optimizer = torch.optim.SGD(module.parameters(), lr=1e-6, momentum=0.9)

    def run() -> None:
        optimizer.zero_grad()
        found: Tensor | dict[str, Tensor] = model(*given)
        outputs = [found] if isinstance(found, Tensor) else [*found.values()]
        torch.stack([y.float().square().mean() for y in outputs]).sum().backward()
        optimizer.step()

    return run


def _milliseconds(run: Callable[[], object], device: str) -> float:
    def once() -> float:
        begin = time.perf_counter()
        run()
        if device == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - begin

    for _ in range(WARM):
        once()
    found: list[float] = []
    while len(found) < ROUNDS and sum(found) < ENOUGH:
        found.append(once())
    return 1000 * median(found)
