"""`netspec layers`: the documentation of layer types."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from netspec import layers
from netspec.cli.table import GAP, shortened
from netspec.cli.terminal import BOLD, CYAN, DIM, Paint, width
from netspec.describe import FieldDoc, describe, summary

DESCRIPTION = "Lists the layer types by family, or explains one: its meaning, shape rule, fields, defaults and source."
EPILOG = """\
examples:
  netspec layers
  netspec layers Pooling
"""
WIDTH = 120  # columns where the output is no terminal


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("type", metavar="TYPE", nargs="?", help="a layer type, such as Pooling")


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    if args.type is None:
        _list()
        return 0
    names = {name.lower(): name for name in layers.FAMILY}
    layer = layers.find(names.get(args.type.lower(), args.type))
    if layer is None:
        from netspec.lower.suggest import did_you_mean

        close = did_you_mean(args.type, layers.FAMILY)
        parser.error("; ".join(filter(None, (f'there is no layer type "{args.type}"', close))))
    _explain(layer)
    return 0


def _list() -> None:
    paint, room = Paint(sys.stdout), width(sys.stdout) or WIDTH
    longest = max(map(len, layers.FAMILY))
    for family, types in layers.FAMILIES.items():
        print(paint(BOLD, family))
        for name in types.split():
            if layer := layers.find(name):
                text = shortened(summary(layer), max(room - longest - 2 * len(GAP), 20))
                print(f"{GAP}{paint(CYAN, name)}{' ' * (longest - len(name))}{GAP}{text}")
        print()
    print("netspec layers TYPE explains one of them.")


def _explain(layer: type[layers.Layer]) -> None:
    paint, doc = Paint(sys.stdout), describe(layer)
    print(f"{paint(BOLD, doc.name)} ({doc.family})\n\n{doc.text}\n")
    longest = max(len(name) for name, _ in doc.facts)
    for name, text in doc.facts:
        print(f"{paint(DIM, f'{name:<{longest}}')}{GAP}{text}")
    for message, fields in (*doc.messages, *doc.nested):
        print(f"\n{paint(BOLD, message)}")
        _fields(fields, paint)


def _fields(fields: Sequence[FieldDoc], paint: Paint) -> None:
    """Two lines a field: how it is written, then what it means."""
    if not fields:
        print(f"{GAP}no fields")
    for field in fields:
        default = "required" if field.required else f"default {field.default}" if field.default else ""
        said = ", ".join(filter(None, (field.kind, field.constraint, default)))
        print(f"{GAP}{paint(CYAN, field.name)}: {said}\n{GAP * 2}{field.text}")
