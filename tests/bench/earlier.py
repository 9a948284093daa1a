"""The rows that hold this build against an earlier one, each as an installation of its own.

NETSPEC_EARLIER is the `netspec` of the earlier build. NETSPEC_MEASURED is that of this one; by default the one beside
this Python, whose editable installation takes some milliseconds longer to start.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

import resnet
from measure import Line, Unavailable, Used, milliseconds, used

ROOT = Path(__file__).resolve().parents[2]
SPECS = ROOT / "specs"
MISSPELT = "input data: [1, 3, 8, 8]\ny = Convolution(data) { num_output: 4  kernel_size: 3  qqvvxx: 1 }\n"
CHAIN = 100_000  # layers


def against() -> Iterator[Line]:
    """CPU seconds and peaks of whole processes."""
    ours, theirs = _builds()
    lenet = str(SPECS / "lenet.net")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        misspelt, deep, chain = (
            Path(folder, name) for name in ("misspelt.net", "resnet152.prototxt", "chain.prototxt")
        )
        misspelt.write_text(MISSPELT, encoding="utf-8")
        deep.write_text(resnet.prototxt(152), encoding="utf-8")
        chain.write_text(resnet.chain(CHAIN), encoding="utf-8")
        yield _times("check lenet.net", (ours, "check", "--no-cache", lenet), (theirs, "check", lenet), 0.55)
        yield _times("check lenet.net again", (ours, "check", lenet), (theirs, "check", lenet), 0.20)
        yield _times(
            "a misspelt field", (ours, "check", "--no-cache", str(misspelt)), (theirs, "check", str(misspelt)), 0.50
        )
        for backend in ("torch", "tensorflow"):
            words = ("compile", str(deep), "--backend", backend, "-o", "/dev/null")
            yield _times(f"compile ResNet-152 to {backend}", (ours, *words), (theirs, *words), 0.55)
        if corpus := os.environ.get("NETSPEC_CORPUS"):
            yield _times(
                "check a corpus of nets",
                (ours, "check", "-q", "--no-cache", corpus),
                (theirs, "check", "-q", corpus),
                0.65,
                3,
            )
            again = _used((ours, "check", "-q", corpus)), _used((ours, "check", "-q", corpus))
            yield Line("the corpus again : 1 s", milliseconds(again[1].cpu), again[1].cpu, 1.0)
        for words in (("check", str(chain)), ("compile", str(chain), "--backend", "torch", "-o", "/dev/null")):
            mine, before = _used((ours, *words)).peak, _used((theirs, *words)).peak
            what = f"{words[0]} {CHAIN:,} layers, peak".replace(",", " ")
            yield Line(what, f"{mine / 1e6:.0f} MB against {before / 1e6:.0f} MB", mine / before, 0.60)
        spec = str(SPECS / "resnet50.net")
        yield _times("verify resnet50.net", (ours, "verify", spec), (theirs, "verify", spec), 0.65, 1)


def _builds() -> tuple[str, str]:
    theirs = os.environ.get("NETSPEC_EARLIER")
    if not theirs:
        raise Unavailable("NETSPEC_EARLIER names no earlier build")
    return os.environ.get("NETSPEC_MEASURED") or str(Path(sys.executable).with_name("netspec")), theirs


def _used(command: Sequence[str]) -> Used:
    return used(command, (0, 1))


def _times(what: str, ours: Sequence[str], theirs: Sequence[str], limit: float, rounds: int = 9) -> Line:
    """In turns, the first of a round changing from round to round, after one that does not count."""
    _used(ours), _used(theirs)
    mine, before = list[float](), list[float]()
    for i in range(rounds):
        for command, times in ((ours, mine), (theirs, before)) if i % 2 else ((theirs, before), (ours, mine)):
            times.append(_used(command).cpu)
    ratio = median(a / b for a, b in zip(mine, before, strict=True))
    return Line(what, f"{milliseconds(median(mine))} against {milliseconds(median(before))}", ratio, limit)
