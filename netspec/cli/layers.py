"""`netspec layers`: the documentation of layer types."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import cast

from netspec import layers
from netspec.cli.describe import FieldDoc, describe, summary
from netspec.cli.options import add_plugins
from netspec.cli.table import GAP, shortened
from netspec.cli.terminal import BOLD, CYAN, DIM, Paint, width
from netspec.plugins import owner
from netspec.plugins.registry import Registry, registry

DESCRIPTION = "Lists the layer types by family, or explains one: its meaning, shape rule, fields, defaults and source."
EPILOG = """\
examples:
  netspec layers
  netspec layers Pooling
  netspec layers --plugin my_layers.py MyLayer
"""
WIDTH = 120  # columns where the output is no terminal


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("type", metavar="TYPE", nargs="?", help="a layer type, such as Pooling")
    add_plugins(parser.add_argument)


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    known, wanted = registry(args.plugin), cast("str | None", args.type)
    if wanted is None:
        _list(known)
        return 0
    if wanted not in known.names:  # forks tell SeLU and SeLu apart
        names = {name.lower(): name for name in known.names}
        wanted = names.get(wanted.lower(), wanted)
    layer = known.find(wanted)
    if layer is None and wanted in layers.NAMESAKES:
        _explain_all(wanted, layers.namesakes(wanted))
        return 0
    if layer is None:
        from netspec.frontend.messages.suggest import which_type

        close = which_type(wanted, known.names)
        parser.error("; ".join(filter(None, (f'there is no layer type "{wanted}"', close))))
    plugin = owner(known.plugins, layer)
    _explain(layer, plugin.name if plugin else None)
    return 0


def _list(known: Registry) -> None:
    paint, room = Paint(sys.stdout), width(sys.stdout) or WIDTH
    longest = max(map(len, known.names))
    families = [
        (family.replace(".", "/"), [layers.find(name) for name in types.split()])
        for family, types in layers.FAMILIES.items()
    ]
    families += [(plugin.name, [*plugin.layers]) for plugin in known.plugins]
    for family, types in families:
        print(paint(BOLD, family))
        for layer in filter(None, types):
            name, text = layer.type_name(), shortened(summary(layer), max(room - longest - 2 * len(GAP), 20))
            print(f"{GAP}{paint(CYAN, name)}{' ' * (longest - len(name))}{GAP}{text}")
        print()
    print("netspec layers TYPE explains one of them.")


def _explain_all(type_name: str, meanings: Sequence[type[layers.Layer]]) -> None:
    forks = " or ".join(layer.fork for layer in meanings)
    print(f"{type_name} is the layer of {forks}; netspec check says which one it takes.\n")
    for i, layer in enumerate(meanings):
        print(end="\n" if i else "")
        _explain(layer, None)


def _explain(layer: type[layers.Layer], family: str | None) -> None:
    paint, doc = Paint(sys.stdout), describe(layer, family)
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
