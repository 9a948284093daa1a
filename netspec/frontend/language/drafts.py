"""Layers while names are not settled yet, and what they become: plain `layer` fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from netspec.diagnostics.source import Span
from netspec.frontend.expressions.literals import quote, text_of
from netspec.frontend.expressions.values import BlobName, Instance, Wrong
from netspec.frontend.messages.parts import Parts, Unwritten
from netspec.layers.base import Layer
from netspec.plugins.registry import Registry
from netspec.problems.language import Redefined
from netspec.syntax.document import Field, Items, Kind, Made, Message, Scalar


class Piped(IntEnum):
    """Whether a call is a stage of a pipe; after a name, whose value stays as it is, or after a call."""

    NO = 0
    YES = 1
    AFTER_NAME = 2


@dataclass(frozen=True, eq=False, slots=True)
class Filling:
    """What a layer says beside its names, at offsets that several layers may have in common.

    message: the name of the type's own message, which holds `own`; said: the text names it, be it empty. fields: those
    of any layer; weighed: one of them says what the layer counts in the loss.
    """

    message: str | None = None
    own: tuple[Field, ...] = ()
    said: bool = False
    fields: tuple[Field, ...] = ()
    weighed: bool = False

    def moved(self, by: int) -> Filling:
        """The same at other offsets."""
        if not by:
            return self
        own, fields = (tuple(moved(field, by) for field in several) for several in (self.own, self.fields))
        return Filling(self.message, own, self.said, fields, self.weighed)


def moved(field: Field, by: int) -> Field:
    """A field at another offset."""
    return field.__class__(field.name, _moved(field.value, by), field.start + by)


def _moved(value: Any, by: int) -> Any:
    match value:
        case Scalar(kind, text, start, end):
            return Scalar(kind, text, start + by, end + by if end >= 0 else end)
        case Items(values, start, end):
            return Items(tuple(_moved(item, by) for item in values), start + by, end + by)
        case _:
            return Message(tuple(moved(field, by) for field in value.fields), value.start + by, value.end + by)


NOTHING = Filling()


@dataclass(eq=False, slots=True)
class Draft:
    """A layer. Places are those of the net (`netspec.diagnostics.source.Atlas`).

    head: what stands for the layer as a whole. name: as its own text has it; wanted: what it is called otherwise.
    bottoms: blobs, or names that the spec gives as they are. over: for each top, the blob that it takes the place of.
    filling: what it says beside that; shift: what leads from its offsets to those here. written: a layer in full form,
    field by field, with those that name the layer or its blobs marked.
    """

    head: Span
    instance: Instance
    type_name: str = ""
    type_span: Span | None = None
    name: str | None = None
    name_span: Span | None = None
    wanted: str = ""
    bottoms: list[tuple[BlobName | str, Span]] = field(default_factory=list[tuple[BlobName | str, Span]])
    tops: list[tuple[BlobName, Span]] = field(default_factory=list[tuple[BlobName, Span]])
    over: list[BlobName | None] = field(default_factory=list["BlobName | None"])
    filling: Filling = NOTHING
    shift: int = 0
    written: list[tuple[Field, bool]] | None = None
    end: int = 0

    @property
    def parts(self) -> Parts:
        """Once names are settled."""
        bottoms = tuple([blob.name if isinstance(blob, BlobName) else blob for blob, _ in self.bottoms])
        tops = tuple([blob.name for blob, _ in self.tops])
        return Parts(self.name or "", self.type_name, bottoms, tops, self.filling)

    def write(self) -> tuple[Field, ...]:
        """The layer as prototxt has it, once names are settled."""
        name, kind, bottoms, tops, _ = self.parts
        fields = [_text("name", name, self.name_span or self.head)]
        fields.append(_text("type", kind, self.type_span or self.head))
        fields += [_text("bottom", bottom, place) for bottom, (_, place) in zip(bottoms, self.bottoms, strict=True)]
        fields += [_text("top", top, place) for top, (_, place) in zip(tops, self.tops, strict=True)]
        said = self.filling.moved(self.shift)
        if said.message and (said.own or said.said):
            begin, end = self.type_span or self.head
            fields.append(Made(said.message, Message(said.own, end, self.end), begin))
        return (*fields, *said.fields)


def settle(
    drafts: Iterable[Draft | Field],
    find: Callable[[str], type[Layer] | None],
    taken: Iterable[str],
    literal: Iterable[str],
    tell: Callable[[Wrong], None],
) -> tuple[Field, ...]:
    """All names, and the layers as fields. `taken` are names of blobs that no other may have, `literal` those that the
    text reads as they stand.

    In order: uses of blocks, then names that the text gives, then all others, each made unique. A layer that sets a
    name again works in place, under one name of blob, where its type can and nothing else reads what it overwrites.
    """
    drafts = list(drafts)
    layers = [draft for draft in drafts if isinstance(draft, Draft)]
    names = _Names(taken, literal)
    for draft in layers:
        names.prefix(draft.instance)
    for draft in layers:
        if draft.name is not None:
            draft.name = names.prefix(draft.instance) + draft.name
            names.layers.add(draft.name)
        for blob, _ in draft.tops:
            if blob.exact and blob.share is None:
                blob.name = names.prefix(blob.instance) + blob.wanted
                names.blobs.add(blob.name)
    for draft in layers:
        names.give(draft, find)
    _verify(layers, tell)
    return tuple(_field(draft) if isinstance(draft, Draft) else draft for draft in drafts)


class _Names:
    def __init__(self, taken: Iterable[str], literal: Iterable[str]) -> None:
        self.blobs, self.layers, self.prefixes = {*taken}, set[str](), set[str]()
        self.literal = frozenset(literal)
        self._counts: dict[str, int] = {}

    def prefix(self, instance: Instance) -> str:
        """What stands before the names in a use of a block."""
        if instance.prefix is not None:
            return instance.prefix
        waiting: list[Instance] = []
        at: Instance | None = instance
        while at is not None and at.prefix is None:
            waiting.append(at)
            at = at.outer
        for one in reversed(waiting):
            before = (one.outer and one.outer.prefix) or ""
            if one.name is not None or one.outer is None:
                one.prefix = f"{before}{one.name}/" if one.name else before
                self.prefixes.add(one.prefix)
            else:
                one.prefix = f"{self.unique(before + one.wanted, self.prefixes, '/')}/"
        return instance.prefix or ""

    def unique(self, name: str, used: set[str], suffix: str = "") -> str:
        """The name, or with the next number that is free."""
        made, key = name, f"{id(used)} {name}"
        count = self._counts.get(key, 1)
        while made + suffix in used:
            count += 1
            made = f"{name}_{count}"
        self._counts[key] = count
        used.add(made + suffix)
        return made

    def give(self, draft: Draft, find: Callable[[str], type[Layer] | None]) -> None:
        """The names of a layer and of its blobs; those of the blobs that it reads are known."""
        in_place = False
        for i, (blob, _) in enumerate(draft.tops):
            over = draft.over[i] if i < len(draft.over) else None
            if blob.share is not None:
                blob.name = blob.share.name
                in_place = in_place or any(blob.share is read for read, _ in draft.bottoms)
            elif over is not None and self._overwrites(draft, i, over, find):
                blob.name, in_place = over.name, True
            elif not blob.exact:
                blob.name = self.unique(self.prefix(blob.instance) + blob.wanted, self.blobs)
        if draft.name is None and draft.written is None:
            kind = draft.type_name.lower()
            if in_place:
                wanted = self.prefix(draft.instance) + (draft.wanted or f"{draft.tops[0][0].wanted}/{kind}")
            elif draft.tops:
                wanted = draft.tops[0][0].name
            else:
                wanted = self.prefix(draft.instance) + kind
            draft.name = self.unique(wanted, self.layers)

    def _overwrites(self, draft: Draft, i: int, over: BlobName, find: Callable[[str], type[Layer] | None]) -> bool:
        layer = find(draft.type_name)
        reads = i < len(draft.bottoms) and draft.bottoms[i][0] is over
        alone = over.readers == 1 and not over.weighed and over.name not in self.literal
        own = over.instance.within(draft.instance)  # what a block was given stays as it is
        return layer is not None and layer.in_place and layer.overwrites and reads and alone and own


def _verify(layers: Sequence[Draft], tell: Callable[[Wrong], None]) -> None:
    """Reports what is read under a name that means something else by then: that of a blob which is set again in some
    states alone."""
    latest: dict[str, tuple[BlobName, Span]] = {}
    for draft in layers:
        for blob, place in draft.bottoms:
            if isinstance(blob, BlobName) and (last := latest.get(blob.name, (blob, place)))[0] is not blob:
                message = f'"{blob.name}" has been set again since, under the same name, in some states of the net'
                help = "read it before that, or set another name there"
                tell(Wrong(Redefined, message, place, (last[1], "set again here"), help=help))
        latest.update((blob.name, (blob, place)) for blob, place in draft.tops)


def _field(draft: Draft) -> Field:
    """The layer as prototxt has it."""
    start, stop = draft.head
    if draft.written is None:
        return Made("layer", Unwritten.by(draft, stop, draft.end), start)
    names = {"bottom": iter(draft.parts.bottoms), "top": iter(draft.parts.tops), "name": iter([draft.name or ""])}
    fields = list[Field]()
    for part, named in draft.written:
        if named and isinstance(part.value, Scalar):
            value = Scalar(Kind.STRING, quote(next(names[part.name])), part.value.start, part.value.span.end)
            part = part._replace(value=value)
        fields.append(part)
    return Field("layer", Message((*fields, *draft.filling.fields), stop, draft.end), start)


def _text(name: str, text: str, span: Span) -> Field:
    return Made(name, Scalar(Kind.STRING, quote(text), *span), span.start)


def text_in(field: Field) -> str | None:
    """The text of a field that holds one."""
    value = field.value
    if not isinstance(value, Scalar) or value.kind is not Kind.STRING:
        return None
    try:
        return text_of(value)
    except Wrong:
        return None


def is_loss(registry: Registry, type_name: str, top: int) -> bool:
    """Whether a top counts in the loss unless something else is said."""
    layer = registry.find(type_name)
    return layer is not None and layer.loss and top == 0
