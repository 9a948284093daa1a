"""`netspec cache`: what is kept between runs."""

from __future__ import annotations

import argparse

from netspec.cli import FAULT, FINE
from netspec.cli.table import plural
from netspec.host import store
from netspec.shapes.units import size

DESCRIPTION = """\
`netspec check` keeps what it has found, so that files that have not changed are not checked again: not their text, nor
what they import, nor the options, plugins and version. What is kept takes 128 MiB at most, and can be removed at any
time.
"""
EPILOG = """\
examples:
  netspec cache info                            where it is, and how much
  netspec cache clear                           remove it
  netspec check --no-cache models/              do not look there
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("info", "clear"), help="say what is kept, or remove it")


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    try:
        folder = store.folder()
    except RuntimeError:
        print("nothing is kept: there is no home folder")
        return FAULT if args.action == "clear" else FINE
    if args.action == "clear":
        print(f"removed {plural(store.clear(), 'result')} from {folder}")
    else:
        values = [*store.kept()]
        print(f"{plural(len(values), 'result')}, {size(sum(value.size for value in values))}, in {folder}")
    return FINE
