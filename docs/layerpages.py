"""The pages on layer types: docs/layers.md lists them, docs/layers/ has a page for each family, and one for messages
that types of several families read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeAlias

from netspec_numpy.runner import MEANINGS
from netspec_tensorflow.target import TARGET as TENSORFLOW
from netspec_torch.target import TARGET as PYTORCH

from netspec.cli.describe import FieldDoc, ForkDoc, TypeDoc, describe
from netspec.emit.build import Target
from netspec.layers import FAMILIES, FAMILY, every
from netspec.layers.base import Formula, Layer
from netspec.layers.data_layer import DataLayer

ROOT = Path(__file__).resolve().parents[1]
NOTE = "<!-- Written by docs/generate.py; change the code instead. -->"
TARGETS = (PYTORCH, TENSORFLOW)
RESULTS = ROOT / "tests/caffe/results.json"  # cases that passed, and of how many, by type and column
# What else there is to say of a type, for one backend or for all ("").
NOTES = {
    ("HDF5Output", ""): "no: a compiled model writes no files",
    ("Python", ""): "no: its meaning is a program outside the spec",
    ("ICNetSubgraph", ""): "yes, as Pooling, Interp and Eltwise",
    ("SPP", ""): "yes, as Pooling and Concat",
}
LAYERS = """`netspec layers TYPE` prints the same page of one type.

A formula says what a layer computes, once for all backends; a native layer has code of its own in each.

What passes of the cases that were recorded from real Caffe (`tests/caffe/`), as the tests found it, is shown as 8/8:
what is refused and which shapes there are (check), the values, and the gradients of PyTorch and of TensorFlow. No
figure stands where nothing was recorded."""
Passed: TypeAlias = dict[str, tuple[int, int]]
Results: TypeAlias = dict[str, Passed]
MESSAGES = "messages"
INDEX = "docs/layers.md"
FILES = list(dict.fromkeys(family.rpartition(".")[2] for family in FAMILIES))  # rooms may have files of one name
NAMES = (INDEX, *(f"docs/layers/{name}.md" for name in (*FILES, MESSAGES)))
Table: TypeAlias = tuple[str, tuple[FieldDoc, ...]]  # a message: its name, and its fields


class Home(NamedTuple):
    """Where a message that several types read is shown: on which page, and under which heading."""

    page: str
    heading: str

    def link(self, page: str) -> str:
        """From a page."""
        return f"[{self.heading}]({'' if page == self.page else f'{self.page}.md'}#{_anchor(self.heading)})"


def page(name: str) -> str:
    """The text of a page of `NAMES`."""
    if name == INDEX:
        return index()
    stem = Path(name).stem
    return messages() if stem == MESSAGES else family(stem)


def index() -> str:
    """docs/layers.md."""
    lines = [NOTE, "", "# Layer types", "", LAYERS, ""]
    head = ("type", "family", "meaning", "check", *(target.title for target in TARGETS), "numpy", "gradients")
    lines += [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    results: Results = json.loads(RESULTS.read_text(encoding="utf-8"))
    for layer in every():
        doc = described(layer)
        passed = results.get(doc.name, {})
        row = [
            f"[{doc.name}](layers/{doc.family}.md#{_anchor(doc.name)})",
            f"[{FAMILY[doc.name].replace('.', '/')}](layers/{doc.family}.md)",
        ]
        row += [_meaning(layer), _figure("yes", passed, "check")]
        row += [_figure(support(layer, target) or "missing", passed, target.name) for target in TARGETS]
        row += [_figure(support_in_numpy(layer) or "missing", passed, "numpy"), _gradients(passed)]
        lines.append(f"| {' | '.join(row)} |")
    return "\n".join([*lines, "", _sum(results)]) + "\n"


def family(name: str) -> str:
    """The page of a family."""
    lines = [NOTE, "", f"# Layer types: {name}", "", "[All types](../layers.md)"]
    for layer in members(name):
        room = FAMILY[layer.__name__].partition(".")[0]
        lines += [
            "",
            f"## {layer.__name__}",
            "",
            *([f"*{room}*", ""] if room != "caffe" else []),
            *_type(described(layer)),
        ]
    return "\n".join(lines) + "\n"


def messages() -> str:
    """The page of the messages that types of several families read."""
    lines = [NOTE, "", "# Messages that layer types share", "", "[All types](../layers.md)"]
    for table, home in homes().items():
        if home.page == MESSAGES:
            readers = ", ".join(f"[{d.name}]({d.family}.md#{_anchor(d.name)})" for d in users()[table])
            lines += ["", f"## {home.heading}", "", f"Read by {readers}.", "", *_table(table[1], MESSAGES)]
    return "\n".join(lines) + "\n"


def members(name: str) -> list[type[Layer]]:
    """The types of a family, whatever its room."""
    return [layer for layer in every() if FAMILY[layer.__name__].rpartition(".")[2] == name]


@cache
def described(layer: type[Layer]) -> TypeDoc:
    return describe(layer)


@cache
def own_messages() -> dict[str, str | None]:
    """The message of each type."""
    return {layer.__name__: layer.message for layer in every()}


@cache
def users() -> dict[Table, list[TypeDoc]]:
    """Every message that some type reads, with all these types."""
    found: dict[Table, list[TypeDoc]] = {}
    for name in FILES:
        for doc in map(described, members(name)):
            for table in dict.fromkeys((*doc.messages, *doc.nested)):
                found.setdefault(table, []).append(doc)
    return found


@cache
def homes() -> dict[Table, Home]:
    """Where each message with fields is shown that several types read: with the first type whose own it is, or if they
    are of one family, with the first of them."""
    found: dict[Table, Home] = {}
    taken = set[str]()
    for table, docs in sorted(users().items(), key=lambda item: item[0][0]):
        if len(docs) > 1 and table[1]:
            own = [doc for doc in docs if table == doc.messages[0] and table[0] == own_messages()[doc.name]]
            first = (own or docs)[0]
            if own or len({doc.family for doc in docs}) == 1:
                found[table] = Home(first.family, first.name)
                continue
            heading = next(h for i in range(1, 1000) if (h := f"{table[0]} {i}" if i > 1 else table[0]) not in taken)
            taken.add(heading)
            found[table] = Home(MESSAGES, heading)
    return found


@cache
def fork_homes() -> dict[ForkDoc, TypeDoc]:
    """Where each group of fields that forks give to types is shown: with the first of these types."""
    found: dict[ForkDoc, TypeDoc] = {}
    for name in FILES:
        for doc in map(described, members(name)):
            for fork in doc.forks:
                found.setdefault(fork, doc)
    return found


def _type(doc: TypeDoc) -> Iterator[str]:
    """The documentation of a type: its text, its facts, a table for each message that is not shown elsewhere."""
    yield re.sub(r"\n+(?=[A-Z]\w+: )", "\n\n", doc.text)
    yield ""
    yield from (f"- {name}: {value}" for name, value in doc.facts)
    for table in dict.fromkeys((*doc.messages, *doc.nested)):
        name, fields = table
        home = homes().get(table)
        if home and home != (doc.family, doc.name):
            yield from ("", f"`{name}`: {'as of ' if home.page != MESSAGES else ''}{home.link(doc.family)}")
        elif fields:
            yield from ("", f"`{name}`:", "", *_table(fields, doc.family))
    for fork in doc.forks:
        first = fork_homes()[fork]
        if (first.family, first.name) != (doc.family, doc.name):
            place = f"{first.family}.md#{_anchor(first.name)}"
            yield from ("", f"Of {fork.edition}, as of [{first.name}]({place}): {' '.join(fork.text.split())}")
            continue
        if fork.table[1] or fork.ignored:
            yield from ("", f"Of {fork.edition}. {' '.join(fork.text.split())}")
        if fork.table[1]:
            yield from ("", f"`{fork.table[0]}`:", "", *_table(fork.table[1], doc.family))
        if fork.ignored:
            yield from ("", f"Without effect: {', '.join(f'`{name}`' for name in fork.ignored)}.")


def _table(fields: Sequence[FieldDoc], page: str) -> Iterator[str]:
    yield from ("| field | type | default | meaning |", "|---|---|---|---|")
    for field in fields:
        default = "required" if field.required else f"`{field.default}`" if field.default else ""
        kind = f"{field.kind} {field.constraint}".strip().replace("|", "\\|")
        yield f"| `{field.name}` | {kind} | {default} | {field.text} |"


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-"))


def _meaning(layer: type[Layer]) -> str:
    if issubclass(layer, DataLayer):
        return "input"
    return "formula" if issubclass(layer, Formula) else "native"


def support(layer: type[Layer], target: Target) -> str | None:
    """How a backend takes a layer type, or why it does not; None where nobody has said."""
    if note := NOTES.get((layer.__name__, target.title), NOTES.get((layer.__name__, ""))):
        return note
    if layer.is_metric:
        return "left out"
    if layer.unsupported:
        return f"no: {layer.unsupported}"
    if issubclass(layer, DataLayer | Formula) or layer in target.emitters:
        return "yes"
    return None


def support_in_numpy(layer: type[Layer]) -> str | None:
    """As `support`, for the reference."""
    if note := NOTES.get((layer.__name__, "numpy"), NOTES.get((layer.__name__, ""))):
        return note
    if layer.is_metric and layer not in MEANINGS:
        return "left out"
    if layer.unsupported:
        return f"no: {layer.unsupported}"
    return "yes" if issubclass(layer, DataLayer | Formula) or layer in MEANINGS else None


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
