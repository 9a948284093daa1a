"""Any spec as prototxt of today's format, which Caffe reads."""

from __future__ import annotations

from netspec.convert.comments import END, Remarks, moved, remarks
from netspec.convert.text import Entries, Entry, text_of
from netspec.diagnostics import SpecError, labels
from netspec.diagnostics.findings import Findings
from netspec.frontend.lower.upgrade import INPUTS, shaped, upgrade
from netspec.frontend.messages.rewrite import values
from netspec.layers.filler import OWN
from netspec.problems.assumptions import NetspecsOwn
from netspec.syntax.document import Document, Field, Items, Message


def refuse_own(document: Document, written: Document) -> None:
    """Raises SpecError (NS235) for what is netspec's own and no Caffe reads: fillers with values.

    document: a plain one. written: the text that it has been expanded from, in which places are.
    """
    open_ = [field.value for field in reversed(document.fields)]
    while open_:
        match open_.pop():
            case Message(fields):
                named = {field.name for field in fields}
                for field in fields:
                    if field.name == OWN and "type" in named:
                        message = f"{OWN} of a filler are netspec's own; no Caffe reads them"
                        help = "leave the filler out, and give the numbers as weights"
                        place = labels(written.source, field.name_span, "")
                        raise SpecError([NetspecsOwn(message, place, help)])
                open_ += [field.value for field in reversed(fields)]
            case Items(found):
                open_ += reversed(found)
            case _:
                pass


def to_prototxt(document: Document, report: Findings, written: Document | None = None) -> str:
    """The text of a plain document; `written` is that which it has been expanded from. What an upgrade of an old format
    has to say is reported; after errors the text means nothing."""
    fields, notes = current(document, report, written or document)
    entries = Entries(notes)
    last = entries.take(END)
    return text_of((*entries.entries(fields), Entry("", before=last.before)))


def current(document: Document, report: Findings, written: Document) -> tuple[tuple[Field, ...], Remarks]:
    """The fields of a plain document in today's format, a `layer` for each layer, and their comments."""
    fields = document.fields
    if not shaped(fields):  # Caffe, too, makes no layer of these
        kept = upgrade(tuple(field for field in fields if field.name not in INPUTS), report)
        first = next((i for i, field in enumerate(kept) if field.name == "layer"), len(kept))
        legacy = tuple(field for field in fields if field.name in INPUTS)
        fields = (*kept[:first], *legacy, *kept[first:])
    else:
        fields = _behind_head(upgrade(fields, report))
    flat = tuple(layer for field in fields for layer in _each_layer(field))

    return flat, moved(remarks(written), written, Document(document.source, flat))


def _behind_head(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """The Input layer that an upgrade has put in front, behind the fields that the file begins with."""
    layer, *rest = fields
    first = next((i for i, field in enumerate(rest) if field.name == "layer"), len(rest))
    return (*rest[:first], layer, *rest[first:])


def _each_layer(field: Field) -> tuple[Field, ...]:
    """`layer [ {…}, {…} ]` as fields of their own."""
    if field.name != "layer" or isinstance(field.value, Message):
        return (field,)
    return tuple(
        Field(field.name, value, value.span.start if i else field.start) for i, value in enumerate(values(field))
    )
