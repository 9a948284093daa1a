"""Prototxt as short `.net`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from netspec.convert.comments import END, Remark
from netspec.convert.layer import Short, blob_text, input_sizes, read_short, sizes, texts
from netspec.convert.prototxt import current
from netspec.convert.text import Entries, Entry, before_first, quoted, text_of
from netspec.diagnostics.findings import Findings
from netspec.frontend.language.drafts import is_loss
from netspec.plugins.registry import Registry
from netspec.syntax.document import Document, Field, Items, Kind, Message, Scalar


def to_net(document: Document, report: Findings, registry: Registry) -> str:
    """The text. Layers that have no short form stand in full. What an upgrade of an old format has to say is reported;
    after errors the text means nothing."""
    fields, notes = current(document, report, document)
    written, wiring = Entries(notes), _Wiring(fields, registry)
    last = written.take(END)
    statements = (_statement(f, wiring.short(f), wiring, written) for f in fields)
    return text_of((*_grouped(statements), Entry("", before=last.before)))


@dataclass
class _Blob:
    """groups: for what it has been written. readers: of its last version. weighed: that may count in the loss.

    stray: it has been read before it was written, and is known by its name alone.
    """

    groups: list[str] = field(default_factory=list[str])
    stray: bool = False
    readers: int = 0
    weighed: bool = False


class _Wiring:
    """The blobs so far: what decides whether a layer is wired in short form as it is in full."""

    def __init__(self, fields: Sequence[Field], registry: Registry) -> None:
        self.registry = registry
        self.blobs: defaultdict[str, _Blob] = defaultdict(_Blob)
        bodies = [f.value for f in fields if f.name == "layer" and isinstance(f.value, Message)]
        self.names = Counter(name for body in bodies for name in texts(body, "name"))
        # Where a blob is called as some value is spelled, all stays prototxt: the value would be taken for the blob.
        self.clash = not _words(fields).isdisjoint(name for body in bodies for name in texts(body, "top"))

    def short(self, layer: Field) -> Short | None:
        """The layer in short form, if it has one here. To be asked for one layer after the other."""
        if layer.name != "layer" or not isinstance(layer.value, Message) or self.clash:
            return None
        short = read_short(layer, self.registry)
        if short is not None and not self._fits(short):
            short = None
        if short is not None and (short.name != short.default_name or self.names[short.name] > 1):
            short = short._replace(rest=(_name(short.name, layer.start), *short.rest))
        self._add(layer.value, short)
        return short

    def _fits(self, short: Short) -> bool:
        if not all(self.blobs[name].groups for name in short.bottoms):
            return False
        there = [self.blobs[name] for name in short.tops if name in self.blobs]
        if any(blob.stray for blob in there):
            return False
        if short.in_place:
            return all(blob.readers == 0 and not blob.weighed for blob in there)
        groups = [group for blob in there for group in blob.groups]
        return not groups or (short.group != "" and short.group not in groups)

    def _add(self, body: Message, short: Short | None) -> None:
        for name in texts(body, "bottom"):
            blob = self.blobs[name]
            blob.readers, blob.stray = blob.readers + 1, blob.stray or not blob.groups
        weighed = any(f.name == "loss_weight" for f in body.fields)
        type_name = next(iter(texts(body, "type")), "")
        for i, name in enumerate(texts(body, "top")):
            blob = self.blobs[name]
            blob.groups.append(short.group if short else "")
            blob.readers, blob.weighed = 0, weighed or is_loss(self.registry, type_name, i)


def _words(fields: Sequence[Field]) -> set[str]:
    """The values that are bare words: they would change their meaning if a blob were called so."""
    found: set[str] = set()
    pending: list[object] = [field.value for field in fields]
    while pending:
        match pending.pop():
            case Scalar(Kind.NAME, text):
                found.add(text.lstrip("- "))
            case Message(inner):
                pending += (f.value for f in inner)
            case Items(items):
                pending += items
            case _:
                pass
    return found


def _name(name: str, start: int) -> Field:
    return Field("name", Scalar(Kind.STRING, quoted(name), start), -2)


def _statement(layer: Field, short: Short | None, wiring: _Wiring, written: Entries) -> tuple[str, Entry]:
    """The statement, and the group that it belongs to."""
    if short is None:
        return "", written.entry(layer)
    assert isinstance(layer.value, Message)
    remark = written.take(layer.start)
    kept = {id(f) for f in short.rest}
    consumed = [line for f in layer.value.fields if id(f) not in kept for line in written.swallowed(f)]
    before = (*remark.before, *remark.opening, *consumed)
    if (shape := input_sizes(short)) is not None:
        assert short.own is not None
        before = (*before, *written.swallowed(short.own))
        head, body, closing = f"input {blob_text(short.name)}: {shape}", None, ()
        before += remark.closing
    else:
        body, closing = _braces(short, written)
        closing += remark.closing
        arguments = ", ".join(map(blob_text, short.bottoms))
        call = short.type if not short.bottoms and (body or closing) else f"{short.type}({arguments})"
        targets = ", ".join(map(blob_text, short.tops))
        head, body = f"{targets} = {call}" if targets else call, body if body or closing else None
    return short.group, Entry(head, body, before, remark.behind, closing)


def _braces(short: Short, written: Entries) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """What stands in the braces, and the comments at its end."""
    entries: list[Entry] = []
    late: tuple[str, ...] = ()
    for part in short.rest:
        own = part.value if part is short.own and isinstance(part.value, Message) else None
        remark = written.take(part.start) if own else Remark()
        new = tuple(_shape(inner, written) for inner in own.fields) if own else (written.entry(part),)
        late += remark.before + remark.opening
        if new:
            new, late = before_first(new, late), ()
        late += remark.closing + remark.behind
        entries += new
    return tuple(entries), late


def _shape(inner: Field, written: Entries) -> Entry:
    """A field of the own message; a shape is written as a list."""
    entry, listed = written.entry(inner), sizes(inner)
    if listed is None or not entry.silent:
        return entry
    return replace(entry, body=(Entry(f"dim: {listed}"),))


def _grouped(statements: Iterator[tuple[str, Entry]]) -> Iterator[Entry]:
    """What is included for the same, one after the other, in one pair of braces."""
    head, held = "", list[Entry]()
    for group, entry in (*statements, ("", Entry(""))):
        if held and group != head:
            first = held[0]
            blank = first.before[:1] == ("",)
            body = (replace(first, before=first.before[blank:]), *held[1:])
            yield Entry(head, body, ("",) * blank, spread=len(held) > 1)
            held = []
        head = group
        if group:
            held.append(entry)
        elif entry.head or entry.before:
            yield entry
