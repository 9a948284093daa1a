"""What Caffe's data layers do to images, as a function of the emitted class that users call themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from netspec.emit.code import Code, binary, literal, subscript
from netspec.emit.lines import assignment, statement
from netspec.emit.names import Namespace, remark
from netspec.layers.data_layer import DataLayer, Preprocessing
from netspec.net import Net

INDENT = " " * 4


class Dialect(NamedTuple):
    """How a framework spells it. vector: a list of numbers beside images of N×C×H×W. floats: the lines that make
    floating-point numbers of whole ones. mean: the mean image in the type of the images."""

    tensor: str
    vector: Callable[[Code], Code]
    floats: tuple[str, ...]
    mean: Code


@dataclass(frozen=True)
class Preprocess:
    """The function for one input: its name, and what it does."""

    blob: str
    name: str
    steps: Preprocessing


def preprocesses(net: Net, members: Namespace) -> tuple[Preprocess, ...]:
    """For every input whose layer says how its images are prepared. `members` are the names that the class has."""
    found = [
        (node.tops[0], steps)
        for node in net.layers
        if isinstance(node.params, DataLayer) and (steps := node.params.preprocessing())
    ]
    names = ["preprocess"] if len(found) == 1 else [f"preprocess_{blob}" for blob, _ in found]
    return tuple(Preprocess(blob, members.fresh(name), steps) for name, (blob, steps) in zip(names, found, strict=True))


def function(preprocess: Preprocess, dialect: Dialect) -> list[str]:
    """The lines of the function, a static method."""
    steps, tensor = preprocess.steps, dialect.tensor
    arguments = f"images: {tensor}" + (f", mean: {tensor}" if steps.mean_file else "")
    images = Code("images")
    body: list[tuple[str, Code]] = []
    if steps.mean_file:
        body.append(("images", binary("-", images, dialect.mean)))
    elif len(steps.mean_value) > 1:
        body.append(("images", binary("-", images, dialect.vector(literal([*steps.mean_value])))))
    elif steps.mean_value:
        body.append(("images", binary("-", images, steps.mean_value[0])))
    if steps.crop:
        height, width = steps.crop
        body.append(("top, left", Code(f"(images.shape[2] - {height}) // 2, (images.shape[3] - {width}) // 2")))
        window = f"top : top + {height}", f"left : left + {width}"
        body.append(("images", subscript(images, ":", ":", *window)))
    if steps.scale != 1:
        body.append(("images", binary("*", images, steps.scale)))
    lines = [line for target, value in body[:-1] for line in assignment(target, value, 8)]
    return [
        f"{INDENT}@staticmethod",
        f"{INDENT}def {preprocess.name}({arguments}) -> {tensor}:",
        *(f"{INDENT}{INDENT}{line}".rstrip() for line in _docstring(preprocess)),
        *(f"{INDENT}{INDENT}{line}" for line in dialect.floats),
        *lines,
        *statement("return ", body[-1][1], 8),
        "",
    ]


def _docstring(preprocess: Preprocess) -> list[str]:
    steps = preprocess.steps
    lines = [f'"""Images as Caffe feeds them to {remark(preprocess.blob)}; the net itself does not do this.', ""]
    lines.append("images: N×C×H×W, 0 to 255, uint8 or floating-point; channels in the order blue, green, red.")
    if steps.mean_file:
        lines.append(f"mean: C×H×W, the image in {remark(steps.mean_file)}, which netspec.load_mean reads.")
    if steps.crop:
        lines.append("The middle is cut out, as in TEST; in TRAIN, Caffe cuts anywhere.")
    return [*lines, '"""']
