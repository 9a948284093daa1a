"""Writes the pages that follow from the code, and the output shown on the others; `--check` only tells which are stale.

docs/layers.md comes from the layer types, docs/diagnostics.md from the kinds of faults, the grammar in docs/editor/
from the words of the language (see `tmlanguage`). The examples of the other pages are run (see `transcript`).
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import tmlanguage
import transcript
from netspec_numpy.runner import MEANINGS
from netspec_tensorflow.target import TARGET as TENSORFLOW
from netspec_torch.target import TARGET as PYTORCH

from netspec.cli.describe import FieldDoc, describe
from netspec.emit.build import Target
from netspec.layers import FAMILIES, every
from netspec.layers.base import Formula, Layer
from netspec.problems import STAGES

ROOT = Path(__file__).resolve().parents[1]
WRITTEN = (
    "README.md",
    "CONTRIBUTING.md",
    "docs/architecture.md",
    "docs/convert.md",
    "docs/diff.md",
    "docs/formatting.md",
    "docs/language.md",
    "docs/user-layers.md",
)
TARGETS = (PYTORCH, TENSORFLOW)
RESULTS = ROOT / "tests/caffe/results.json"  # cases that passed, and of how many, by type and column
# What else there is to say of a type, for one backend or for all ("").
NOTES = {
    ("HDF5Output", ""): "no: a compiled model writes no files",
    ("Python", ""): "no: its meaning is a program outside the spec",
    ("ICNetSubgraph", ""): "yes, as Pooling, Interp and Eltwise",
    ("SPP", ""): "yes, as Pooling and Concat",
}
DIAGNOSTICS = "What netspec can say of a spec. `netspec explain CODE` prints the same page. Codes never change."
LAYERS = """`netspec layers TYPE` prints the same page of one type.

A formula says what a layer computes, once for all backends; a native layer has code of its own in each.

What passes of the cases that were recorded from real Caffe (`tests/caffe/`), as the tests found it, is shown as 8/8:
what is refused and which shapes there are (check), the values, and the gradients of PyTorch and of TensorFlow. No
figure stands where nothing was recorded."""
Passed: TypeAlias = dict[str, tuple[int, int]]
Results: TypeAlias = dict[str, Passed]
NOTE = "<!-- Written by docs/generate.py; change the code instead. -->"


def diagnostics() -> str:
    """docs/diagnostics.md."""
    lines = [NOTE, "", "# Diagnostics", "", DIAGNOSTICS, ""]
    for stage in STAGES:
        module = importlib.import_module(f"netspec.problems.{stage}")
        lines += [f"## {(module.__doc__ or '').strip().removesuffix('.')}", ""]
        for kind in module.PROBLEMS:
            lines += [f"### {kind.code} {kind.title}", ""]
            lines += [f"A {kind.severity.value}.", ""] if kind.severity.value != "error" else []
            lines += [_spaced(re.sub(r"^## (.*)$", r"**\1**", inspect.getdoc(kind) or "", flags=re.MULTILINE)), ""]
    return "\n".join(lines)


def _spaced(page: str) -> str:
    """Blank lines around headings and code, as Markdown wants them."""
    page = re.sub(r"\n*^(\*\*\w+\*\*)$\n*", r"\n\n\1\n\n", page, flags=re.MULTILINE)
    return re.sub(r"^(```\n.*?^```)\n?(?=[^\n])", r"\1\n\n", page, flags=re.MULTILINE | re.DOTALL)


def layers() -> str:
    """docs/layers.md."""
    lines = [NOTE, "", "# Layer types", "", LAYERS, ""]
    head = ("type", "family", "meaning", "check", *(target.title for target in TARGETS), "numpy", "gradients")
    lines += [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    results: Results = json.loads(RESULTS.read_text(encoding="utf-8"))
    for layer in every():
        page = describe(layer)
        passed = results.get(page.name, {})
        row = [f"[{page.name}](#{page.name.lower()})", page.family, _meaning(layer), _figure("yes", passed, "check")]
        row += [_figure(support(layer, target) or "missing", passed, target.name) for target in TARGETS]
        row += [_figure(support_in_numpy(layer) or "missing", passed, "numpy"), _gradients(passed)]
        lines.append(f"| {' | '.join(row)} |")
    lines += ["", _sum(results)]
    for family, types in FAMILIES.items():
        for layer in (layer for layer in every() if layer.__name__ in types.split()):
            lines += ["", f"## {layer.__name__}", "", f"*{family}*", "", *_page(layer)]
    return "\n".join(lines) + "\n"


def _meaning(layer: type[Layer]) -> str:
    if layer.fed:
        return "input"
    return "formula" if issubclass(layer, Formula) else "native"


def support(layer: type[Layer], target: Target) -> str | None:
    """How a backend takes a layer type, or why it does not; None where nobody has said."""
    if note := NOTES.get((layer.__name__, target.title), NOTES.get((layer.__name__, ""))):
        return note
    if layer.measures:
        return "left out"
    if layer.unsupported:
        return f"no: {layer.unsupported}"
    if layer.fed or layer in target.emitters or issubclass(layer, Formula):
        return "yes"
    return None


def support_in_numpy(layer: type[Layer]) -> str | None:
    """As `support`, for the reference."""
    if note := NOTES.get((layer.__name__, "numpy"), NOTES.get((layer.__name__, ""))):
        return note
    if layer.measures:
        return "left out"
    if layer.unsupported:
        return f"no: {layer.unsupported}"
    return "yes" if layer.fed or layer in MEANINGS or issubclass(layer, Formula) else None


def _figure(text: str, passed: Passed, column: str) -> str:
    return f"{text}, {'/'.join(map(str, passed[column]))}" if column in passed else text


def _gradients(passed: Passed) -> str:
    figures = ["/".join(map(str, passed[c])) for t in TARGETS if (c := f"{t.name} gradients") in passed]
    return ", ".join(figures)


def _sum(results: Results) -> str:
    """All types together."""
    columns = {"check": "check", **{t.name: t.title for t in TARGETS}, "numpy": "numpy"}
    columns |= {f"{t.name} gradients": f"gradients of {t.title}" for t in TARGETS}
    sums = {
        title: [sum(row.get(column, (0, 0))[i] for row in results.values()) for i in (0, 1)]
        for column, title in columns.items()
    }
    return f"All types: {', '.join(f'{title} {passed}/{of}' for title, (passed, of) in sums.items())}."


def _page(layer: type[Layer]) -> Iterator[str]:
    """The documentation of a type: its text, its facts, a table for each of its messages."""
    page = describe(layer)
    yield re.sub(r"\n+(?=[A-Z]\w+: )", "\n\n", page.text)
    yield ""
    yield from (f"- {name}: {value}" for name, value in page.facts)
    for name, fields in (*page.messages, *page.nested):
        if fields:
            yield from ("", f"`{name}`:", "", "| field | type | default | meaning |", "|---|---|---|---|")
            yield from map(_row, fields)


def _row(field: FieldDoc) -> str:
    default = "required" if field.required else f"`{field.default}`" if field.default else ""
    kind = f"{field.kind} {field.constraint}".strip().replace("|", "\\|")
    return f"| `{field.name}` | {kind} | {default} | {field.text} |"


PAGES: dict[str, Callable[[], str]] = {
    "docs/diagnostics.md": diagnostics,
    "docs/layers.md": layers,
    "docs/editor/netspec.tmLanguage.json": tmlanguage.page,
}


def written() -> Iterator[tuple[str, str]]:
    """Every page that shows what the program prints, as it should be today."""
    for name, page in PAGES.items():
        yield name, page()
    for name in WRITTEN:
        page = (ROOT / name).read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as folder:
            yield name, transcript.mended(page, transcript.faults(page, Path(folder)))


def _holds(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="docs/generate.py", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 when a page is out of date")
    check = parser.parse_args(arguments).check
    stale = [(name, text) for name, text in written() if not _holds(ROOT / name, text)]
    for name, text in stale:
        print(f"{name} is out of date" if check else f"wrote {name}")
        if not check:
            (ROOT / name).write_text(text, encoding="utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
