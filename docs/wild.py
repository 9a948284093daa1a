"""Writes docs/wild.md: how a folder of nets from the wild fares, and why those that fall short do.

    python docs/wild.py FOLDER

Every *.prototxt, *.pt and *.net below FOLDER that is a net is checked, and compiled for both frameworks; an INDEX.tsv
there says which are nets. Sizes that only the user knows (of a database, say) are tried: those of IMAGES and LABELS.
Of what is wrong with a net REASONS say what it comes of: the net, or what netspec lacks.
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
IMAGES = ((2, 3, 224, 224), (2, 1, 28, 28), (2, 2, 28, 28), (384, 3, 224, 224), (512, 3, 30, 80))
LABELS = ((2,), (2, 1, 224, 224), (1, 1, 3, 8), (2, 1, 1, 1), (4, 5), (1, 3), (2, 3, 224, 224), (512, 5))
PAGE = Path(__file__).with_name("wild.md")
KINDS = (".prototxt", ".pt", ".net")
HEAD = """\
# Nets in the wild

How public nets of Caffe and its forks fare: checked as by `netspec check`, and compiled to PyTorch and TensorFlow.
Sizes that no file says were filled in. `docs/wild.py` wrote this page.

"""
# What a fault comes of, by its code and message: the first that fits. Nets that are refused rightly come first, then
# those for which something is missing.
REASONS: tuple[tuple[str, str], ...] = (
    (r"NS204: .* found \"cls\w+\"", "A template: a script writes numbers in the place of words."),
    (
        r"NS201: pooling_param has no field norm_region|NS201: memory_data_param has no field source",
        "Its author has put a field into another message than the one that has it. Caffe refuses it, too.",
    ),
    (
        r"NS209: ",
        "A part of a net: what it reads is written elsewhere, or declared without a size. Caffe refuses it, too.",
    ),
    (
        r"NS304: stride is given 3 times|NS306: SoftmaxWithLoss needs a label",
        "Its author's windows or labels have other axes than the maps that they are for. naibaf7's fork refuses it, "
        "too.",
    ),
    (
        r"NS301: MalisLoss needs equal numbers",
        "Maps of two sizes, which naibaf7's fork does not compare: it reads on behind the end of the smaller one.",
    ),
    (r"NS208: ", "Layers of a fork that netspec does not know yet; `--allow-unknown` compiles the rest."),
    (r"NS201: ", "A field of a fork that netspec does not know yet; `--lenient` reads over it."),
    (r"NS401: ", "Layers whose shapes netspec knows, and whose meaning it does not."),
    (r"NS402: ", "Sizes that follow from data, or from layers in Python that netspec does not know."),
    (r"NS212: |NS30\d: ", "Layers as a fork has them that does not show whose it is."),
)
OTHER = "Not looked into."
TAIL = """
## What forks' own programs compute

Of 639 layers that were recorded from programs built of forks' sources (SSD, PSPNet, SegNet, Fast R-CNN, SENet,
ShuffleNet, DepthwiseConvolution, MobileNet-YOLO) numpy computes all as recorded, PyTorch and TensorFlow 610, with their
gradients. The others:

- DetectionEvaluate, 001 to 028: it judges results for the log. Compiled code leaves evaluation out; numpy has its
  values.
- Normalize, 019: over one channel y is the sign of x, times the scale. Its gradient is the difference of two equal
  numbers, and what is left of it in the recorded float32 is rounding.
"""


class Fate(NamedTuple):
    """What became of a net; `line` is 0 where it is not known."""

    path: str
    line: int
    code: str
    message: str


def main(folder: Path) -> None:
    fates = [fate for path in nets(folder) if (fate := tried(path, folder))]
    PAGE.write_text(HEAD + "\n".join(page(fates)) + "\n" + TAIL, encoding="utf-8")
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
    if not _is_net(path):
        return None
    if faults := errors(netspec.check(path)):
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


def _is_net(path: Path) -> bool:
    """Not a solver, which `check` knows, too, nor a list of classes."""
    try:
        netspec.load(path)
    except netspec.SpecError as error:
        return not any(isinstance(diagnostic, NotANet) for diagnostic in error.diagnostics)
    return True


def fate(name: str, faults: Iterable[Diagnostic]) -> Fate:
    first = next(iter(faults))
    line = first.labels[0].source.position(first.labels[0].span.start).line if first.labels else 0
    return Fate(name, line, first.code, first.message)


def page(fates: list[Fate]) -> Iterator[str]:
    short = [fate for fate in fates if fate.code]
    clean = len(fates) - len(short)
    yield f"{clean} of {len(fates)} nets check clean and compile. The others, each with its first fault:"
    reasons = {fate: reason(fate) for fate in short}
    order = [*dict.fromkeys(text for _, text in REASONS), OTHER]
    for text in sorted({*reasons.values()}, key=order.index):
        yield from ("", f"## {sum(each == text for each in reasons.values())}: {text}", "")
        yield "| net | line | fault |"
        yield "|---|---|---|"
        for fate in (fate for fate in short if reasons[fate] == text):
            message = re.sub(r"([|<>*_`])", r"\\\1", fate.message)
            yield f"| {fate.path} | {fate.line or ''} | {fate.code}: {message} |"


def reason(fate: Fate) -> str:
    """What the fault of a net comes of."""
    said = f"{fate.code}: {fate.message}"
    return next((text for pattern, text in REASONS if re.match(pattern, said)), OTHER)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
