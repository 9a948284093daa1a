"""Writes the pages that follow from the code, and the output shown on the others; `--check` only tells which are stale.

netspec/layers/index.py, docs/layers.md and docs/layers/ come from the layer types (see `layerindex`, `layerpages`),
netspec/syntax/tables.py from the grammar (see `parsetables`), docs/diagnostics.md from the kinds of faults, the grammar
in docs/editor/ from the words of the language (see `tmlanguage`), docs/pictures/ from specs/. The examples of the other
pages are run (see `transcript`).
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import layerindex
import layerpages
import parsetables
import tmlanguage
import transcript

from netspec.cli import draw
from netspec.frontend.load import load
from netspec.problems import STAGES

ROOT = Path(__file__).resolve().parents[1]
WRITTEN = (
    "README.md",
    "CONTRIBUTING.md",
    "docs/architecture.md",
    "docs/batch_norm.md",
    "docs/ci.md",
    "docs/classroom.md",
    "docs/convert.md",
    "docs/data.md",
    "docs/diff.md",
    "docs/draw.md",
    "docs/formatting.md",
    "docs/graphs.md",
    "docs/language.md",
    "docs/lints.md",
    "docs/optimize.md",
    "docs/training.md",
    "docs/unknown-layers.md",
    "docs/upgrading.md",
    "docs/user-layers.md",
)
DIAGNOSTICS = "What netspec can say of a spec. `netspec explain CODE` prints the same page. Codes never change."


def diagnostics() -> str:
    """docs/diagnostics.md."""
    lines = [layerpages.NOTE, "", "# Diagnostics", "", DIAGNOSTICS, ""]
    for stage in STAGES:
        module = importlib.import_module(f"netspec.problems.{stage}")
        lines += [f"## {(module.__doc__ or '').strip().removesuffix('.')}", ""]
        for kind in module.PROBLEMS:
            lines += [f"### {kind.code} {kind.title}", ""]
            off = f", off unless it is selected: `--extend-select {kind.code}`" if kind.optional else ""
            lines += [f"A {kind.severity.value}{off}.", ""] if kind.severity.value != "error" else []
            lines += [_spaced(re.sub(r"^## (.*)$", r"**\1**", inspect.getdoc(kind) or "", flags=re.MULTILINE)), ""]
    return "\n".join(lines)


def _spaced(page: str) -> str:
    """Blank lines around headings and code, as Markdown wants them."""
    page = re.sub(r"\n*^(\*\*\w+\*\*)$\n*", r"\n\n\1\n\n", page, flags=re.MULTILINE)
    return re.sub(r"^(```\n.*?^```)\n?(?=[^\n])", r"\1\n\n", page, flags=re.MULTILINE | re.DOTALL)


def picture(name: str) -> str:
    """A net of specs/ as SVG."""
    return str(draw.picture(load(ROOT / "specs" / f"{name}.net"), "svg"))


PICTURES = {f"docs/pictures/{name}.svg": name for name in ("lenet", "googlenet", "unet")}
PAGES: dict[str, Callable[[], str]] = {
    layerindex.NAME: layerindex.page,
    parsetables.NAME: parsetables.page,
    "docs/diagnostics.md": diagnostics,
    "docs/editor/netspec.tmLanguage.json": tmlanguage.page,
    **{name: partial(layerpages.page, name) for name in layerpages.NAMES},
    **{name: partial(picture, of) for name, of in PICTURES.items()},
}


def written(examples: bool = True) -> Iterator[tuple[str, str]]:
    """Every page that shows what the program prints, as it should be today; or those alone that run no examples."""
    for name, page in PAGES.items():
        yield name, page()
    for name in WRITTEN if examples else ():
        page = (ROOT / name).read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as folder:
            yield name, transcript.mended(page, transcript.faults(page, Path(folder)))


def _holds(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="docs/generate.py", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 when a page is out of date")
    parser.add_argument("--no-examples", action="store_true", help="the pages that follow from the code alone")
    given = parser.parse_args(arguments)
    check: bool = given.check
    if not check and layerindex.write() | parsetables.write():
        os.execv(sys.executable, [sys.executable, *sys.argv])  # what follows reads them
    stale = [(name, text) for name, text in written(not given.no_examples) if not _holds(ROOT / name, text)]
    for name, text in stale:
        print(f"{name} is out of date" if check else f"wrote {name}")
        if not check:
            (ROOT / name).parent.mkdir(exist_ok=True)
            (ROOT / name).write_text(text, encoding="utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
