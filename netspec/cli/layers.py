"""`netspec layers`: the documentation of layer types."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from typing import cast

from netspec import layers
from netspec.cli.describe import FieldDoc, Table, TypeDoc, describe, summary
from netspec.cli.options import add_plugins
from netspec.cli.table import GAP
from netspec.cli.terminal import BOLD, CYAN, DIM, Paint, width
from netspec.diagnostics.fitting import shortened
from netspec.layers.editions import CAFFE, EDITIONS, edition_of
from netspec.plugins import owner
from netspec.plugins.registry import Registry, registry

DESCRIPTION = "Lists the layer types by family, or explains one: its meaning, shape rule, fields, defaults and source."
EPILOG = """\
examples:
  netspec layers
  netspec layers Pooling
  netspec layers Convolution --all
  netspec layers --edition ssd
  netspec layers --plugin my_layers.py MyLayer
"""
WIDTH = 120  # columns where the output is no terminal


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("type", metavar="TYPE", nargs="?", help="a layer type, such as Pooling")
    help = "explain the fields of messages that types share, and those of forks, too"
    parser.add_argument("-a", "--all", action="store_true", help=help)
    help = "list what an edition of Caffe has: caffe, or a fork's, such as ssd"
    parser.add_argument("--edition", metavar="NAME", choices=tuple(EDITIONS), help=help)
    add_plugins(parser.add_argument)


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    known, wanted = registry(args.plugin), cast("str | None", args.type)
    if wanted is None:
        _list(known, args.edition)
        return 0
    if wanted not in known.names:  # forks tell SeLU and SeLu apart
        names = {name.lower(): name for name in known.names}
        wanted = names.get(wanted.lower(), wanted)
    layer = known.find(wanted)
    if layer is None and wanted in layers.NAMESAKES:
        _explain_all(wanted, layers.namesakes(wanted), args.all)
        return 0
    if layer is None:
        from netspec.frontend.messages.suggest import which_type

        close = which_type(wanted, known.names)
        parser.error("; ".join(filter(None, (f'there is no layer type "{wanted}"', close))))
    plugin = owner(known.plugins, layer)
    _explain(layer, plugin.name if plugin else None, args.all)
    return 0


def _list(known: Registry, edition: str | None) -> None:
    paint, room = Paint(sys.stdout), width(sys.stdout) or WIDTH
    longest = max(map(len, known.names))
    families = [
        (family.replace(".", "/"), [layers.find(name) for name in types.split()])
        for family, types in layers.FAMILIES.items()
    ]
    families += [(plugin.name, [*plugin.layers]) for plugin in known.plugins]
    for family, types in families:
        there = [layer for layer in types if layer and edition in (None, edition_of(layer))]
        if not there:
            continue
        print(paint(BOLD, family))
        for layer in there:
            name, text = layer.type_name(), shortened(summary(layer), max(room - longest - 2 * len(GAP), 20))
            print(f"{GAP}{paint(CYAN, name)}{' ' * (longest - len(name))}{GAP}{text}")
        print()
    if edition:
        _list_fields(edition, paint)
    print("netspec layers TYPE explains one of them.")


def _list_fields(edition: str, paint: Paint) -> None:
    """What a fork gives to types of Caffe."""
    for type_name in layers.FAMILY if edition != CAFFE else ():
        layer = layers.find(type_name)
        if layer is None or edition_of(layer) != CAFFE:
            continue
        docs = [doc for doc in describe(layer).forks if doc.edition == EDITIONS[edition]]
        if names := [name for doc in docs for name in (*(field.name for field in doc.table[1]), *doc.ignored)]:
            print(f"{paint(CYAN, type_name)} with {', '.join(names)}\n")


def _explain_all(type_name: str, meanings: Sequence[type[layers.Layer]], everything: bool) -> None:
    forks = " or ".join(each.fork for each in layers.NAMESAKES[type_name])
    print(f"{type_name} is the layer of {forks}; netspec check says which one it takes.\n")
    for i, layer in enumerate(meanings):
        print(end="\n" if i else "")
        _explain(layer, None, everything)


def _explain(layer: type[layers.Layer], family: str | None, everything: bool) -> None:
    paint, doc = Paint(sys.stdout), describe(layer, family)
    print(f"{paint(BOLD, doc.name)} ({doc.family})\n\n{doc.text}\n")
    longest = max(len(name) for name, _ in doc.facts)
    for name, text in doc.facts:
        print(f"{paint(DIM, f'{name:<{longest}}')}{GAP}{text}")
    own = doc.messages[:1] if layer.message else ()
    shared = (*doc.messages[len(own) :], *doc.nested)
    for message, fields in (*own, *(shared if everything else ())):
        print(f"\n{paint(BOLD, message)}")
        _fields(fields, paint)
    for fork in doc.forks if everything else ():
        print(f"\n{paint(BOLD, f'{fork.table[0]} of {fork.edition}')}\n{GAP}{' '.join(fork.text.split())}")
        _fields(fork.table[1], paint)
        if fork.ignored:
            print(f"{GAP}without effect: {', '.join(fork.ignored)}")
    if not everything and (rest := [*_briefly(shared), *_of_forks(doc)]):
        print()
        for line in rest:
            print(line)
        print(f"netspec layers {doc.name} --all explains these, too.")


def _briefly(messages: Sequence[Table]) -> Iterator[str]:
    """The messages that types share, a line each."""
    for message, fields in messages:
        yield f"{message}: {', '.join(field.name for field in fields)}"


def _of_forks(doc: TypeDoc) -> Iterator[str]:
    """The fields of forks, a line for each fork."""
    for edition in dict.fromkeys(fork.edition for fork in doc.forks):
        mine = [fork for fork in doc.forks if fork.edition == edition]
        names = [name for fork in mine for name in (*(field.name for field in fork.table[1]), *fork.ignored)]
        yield f"of {edition}: {', '.join(names)}"


def _fields(fields: Sequence[FieldDoc], paint: Paint) -> None:
    """Two lines a field: how it is written, then what it means."""
    if not fields:
        print(f"{GAP}no fields")
    for field in fields:
        default = "required" if field.required else f"default {field.default}" if field.default else ""
        said = ", ".join(filter(None, (field.kind, field.constraint, default)))
        print(f"{GAP}{paint(CYAN, field.name)}: {said}\n{GAP * 2}{field.text}")
