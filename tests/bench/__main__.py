"""`make bench`: the budgets, each as a ratio of two things measured in turns in this one run. Nothing here is a test:
a ratio depends on the machine and its load, so the exit status is always 0 when the rows ran."""

from __future__ import annotations

import argparse
import math
import os
import platform
import sys
from collections.abc import Callable, Iterator
from datetime import date
from importlib.metadata import PackageNotFoundError, version

import compiler
import earlier
import page
from measure import Line, Unavailable


def torch_rows() -> Iterator[Line]:
    import models

    return models.torch_rows()


def tensorflow_rows() -> Iterator[Line]:
    import models

    return models.tensorflow_rows()


def training_rows() -> Iterator[Line]:
    import models

    return models.training_rows()


def step_rows() -> Iterator[Line]:
    import steps

    return steps.step_rows()


def engine_rows() -> Iterator[Line]:
    import engines

    return engines.engine_rows()


def data_rows() -> Iterator[Line]:
    import feeding

    return feeding.feeding()


ROWS: dict[str, Callable[[], Iterator[Line]]] = {
    "check": compiler.check,
    "throughput": compiler.throughput,
    "parse": compiler.parse,
    "process": compiler.whole,
    "format": compiler.formatting,
    "growth": compiler.growth,
    "commands": compiler.commands,
    "memory": compiler.memory,
    "compile": compiler.emission,
    "earlier": earlier.against,
    "torch": torch_rows,
    "tensorflow": tensorflow_rows,
    "training": training_rows,
    "data": data_rows,
    "steps": step_rows,
    "engines": engine_rows,
}
PACKAGES = (
    "lark",
    "pydantic",
    "protobuf",
    "numpy",
    "torch",
    "tensorflow-cpu",
    "tensorflow",
    "keras",
    "onnxruntime",
    "opencv-python-headless",
)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make bench", description="measure netspec against its budgets")
    parser.add_argument("--rows", default=",".join(ROWS), help=f"which to measure, of {', '.join(ROWS)}")
    parser.add_argument("--page", action="store_true", help="write what is measured in docs/performance.md, too")
    given = parser.parse_args(arguments)
    chosen = [row for row in given.rows.split(",") if row]
    if unknown := [row for row in chosen if row not in ROWS]:
        parser.error(f"no row {unknown[0]!r}; there are {', '.join(ROWS)}")
    load = os.getloadavg()[0]
    machine = f"on {platform.machine()}, {os.cpu_count()} CPUs, load {load:.1f}, Python {platform.python_version()}"
    packages = "with " + ", ".join(f"{name} {found}" for name in PACKAGES if (found := _version(name)))
    print(f"{machine}\n{packages}")
    print("a : b is the time of a over that of b\n")
    print(f"{'row':<11}{'what':<52}{'measured':<26}{'ratio':>7}  {'reach':>7}")
    for row in chosen:
        measured = list[Line]()
        for line in _lines(row, measured):
            print(f"{row:<11}{line}", flush=True)
        if given.page and measured:
            page.write(row, measured, f"Measured {date.today():%Y-%m-%d} {machine}, {packages}.")
    return 0


def _lines(row: str, measured: list[Line]) -> Iterator[str]:
    """Each as it comes; `measured` gets them, too."""
    try:
        for line in ROWS[row]():
            measured.append(line)
            verdict = "" if line.within else "  over"
            reach = f"≤ {line.limit:>5.2f}" if math.isfinite(line.limit) else "reported"
            yield f"{line.what:<52}{line.measured:<26}{line.ratio:>7.2f}  {reach}{verdict}"
    except Unavailable as reason:
        yield f"not measured: {reason}"


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


sys.exit(main(sys.argv[1:]))
