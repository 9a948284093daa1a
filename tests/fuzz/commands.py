"""Command lines: whatever is given, a command ends with one of its statuses and says no word of an internal error.

Only commands that need no framework; they run in an empty folder, with a few files to name.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from netspec.cli import FAULT, FINE, USAGE
from netspec.cli.main import COMMANDS, main
from tests.fuzz.case import Case
from tests.fuzz.case import command as case_of
from tests.fuzz.oracles import Broken, Step
from tests.fuzz.weights import seeds

FILES = {
    "small.net": "name: 'Small'\ninput data: [2, 3, 8, 8]\ny = Pooling(data) { kernel_size: 2 stride: 2 }\n",
    "open.net": "input data: [N, 3, H, W]\ny = Pooling(data) { kernel_size: 3 stride: 2 }\nz = Add(y, y)\n",
    "fed.prototxt": 'layer { type: "Data" name: "d" top: "data" top: "label" data_param { batch_size: 4 } '
    'include { phase: TRAIN } }\nlayer { type: "ReLU" name: "r" bottom: "data" top: "r" include { stage: "s" } }\n',
    "old.prototxt": 'input: "data" input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8\n'
    'layers { type: RELU name: "r" bottom: "data" top: "data" }\n',
    "wrong.net": "y = ReLU(x) { negative_slop: 1 }\n",
    "broken.net": "layer { type: 'ReLU' \n",
}
SPECS = (*FILES, "-", "absent.net", "folder", "", "small.caffemodel", "né\udcff.net", "-x")
ODD = (
    "",
    "0",
    "-1",
    "1",
    "a",
    "9" * 30,
    "1e9",
    "nan",
    "é",
    "\udcff",
    "\n",
    "=",
    "--",
    "-",
    "a\0b",
    "x" * 5000,
    "'\"\\",
)
SIZES = (
    *ODD,
    "N",
    "16*h",
    "2*h+1",
    "N/0",
    "N/2",
    "h-h",
    "(N",
    "N)",
    "3",
    "224",
    "0*N",
    "N*N",
    "9999999999*N",
    "if",
    "data",
)
INPUTS = ("data", "d", "label", "y", "r", "", "dota", "da=ta", "é")
VALUES = {
    "--phase": ("TRAIN", "test", "both", *ODD),
    "--level": ODD,
    "--stage": ("s", *ODD),
    "--format": (
        *("json", "github", "sarif", "junit", "human", "table", "markdown", "csv"),
        "svg",
        "dot",
        "html",
        *ODD,
    ),
    "--depth": ODD,
    "--backend": ("torch", "tensorflow", "numpy", *ODD),
    "--to": ("net", "prototxt", *ODD),
    "--net": SPECS,
    "--from": ("torch", "tensorflow", *ODD),
    "--import-path": ("folder", "absent", *ODD),
    "--max-layers": ODD,
    "-j": ("1", "2"),
    "-o": (
        "out.py",
        "out.net",
        "small.net",
        "folder",
        "folder/out",
        "out.safetensors",
        "out.caffemodel",
        "out.svg",
        "out.html",
        "",
        "a\0b",
    ),
    "--weights": ("small.caffemodel", "absent.h5", "small.net", "folder", ""),
}
FLAGS = (
    "--quiet",
    "-q",
    "--wide",
    "--fold",
    "--check",
    "--diff",
    "--force",
    "--allow-unknown",
    "--lenient",
    "--help",
    "--all",
    "--git",
)
WORDS = ("show", "convert", "NS101", "NS999", "ReLU", "Convolution", "Relu", "Python", *ODD)
# Those that start a framework take seconds each.
QUICK = tuple(name for name in COMMANDS if name != "verify")


def drawn(random: Random) -> Case:
    """A command with arguments, most of them such as it takes."""
    name = random.choice(QUICK) if random.random() < 0.98 else random.choice(ODD)
    arguments = [name]
    if name == "weights":
        arguments += [random.choice(("show", "convert")), "small.caffemodel"]
    elif name in ("layers", "explain"):
        arguments += random.choices(WORDS, k=random.randrange(3))
    else:
        arguments += random.choices(SPECS, [6, 6, 4, 4, 2, 2, *[1] * (len(SPECS) - 6)], k=1 + (name == "diff"))
    if name in ("compile", "convert") and random.random() < 0.9:
        arguments += (
            ["--backend", random.choice(("torch", "tensorflow"))] if name == "compile" else ["--to", "prototxt"]
        )
    for _ in range(random.choice((0, 1, 1, 2, 3))):
        arguments += _option(random)
    return case_of(arguments)


def _option(random: Random) -> list[str]:
    match random.randrange(5):
        case 0 | 1:
            return ["--input", shape(random)]
        case 2 | 3:
            option = random.choice(list(VALUES))
            return [option, random.choice(VALUES[option])]
        case _:
            return [random.choice(FLAGS)]


def shape(random: Random) -> str:
    """What `--input` may be given."""
    sizes = random.choices(SIZES, k=random.choice((0, 1, 3, 4, 4, 4, 5, 40)))
    sign = "=" if random.random() < 0.95 else random.choice(("", "==", ":"))
    return f"{random.choice(INPUTS)}{sign}{random.choice((',', ',', ',', '×', 'x', ', ')).join(sizes)}"


def command(case: Case, step: Step) -> None:
    """Runs the command line in the folder it is in."""
    for name, text in FILES.items():
        Path(name).write_text(text, "utf-8")
    Path("small.caffemodel").write_bytes(seeds()[0].data)
    Path("folder").mkdir()
    Path("folder", "in.net").write_text(FILES["small.net"], "utf-8")
    arguments = case.arguments
    step(f"command {arguments[0][:20] if arguments else ''}", lambda: _run(arguments))


def _run(arguments: list[str]) -> None:
    with _streams(FILES["small.net"].encode()) as (_, err):
        status = main(arguments)
    said = err.buffer.getvalue().decode(errors="replace")  # pyright: ignore[reportAttributeAccessIssue]
    if status not in (FINE, FAULT, USAGE) or "internal error" in said:
        raise Broken(f"status {status}: {said[:500]}")
    if "Traceback" in said:
        raise Broken(f"a traceback: {said[:500]}")
    if left := [path.name for path in Path().rglob(".*")]:
        raise Broken(f"a file is left: {left}")


@contextmanager
def _streams(given: bytes) -> Iterator[tuple[io.TextIOWrapper, io.TextIOWrapper]]:
    """Standard streams of their own, and the tracebacks of internal errors."""
    before = sys.stdin, sys.stdout, sys.stderr, os.environ.get("NETSPEC_TRACEBACK")
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
    sys.stdin, sys.stdout, sys.stderr = io.TextIOWrapper(io.BytesIO(given), "utf-8"), out, err
    os.environ["NETSPEC_TRACEBACK"] = "1"
    try:
        yield out, err
        out.flush()
        err.flush()
    finally:
        sys.stdin, sys.stdout, sys.stderr = before[:3]
        os.environ.pop("NETSPEC_TRACEBACK")
        if before[3] is not None:
            os.environ["NETSPEC_TRACEBACK"] = before[3]
