"""`netspec explain`: what a diagnostic means."""

from __future__ import annotations

import argparse
import re
import sys

from netspec.cli.table import GAP, aligned
from netspec.cli.terminal import BOLD, Paint, width
from netspec.diagnostics import Diagnostic
from netspec.problems import catalogue

DESCRIPTION = "Explains a diagnostic by its code, with an example and what to do. Without a code, lists them all."
EPILOG = """\
examples:
  netspec explain NS301
  netspec explain shape-mismatch
  netspec explain
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("code", metavar="CODE", nargs="?", help="such as NS301, or its name, such as shape-mismatch")


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    kinds = catalogue()
    if args.code is None:
        _list(kinds)
        return 0
    wanted = args.code.strip("[]").lower()
    kind = next((kind for kind in kinds.values() if wanted in (kind.code.lower(), kind.title.lower())), None)
    if kind is None:
        from netspec.diagnostics.suggest import did_you_mean

        close = did_you_mean(args.code, (*kinds, *(kind.title for kind in kinds.values())))
        parser.error("; ".join(filter(None, (f"no diagnostic is called {args.code}", close))))
    _explain(kind)
    return 0


def _list(kinds: dict[str, type[Diagnostic]]) -> None:
    paint = Paint(sys.stdout)
    rows = [(kind.code, kind.title, kind.severity.value, _first_line(kind)) for kind in kinds.values()]
    head, *lines = aligned(("code", "name", "severity", "meaning"), rows, (False,) * 4, width(sys.stdout), cut=3)
    print(paint(BOLD, head), *lines, sep="\n")


def _first_line(kind: type[Diagnostic]) -> str:
    """The first sentence of the documentation."""
    text = " ".join((kind.__doc__ or "").split("\n\n")[0].split())
    sentence, stop, _ = text.partition(". ")
    return sentence + stop.strip()


def _explain(kind: type[Diagnostic]) -> None:
    """The documentation, its Markdown set for a terminal: headings bold, blocks of code indented."""
    from inspect import cleandoc

    paint = Paint(sys.stdout)
    print(paint(BOLD, f"{kind.code} {kind.title}"), f"({kind.severity.value})\n")
    code = False
    text = re.sub(r"\n+## ", "\n\n## ", cleandoc(kind.__doc__ or ""))
    for line in text.splitlines():
        if line.startswith("```"):
            code = not code
        elif line.startswith("## "):
            print(paint(BOLD, line[3:]))
        else:
            print(f"{GAP}{line}" if code else line)
