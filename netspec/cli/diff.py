"""`netspec diff`: what differs between two nets."""

import argparse
import json
import math
import re
import sys
import textwrap
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from netspec.cli import FAULT, FINE
from netspec.cli.changes import (
    ADDED,
    CHANGED,
    FOLLOWS,
    HEAD,
    MOVED,
    REMOVED,
    RENAMED,
    RIGHT,
    cells,
    news,
    rows,
    totals,
    whole,
)
from netspec.cli.folding import Folding, Row
from netspec.cli.options import STDIN, add_state, options, read_stdin
from netspec.cli.table import aligned, markdown, plural
from netspec.cli.terminal import BOLD, CYAN, DIM, GREEN, RED, Paint, width
from netspec.diagnostics import SpecError
from netspec.diagnostics.render import harmless
from netspec.host.collecting import uncollected
from netspec.layers.base import Message, Phase
from netspec.net import Net
from netspec.net.compare import Change, Difference, Pair, Side, difference
from netspec.net.cost import Cost
from netspec.shapes import Dim, Shape

if TYPE_CHECKING:
    from netspec.frontend.load import Phased

DESCRIPTION = """\
Compares two nets by what they mean, not by how they are written: layers removed, added, renamed, moved and changed,
field by field, then shapes, parameters, multiply-accumulates and memory. Without --phase, in both phases.
"""
EPILOG = """\
examples:
  netspec diff old.net new.net
  netspec diff old.net new.net --all            each layer whose shape follows from others, too
  git show main:a.net | netspec diff - a.net --format markdown
  netspec diff train_val.prototxt deploy.prototxt --quiet || echo different

signs: - removed, + added, ~ changed, → renamed, ↕ moved

exit status: 0 the nets are equal, 1 they differ, or one has errors, 2 wrong usage
"""
WIDTH = 120  # columns where the output is no terminal
INDENT = "    "
_NUMBERS = re.compile(r"\[\n[\d\s,nul-]+\]")  # a list of sizes; no string of JSON holds a line break
HUES = {REMOVED: RED, ADDED: GREEN, CHANGED: CYAN, RENAMED: CYAN, MOVED: CYAN, FOLLOWS: DIM}


class Compared(NamedTuple):
    """Two nets in one phase: their names, how many layers the new one has, and what differs. The nets themselves are
    let go of, since those of all phases together take much room."""

    phase: Phase
    old: str
    new: str
    layers: int
    found: Difference
    folding: Folding | None = None

    @classmethod
    def of(cls, old: Net, new: Net, fold: bool) -> "Compared":
        folding = Folding(old, new) if fold else None
        return cls(new.phase, old.name, new.name, len(new.layers), difference(old, new), folding)


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("old", metavar="OLD", help="a .net or .prototxt file; - is standard input")
    parser.add_argument("new", metavar="NEW", help="the file to compare it with, likewise")
    add_state(parser)
    group = parser.add_argument_group("output")
    forms = ("human", "json", "markdown")
    group.add_argument("--format", choices=forms, default="human", help="(default: %(default)s)")
    group.add_argument("-a", "--all", action="store_true", help="list what is counted otherwise: long runs of layers")
    group.add_argument("--fold", action="store_true", help="what is the same in every use of a block as one row")
    group.add_argument("-q", "--quiet", action="store_true", help="print nothing; the exit status tells")


@uncollected()
def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    if args.old == args.new == STDIN:
        parser.error("only one of the two can come on standard input")
    compared, uneven = _compared(args)
    differ = any(each.found for each in compared)
    if args.format == "json" and not args.quiet:
        sys.stdout.write(_as_json(args, compared))
    elif not args.quiet:
        page = _human if args.format == "human" else _markdown
        print(*(page(args, compared) if differ else [_equal(args, compared)]), sep="\n")
    return FAULT if differ or uneven else FINE


def _compared(args: argparse.Namespace) -> tuple[list[Compared], bool]:
    """In the phases that both files have a net for, and whether one lacks a phase of the other, which is said on
    stderr. Raises SpecError where there is no such phase."""
    from netspec.frontend.load import in_phases
    from netspec.syntax.text import read_source

    sources = [read_stdin() if path == STDIN else read_source(path) for path in (args.old, args.new)]
    old, new = (in_phases(source, **options(args)) for source in sources)
    same = old.same and new.same
    compared: list[Compared] = []
    uneven = False
    for phase in () if args.phase else (Phase.TEST, Phase.TRAIN):
        if same and compared:
            compared.append(compared[0]._replace(phase=phase))
            break
        before, after = _perhaps(old, phase), _perhaps(new, phase)
        if before and after:
            compared.append(Compared.of(before, after, args.fold))
        elif before or after:
            uneven = True
            lacking = harmless(sources[bool(before)].name)
            print(f"netspec: {lacking} is no net in {phase.value}, and not compared there", file=sys.stderr)
        del before, after  # before the next two are read
    return compared or [Compared.of(old.net(args.phase), new.net(args.phase), args.fold)], uneven


def _perhaps(spec: "Phased", phase: Phase) -> Net | None:
    try:
        return spec.net(phase)
    except SpecError:
        return None


class Section(NamedTuple):
    """What is said of a phase: of the second one only what the first does not say."""

    each: Compared
    texts: list[str]
    rows: list[Row]


def _sections(compared: Sequence[Compared], everything: bool) -> Iterator[Section]:
    said: set[object] = set()
    for number, each in enumerate(compared):
        if number and each.found is compared[0].found:
            continue
        texts = [text for text in whole(each.found) if text not in said]
        shown = [row for row in rows(each.found, everything, each.folding) if news(row) not in said]
        shown = [row for row in shown if row.sign != FOLLOWS] if number else shown
        said.update((*texts, *(news(row) for row in shown)))
        if number == 0 or texts or shown:
            yield Section(each, texts, shown)


def _equal(args: argparse.Namespace, compared: Sequence[Compared]) -> str:
    """What is said where there is no difference."""
    layers = plural(compared[0].layers, "layer")
    phases = " and ".join(each.phase.value for each in compared)
    return f"{_called(args.old)} and {_called(args.new)} are equal: {layers}, {phases}"


def _human(args: argparse.Namespace, compared: Sequence[Compared]) -> Iterator[str]:
    paint, room = Paint(sys.stdout), width(sys.stdout)
    old, new = _titles(args, compared[0])
    yield paint(RED, f"--- {old}")
    yield paint(GREEN, f"+++ {new}")
    for number, (each, texts, shown) in enumerate(_sections(compared, args.all)):
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


def _titles(args: argparse.Namespace, first: Compared) -> list[str]:
    named = (args.old, first.old), (args.new, first.new)
    return [f"{_called(path)} ({', '.join(filter(None, (harmless(name), first.phase.value)))})" for path, name in named]


def _called(path: str) -> str:
    return "standard input" if path == STDIN else harmless(path)


def _wrapped(details: Sequence[str], room: int) -> list[str]:
    """Below their layer. A line is broken between details where that can be."""
    if len(one := INDENT + ", ".join(details)) <= room:
        return [one] if details else []
    return [line for text in details for line in _lines(text, max(room, 40))]


def _lines(text: str, room: int) -> list[str]:
    if len(INDENT + text) <= room and not text.endswith(" "):
        return [INDENT + text]  # as the library would, which is slow, and the most common case
    return textwrap.wrap(text, room, initial_indent=INDENT, subsequent_indent=INDENT * 2)


def _markdown(args: argparse.Namespace, compared: Sequence[Compared]) -> Iterator[str]:
    yield f"**{' → '.join(_titles(args, compared[0]))}**"
    for number, (each, texts, shown) in enumerate(_sections(compared, args.all)):
        if number:
            yield f"\n**Besides, in {each.phase.value}**"
        elif not each.found:
            yield f"\nEqual in {each.phase.value}."
            continue
        yield from ("", *(f"- net {text}" for text in texts)) if texts else ()
        if shown:
            head = ("", HEAD[0].strip(), *HEAD[1:], "change")
            lines = [(row.sign, row.name, *cells(row)[1:], "; ".join(row.details)) for row in shown]
            yield from ("", *markdown(head, lines, (False, *RIGHT, False)))
        yield ""
        yield from markdown(("total", ""), totals(each.found), (False, False))


def _as_json(args: argparse.Namespace, compared: Sequence[Compared]) -> str:
    """Unknown sizes are null; memory is in bytes. `old` and `new` are null where there is no such value."""
    whole = {
        "old": args.old,
        "new": args.new,
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
