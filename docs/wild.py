"""Writes docs/wild.md: how a folder of nets from the wild fares, and what is wrong with those that fall short.

    python docs/wild.py FOLDER

Every *.prototxt, *.pt and *.net below FOLDER that is a net is checked, and compiled for both frameworks; an INDEX.tsv
there says which are nets. Sizes that only the user knows (of a database, say) are tried: those of IMAGES and LABELS.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path
from typing import NamedTuple

import netspec
from netspec.diagnostics import Diagnostic, errors
from netspec.problems.fields import NotANet
from netspec.shapes import integers

BACKENDS = ("torch", "tensorflow")
IMAGES = ((2, 3, 224, 224), (2, 1, 28, 28), (2, 2, 28, 28), (384, 3, 224, 224))
LABELS = ((2,), (2, 1, 224, 224), (1, 1, 3, 8), (2, 1, 1, 1), (4, 5), (1, 3), (2, 3, 224, 224))
PAGE = Path(__file__).with_name("wild.md")
KINDS = (".prototxt", ".pt", ".net")
HEAD = """\
# Nets in the wild

How public nets of Caffe and its forks fare: checked as by `netspec check`, and compiled to PyTorch and TensorFlow.
Sizes that no file says were filled in. `docs/wild.py` wrote this page.

"""


class Fate(NamedTuple):
    """What became of a net; `line` is 0 where it is not known."""

    path: str
    line: int
    code: str
    message: str


def main(folder: Path) -> None:
    fates = [fate for path in nets(folder) if (fate := tried(path, folder))]
    PAGE.write_text(HEAD + "\n".join(page(fates)) + "\n", encoding="utf-8")
    print(f"{PAGE.name}: {sum(not fate.code for fate in fates)} of {len(fates)} nets check clean and compile")


def nets(folder: Path) -> list[Path]:
    index = folder / "INDEX.tsv"
    if not index.exists():
        return [path for path in sorted(folder.rglob("*")) if path.suffix in KINDS]
    rows = [line.split("\t") for line in index.read_text(encoding="utf-8").splitlines()]
    return [path for row in rows if "net" in row and (path := folder / row[0]).exists()]


def tried(path: Path, folder: Path) -> Fate | None:
    """None for what is no net."""
    name = path.relative_to(folder).as_posix()
    found = netspec.check(path)
    if any(isinstance(diagnostic, NotANet) for diagnostic in found):
        return None
    if faults := errors(found):
        return fate(name, faults)
    faults: list[Diagnostic] = []
    for inputs in guesses(path):
        try:
            net = netspec.load(path, inputs=inputs)
            for backend in BACKENDS:
                compile(netspec.emit(net, backend), name, "exec")
        except netspec.SpecError as error:
            faults = faults or errors(error.diagnostics)
        else:
            return Fate(name, 0, "", "")
    return fate(name, faults)


def guesses(path: Path) -> Iterator[dict[str, tuple[int, ...]]]:
    try:
        net = netspec.load(path)
    except netspec.SpecError:
        yield {}
        return
    open_ = [blob for blob in net.inputs if integers(net.blobs[blob]) is None]
    images = [blob for blob in open_ if "data" in blob or "image" in blob]
    labels = [blob for blob in open_ if blob not in images][:3]
    for image, *shapes in product(IMAGES if images else IMAGES[:1], *(LABELS for _ in labels)):
        yield dict.fromkeys(images, image) | dict(zip(labels, shapes, strict=True))


def fate(name: str, faults: Iterable[Diagnostic]) -> Fate:
    first = next(iter(faults))
    line = first.labels[0].source.position(first.labels[0].span.start).line if first.labels else 0
    return Fate(name, line, first.code, first.message)


def page(fates: list[Fate]) -> Iterator[str]:
    short = [fate for fate in fates if fate.code]
    clean = len(fates) - len(short)
    yield f"{clean} of {len(fates)} nets check clean and compile. The others, each with its first fault:"
    yield ""
    yield "| net | line | fault |"
    yield "|---|---|---|"
    for fate in short:
        message = re.sub(r"([|<>*_`])", r"\\\1", fate.message)
        yield f"| {fate.path} | {fate.line or ''} | {fate.code}: {message} |"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
