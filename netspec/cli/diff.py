"""`netspec diff`: what differs between two nets."""

import argparse
import json
import math
import os
import re
import sys
import textwrap
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Any, cast

from netspec.cli import FAULT, FINE
from netspec.cli.changes import ADDED, CHANGED, FOLLOWS, HEAD, MOVED, REMOVED, RENAMED, RIGHT, cells, totals
from netspec.cli.comment import github, markdown
from netspec.cli.compared import GIT, Compared, Version, compared, sections, versions
from netspec.cli.markdown import plain
from netspec.cli.options import STDIN, add_state
from netspec.cli.table import aligned, plural
from netspec.cli.terminal import BOLD, CYAN, DIM, GREEN, RED, Paint, colours, width
from netspec.diagnostics import SpecError
from netspec.diagnostics.render import harmless, human
from netspec.host.collecting import uncollected
from netspec.layers.base import Message
from netspec.net.compare import Change, Pair, Side
from netspec.net.cost import Cost
from netspec.shapes import Dim, Shape

DESCRIPTION = """\
Compares two nets by what they mean, not by how they are written: layers removed, added, renamed, moved and changed,
field by field, then shapes, parameters, multiply-accumulates and memory. Without --phase, in both phases.
"""
EPILOG = """\
examples:
  netspec diff old.net new.net
  netspec diff old.net new.net --all            each layer whose shape follows from others, too
  git show main:a.net | netspec diff - a.net --format github
  git config diff.netspec.command "netspec diff --git"
  netspec diff train_val.prototxt deploy.prototxt --quiet || echo different

signs: - removed, + added, ~ changed, → renamed, ↕ moved

exit status: 0 the nets are equal, 1 they differ, or one has errors, 2 wrong usage
"""
WIDTH = 120  # columns where the output is no terminal
INDENT = "    "
_NUMBERS = re.compile(r"\[\n[\d\s,nul-]+\]")  # a list of sizes; no string of JSON holds a line break
HUES = {REMOVED: RED, ADDED: GREEN, CHANGED: CYAN, RENAMED: CYAN, MOVED: CYAN, FOLLOWS: DIM}


def configure(parser: argparse.ArgumentParser) -> None:
    none = f"{os.devnull} is a net without layers"
    parser.add_argument("old", metavar="OLD", help=f"a .net or .prototxt file; - is standard input, {none}")
    parser.add_argument("new", metavar="NEW", nargs="?", help="the file to compare it with, likewise")
    parser.add_argument("rest", nargs="*", help=argparse.SUPPRESS)
    add_state(parser)
    group = parser.add_argument_group("output")
    forms = ("human", "json", "markdown", "github")
    group.add_argument("--format", choices=forms, default="human", help="(default: %(default)s)")
    group.add_argument("-a", "--all", action="store_true", help="list what is counted otherwise: long runs of layers")
    group.add_argument("--fold", action="store_true", help="what is the same in every use of a block as one row")
    help = "for git, as an external diff driver: takes its seven arguments, and ends with 0 whatever differs"
    group.add_argument("--git", action="store_true", help=help)
    group.add_argument("-q", "--quiet", action="store_true", help="print nothing; the exit status tells")


@uncollected()
def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    paths = [args.old, *([args.new] if args.new is not None else []), *args.rest]
    if args.git and len(paths) < GIT:
        parser.error("--git takes what git gives to a diff driver: PATH, then a file, its hash and its mode, twice")
    if not args.git and len(paths) != 2:
        parser.error(f"diff takes OLD and NEW, not {plural(len(paths), 'file')}")
    if paths == [STDIN, STDIN]:
        parser.error("only one of the two can come on standard input")
    try:
        return _told(args, *versions(paths, args.git))
    except SpecError as error:
        if not args.git:
            raise
        sys.stdout.write(human(error.diagnostics, colours(sys.stdout)))  # git would stop, with other files to come
        return FINE


def _told(args: argparse.Namespace, old: Version, new: Version) -> int:
    found, uneven = compared(args, old, new)
    differ = any(each.found for each in found)
    if args.format == "json" and not args.quiet:
        sys.stdout.write(_as_json(old, new, found))
    elif not args.quiet and not differ:
        said = _equal(old, new, found)
        print(said if args.format == "human" else plain(said))
    elif not args.quiet:
        pages = {"human": _human, "markdown": markdown, "github": github}
        print(*pages[args.format](_titles(old, new, found[0]), found, args.all), sep="\n")
    return FAULT if (differ or uneven) and not args.git else FINE


def _equal(old: Version, new: Version, compared: Sequence[Compared]) -> str:
    """What is said where there is no difference."""
    layers = plural(compared[0].layers, "layer")
    phases = " and ".join(each.phase.value for each in compared)
    return f"{old.called} and {new.called} are equal: {layers}, {phases}"


def _human(titles: Sequence[str], compared: Sequence[Compared], everything: bool) -> Iterator[str]:
    paint, room = Paint(sys.stdout), width(sys.stdout)
    old, new = titles
    yield paint(RED, f"--- {old}")
    yield paint(GREEN, f"+++ {new}")
    for number, (each, texts, shown) in enumerate(sections(compared, everything)):
        if number:
            yield f"\n{paint(BOLD, f'besides, in {each.phase.value}')}"
        elif not each.found:
            yield f"\nequal in {each.phase.value}"
            continue
        yield from (f"{paint(CYAN, CHANGED)} net {text}" for text in texts)
        if shown:
            head, *lines = aligned(HEAD, [cells(row) for row in shown], RIGHT, room)
            yield f"\n{paint(BOLD, head)}"
            for row, line in zip(shown, lines, strict=True):
                yield paint(HUES[row.sign], line)
                yield from _wrapped(row.details, room or WIDTH)
        sums = totals(each.found)
        longest = max(len(name) for name, _ in sums)
        yield ""
        yield from (f"{paint(BOLD, f'{name:<{longest}}')}  {text}" for name, text in sums)


def _titles(old: Version, new: Version, first: Compared) -> list[str]:
    named = (old.called, first.old), (new.called, first.new)
    return [f"{called} ({', '.join(filter(None, (harmless(name), first.phase.value)))})" for called, name in named]


def _wrapped(details: Sequence[str], room: int) -> list[str]:
    """Below their layer. A line is broken between details where that can be."""
    if len(one := INDENT + ", ".join(details)) <= room:
        return [one] if details else []
    return [line for text in details for line in _lines(text, max(room, 40))]


def _lines(text: str, room: int) -> list[str]:
    if len(INDENT + text) <= room and not text.endswith(" "):
        return [INDENT + text]  # as the library would, which is slow, and the most common case
    return textwrap.wrap(text, room, initial_indent=INDENT, subsequent_indent=INDENT * 2)


def _as_json(old: Version, new: Version, compared: Sequence[Compared]) -> str:
    """Unknown sizes are null; memory is in bytes. `old` and `new` are null where there is no such value."""
    whole = {
        "old": old.path,
        "new": new.path,
        "equal": not any(each.found for each in compared),
        "phases": [_phase(each) for each in compared],
    }
    return _NUMBERS.sub(lambda found: " ".join(found[0].split()), json.dumps(whole, indent=2)) + "\n"


def _phase(each: Compared) -> dict[str, object]:
    found = each.found
    return {
        "phase": each.phase.value,
        "equal": not found,
        "net": [_change(change) for change in found.net],
        "removed": [_side(side) for side in found.removed],
        "added": [_side(side) for side in found.added],
        "changed": [_pair(pair) for pair in found.changed],
        "following": [_pair(pair) for pair in found.following],
        "layers": {"old": found.layers[0], "new": found.layers[1]},
        "total": {"old": _cost(found.cost[0]), "new": _cost(found.cost[1])},
    }


def _side(side: Side) -> dict[str, object]:
    shapes = [_dims(shape) for shape in side.shapes]
    return {"name": side.name, "type": side.type, "index": side.index, "shapes": shapes, **_cost(side.cost)}


def _pair(pair: Pair) -> dict[str, object]:
    return {
        "old": _side(pair.old),
        "new": _side(pair.new),
        "changes": [_change(change) for change in pair.changes],
        "follows": [_change(change) for change in pair.follows],
        "resized": [
            {"what": r.what, "parameter": r.blob, "old": _dims(r.old), "new": _dims(r.new)} for r in pair.resized
        ],
    }


def _change(change: Change) -> dict[str, object]:
    old, new = change.defaults
    values = {"field": change.what, "old": _plain(change.old), "new": _plain(change.new)}
    return {**values, "old_default": old, "new_default": new}


def _plain(value: Any) -> object:
    """As JSON has it: messages as objects of what they are given, numbers that JSON lacks as text."""
    match value:
        case Message():
            return {name: _plain(getattr(value, name)) for name in sorted(value.model_fields_set)}
        case Enum():
            return value.name
        case tuple():
            return [_plain(each) for each in cast("tuple[Any, ...]", value)]
        case float() if not math.isfinite(value):
            return str(value)
        case _:
            return value


def _cost(cost: Cost) -> dict[str, object]:
    sizes = {"parameters": cost.parameters, "state": cost.state, "macs": cost.macs, "memory": cost.activations}
    return {name: _dim(size) for name, size in sizes.items()}


def _dims(shape: Shape | None) -> list[int | None] | None:
    return None if shape is None else [_dim(size) for size in shape]


def _dim(size: Dim) -> int | None:
    return size if isinstance(size, int) else None
