"""Specs compared on a device, blob for blob in float32, and rows of how fast their PyTorch models are. See run.sh."""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from math import prod
from pathlib import Path

import torch
from speed import NAMES, rows
from stablehlo import DTYPE, everything, exported

import netspec
from netspec.diagnostics.render import human
from netspec.net import Net
from netspec.shapes import integers

SPECS = Path(__file__).resolve().parents[2] / "specs"
SHARE = 0.5  # of the time, that the rows may take; the comparison, of which some may take long, has what is left


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="of specs (default: all for the comparison, some for the rows)")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cuda")
    parser.add_argument("--limit", type=float, default=450, metavar="SECONDS")
    parser.add_argument("--eager", action="store_true", help="without torch.compile")
    args = parser.parse_args(arguments)
    begin = time.monotonic()
    print(f"{card(args.device)}; {', '.join(versions())}\n", flush=True)
    names = args.names or sorted(path.stem for path in SPECS.glob("*.net"))
    print("| model | what | precision | batch | eager, ms | compiled, ms |\n|---|---|---|---|---|---|", flush=True)
    for row in rows(args.names or NAMES, args.device, not args.eager, begin + SHARE * args.limit):
        print(row, flush=True)
    print()
    wrong = compare(names, args.device, begin + args.limit)
    print(f"\n{time.monotonic() - begin:.0f} s; {'not equal: ' if wrong else 'nothing differs'}{', '.join(wrong)}")
    return 1 if wrong else 0


def card(device: str) -> str:
    if device == "cpu":
        return f"{platform.machine()} CPU, {torch.get_num_threads()} threads"
    if not torch.cuda.is_available():
        sys.exit("PyTorch finds no GPU here; DEVICE=cpu tries the script without one")
    return f"{torch.cuda.get_device_name()}, CUDA {torch.version.cuda}"


def versions() -> list[str]:
    """Of the frameworks, all of which a comparison imports."""
    names = ("torch", "tensorflow", "jax")
    return [f"{name} {import_module(name).__version__}" if find_spec(name) else f"no {name}" for name in names]


def compare(names: Sequence[str], device: str, end: float) -> list[str]:
    """The nets that are not equal. Small ones come first, and those that there is no time for are named."""
    nets = sorted((netspec.load(SPECS / f"{name}.net") for name in names), key=_parameters)
    wrong: list[str] = []
    rate = 0.0  # seconds for a parameter, of the last
    for i, net in enumerate(nets):
        begin = time.monotonic()
        if begin + rate * _parameters(net) > end:
            print(f"no time for {', '.join(left.name for left in nets[i:])}")
            break
        others = ["tensorflow"] if find_spec("tensorflow") else []
        program = exported(everything(net), DTYPE)
        if find_spec("jax") and program.exists():
            others.append("stablehlo")
        report = netspec.verify(net, ("torch", *others), device, DTYPE, grad=False)
        without = "" if "stablehlo" in others else f"; no {program.name if find_spec('jax') else 'JAX'}"
        seconds = time.monotonic() - begin
        rate = seconds / max(1, _parameters(net)) if i else 0.0  # the first takes the start of the frameworks
        print(f"{report}; {seconds:.0f} s{without}", flush=True)
        if not report.ok:
            wrong.append(net.name)
            print(human(report.diagnostics, False), flush=True)
    return wrong


def _parameters(net: Net) -> int:
    return sum(prod(integers(param.blob.shape) or ()) for node in net.layers for param in node.blobs)


if __name__ == "__main__":
    sys.exit(main())
